"""Black and white from greys: by a threshold, or by one draw that the seed decides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import aecore
from aecore.errors import SpecError
from aecore.specs.data import DataSpec
from aecore.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_a_threshold_is_one_half(store: Store) -> None:
    grey = aecore.load("digits", store=store)
    found = aecore.load("digits", store=store, binarize="threshold")
    assert np.array_equal(found.x, np.where(grey.x >= 128, 255, 0))
    assert np.array_equal(found.scaled(slice(None)), grey.scaled(slice(None)) > 0.5)
    for part, rows in grey.parts.items():
        assert np.array_equal(found.parts[part], rows)


def test_a_draw_is_white_as_often_as_the_grey_says(store: Store) -> None:
    grey = aecore.load("digits", store=store)
    found = aecore.load("digits", store=store, binarize="drawn")
    assert set(np.unique(found.x)) == {0, 255}
    for level in np.unique(grey.x):
        chance, at = level / 255, grey.x == level
        off = (found.x[at] == 255).mean() - chance
        assert abs(off) <= 5 * np.sqrt(chance * (1 - chance) / at.sum())


def test_a_draw_is_fixed_by_the_seed(store: Store, tmp_path: Path) -> None:
    once = aecore.load("digits", store=store, binarize="drawn")
    again = aecore.load("digits", store=Store(tmp_path / "other"), binarize="drawn")
    other = aecore.load("digits", store=store, binarize="drawn", seed=1)
    assert np.array_equal(once.x, again.x)
    assert (once.x != other.x).any()


def test_sprites_are_binarized_too(store: Store) -> None:
    found = aecore.load("sprites", store=store, binarize="threshold", size_px=16, n_max=20)
    assert set(np.unique(found.x)) == {0, 255}


def test_data_that_was_brought_in_before_keeps_its_key() -> None:
    assert DataSpec().key == "data-f1ba05d7932e75de23fcf52f"
    assert DataSpec(source="mnist").key == "data-278902a5a8bffbe9163a9426"
    assert DataSpec(source="mnist", binarize="drawn").key != DataSpec(source="mnist").key


def test_another_way_is_refused() -> None:
    with pytest.raises(SpecError, match="binarize"):
        DataSpec.of(binarize="half")
