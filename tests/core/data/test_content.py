"""The same folder or file again is the same data, and nobody else can tell its id."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from pathlib import Path

import pytest

from aecore.data import content
from aecore.data.content import Content, digest_of, upload_id
from aecore.data.uploads import keep_file, receive, upload_files
from aecore.errors import DataError
from aecore.store import Store
from tests.core.conftest import link_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of two files each, and what macOS leaves."""
    for name in ("cats/1.png", "cats/2.png", "dogs/1.png", "dogs/2.png", ".DS_Store"):
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "pets"


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return path


# Folders -----------------------------------------------------------------------------------


def test_the_same_folder_is_the_same_wherever_and_whenever_it_lies(
    a_store: Store, folder: Path
) -> None:
    upload = link_folder(a_store, folder)
    assert link_folder(a_store, folder) == upload
    (folder / ".DS_Store").write_bytes(b"other")
    os.utime(folder / "cats" / "1.png", (1, 1))
    moved = folder.rename(folder.with_name("animals"))
    assert link_folder(Store(a_store.root), moved) == upload
    with upload_files(a_store, upload) as found:
        assert [(file.name, file.read()) for file in found] == [
            (name, name.encode())
            for name in ("cats/1.png", "cats/2.png", "dogs/1.png", "dogs/2.png")
        ]
    assert [path.name for path in a_store.uploads.iterdir()] == [upload]


def test_any_change_of_names_or_bytes_is_another_set(a_store: Store, folder: Path) -> None:
    seen = {link_folder(a_store, folder)}

    def changed() -> bool:
        upload = link_folder(a_store, folder)
        is_new = upload not in seen
        seen.add(upload)
        return is_new

    (folder / "cats" / "3.png").write_bytes(b"more")
    assert changed()
    (folder / "cats" / "3.png").rename(folder / "dogs" / "3.png")
    assert changed()
    (folder / "dogs" / "3.png").write_bytes(b"less")
    assert changed()
    path = folder / "dogs" / "1.png"
    times = path.stat()
    path.write_bytes(b"other of its size"[: times.st_size])
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_size == times.st_size
    assert changed()
    assert not changed()
    (folder / "dogs" / "3.png").unlink()
    assert changed()


def test_what_has_long_been_there_is_read_once(
    a_store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = link_folder(a_store, folder)
    assert not list(a_store.root.glob("own-*/*.json"))  # seconds old: they may change again
    monkeypatch.setattr(content, "_SETTLED_S", -60.0)
    assert link_folder(a_store, folder) == before
    (memory,) = a_store.root.glob("own-*/*.json")
    known = json.loads(memory.read_text())
    assert set(known) == {"cats/1.png", "cats/2.png", "dogs/1.png", "dogs/2.png"}
    known["cats/1.png"][3] = 64 * "0"
    memory.write_text(json.dumps(known))
    assert link_folder(a_store, folder) != before  # it is what is remembered that was taken
    memory.write_text("damaged")
    assert link_folder(a_store, folder) == before


def test_a_folder_that_changed_since_it_was_asked_for_is_not_read_as_what_it_was(
    a_store: Store, folder: Path
) -> None:
    upload = link_folder(a_store, folder)
    with pytest.raises(DataError, match="has changed"), upload_files(a_store, upload) as found:
        assert found
        (folder / "cats" / "2.png").write_bytes(b"while it was read")
    with pytest.raises(DataError, match="another set of pictures"), upload_files(a_store, upload):
        pass
    with upload_files(a_store, link_folder(a_store, folder)) as found:
        assert found[1].read() == b"while it was read"


def test_a_store_that_lies_in_the_folder_is_none_of_its_pictures(folder: Path) -> None:
    inside = Store(folder / "results")
    upload = link_folder(inside, folder)
    (inside.root / "artifacts" / "drawn.png").write_bytes(b"of a run")
    assert link_folder(inside, folder) == upload
    with upload_files(inside, upload) as found:
        assert [file.name for file in found][-1] == "dogs/2.png"
    (folder / "results-of-others.png").write_bytes(b"a picture")
    assert link_folder(inside, folder) != upload


def test_what_no_picture_can_be_is_not_read_but_counts(
    a_store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = link_folder(a_store, folder)
    film = folder / "film.mp4"
    with film.open("wb") as file:
        file.truncate(content.TRAINING.n_bytes + 1)  # sparse: it takes no room
    assert link_folder(a_store, folder) != before
    (folder / "gone.png").symlink_to(folder / "nowhere")
    assert link_folder(a_store, folder) != before


# Files -------------------------------------------------------------------------------------


def test_the_same_file_is_kept_once(a_store: Store, tmp_path: Path) -> None:
    one = zipped(tmp_path / "one.zip", {"a.png": b"a", "b.png": b"b"})
    upload = keep_file(a_store, one)
    assert keep_file(a_store, one) == upload
    assert keep_file(a_store, one.rename(tmp_path / "two.zip")) == upload
    assert [path.name for path in a_store.uploads.iterdir()] == [upload]
    with upload_files(a_store, upload) as found:
        assert {file.name: file.read() for file in found} == {"a.png": b"a", "b.png": b"b"}
    assert keep_file(a_store, zipped(one, {"a.png": b"a"})) != upload
    picture = tmp_path / "a.png"
    picture.write_bytes(b"a")
    known = keep_file(a_store, picture)
    assert keep_file(a_store, picture.rename(tmp_path / "b.png")) != known  # a picture has a name


def test_files_of_one_person_are_found_again_by_no_other(a_store: Store) -> None:
    files = [("a.png", b"a"), ("b.png", b"b")]
    upload = receive(a_store, files, of="Ann")
    assert receive(a_store, reversed(files), of="Ann") == upload
    assert receive(a_store, files, of="Bo") != upload
    assert receive(a_store, files) != receive(a_store, files)
    assert len(list(a_store.uploads.iterdir())) == 4


# Ids ---------------------------------------------------------------------------------------


def test_an_id_does_not_follow_from_the_files_alone(tmp_path: Path, folder: Path) -> None:
    stores = [Store(tmp_path / name) for name in ("here", "there")]
    here, there = (link_folder(store, folder) for store in stores)
    assert here != there
    assert len(here) == 32
    (secret,) = stores[0].root.glob("own-*/secret")
    assert len(secret.read_bytes()) == 32
    if os.name == "posix":
        assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700
    secret.unlink()
    assert link_folder(stores[0], folder) != here


def test_names_and_contents_cannot_be_mixed_up() -> None:
    assert digest_of([Content("a", "1"), Content("b", "2")]) == digest_of(
        [Content("b", "2"), Content("a", "1")]
    )
    seen = {
        digest_of(found)
        for found in (
            [Content("a", "1"), Content("b", "2")],
            [Content("a", "2"), Content("b", "1")],
            [Content("a", "12"), Content("b", "")],
            [Content("a1", ""), Content("b", "2")],
        )
    }
    assert len(seen) == 4


def test_a_secret_is_made_once_whoever_is_first(a_store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: upload_id(a_store, "same"), range(32)))
    assert len(ids) == 1
