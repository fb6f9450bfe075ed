"""Realised false alarms on every set that ships lie within the bounds of what was promised."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import betabinom

import aecore
from aecore.data.sources import SOURCES
from aecore.metrics.anomaly import conformal_threshold

pytestmark = pytest.mark.slow

SETS = {
    "digits": {},
    "mnist-5k": {"n_max": 1200},
    "sprites": {"n_max": 800, "size_px": 16},
    "sensors": {"n_max": 1200, "normal": ("normal",)},
    "notes": {},
    "baskets": {"n_max": 900},
}
N_PER_THOUSAND = 50


def test_all_that_ship_are_looked_at():
    assert set(SETS) == {name for name, source in SOURCES.items() if source.how == "ships"}


@pytest.mark.parametrize("name", SETS)
def test_false_alarms_are_as_many_as_were_promised(name, tmp_path):
    store = aecore.Store(tmp_path)
    data = {**SETS[name], "val_fraction": 0.25, "test_fraction": 0.25}
    run = aecore.train("undercomplete", name, n_epochs=1, store=store, data_settings=data)
    found = aecore.odd_samples(run, store=store, n_fit=200)
    is_normal = found.kind != 1
    n = int(is_normal.sum())
    for score, held_out in found.held_out.items():
        line = conformal_threshold(held_out, N_PER_THOUSAND / 1000)
        n_false = int((found.scores[score][is_normal] > line.value).sum())
        n_above = N_PER_THOUSAND * (len(held_out) + 1) // 1000
        spread = betabinom(n, n_above, len(held_out) + 1 - n_above)
        low, high = spread.interval(0.9999)  # of some sixty scores and sets, none lies outside
        ties = int(np.isclose(found.scores[score], line.value).sum())
        assert low - ties <= n_false <= high, score
