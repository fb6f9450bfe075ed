"""`aecore bench anomaly`: what it says where there is nothing to measure, and pasted squares."""

from __future__ import annotations

import pytest

import aecore
from aecore.bench.anomaly import measure
from aecore.errors import DataError


def test_without_mnist_it_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path / "nothing"))
    with pytest.raises(DataError, match="MNIST, which is not here"):
        next(measure.figures(aecore.Store(tmp_path / "store"), quick=True))


@pytest.mark.slow
def test_a_pasted_square_is_found_better_than_by_chance_by_every_map(tmp_path):
    store = aecore.Store(tmp_path)
    how = {"normal": ("3",), "val_fraction": 0.2}
    run = aecore.train("undercomplete", "mnist-5k", n_epochs=8, store=store, data_settings=how)
    found = aecore.odd_samples(run, store=store)
    told = measure.pasted(store, run, aecore.load("mnist-5k", store=store, **how), found)
    assert len(told) == 12
    for what, value in told.items():
        assert value > (0.5 if what.startswith("pixel") else 0.15), what
