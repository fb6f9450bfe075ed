"""A run's artifact: what is kept, and that a closed job resumes to the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.data.samples import save_samples
from aecore.errors import ArtifactMissingError
from aecore.runs import open_run
from aecore.specs import DataSpec
from aecore.training.checkpoint import LAST, WEIGHTS
from aecore.training.job import HISTORY, compute, flat_view
from tests.core.conftest import a_small_run


@pytest.fixture
def stocked(a_store, digits):
    """A store with the digits in it."""
    data = DataSpec(source="digits")
    save_samples(a_store.create(data), digits)
    return a_store, data.key


def test_a_finished_run_opens_and_reconstructs(stocked, digits):
    store, data = stocked
    spec = a_small_run(data)
    artifact = store.create(spec)
    with pytest.raises(ArtifactMissingError):
        open_run(store, spec.key)
    steps = list(compute(spec, artifact, store))
    assert steps[-1].n_done == steps[-1].n_total == 4000
    records, _ = artifact.read_history(HISTORY)
    assert [r["epoch"] for r in records if r["whole"]] == [1, 2, 3, 4]
    run = open_run(store, spec.key)
    assert run.epochs == 4
    x = digits.x[:20]
    assert run.encode(x).shape == (20, 3)
    assert np.array_equal(run.reconstruct(x), run.decode(run.encode(x)))
    assert open_run(store, spec.key) is run
    assert artifact.read_array("strip.npy").shape == (2, 10, 1, 8, 8)
    assert artifact.read_array("view.npy").shape == (1000, 2)


def test_a_closed_job_keeps_its_last_epoch_and_resumes_to_the_same_weights(stocked, digits):
    store, data = stocked
    whole = a_small_run(data, seed=1)
    list(compute(whole, store.create(whole), store))
    expected = open_run(store, whole.key).encode(digits.x)

    artifact = store.create(whole)
    for name in (WEIGHTS, LAST, HISTORY):
        (artifact.path / name).unlink()
    job = compute(whole, artifact, store)
    for progress in job:
        if progress.n_done >= 2000:
            break
    job.close()
    assert open_run(store, whole.key).epochs == 2
    assert not artifact.has(WEIGHTS)
    list(compute(whole, artifact, store))
    assert np.array_equal(open_run(store, whole.key).encode(digits.x), expected)
    records, _ = artifact.read_history(HISTORY)
    assert [r["epoch"] for r in records if r["whole"]] == [1, 2, 3, 4]
    steps = [r["step"] for r in records]
    assert steps == sorted(steps)


def test_training_further_begins_where_the_other_run_ended(stocked):
    store, data = stocked
    first = a_small_run(data, n_epochs=30)
    list(compute(first, store.create(first), store))
    further = a_small_run(data, n_epochs=1, start_from=first.key)
    list(compute(further, store.create(further), store))
    fresh = a_small_run(data, n_epochs=1)
    list(compute(fresh, store.create(fresh), store))

    def val(spec):
        records, _ = store.artifact(spec.key).read_history(HISTORY)
        return [r for r in records if r["whole"]][-1]["val"]["mse"]

    assert val(further) < 1.1 * val(first) < 0.9 * val(fresh)


def test_a_two_number_code_is_shown_as_it_is():
    codes = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    assert np.array_equal(flat_view(codes), codes)


def test_the_view_keeps_distances_of_the_first_two_components_and_does_not_jump():
    from sklearn.decomposition import PCA

    rng = np.random.default_rng(0)
    codes = (rng.normal(size=(200, 6)) * [5, 4, 1, 1, 1, 1]).astype(np.float32)
    expected = PCA(2).fit_transform(codes)
    found = flat_view(codes)
    assert np.allclose(np.abs(found), np.abs(expected), atol=1e-3)
    turned = flat_view(codes[:, ::-1] * -1, before=found)
    assert np.allclose(turned, found, atol=1e-3)
