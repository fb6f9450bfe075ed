"""How many bytes of uploads the server holds in memory: bounded for a session, and in all."""

from __future__ import annotations

import contextlib
import hmac
import os
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import cast

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec, UploadFileUrlInfo

from aecore.errors import DataError
from aecore.machine import n_machine_bytes
from pages.ui.translation import _

OF_SESSION, IN_ALL = "AECORE_UPLOADS_GB", "AECORE_ALL_UPLOADS_GB"
"""Settings: what one session and all together may hold before they bring it in, in GB."""

N_FILES = 50_000
"""Files of a session: each costs about a kilobyte, also where it is empty."""

_PATH = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/(?P<file>[^/]+)/?\Z")
_N_NOTED = 1_000
_ASSUMED_BYTES = 8 * 10**9  # of memory, where the system does not tell
_secret = secrets.token_bytes(32)
_refused: dict[str, DataError] = {}


class UploadLimit:
    """ASGI middleware that refuses a file before its bytes are read, where they are too many.

    Streamlit keeps what an uploader sent in memory until the session ends; it bounds a file's
    size, and neither their number nor their sum.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.coming: Counter[str] = Counter()
        """Bytes on their way, by session."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _PATH.search(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] != "PUT":
            await self.app(scope, receive, send)
            return
        session, file = found["session"], found["file"]
        if not was_asked_for(session, file):
            await _refuse(400, "No page asked for this file.")(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if not length.isdigit():
            await _refuse(411, "Say how long the file is.")(scope, receive, send)
            return
        n_bytes = int(length)
        problem = self.refusal(session, file, n_bytes)
        if problem is not None:
            _note(session, problem)
            await _refuse(413, str(problem))(scope, receive, send)
            return
        self.coming[session] += n_bytes
        try:
            await self.app(scope, receive, send)
        finally:
            self.coming[session] -= n_bytes
            if not self.coming[session]:
                del self.coming[session]

    def refusal(self, session: str, file: str, n_bytes: int) -> DataError | None:
        """Why so many more bytes are not taken; None where they are."""
        if len(_files_of(session)) >= N_FILES:
            return DataError(
                "You sent {n_files:,} files that are not imported yet.",
                "Import them, or reload the page and send the others as a zip.",
                n_files=N_FILES,
            )
        in_all = held_in_all()
        own = in_all  # at most, which is mostly enough to know
        if own + self.coming[session] + n_bytes > limit_of_session():
            files = dict(_files_of(session))
            own = sum(len(held.data) for key, held in files.items() if key != file)
        if own + self.coming[session] + n_bytes > limit_of_session():
            return DataError(
                "A file was not taken: {gb} may wait here to be imported.",
                "Import what is here, or remove it, then send the rest.",
                gb=_gb(limit_of_session()),
            )
        if in_all + self.coming.total() + n_bytes > limit_in_all():
            return DataError(
                "A file was not taken: the server cannot hold more uploads at the moment.",
                "Try again later.",
            )
        return None


def last_refusal() -> DataError | None:
    """Why the last file of this session was not taken, once: its uploader shows but a red mark."""
    run = get_script_run_ctx()
    return _refused.pop(run.session_id, None) if run else None


def _note(session: str, problem: DataError) -> None:
    _refused[session] = problem
    while len(_refused) > _N_NOTED:  # of sessions that never looked
        _refused.pop(next(iter(_refused)), None)


def limit_of_session() -> int:
    """Bytes that one session may hold."""
    return _setting(OF_SESSION, 10**9)


def limit_in_all() -> int:
    """Bytes that all sessions may hold together: a quarter of the memory, where nothing is set."""
    return _setting(IN_ALL, machine_bytes() // 4)


def _setting(name: str, otherwise: int) -> int:
    with contextlib.suppress(ValueError):
        return int(float(os.environ.get(name, "")) * 1e9)
    return otherwise


@lru_cache(maxsize=1)
def machine_bytes() -> int:
    """Memory of this machine, or what a container leaves of it."""
    return n_machine_bytes() or _ASSUMED_BYTES


def _files_of(session: str) -> dict[str, UploadedFileRec]:
    """What Streamlit holds for a session of its own, by the files' ids."""
    return _manager().file_storage.get(session, {})


def held_in_all() -> int:
    """Bytes that Streamlit holds for all sessions."""
    families = _manager().get_stats().values()
    return sum(stat.byte_length for stats in families for stat in stats)


def let_go(files: Iterable[UploadedFile]) -> None:
    """Give back the memory of files that were read: the uploader still names them, nothing more.

    Streamlit keeps them until the session ends, also where their uploader is on no page any more.
    At the next run an uploader's value holds a `DeletedFile` in the place of each, which counts
    as a change of the widget.
    """
    run = get_script_run_ctx()
    for file in files:
        if run is not None and isinstance(run.uploaded_file_mgr, MemoryUploadedFileManager):
            run.uploaded_file_mgr.remove_file(run.session_id, file.file_id)
        file.seek(0)
        file.truncate()


def mark_what_is_asked_for() -> None:
    """Let each address that an uploader gets for a file carry a mark that only we can make."""
    manager = _manager()
    give = manager.get_upload_urls

    def give_marked(session_id: str, file_names: Sequence[str]) -> list[UploadFileUrlInfo]:
        found = []
        for given in give(session_id, file_names):
            file = f"{given.file_id}.{_mark(session_id, given.file_id)}"
            urls = (
                url.replace(given.file_id, file) for url in (given.upload_url, given.delete_url)
            )
            found.append(UploadFileUrlInfo(file, *urls))
        return found

    manager.get_upload_urls = give_marked  # type: ignore[method-assign]


def was_asked_for(session: str, file: str) -> bool:
    """Whether a page of the session asked for an address for this file."""
    name, _unused, mark = file.rpartition(".")
    return hmac.compare_digest(mark.encode(), _mark(session, name).encode())


def _mark(session: str, file: str) -> str:
    return hmac.new(_secret, f"{session}/{file}".encode(), "sha256").hexdigest()[:32]


def _manager() -> MemoryUploadedFileManager:
    return cast(MemoryUploadedFileManager, runtime.get_instance().uploaded_file_mgr)


def _refuse(status: int, sentence: str) -> PlainTextResponse:
    return PlainTextResponse(f"{sentence}\n", status, headers={_("Connection"): "close"})


def _gb(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.3g} GB"
