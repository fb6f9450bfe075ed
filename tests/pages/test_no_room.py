"""On a disk that is full or can only be read, what is finished is shown, and the rest is said."""

from __future__ import annotations

import builtins
import errno
import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aecore.jobs.engines import close_engines
from aecore.store import Store
from pages.ui import backend, session_list
from tests.pages.conftest import SESSION, OpenPage, bring, said

FULL = "The disk that holds the results is full."
READ_ONLY = "The store cannot be used: Read-only file system."


def _refuses(monkeypatch: pytest.MonkeyPatch, root: Path, number: int) -> None:
    """From now on, nothing below `root` can be written, as the system would say it."""

    def guarded(real: Callable[..., Any], writes: Callable[..., bool]) -> Callable[..., Any]:
        def ask(path: Any, *args: Any, **kwargs: Any) -> Any:
            is_below = isinstance(path, str | Path) and Path(path).is_relative_to(root)
            if is_below and writes(path, *args, **kwargs):
                raise OSError(number, os.strerror(number), str(path))
            return real(path, *args, **kwargs)

        return ask

    def opens_to_write(path: Any, mode: str = "r", *args: Any, **kwargs: Any) -> bool:
        return any(letter in mode for letter in "wax+")

    def creates(path: Any, flags: int, *args: Any, **kwargs: Any) -> bool:
        writes = flags & (os.O_WRONLY | os.O_RDWR)
        return bool(writes and (number == errno.EROFS or not Path(path).exists()))

    def makes(path: Any, *args: Any, **kwargs: Any) -> bool:
        return not Path(path).exists()

    for module in (io, builtins):
        monkeypatch.setattr(module, "open", guarded(module.open, opens_to_write))  # type: ignore[attr-defined]
    monkeypatch.setattr(os, "open", guarded(os.open, creates))
    monkeypatch.setattr(os, "mkdir", guarded(os.mkdir, makes))
    if number == errno.EROFS:
        for name in ("utime", "rename", "replace", "unlink", "chmod"):
            monkeypatch.setattr(
                os, name, guarded(getattr(os, name), lambda path, *args, **kw: True)
            )


@pytest.fixture(params=["full", "read-only", "full for real", "read-only for real"])
def disk(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    digits_root: Path,
    store: Store,  # which `open_page` sets up as well: before, not after
) -> Iterator[tuple[Store, str]]:
    """A store with a finished run on a disk that takes nothing more, and what is then said."""
    monkeypatch.setenv("AECORE_SPARES", "0")
    place = tmp_path / "disk"
    is_real, is_full = request.param.endswith("real"), request.param.startswith("full")
    place.mkdir()
    if is_real:
        _mount(place)
    monkeypatch.setenv("AECORE_STORE", str(place / "store"))
    backend._store.cache_clear()
    try:
        kept = Store(place / "store")
        bring(digits_root, kept)
        (key,) = kept.keys("run")
        session_list.remember(kept, SESSION, key)
        if is_real and is_full:
            _fill(place / "filler")
        elif is_real:
            subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        else:
            _refuses(monkeypatch, place, errno.ENOSPC if is_full else errno.EROFS)
        yield kept, FULL if is_full else READ_ONLY
    finally:
        close_engines()
        monkeypatch.undo()
        if is_real:
            subprocess.run(["umount", "-l", str(place)], check=True)


def _mount(place: Path) -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a disk of its own can be mounted by root alone")
    command = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")


def _fill(filler: Path) -> None:
    """Until the last byte is taken."""
    with filler.open("wb", buffering=0) as file:
        for size in (2**20, 512):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def test_finished_runs_are_there_and_the_disk_is_told_of_where_something_would_be_written(
    disk: tuple[Store, str], open_page: OpenPage
) -> None:
    store, words = disk
    (key,) = store.keys("run")
    app = open_page("start")
    assert not app.error
    assert app.button(key=f"card.{key}.Open"), said(app)
    for page in ("train", "reconstruct", "walk", "units"):
        app = open_page(page, run=key)
        assert app.title
        assert not app.error, (page, [error.value for error in app.error])
    app = open_page("data", data=store.keys("data")[0])
    assert "1,797 pictures" in said(app)
    app = open_page("map", run=key)  # no map of this run is kept: it would have to be computed
    assert words in said(app)
    app = open_page("train", run=key)
    app.button(key="train.start").click().run()
    assert words in said(app)
