"""Strangers' bytes are decoded in a child under bounds: what happens there stays there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aecore.bench.attack.case import Case
from aecore.bench.attack.files import Door
from aecore.bench.attack.pictures import jpeg_of_scans, picture, png, webp
from aecore.bench.attack.tiffs import tile_bomb
from aecore.bench.attack.zips import bomb
from aecore.data.kept import keep, kept
from aecore.errors import AecoreError, JobError, PictureError
from aecore.imaging import decode_tasks, decoding
from aecore.imaging.decoding import Decoder, n_at_once
from aecore.imaging.process_limits import bounded_memory
from aecore.photos.kept import keep_photo, open_photo, preview_of
from aecore.store import Store
from tests.core.conftest import in_a_fresh_process

HAS_LIMITS = sys.platform == "linux"


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    found = Decoder()
    yield found
    found.close()


@pytest.fixture
def misbehaving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Children that know four more tasks, which no file of ours makes a decoder do."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'aecore.imaging.decode_child' in sys.orig_argv:\n"
        "    import ctypes, os, time\n"
        "    import numpy as np\n"
        "    from aecore.imaging import decode_tasks\n"
        "    def compute():\n"
        "        while True: pass\n"
        "    decode_tasks.TASKS |= {\n"
        "        'crash': lambda: ctypes.string_at(0),\n"
        "        'sleep': lambda: time.sleep(600),\n"
        "        'compute': compute,\n"
        "        'fill': lambda n: {'n': len(np.ones(n, np.uint8))},\n"
        "        'talk': lambda: print('not an answer') or {'pid': os.getpid()},\n"
        "        'complain': lambda: os.write(2, b'in C') and {},\n"
        "        'fail': lambda: 1 / 0,\n"
        "    }\n"
    )
    paths = (str(tmp_path), os.environ.get("PYTHONPATH", ""))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


# What it does ----------------------------------------------------------------------------


def test_a_child_does_what_this_process_would(tmp_path: Path, decoder: Decoder) -> None:
    here, there = Store(tmp_path / "here"), Store(tmp_path / "there")
    for kind in ("PNG", "JPEG", "TIFF", "WEBP"):
        data = picture(1200, 700, kind)
        keys = [
            keep_photo(here, data),
            keep_photo(there, data, run=decoder.run),
        ]
        assert keys[0] == keys[1]
        a, b = (store.artifact(keys[0]) for store in (here, there))
        assert {**a.about, "asked": 0} == {**b.about, "asked": 0}
        np.testing.assert_array_equal(
            open_photo(here, keys[0]).photo.x, open_photo(there, keys[0]).photo.x
        )
        assert preview_of(here, keys[0]) == preview_of(there, keys[0])
        assert (
            kept(here, keep(here, data)).png == kept(there, keep(there, data, run=decoder.run)).png
        )


def test_a_sentence_comes_back_as_it_was_said(a_store: Store, decoder: Decoder) -> None:
    for data in (b"", b"only words", png()[:60], tile_bomb(4096)):
        told = []
        for run in (decode_tasks.here, decoder.run):
            with pytest.raises(PictureError) as caught:
                keep_photo(a_store, data, run=run)
            told.append((type(caught.value), caught.value.message, caught.value.hint))
        assert told[0] == told[1]
    assert a_store.keys() == []
    assert not list(a_store.root.glob(".reading-*"))


def test_a_child_stays_warm_and_holds_no_torch(misbehaving: None, decoder: Decoder) -> None:
    pids = {decoder.run("talk")["pid"] for _ in range(3)}
    assert len(pids) == 1
    code = "import aecore.imaging.decode_child, sys; print('torch' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"


def test_a_child_that_was_closed_is_replaced(misbehaving: None, decoder: Decoder) -> None:
    decoder.warm_up()
    first = decoder.run("talk")["pid"]
    decoder.close()
    assert decoder.run("talk")["pid"] != first


# What it does not do ---------------------------------------------------------------------


def test_a_crash_of_a_decoder_is_a_sentence(misbehaving: None, decoder: Decoder) -> None:
    with pytest.raises(PictureError, match="broke off"):
        decoder.run("crash")
    assert decoder.run("talk")


def test_a_defect_of_ours_is_loud_and_a_decoders_complaint_is_not(
    misbehaving: None, decoder: Decoder, capfd: pytest.CaptureFixture[str]
) -> None:
    decoder.run("complain")
    decoder.run("talk")
    assert capfd.readouterr() == ("", "")
    with pytest.raises(PictureError, match="broke off"):
        decoder.run("fail")
    assert "ZeroDivisionError" in capfd.readouterr().err


@pytest.mark.skipif(not HAS_LIMITS, reason="the bound is the system's, on Linux")
def test_memory_is_bounded(misbehaving: None, decoder: Decoder) -> None:
    assert decoder.run("fill", n=50_000_000, memory_bytes=200_000_000) == {"n": 50_000_000}
    with pytest.raises(PictureError, match="not enough memory"):
        decoder.run("fill", n=400_000_000, memory_bytes=200_000_000)
    assert decoder.run("fill", n=400_000_000, memory_bytes=800_000_000) == {"n": 400_000_000}


@pytest.mark.skipif(os.name == "nt", reason="the bound is the system's, where it is POSIX")
def test_computing_is_bounded(
    misbehaving: None, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "CPU_S", 1)
    with pytest.raises(PictureError, match="far longer"):
        decoder.run("compute")


def test_waiting_is_bounded(misbehaving: None) -> None:
    with pytest.raises(PictureError, match="far longer"):
        Decoder(wall_s=0.5).run("sleep")


class _LeftError(Exception):
    pass


def _leaving_after(seconds: float) -> Callable[[], None]:
    until = time.monotonic() + seconds

    def waiting() -> None:
        if time.monotonic() > until:
            raise _LeftError

    return waiting


def test_who_leaves_ends_the_task(misbehaving: None, decoder: Decoder) -> None:
    decoder.run("talk")
    child = decoder._warm
    assert child is not None
    with pytest.raises(_LeftError):
        decoder.run("sleep", waiting=_leaving_after(0.3))
    assert child.process.poll() is not None
    assert decoder.run("talk")


def test_no_more_than_so_many_run_at_once_and_who_waits_can_leave(misbehaving: None) -> None:
    decoder = Decoder(n_at_once=1)
    is_begun, leave = threading.Event(), threading.Event()

    def waiting() -> None:
        is_begun.set()
        if leave.is_set():
            raise _LeftError

    def hold() -> None:
        with pytest.raises(_LeftError):
            decoder.run("sleep", waiting=waiting)

    holder = threading.Thread(target=hold)
    holder.start()
    assert is_begun.wait(10)
    with pytest.raises(_LeftError):
        decoder.run("talk", waiting=_leaving_after(0.3))
    leave.set()
    holder.join(10)
    assert decoder.run("talk")
    decoder.close()
    assert 1 <= n_at_once() <= 2


def test_a_child_ends_with_who_started_it(misbehaving: None, tmp_path: Path) -> None:
    code = (
        "import os, threading\n"
        "from aecore.imaging.decoding import Decoder\n"
        "decoder = Decoder(); print(decoder.run('talk')['pid'], flush=True)\n"
        "threading.Thread(target=decoder.run, args=('sleep',), daemon=True).start()\n"
        "input()\n"
        "os._exit(1)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.communicate("go\n")
    give_up = time.monotonic() + 10
    while _is_alive(pid):
        assert time.monotonic() < give_up


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_no_process_to_be_had_is_a_sentence(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(JobError, match="No process"):
        decoder.run("photo", path="a", preview="b")
    decoder.warm_up()


@pytest.mark.skipif(not HAS_LIMITS, reason="the bound is the system's, on Linux")
def test_a_bound_on_memory_ends_with_its_block() -> None:
    in_a_fresh_process(_bound_memory)


def _bound_memory() -> None:
    with bounded_memory(100_000_000):
        assert len(np.ones(20_000_000, np.uint8))
        with pytest.raises(MemoryError):
            np.ones(300_000_000, np.uint8)
    assert len(np.ones(300_000_000, np.uint8))


def test_what_a_killed_process_left_is_cleared_away_after_an_hour(a_store: Store) -> None:
    old, new = a_store.root / ".reading-old", a_store.root / ".reading-new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "came").write_bytes(b"x")
    os.utime(old, (time.time() - 4000,) * 2)
    with pytest.raises(AecoreError):
        keep_photo(a_store, b"no picture")
    assert [path.name for path in a_store.root.glob(".reading-*")] == [".reading-new"]


def test_a_photograph_that_is_here_is_not_decoded_again(a_store: Store) -> None:
    key = keep_photo(a_store, picture())

    def run(task: str, **arguments: object) -> dict[str, object]:
        raise AssertionError(task)

    assert keep_photo(a_store, picture(), run=run) == key
    artifact = a_store.artifact(key)
    before = (artifact.path / "preview.jpg").read_bytes()
    (artifact.path / "preview.jpg").unlink()  # as one that an earlier version kept
    assert preview_of(a_store, key) == before


# Measured --------------------------------------------------------------------------------

WORST: dict[str, tuple[Callable[[], bytes], str, tuple[Door, ...]]] = {
    "a tile of 60,000 px": (lambda: tile_bomb(60_000, 16, 1), ".tif", ("photo", "own", "set")),
    "a tile of 32,768 px, deflated": (lambda: tile_bomb(32_768, 8, 8), ".tif", ("own", "set")),
    "20,000 scans at 64 MP": (lambda: jpeg_of_scans(8000, 8000, 20_000), ".jpg", ("photo", "own")),
    "1.5 GB in bzip2": (lambda: bomb(12, 96 << 24), ".zip", ("set",)),
    "38 bytes of WebP": (lambda: webp(8000, 8000), ".webp", ("photo", "own")),
    "64 MP of 16 bits": (lambda: png(8000, 8000, bits=16, colour=2), ".png", ("photo", "own")),
}


@pytest.mark.slow
@pytest.mark.skipif(not HAS_LIMITS, reason="memory is told by /proc")
@pytest.mark.parametrize("what", WORST)
def test_the_worst_known_files_cost_half_a_gigabyte_and_five_seconds_at_most(
    what: str, tmp_path: Path
) -> None:
    make, suffix, doors = WORST[what]
    path = tmp_path / f"x{suffix}"
    path.write_bytes(make())
    for door in doors:
        line = subprocess.run(
            [sys.executable, "-m", "aecore.bench.attack.case", door, str(4 * 2**30)],
            input=f"{path}\n",
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = Case(**json.loads(line))
        is_whole = what in ("38 bytes of WebP", "64 MP of 16 bits")  # slow machines give it up
        assert found.outcome in (("kept", "given up") if is_whole else ("told", "kept")), found
        assert found.growth_mb is not None
        assert found.growth_mb < 500, (door, found)
        assert found.seconds < 5, (door, found)


def test_a_preview_shows_the_photograph_on_white(a_store: Store, tmp_path: Path) -> None:
    x = np.zeros((40, 60, 4), np.uint8)
    x[:, :30] = (200, 30, 40, 255)
    Image.fromarray(x).save(tmp_path / "a.png")
    key = keep_photo(a_store, (tmp_path / "a.png").read_bytes())
    (tmp_path / "b.jpg").write_bytes(preview_of(a_store, key) or b"")
    shown = np.asarray(Image.open(tmp_path / "b.jpg")).astype(int)
    assert shown.shape == (40, 60, 3)
    assert np.abs(shown[20, 5] - (200, 30, 40)).max() < 12
    assert shown[20, 55].min() > 243
