"""Rows by the columns a person knows: values in their own units, errors by column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import aecore
from aecore.data import row_values
from aecore.data.samples import SampleSet, split
from aecore.errors import DataError
from aecore.store import Store

N = 60


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "price": draw.normal(100, 20, N).round(2),
            "town": draw.choice(["Rome", "Bern", "Oslo"], N),
            "day": pd.date_range("2020-01-01", periods=N).strftime("%Y-%m-%d"),
        }
    )


@pytest.fixture(scope="module")
def samples(table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> SampleSet:
    return aecore.load(table, store=Store(tmp_path_factory.mktemp("rows")))


def test_values_come_back_in_their_own_units(samples, table):
    found = row_values.in_own_units(samples, samples.x)
    np.testing.assert_allclose(found["price"], table["price"], atol=0.006)
    assert found["town"] == table["town"].tolist() and found["day"] == table["day"].tolist()


def test_errors_are_summed_over_the_features_of_a_column(samples):
    x_hat = np.array(samples.x)
    x_hat[:, 1] += 2.0  # a word of town
    x_hat[:, 2] += 1.0  # another
    found = row_values.errors_by_column(samples, samples.x, x_hat)
    assert row_values.column_names(samples) == ("price", "town", "day")
    np.testing.assert_allclose(found, np.tile([0.0, 5.0, 0.0], (N, 1)), atol=1e-5)


def test_guessing_the_mean_costs_one_variance_in_any_unit():
    draw = np.random.default_rng(0)
    x = (draw.normal(size=(400, 2)) * [1, 1000]).astype(np.float32)
    parts = split(400, val_fraction=0, test_fraction=0, seed=0)
    plain = SampleSet(x=x, parts=parts)
    x_hat = np.broadcast_to(x.mean(0), x.shape)
    found = row_values.errors_by_column(plain, x, x_hat).mean(0)
    np.testing.assert_allclose(found, 1, rtol=1e-3)


def test_a_column_of_words_and_one_of_days_can_be_coloured_by(samples, table):
    values, names = row_values.column_values(samples, "town")
    assert [names[int(i)] for i in values] == table["town"].tolist()
    days, none = row_values.column_values(samples, "day")
    assert none == () and np.allclose(np.diff(days), 1, atol=0.01)


def test_pictures_are_refused(tmp_path: Path):
    digits = aecore.load("digits", store=Store(tmp_path), n_max=20)
    with pytest.raises(DataError, match="pictures, not rows"):
        row_values.column_names(digits)
