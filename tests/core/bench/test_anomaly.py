"""`aecore bench anomaly`: what it says where there is nothing to measure, and pasted squares."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import aecore
from aecore.bench.anomaly import measure
from aecore.bench.anomaly.pasted import SHAPES, masks_of, pasted
from aecore.cli import main
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
    told = pasted(store, run, aecore.load("mnist-5k", store=store, **how), found)
    assert len(told) == 12
    for what, value in told.items():
        assert value > (0.5 if what.startswith("pixel") else 0.15), what


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_pasted_lies_within_the_picture_and_covers_some_of_it(shape):
    masks = masks_of(shape, 20, 28, 20)
    assert masks.shape == (20, 28, 20)
    share = masks.mean((1, 2))
    assert (share > 0.01).all()
    assert (share < 0.2).all()


def test_parts_and_digits_that_there_are_not_are_told(tmp_path):
    for option, words in (
        (("--part", "magic"), "no part 'magic'"),
        (("--digits", "x"), "no digit"),
    ):
        said = CliRunner().invoke(main, ["--store", str(tmp_path), "bench", "anomaly", *option])
        assert said.exit_code != 0
        assert words in said.output


def test_digits_and_seeds_choose_what_is_trained(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(measure, "is_here", lambda name: True)
    monkeypatch.setattr(measure, "one_in", lambda *given: asked.append(given) or iter(()))
    store = aecore.Store(tmp_path)
    list(measure.figures(store, digits=(3,), seeds=2, parts=("one-in",)))
    list(measure.figures(store, parts=("one-in",)))
    assert [given[2:4] for given in asked] == [((3,), (0, 1)), (tuple(range(10)), (0, 1, 2))]
