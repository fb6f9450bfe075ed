"""Sheets of thumbnails: kept for good by a browser, found by who has the pictures alone."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Route

from aecore.data.samples import SampleSet
from aecore.export import thumbnails
from aecore.export.thumbnails import Sheet, sheet_of
from pages.ui import media
from pages.ui import thumbnails as sheets
from pages.ui.app.middleware import SecurityHeaders

PICTURES = SampleSet(
    np.random.default_rng(0).integers(0, 256, (60, 1, 8, 8), dtype=np.uint8), {}, title="some"
)


@pytest.fixture(autouse=True)
def answered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that answers, of which nothing is left behind."""
    monkeypatch.setattr(sheets, "_allowed", True)
    yield
    sheets._known.clear()
    sheets._made.clear()


@pytest.fixture
def sheet(monkeypatch: pytest.MonkeyPatch) -> Sheet:
    """In three parts."""
    monkeypatch.setattr(thumbnails, "PART_PX", 40)
    return sheet_of(PICTURES, np.arange(60))


def asked(*paths: str) -> list[tuple[int, dict[str, str], bytes]]:
    """Status, headers and body of each, asked for at once, as the server gives them."""
    routes = [Route(media.rooted(sheets.PATH), sheets.answer)]
    app = SecurityHeaders(Starlette(routes=routes))

    async def one(path: str) -> tuple[int, dict[str, str], bytes]:
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": f"/{path.lstrip('/')}",
            "headers": [],
            "query_string": b"",
        }
        await app(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:])

    async def all_of_them() -> Any:
        return await asyncio.gather(*map(one, paths))

    # In a thread of its own: browser tests before it leave a loop that runs in this one.
    with ThreadPoolExecutor(1) as other:
        found: list[tuple[int, dict[str, str], bytes]] = other.submit(
            lambda: asyncio.run(all_of_them())
        ).result()
    return found


def test_a_part_is_what_the_library_makes_and_may_be_kept_for_good(sheet: Sheet) -> None:
    addresses = sheets.addresses(sheet)
    assert addresses is not None
    assert len(addresses) == sheet.n_parts == 3
    for (status, headers, body), wanted in zip(asked(*addresses), sheet.parts, strict=True):
        assert status == 200
        assert body == wanted
        assert headers["cache-control"] == "public, max-age=31536000, immutable"
        assert headers["content-type"] == "image/webp"
        assert headers["x-content-type-options"] == "nosniff"
    last = Image.open(io.BytesIO(wanted)).convert("L")
    assert np.abs(np.asarray(last, float)[:8, :8] - PICTURES.x[50, 0]).mean() < 60


def test_an_address_is_made_of_the_pictures_and_of_their_order(sheet: Sheet) -> None:
    (found, *_) = sheets.addresses(sheet) or []
    (again, *_) = sheets.addresses(sheet_of(PICTURES, np.arange(60))) or []
    assert again == found
    one_pixel = SampleSet(PICTURES.x.copy(), {})
    one_pixel.x[59, 0, 7, 7] ^= 1
    others = [
        sheet_of(one_pixel, np.arange(60)),
        sheet_of(PICTURES, np.arange(59, -1, -1)),
        sheet_of(PICTURES, np.arange(59)),
    ]
    assert found not in {address for other in others for address in sheets.addresses(other) or []}
    assert len(found.split("/")[-2]) == 64  # nobody guesses it


@pytest.mark.parametrize(
    "path",
    [
        f"/thumbnails/{'0' * 64}/0",
        "/thumbnails/../0",
        "/thumbnails/%2e%2e/0",
        "/thumbnails/data-000000000000000000000000/0",
        "/thumbnails//0",
    ],
)
def test_what_nobody_looks_at_is_not_there_and_is_not_kept(sheet: Sheet, path: str) -> None:
    known, *_ = sheets.addresses(sheet) or []
    for wrong in (path, known[:-1] + "3", known[:-1] + "-1", known[:-1] + "x"):
        ((status, headers, body),) = asked(wrong)
        assert status == 404
        assert b"WEBP" not in body
        assert "immutable" not in headers.get("cache-control", "")


def test_a_class_that_opens_one_map_waits_for_one_sheet(sheet: Sheet) -> None:
    addresses = sheets.addresses(sheet)
    assert addresses is not None
    with patch.object(thumbnails, "_webp", wraps=thumbnails._webp) as making:
        found = asked(*addresses * 20)
        assert making.call_count == 3
    assert [status for status, *_ in found] == [200] * 60


def test_what_could_not_be_made_is_tried_again(sheet: Sheet) -> None:
    addresses = sheets.addresses(sheet)
    assert addresses is not None
    with patch.object(thumbnails, "_webp", side_effect=OSError("gone")), pytest.raises(OSError):
        asked(addresses[0])
    ((status, _, body),) = asked(addresses[0])
    assert (status, body) == (200, sheet.parts[0])


def test_only_so_many_are_answered_for(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "N_KNOWN", 2)
    monkeypatch.setattr(sheets, "N_MADE", 1)
    rows = [np.roll(np.arange(60), step) for step in range(3)]
    one, other, third = (sheets.addresses(sheet_of(PICTURES, order)) or [] for order in rows)
    assert [status for status, *_ in asked(one[0], other[0], third[0])] == [404, 200, 200]
    assert len(sheets._made) == 1
    assert sheets.addresses(sheet_of(PICTURES, rows[0])) == one  # looked at again
    assert [status for status, *_ in asked(one[0], other[0])] == [200, 404]


def test_an_app_in_a_folder_has_its_sheets_there(sheet: Sheet) -> None:
    with patch.object(st, "get_option", return_value="/lab/"):
        addresses = sheets.addresses(sheet)
        assert addresses is not None
        assert addresses[0] == f"thumbnails/{sheet.digest}/0"  # of any page of the folder
        assert asked(f"/lab/{addresses[0]}")[0][0] == 200


def test_without_a_server_that_answers_sheets_come_along(
    sheet: Sheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "_allowed", False)
    assert sheets.addresses(sheet) is None
