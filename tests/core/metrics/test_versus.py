"""Side by side: the best is marked, and a difference is real only picture by picture."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from aecore.metrics.catalogue import ALL, METRICS
from aecore.metrics.compare import difference, interval
from aecore.metrics.versus import Column, records, side_by_side

random = np.random.default_rng(0)
HARD = random.gamma(2.0, 1.0, 300)  # pictures that are hard are hard for all


def column(shift: float, **whole: float) -> Column:
    return Column({"mse": HARD + shift + 0.1 * random.standard_normal(300)}, whole)


def test_the_best_is_the_lowest_error_and_the_highest_score():
    one, two = column(0.0, nmi=0.3, active=5), column(-0.5, nmi=0.2, active=9)
    rows = {row.about.name: row for row in side_by_side([one, two])}
    assert [cell.is_best for cell in rows["mse"].cells] == [False, True]
    assert [cell.is_best for cell in rows["nmi"].cells] == [True, False]
    assert not any(cell.is_best for cell in rows["active"].cells)  # neither end is good
    assert set(rows) == {"mse", "nmi", "active"}


def test_verdicts_are_those_of_the_paired_differences():
    columns = [column(0.0), column(-0.1), Column({"mse": random.permutation(HARD)})]
    (row,) = side_by_side(columns, reference=0, seed=3)
    first, better, shuffled = row.cells
    assert first.verdict == "reference"
    assert first.gain is None
    assert better.verdict == "significant"
    assert better.is_better
    expected = difference(columns[1].each["mse"], columns[0].each["mse"], seed=3)
    assert better.gain == expected
    assert better.interval == interval(columns[1].each["mse"], seed=3)
    assert shuffled.verdict == "not significant"


def test_another_reference_turns_the_verdict_round():
    columns = [column(0.0), column(-0.5)]
    (row,) = side_by_side(columns, reference=1)
    assert row.cells[0].verdict == "significant"
    assert row.cells[0].is_better is False
    assert row.cells[1].verdict == "reference"


def test_a_score_of_the_whole_set_has_neither_interval_nor_verdict():
    (row,) = side_by_side([Column({}, {"ari": 0.2}), Column({}, {"ari": 0.9})])
    assert row.cells[1].interval is None
    assert row.cells[1].verdict == ""
    assert row.cells[1].is_better


def test_what_one_column_lacks_is_left_empty_and_nobody_fails():
    nothing = Column({"mse": np.full(300, np.nan)})
    (row,) = side_by_side([column(0.0), Column(), nothing])
    assert row.cells[1].value is None
    assert row.cells[2].value is None
    assert row.cells[1].verdict == ""


def test_the_same_scores_are_never_called_different():
    scores = Column({"mse": HARD})
    (row,) = side_by_side([scores, Column({"mse": HARD.copy()})])
    assert row.cells[1].verdict == "not significant"
    assert row.cells[1].is_better is None
    assert not any(cell.is_best for cell in row.cells)


def test_records_hold_every_number_of_the_table():
    rows = side_by_side([column(0.0, nmi=0.5), column(-0.5)])
    found = records(rows, ["A", "B"])
    assert len(found) == 3  # two of mse, one of nmi
    file = io.StringIO()
    writer = csv.DictWriter(file, list(found[0]))
    writer.writeheader()
    writer.writerows(found)
    lines = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert float(lines[1]["value"]) == pytest.approx(rows[0].cells[1].value)
    assert lines[1]["verdict"] == "significant"


def test_every_score_says_its_range_and_which_end_is_good():
    assert len(METRICS) == len(ALL)
    for about in ALL:
        assert about.range_text
        assert about.words.endswith(".")
        if about.low is not None and about.high is not None:
            assert about.low < about.high
