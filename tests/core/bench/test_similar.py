"""`aecore bench similar`: which figures it gives, on the smallest set, and what they are."""

from __future__ import annotations

import numpy as np
import pytest

import aecore
from aecore.bench.similar import measure
from aecore.errors import DataError
from aecore.studies.similar.search import SimilarSamples


def test_without_mnist_it_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path / "nothing"))
    with pytest.raises(DataError, match="MNIST, which is not here"):
        next(measure.figures(aecore.Store(tmp_path / "store"), quick=True))


@pytest.mark.slow
def test_each_search_is_judged_and_held_against_the_code(tmp_path):
    store = aecore.Store(tmp_path)
    run = aecore.train("undercomplete", "digits", n_epochs=5, store=store)
    search = SimilarSamples(run, aecore.load("digits", store=store), measure.MEASURE)
    found = {(each.name, each.unit): each for each in measure.retrieval_figures(search)}
    of = f"{len(search.rows):,} of MNIST, cosine: "
    by = {space: found[f"{of}{space}", "mAP"].figure for space in ("code", "pca", "pixels")}
    for space, value in by.items():
        assert value == pytest.approx(search.judged(space).average_precision.mean)
    for rival in ("pca", "pixels"):
        above = found[f"{of}code above {rival}", "mAP"]
        assert above.figure == pytest.approx(by["code"] - by[rival])
        assert above.target == 0
    kept = [each for (name, _), each in found.items() if "bits keep" in name]
    assert len(kept) == 9
    assert [each.target for each in kept].count(0.97) == 1


def test_the_index_is_held_against_the_exact_search():
    pytest.importorskip("usearch")
    codes = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)
    found = {each.name: each for each in measure.index_figures(codes, 3000, n_exact=1000)}
    of = "3,000 codes of 8 dimensions: "
    assert found[f"{of}recall of ten"].figure > 0.9
    assert found[f"{of}one answer, median"].target == measure.WITHIN_MS
    exact = {each.name: each for each in measure.index_figures(codes, 900, n_exact=1000)}
    assert exact["900 codes of 8 dimensions: recall of ten"].figure == 1
