"""Uploads: generated names on disk, given names for people, and nothing half kept."""

from __future__ import annotations

import errno
import io
import json
import zipfile
from pathlib import Path

import pytest

from aecore.data.uploads import receive, upload_files
from aecore.errors import (
    ArchiveError,
    DataError,
    PictureError,
    StoreFullError,
    TooFewSamplesError,
)
from aecore.store import Store
from tests.core.conftest import link_folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/") + ".png", content)
    return file.getvalue()


def names_and_content(store: Store, upload: str) -> dict[str, bytes]:
    with upload_files(store, upload) as found:
        return {file.name: file.read() for file in found}


def test_files_come_back_under_their_names_and_lie_under_others(store: Store) -> None:
    upload = receive(store, [("../../b.png", b"bb"), ("a.png", io.BytesIO(b"aa"))])
    assert names_and_content(store, upload) == {"a.png": b"aa", "b.png": b"bb"}
    on_disk = {path.name for path in (store.uploads / upload).iterdir()}
    assert on_disk == {"000000", "000001", "manifest.json"}


def test_a_zip_alone_gives_its_members(store: Store) -> None:
    upload = receive(store, [("set.zip", zipped(cats__1=b"1", dogs__2=b"2"))])
    assert names_and_content(store, upload) == {"cats/1.png": b"1", "dogs/2.png": b"2"}


def test_several_zips_are_a_folder_each(store: Store) -> None:
    upload = receive(store, [("cats.zip", zipped(a=b"1")), ("dogs.zip", zipped(a=b"2"))])
    with upload_files(store, upload) as found:
        assert [(file.name, file.folders) for file in found] == [
            ("cats/a.png", ("cats",)),
            ("dogs/a.png", ("dogs",)),
        ]


def test_a_damaged_zip_alone_is_an_error_and_among_others_costs_itself(store: Store) -> None:
    alone = receive(store, [("set.zip", b"PK\x03\x04 cut short")])
    with pytest.raises(ArchiveError, match="damaged"), upload_files(store, alone):
        pass
    among = receive(store, [("set.zip", b"not a zip at all"), ("1.png", b"1")])
    with upload_files(store, among) as found:
        assert found[0].read() == b"1"
        with pytest.raises(PictureError, match="damaged"):
            found[1].read()


def test_too_much_is_refused_while_it_arrives_and_leaves_nothing(store: Store) -> None:
    with pytest.raises(DataError, match="together"):
        receive(store, [("a", bytes(600)), ("b", bytes(600))], max_bytes=1000)
    assert list(store.uploads.iterdir()) == []


def test_no_file_is_said(store: Store) -> None:
    with pytest.raises(TooFewSamplesError, match="No file"):
        receive(store, [])
    assert list(store.uploads.iterdir()) == []


def test_full_disk_is_said_and_leaves_nothing(store: Store) -> None:
    class FullDisk(io.BytesIO):
        def read(self, n_bytes: int | None = -1, /) -> bytes:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StoreFullError):
        receive(store, [("a.png", b"1"), ("b.png", FullDisk())])
    assert list(store.uploads.iterdir()) == []


@pytest.mark.parametrize(
    "upload", ["", "0" * 32, "../../artifacts", "0" * 31 + "G", "0" * 32 + "\n", None, 7]
)
def test_made_up_id_is_refused(store: Store, upload) -> None:
    with pytest.raises(DataError) as caught, upload_files(store, upload):
        pass
    assert caught.value.hint


def test_folder_is_linked_and_read_where_it_lies(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    (folder / "cats").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "cats" / "1.png").write_bytes(b"1")
    (folder / "2.png").write_bytes(b"2")
    (folder / ".git" / "3.png").write_bytes(b"3")
    (folder / "more.zip").write_bytes(zipped(a=b"1"))
    upload = link_folder(store, folder)
    kept = json.loads((store.uploads / upload / "manifest.json").read_text())
    assert kept.keys() == {"folder", "sha256"}
    assert kept["folder"] == str(folder.resolve())
    with upload_files(store, upload) as found:
        assert [(file.name, file.folders) for file in found] == [
            ("2.png", ()),
            ("cats/1.png", ("cats",)),
            ("more/a.png", ("more",)),
        ]
        assert [file.read() for file in found] == [b"2", b"1", b"1"]


def test_folder_that_is_none_is_said(store: Store, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a folder"):
        link_folder(store, tmp_path / "nowhere")
