"""The bench of hostile files measures what it says, and a process that dies is seen to."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from aecore.bench.attack.case import Case, memory_growth
from aecore.bench.attack.files import Attack, attacks
from aecore.bench.attack.measure import _Attacked, _told
from aecore.bench.attack.pictures import picture
from tests.core.conftest import in_a_fresh_process

ON_LINUX = sys.platform == "linux"


def test_there_are_some_hundred_of_every_kind_and_each_has_a_name() -> None:
    found = list(attacks())
    assert len(found) > 200
    assert len({attack.name for attack in found}) == len(found)
    families = {attack.family for attack in found}
    assert families == {"no picture", "PNG", "JPEG", "GIF, WebP, BMP", "TIFF", "zip"}
    assert {door for attack in found for door in attack.doors} == {"photo", "own", "set"}


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
