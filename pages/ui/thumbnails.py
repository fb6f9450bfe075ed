"""Sheets of thumbnails by an address: a browser fetches each once and keeps it for good."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from pages.ui.media import relative

if TYPE_CHECKING:
    from aecore.export.thumbnails import Sheet

FOLDER = "/thumbnails"
PATH = FOLDER + "/{digest}/{number:int}"
"""What the server has to answer, with `answer`."""
HEADERS = {
    # The address is made of the pictures themselves: what lies there never changes.
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
}
N_KNOWN = 64
"""Sheets that are answered for: those of the maps that were looked at last, by anybody."""
N_MADE = 16
"""Parts that are held, of two or three megabytes each; browsers hold them too."""

_lock = threading.Lock()
_known: OrderedDict[str, Sheet] = OrderedDict()
_made: OrderedDict[tuple[str, int], Future[bytes]] = OrderedDict()
_maker = ThreadPoolExecutor(1, "thumbnails")  # a class that opens one map waits for one sheet
_allowed = False


def allow() -> None:
    """Let pages hand out addresses; the server that answers them calls this, tests do not."""
    global _allowed  # noqa: PLW0603 - one switch of the process
    _allowed = True


def addresses(sheet: Sheet) -> list[str] | None:
    """Where the parts of a sheet can be fetched from now on; None if nobody answers there.

    Nothing is made yet. The digest of the pictures is the permission: it is not to be guessed.
    """
    if not _allowed:
        return None
    digest = sheet.digest  # found here: whoever answers must not wait for it
    with _lock:
        _known[digest] = sheet
        _known.move_to_end(digest)
        while len(_known) > N_KNOWN:
            _known.popitem(last=False)
    return [relative(f"{FOLDER}/{digest}/{number}") for number in range(sheet.n_parts)]


async def answer(request: Request) -> Response:
    """A part of a sheet, made by whoever asks first; 404 where nobody has looked at its map."""
    made = _part(request.path_params["digest"], request.path_params["number"])
    if made is None:
        return Response(status_code=404, headers={"Cache-Control": "no-store"})
    # shielded: one who leaves does not take it from the others who wait for it
    webp = await asyncio.shield(asyncio.wrap_future(made))
    return Response(webp, media_type="image/webp", headers=HEADERS)


def _part(digest: str, number: int) -> Future[bytes] | None:
    with _lock:
        sheet = _known.get(digest)
        if sheet is None or number >= sheet.n_parts:
            return None
        _known.move_to_end(digest)
        found = _made.get((digest, number))
        if found is None or (found.done() and found.exception()):
            found = _made[digest, number] = _maker.submit(sheet.part, number)
        _made.move_to_end((digest, number))
        while len(_made) > N_MADE:
            _made.popitem(last=False)
        return found
