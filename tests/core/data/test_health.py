"""The health report finds what was planted, and says nothing about a sound set."""

from __future__ import annotations

import time

import numpy as np
import pytest

from aecore.data.health import examine
from aecore.data.health_report import HealthReport
from aecore.data.sources import Raw


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_sound_set_has_no_warnings() -> None:
    labels = np.arange(200) % 2
    report = examine(Raw(noise(200, 1, 8, 8), labels, ("a", "b")), np.arange(150))
    assert report.warnings == []
    assert report.n_read == 200
    assert report.class_counts == {"a": 100, "b": 100}
    assert report.sizes == {"8 × 8": 200}
    assert not report.mixed_sizes


def test_what_was_planted_is_found_by_name() -> None:
    x = noise(200, 3, 8, 8)
    x[10] = x[3]
    x[190] = x[3]  # held out, while its copy is trained on
    x[20] = x[21] = 77
    x[22] = 255
    names = tuple(f"{i}.png" for i in range(200))
    raw = Raw(x, names=names, unreadable=(("bad.png", "The file is empty."),))
    report = examine(raw, np.arange(150))
    assert report.unreadable == [("bad.png", "The file is empty.")]
    assert report.blank == ["20.png", "21.png", "22.png"]
    assert report.duplicates == [["3.png", "10.png", "190.png"], ["20.png", "21.png"]]
    assert report.n_duplicates == 3
    assert report.n_leaked == 1
    text = " ".join(report.warnings)
    for words in ("bad.png: The file is empty.", "3 pictures are repeated", "3 pictures are blank"):
        assert words in text


def test_pictures_that_are_all_the_same_are_said_to_teach_nothing() -> None:
    report = examine(Raw(np.repeat(noise(1, 1, 8, 8), 300, axis=0)))
    assert report.is_uniform
    assert report.n_duplicates == 299
    assert any("identical" in sentence for sentence in report.warnings)


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [((200, 0), "one class only"), ((190, 10), "unbalanced"), ((100, 100), None)],
)
def test_classes_are_judged(counts: tuple[int, int], sentence: str | None) -> None:
    labels = np.repeat([0, 1], counts)
    report = examine(Raw(noise(200, 1, 8, 8), labels, ("cat", "dog")))
    assert [sentence in found for found in report.warnings] == ([True] if sentence else [])


def test_pictures_without_a_class_are_counted() -> None:
    labels = np.repeat([0, 1, -1], [90, 90, 20])
    report = examine(Raw(noise(200, 1, 8, 8), labels, ("a", "b")))
    assert report.n_unlabelled == 20
    assert report.warnings == ["20 pictures are without a class."]


def test_few_pictures_and_mixed_sizes_are_said() -> None:
    sizes = np.array([[640, 480]] * 3 + [[32, 32]])
    report = examine(Raw(noise(4, 1, 8, 8), sizes_px=sizes))
    assert report.sizes == {"640 × 480": 3, "32 × 32": 1}
    assert report.mixed_sizes
    assert any("Only 4 pictures" in sentence for sentence in report.warnings)
    assert any("2 different sizes" in sentence for sentence in report.warnings)


def test_report_survives_json() -> None:
    x = noise(5, 1, 8, 8)
    x[0] = x[1]
    report = examine(Raw(x, unreadable=(("a", "b"),)))
    assert HealthReport.model_validate_json(report.model_dump_json()) == report
    assert HealthReport.model_validate(report.model_dump(mode="json")) == report


def test_a_long_list_is_cut_and_its_count_is_not() -> None:
    report = examine(Raw(np.zeros((1000, 1, 8, 8), np.uint8)))
    assert report.n_blank == 1000
    assert len(report.blank) == 200


def test_seventy_thousand_pictures_take_seconds() -> None:
    x = noise(70_000, 1, 28, 28)
    started = time.perf_counter()
    report = examine(Raw(x))
    assert time.perf_counter() - started < 5  # 0.3 s on an idle machine
    assert report.n_duplicates == 0
