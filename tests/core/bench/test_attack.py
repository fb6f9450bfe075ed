"""The bench of hostile files measures what it says, and a process that dies is seen to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from aecore.bench.attack.case import Case
from aecore.bench.attack.cgroup import memory_limit
from aecore.bench.attack.files import Attack, attacks
from aecore.bench.attack.measure import _WAY, _Attacked, _told
from aecore.bench.attack.memory import _family, memory_growth
from aecore.bench.attack.pictures import picture
from aecore.imaging.decoding import Decoder
from aecore.imaging.framing import Framing
from tests.core.conftest import in_a_fresh_process

ON_LINUX = sys.platform == "linux"


def test_there_are_some_hundred_of_every_kind_and_each_has_a_name() -> None:
    found = list(attacks())
    assert len(found) > 200
    assert len({attack.name for attack in found}) == len(found)
    families = {attack.family for attack in found}
    pictures = {"no picture", "PNG", "JPEG", "GIF, WebP, BMP", "TIFF", "zip"}
    assert families == pictures | {"table", "text"}
    assert {door for attack in found for door in attack.doors} == set(_WAY)


def test_what_becomes_of_a_file_is_told_and_a_process_that_died_is_a_crash(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    good.write_bytes(picture())
    bad.write_bytes(b"words")
    with _Attacked("own") as attacked:
        assert attacked.case(good).outcome == "kept"
        told = attacked.case(bad)
        assert (told.outcome, told.words) == (
            "told",
            "This is a text file, not a picture. "
            "Import PNG, JPEG, WebP, AVIF, BMP, TIFF, GIF or PGM.",
        )
        assert (told.growth_mb is not None) == ON_LINUX
        process = attacked._process
        assert process is not None
        process.kill()
        process.wait()
        assert attacked.case(good).outcome == "crashed"
        assert attacked.case(good).outcome == "kept"


@pytest.mark.skipif(not ON_LINUX, reason="memory is told by /proc")
def test_memory_that_is_given_back_counts() -> None:
    in_a_fresh_process(_measure_growth)


def _measure_growth() -> None:
    with memory_growth() as nothing:
        pass
    with memory_growth() as growth:
        assert np.ones(100 * 2**20, np.uint8).all()
    assert nothing.mb is not None
    assert growth.mb is not None
    assert nothing.mb < 20
    assert 90 < growth.mb < 140


def test_figures_name_the_worst_file_and_miss_where_one_crashed() -> None:
    def case(name: str, *about: object) -> tuple[Attack, Case]:
        return Attack("TIFF", name, ".tif", bytes, ("own",)), Case(*about)  # type: ignore[arg-type]

    cases = [
        case("a", "told", "no", 0.1, 3.0),
        case("b", "kept", "", 2.0, 400.0),
        case("c", "crashed", "", 0.0, None),
    ]
    memory, answer, crashed = _told("TIFF, own picture", cases)
    assert (memory.figure, memory.reference, memory.passed) == (400.0, "of 3: b", True)
    assert (answer.figure, answer.reference, answer.passed) == (2.0, "b", True)
    assert (crashed.figure, crashed.reference, crashed.passed) == (1, "c", False)
    assert all(figure.passed for figure in _told("TIFF, own picture", cases[:2]))


@pytest.mark.skipif(not ON_LINUX, reason="memory is told by /proc")
def test_peaks_that_fall_at_different_times_are_not_added() -> None:
    in_a_fresh_process(_measure_two_peaks)


def _measure_two_peaks() -> None:
    decoder = Decoder()
    with TemporaryDirectory() as folder, memory_growth() as growth:
        path = Path(folder) / "large.png"
        path.write_bytes(picture(2000, 2000))
        assert np.ones(200 * 2**20, np.uint8).all()
        time.sleep(0.1)  # a sample between the two
        out = str(path.with_suffix(".out"))
        decoder.run(
            "picture",
            path=str(path),
            out=out,
            framing=Framing(max_side_px=64).to_json(),
            n_pixels=10**8,
            n_bytes=10**8,
        )
        assert len(_family(os.getpid())) == 2
    decoder.close()
    assert growth.mb is not None
    assert 190 < growth.mb < 225
    assert growth.children_mb < 20


@pytest.mark.skipif(not ON_LINUX, reason="control groups are of Linux")
def test_a_limit_of_memory_ends_what_exceeds_it_and_is_removed_or_says_why_there_is_none() -> None:
    with memory_limit(200 * 2**20) as limit:
        if not limit.prefix:
            assert limit.reason
            return
        modest = subprocess.run(
            [*limit.prefix, sys.executable, "-c", "print(len(bytes(10)))"],
            capture_output=True,
            check=False,
        )
        greedy = subprocess.run(
            [*limit.prefix, sys.executable, "-c", "bytearray(b'x' * (400 << 20))"],
            capture_output=True,
            check=False,
        )
    assert modest.stdout == b"10\n"
    assert greedy.returncode == -signal.SIGKILL
    assert limit.n_killed == 1
