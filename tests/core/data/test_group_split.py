"""Parts of whole groups: no group in two parts, shares as near as groups allow."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.data.group_split import split_groups
from aecore.data.samples import split

SHARES = {"val_fraction": 0.1, "test_fraction": 0.2}


@pytest.mark.parametrize("seed", range(5))
def test_no_group_is_in_two_parts_and_nothing_is_lost(seed: int) -> None:
    groups = np.random.default_rng(seed).integers(0, 40, 1000)
    parts = split_groups(groups, **SHARES, seed=seed)
    of = {part: set(groups[rows].tolist()) for part, rows in parts.items()}
    assert not (of["train"] & of["val"] or of["train"] & of["test"] or of["val"] & of["test"])
    np.testing.assert_array_equal(np.sort(np.concatenate(list(parts.values()))), np.arange(1000))
    assert len(parts["val"]) == pytest.approx(100, abs=40)
    assert len(parts["test"]) == pytest.approx(200, abs=40)


def test_single_samples_are_drawn_as_ever() -> None:
    parts, before = split_groups(np.arange(50), **SHARES, seed=3), split(50, **SHARES, seed=3)
    for part, rows in before.items():
        np.testing.assert_array_equal(parts[part], rows)


def test_three_groups_give_each_part_one() -> None:
    parts = split_groups(np.repeat([0, 1, 2], [50, 9, 30]), **SHARES, seed=1)
    assert sorted(len(rows) for rows in parts.values()) == [9, 30, 50]


def test_of_one_group_the_last_samples_are_held_out() -> None:
    parts = split_groups(np.zeros(50, int), **SHARES, seed=0)
    np.testing.assert_array_equal(parts["train"], np.arange(35))
    np.testing.assert_array_equal(parts["val"], np.arange(35, 40))
    np.testing.assert_array_equal(parts["test"], np.arange(40, 50))


def test_a_part_that_nobody_asks_for_is_empty() -> None:
    parts = split_groups(np.repeat([0, 1], 10), val_fraction=0.0, test_fraction=0.0, seed=0)
    assert [len(rows) for rows in parts.values()] == [20, 0, 0]
