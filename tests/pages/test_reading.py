"""What people bring is decoded elsewhere: this process reads its own files alone."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from aecore.bench.attack.tiffs import tile_bomb
from aecore.data.kept import kept
from aecore.errors import DataError
from aecore.imaging import opening, pictures
from aecore.photos.kept import PREVIEW, keep_photo
from aecore.store import Store
from pages.ui.photos import batch, downloads
from tests.pages.conftest import OpenPage
from tests.pages.test_photos import FILES, cleaned, said, seen_stage, upload


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every file that a decoder was opened for in this process."""
    found: list[bytes] = []
    open_checked = opening.open_checked

    def watched(data: bytes, *how: object, **options: object) -> Image.Image:
        found.append(data)
        return open_checked(data, *how, **options)

    for module in (opening, pictures):
        monkeypatch.setattr(module, "open_checked", watched)
    return found


def test_photographs_are_decoded_in_another_process(
    store: Store, open_page: OpenPage, decoded: list[bytes]
) -> None:
    with seen_stage():
        app = upload(open_page("photos"), {**FILES, "bomb.tif": tile_bomb(), "w.png": b"words"})
    keys = app.query_params["photos.of"].split(",")
    assert len(keys) == 2
    assert "bomb.tif: The TIFF has tiles of 32768 × 32768" in said(app)
    assert "w.png: This is a text file" in said(app)
    assert decoded == []
    shown = Image.open(io.BytesIO(bytes(batch._as_it_came(keys[1]))))
    assert shown.format == "JPEG"
    assert shown.size == (48, 64)  # upright
    assert (store.artifact(keys[1]).path / PREVIEW).exists()
    assert decoded == []


def test_what_is_taken_home_is_written_in_another_process(
    store: Store, decoded: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [keep_photo(store, data) for data in FILES.values()]
    artifacts = [cleaned(store, key) for key in keys]
    decoded.clear()
    restored = [artifact.key for artifact in artifacts]
    files = [downloads.file_of(key, 1.0) for key in restored]
    packed = downloads.zip_of(restored, [*FILES], 1.0)
    assert decoded == []
    assert all(file in packed for file in files)  # stored, as they are
    assert not list(store.root.glob(".reading-*"))
    monkeypatch.setattr(downloads, "MAX_ZIP_BYTES", 100)
    with pytest.raises(DataError, match="too large"):
        downloads.zip_of(restored, [*FILES], 1.0)


def own_picture_script() -> None:
    import streamlit as st

    from pages.ui import own_picture, session

    session.begin()
    x = own_picture.ask("here", (3, 32, 32))
    st.text("none" if x is None else f"{x.mean(axis=(1, 2)).round().tolist()}")


def test_a_picture_of_ones_own_is_decoded_in_another_process(
    store: Store, decoded: list[bytes]
) -> None:
    file = io.BytesIO()
    Image.new("RGB", (900, 700), (200, 100, 50)).save(file, "WEBP", lossless=True)
    app = AppTest.from_function(own_picture_script, default_timeout=60).run()
    assert app.text[0].value == "none"
    app.file_uploader[0].upload("a.webp", file.getvalue()).run()
    assert not app.exception
    assert app.text[0].value == "[200.0, 100.0, 50.0]"
    mine = kept(store, app.query_params["here.own"])
    assert set(decoded) == {mine.png}
    assert Image.open(io.BytesIO(mine.png)).size == (512, 398)
    app.file_uploader[0].upload("b.tif", tile_bomb()).run()
    assert "tiles of 32768" in app.error[0].value
    assert app.text[0].value == "none"
    assert set(decoded) == {mine.png}
