"""Files are written whole, and a system that refuses to change an open one breaks nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from aecore import files
from aecore.errors import StoreError
from aecore.files import append_lines, discard, folder_bytes, remove_folder, writing_whole
from aecore.jobs.perform import perform
from aecore.photos.network_file import write_whole
from aecore.specs.base import Work
from aecore.specs.data import DataSpec
from aecore.store import Store

DATA = DataSpec(source="digits")


class Refusal:
    """A system that, as Windows does, refuses to rename or remove a file while it is open."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *methods: str, n_times: int = 10**9):
        self.n_left = n_times
        self.n_refused = 0
        for name in methods:
            monkeypatch.setattr(Path, name, self._refusing(getattr(Path, name)))

    def _refusing(self, method):
        def refuse(path: Path, *arguments, **named):
            if self.n_left:
                self.n_left -= 1
                self.n_refused += 1
                raise PermissionError(13, "The process cannot access the file", str(path))
            return method(path, *arguments, **named)

        return refuse


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_TRY_S", 0.0)


def write_here(path: Path, content: bytes) -> None:
    with writing_whole(path) as temporary:
        temporary.write_bytes(content)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("write", [write_whole, write_here])
def test_a_file_that_is_read_just_now_is_replaced_a_moment_later(tmp_path, monkeypatch, write):
    path = tmp_path / "there" / "content"
    write(path, b"old")
    refusal = Refusal(monkeypatch, "replace", n_times=20)
    write(path, b"new")
    assert refusal.n_refused == 20
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in path.parent.iterdir()] == ["content"]


@pytest.mark.usefixtures("impatient")
def test_a_file_that_stays_open_is_told_and_keeps_its_content(a_store, monkeypatch):
    artifact = a_store.create(DATA)
    artifact.write_bytes("content", b"old")
    Refusal(monkeypatch, "replace")
    with pytest.raises(StoreError, match="cannot be used"):
        artifact.write_bytes("content", b"new")
    assert (artifact.path / "content").read_bytes() == b"old"
    assert not list(artifact.path.glob(".*"))


def test_a_temporary_file_that_cannot_be_removed_hides_no_problem(tmp_path, monkeypatch):
    Refusal(monkeypatch, "unlink")
    with pytest.raises(ZeroDivisionError), writing_whole(tmp_path / "content") as temporary:
        temporary.write_bytes(b"half")
        raise ZeroDivisionError


def test_what_cannot_be_removed_is_said_to_stay(tmp_path, monkeypatch):
    file, folder = tmp_path / "file", tmp_path / "folder"
    file.write_bytes(b"x")
    folder.mkdir()
    (folder / "inside").write_bytes(b"123")
    Refusal(monkeypatch, "unlink", "rename", n_times=2)
    assert not discard(file)
    assert not remove_folder(folder, tmp_path / "grave")
    assert file.exists()
    assert folder_bytes(folder) == 3
    assert discard(file)
    assert discard(file)
    assert remove_folder(folder, tmp_path / "grave")
    assert remove_folder(folder, tmp_path / "grave")
    assert list(tmp_path.iterdir()) == []


def test_an_artifact_that_cannot_be_removed_is_told_and_stays_whole(a_store: Store, monkeypatch):
    artifact = a_store.create(DATA)
    Refusal(monkeypatch, "rename", n_times=1)
    with pytest.raises(StoreError, match="still has it open"):
        a_store.remove(DATA.key)
    assert artifact.spec == DATA
    a_store.remove(DATA.key)
    assert DATA.key not in a_store


def test_what_cannot_be_tidied_away_does_not_keep_a_job_from_its_end(a_store, monkeypatch):
    monkeypatch.setattr(DataSpec, "work", Work("tests.core.jobs.fakes:compute"))
    artifact = a_store.create(DATA)
    left = artifact.path / ".x.npy.12345678.tmp"
    left.write_bytes(b"half")
    unlink = Path.unlink

    def refuse(path: Path, **named: bool) -> None:
        if path == left:
            raise PermissionError(13, "The process cannot access the file")
        unlink(path, **named)

    monkeypatch.setattr(Path, "unlink", refuse)
    assert perform(a_store, DATA.key).status == "done"
    assert left.exists()


def test_lines_are_added_whole(tmp_path):
    path = tmp_path / "lines"
    append_lines(path, b"1\n")
    with path.open("ab") as file:
        file.write(b"2 torn")
    append_lines(path, b"3\n")
    assert path.read_bytes() == b"1\n3\n"
