"""A run goes out and comes back in another store, with its pictures or without."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import aecore
from aecore.api.run_file import take_in, write
from aecore.cli import main
from aecore.errors import AecoreError, DataError
from aecore.runs import OpenRun
from aecore.store import Store
from aecore.training import WEIGHTS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def own(home: Store) -> OpenRun:
    """A run on pictures of one's own."""
    x = np.random.default_rng(0).integers(0, 255, (40, 8, 10), np.uint8)
    return aecore.train("undercomplete", x, labels=np.arange(40) % 2, store=home, n_epochs=1)


@pytest.fixture(scope="module")
def named(home: Store) -> OpenRun:
    """A run on a set that is known by name."""
    return aecore.train("undercomplete", "digits", store=home, n_epochs=1)


@pytest.fixture
def other(tmp_path: Path) -> Store:
    return Store(tmp_path / "other")


@pytest.mark.parametrize("out", ["run", "run.zip"])
def test_with_its_pictures_a_run_is_all_there(
    home: Store, own: OpenRun, other: Store, tmp_path: Path, out: str
) -> None:
    found = take_in(other, write(home, own.key, tmp_path / out, with_pictures=True))
    assert (found.key, found.was_here, found.has_data) == (own.key, False, True)
    again = aecore.open_run(other, own.key)
    x = aecore.load(own.spec.data, store=home).x[:5]
    np.testing.assert_allclose(again.encode(x), own.encode(x), atol=2e-2)
    assert aecore.latent_map(again, "pca", store=other).positions.shape == (40, 2)
    assert take_in(other, tmp_path / out).was_here


@pytest.mark.parametrize("out", ["run", "run.zip"])
def test_without_its_pictures_it_decodes_and_says_what_is_missing(
    home: Store, own: OpenRun, other: Store, tmp_path: Path, out: str
) -> None:
    path = write(home, own.key, tmp_path / out)
    assert not take_in(other, path).has_data
    assert aecore.open_run(other, own.key).decode(np.zeros((1, 32), np.float32)).shape[2:] == (
        8,
        10,
    )
    content = path.read_bytes() if path.is_file() else b"".join(map(Path.read_bytes, _files(path)))
    upload = home.artifact(own.spec.data).spec.upload
    assert upload.encode() not in content  # whoever knows it may open the pictures


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_set_that_is_known_by_name_need_not_travel(
    home: Store, named: OpenRun, other: Store, tmp_path: Path
) -> None:
    assert take_in(other, write(home, named.key, tmp_path / "run.zip")).has_data
    run = aecore.open_run(other, named.key)
    assert aecore.latent_map(run, "pca", store=other).positions.shape == (1797, 2)


def test_the_commands_do_the_same(home: Store, own: OpenRun, tmp_path: Path) -> None:
    def aecore_(store: Path, *arguments: str, code: int = 0) -> str:
        found = CliRunner().invoke(main, ["--store", str(store), *arguments])
        assert found.exit_code == code, found.output
        return found.stdout if code == 0 else found.stderr

    out, store = tmp_path / "run.zip", tmp_path / "store"
    aecore_(home.root, "export", own.key, str(out), "--with-pictures")
    assert aecore_(store, "import", str(out)).strip() == own.key
    assert "exists already" in aecore_(home.root, "export", own.key, str(out), code=1)
    assert json.loads(aecore_(store, "show", own.key, "--json"))["key"] == own.key
    assert "is not there" in aecore_(store, "import", str(tmp_path / "none"), code=1)


def test_only_files_of_a_run_are_taken(
    home: Store, named: OpenRun, other: Store, tmp_path: Path
) -> None:
    path = write(home, named.key, tmp_path / "run.zip")
    with zipfile.ZipFile(path, "a") as archive:
        for name in ("../evil.txt", "evil.py", "data/evil.npy", "a/b/c/spec.json", "/etc/passwd"):
            archive.writestr(name, b"evil")
    take_in(other, path)
    assert not [found for found in tmp_path.rglob("*evil*") if found.is_file()]


@pytest.mark.parametrize(
    "hurt",
    [
        lambda folder: (folder / WEIGHTS).write_bytes(b"\0" * 100),
        lambda folder: (folder / WEIGHTS).unlink(),
        lambda folder: (folder / "spec.json").write_text("{"),
        lambda folder: (folder / "state.json").write_text('{"status": "running"}'),
        lambda folder: (folder / "data" / "x.npy").write_bytes(b"no array"),
        lambda folder: (folder / "model.json").write_text("[]"),
    ],
)
def test_what_is_damaged_is_told_and_leaves_nothing(
    home: Store, own: OpenRun, other: Store, tmp_path: Path, hurt: object
) -> None:
    folder = write(home, own.key, tmp_path / "run", with_pictures=True)
    hurt(folder)  # type: ignore[operator]
    with pytest.raises(AecoreError) as told:
        take_in(other, folder)
    assert told.value.hint
    assert not other.keys("run")


def test_what_is_no_run_says_what_is(other: Store, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK no zip")
    (tmp_path / "empty").mkdir()
    for name in ("a.zip", "empty"):
        with pytest.raises(DataError, match="no finished run"):
            take_in(other, tmp_path / name)


def test_pictures_of_another_run_are_not_taken_for_its_own(
    home: Store, own: OpenRun, named: OpenRun, other: Store, tmp_path: Path
) -> None:
    one = write(home, own.key, tmp_path / "one", with_pictures=True)
    two = write(home, named.key, tmp_path / "two", with_pictures=True)
    shutil.rmtree(one / "data")
    shutil.copytree(two / "data", one / "data")
    assert not take_in(other, one).has_data
    assert not other.keys("data")


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "hurt",
    [
        lambda folder: (folder / "history.jsonl").write_text("[]\n"),
        lambda folder: (folder / "history.jsonl").write_text(f"{DEEP}\n"),
        lambda folder: (folder / "history.jsonl").write_text('{"epoch": "1", "whole": true}\n'),
        lambda folder: (folder / "spec.json").write_text(DEEP),
        lambda folder: (folder / "state.json").write_text(DEEP),
        lambda folder: np.save(folder / "view.npy", np.zeros((2, 2, 2))),
        lambda folder: np.save(folder / "strip.npy", np.array(["a"])),
    ],
)
def test_what_a_stranger_wrote_into_a_run_is_told_and_leaves_nothing(
    home: Store, own: OpenRun, other: Store, tmp_path: Path, hurt: Callable[[Path], object]
) -> None:
    folder = write(home, own.key, tmp_path / "run")
    hurt(folder)
    with pytest.raises(AecoreError):
        take_in(other, folder)
    assert not other.keys("run")


def test_of_what_is_said_about_a_run_short_words_alone_are_kept(
    home: Store, own: OpenRun, other: Store, tmp_path: Path
) -> None:
    folder = write(home, own.key, tmp_path / "run", with_pictures=True)
    about = {"title": "x" * 10**6, "recipe": 7, "data_title": ["a"], "asker": "b", "spec": "c"}
    template = {"template": "{x:>2000000000}", "many": "", "values": {"x": "a"}}
    state = {"status": "done", "n_done": "1", "phase": 3, "updated": "never"}
    for place in (folder, folder / "data"):
        (place / "about.json").write_text(json.dumps(about))
        (place / "state.json").write_text(json.dumps(state))
    key = take_in(other, folder).key
    assert other.artifact(key).about == {"title": "x" * 200}
    assert (other.artifact(key).state.status, other.artifact(key).state.phase) == ("done", "")
    assert other.artifact(own.spec.data).state.n_done == 0
    (folder / "state.json").write_text(json.dumps({**state, "error": template}))
    with pytest.raises(DataError, match="holds no finished run"):
        take_in(Store(tmp_path / "third"), folder)
