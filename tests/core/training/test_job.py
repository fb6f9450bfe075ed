"""A run's artifact: what is kept, and that a closed job resumes to the same weights."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from aecore.data.samples import SampleSet, load_samples, save_samples
from aecore.errors import ArtifactMissingError, JobError
from aecore.export.film import film_of
from aecore.latent.codes import codes_spec, load_codes
from aecore.latent.codes import compute as codes_of_run
from aecore.runs import open_run
from aecore.specs.data import DataSpec
from aecore.specs.run import OptimizerSpec
from aecore.training import HISTORY, LAST, WEIGHTS
from aecore.training.begin import begin
from aecore.training.checkpoint import load_last, load_start, read_weights
from aecore.training.job import compute, flat_view
from aecore.training.keyframes import kept_epochs, read_keyframe
from aecore.training.lineage import concatenated, lineage
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


@pytest.fixture
def overfitted(a_store, digits):
    """A run on forty digits that stopped early, and its records of whole epochs."""
    parts = {**digits.parts, "train": digits.parts["train"][:40]}
    data = DataSpec(source="digits")
    save_samples(a_store.create(data), SampleSet(digits.x, parts, digits.labels))
    a_store.artifact(data.key).set_state(status="done")
    spec = a_small_run(
        data.key, n_epochs=400, patience=4, batch_size=8, optimizer=OptimizerSpec(lr=1e-2)
    )
    *_, last = compute(spec, a_store.create(spec), a_store)
    whole = [r for r in a_store.artifact(spec.key).read_history(HISTORY)[0] if r["whole"]]
    return SimpleNamespace(store=a_store, spec=spec, whole=whole, last=last)


def best_of(whole):
    return 1 + int(np.argmin([record["val"]["loss"] for record in whole]))


def test_weights_of_an_early_stop_carry_the_epoch_they_are_of(overfitted, digits):
    store, key = overfitted.store, overfitted.spec.key
    best, trained = best_of(overfitted.whole), len(overfitted.whole)
    assert trained == best + 4 < 400
    artifact = store.artifact(key)
    assert read_weights(artifact).epochs == best
    run = open_run(store, key)
    assert run.epochs == best
    assert overfitted.last.n_done == 1000 * trained
    records, _ = artifact.read_history(HISTORY)
    assert (records[-1]["last"], records[-1]["epoch"]) == (True, best)
    assert records[-1]["val"]["loss"] == pytest.approx(overfitted.whole[best - 1]["val"]["loss"])
    x = digits.x[artifact.read_array("view-rows.npy")]
    assert kept_epochs(artifact)[-1] == best
    kept = read_keyframe(artifact, best)
    assert np.allclose(kept.codes, run.encode(x), rtol=2e-3, atol=2e-3)
    film = film_of(store, key)
    assert film.epochs[-1] == best
    assert all(curve.x.max() <= best for curve in film.loss)


def test_codes_of_discarded_weights_are_not_taken_for_those_of_the_best(overfitted, digits):
    """Somebody looked at the run while it was trained, at an epoch that was given up later."""
    store, spec = overfitted.store, overfitted.spec
    trained = len(overfitted.whole)
    at = begin(digits, spec)
    assert load_last(store.artifact(spec.key), at)
    assert at.epoch == trained
    (store.artifact(spec.key).path / WEIGHTS).rename(store.root / "aside")
    early = open_run(store, spec.key)  # as it was between its last epoch and its end
    assert early.epochs == trained
    asked = store.create(codes_spec(early))
    list(codes_of_run(asked.spec, asked, store))
    (store.root / "aside").rename(store.artifact(spec.key).path / WEIGHTS)
    final = open_run(store, spec.key)
    assert codes_spec(final).key != asked.key
    late = store.create(codes_spec(final))
    list(codes_of_run(late.spec, late, store))
    z = load_codes(late).z
    assert np.allclose(z, final.encode(digits.x[load_codes(late).rows]), atol=1e-5)
    assert not np.allclose(z, load_codes(asked).z, atol=1e-2)
    again = store.create(codes_spec(early, seed=1))
    with pytest.raises(JobError, match=f"of epoch {trained} .* stands at epoch {final.epochs}"):
        list(codes_of_run(again.spec, again, store))


@pytest.mark.parametrize(
    "optimizer", [OptimizerSpec(lr=1e-12), OptimizerSpec(name="sgd", lr=1e-12)]
)
def test_training_further_goes_on_from_the_best_weights(overfitted, digits, optimizer):
    store, first = overfitted.store, overfitted.spec
    update = {"start_from": first.key, "n_epochs": 2, "patience": None, "optimizer": optimizer}
    further = first.model_copy(update=update)
    list(compute(further, store.create(further), store))
    before, after = (open_run(store, spec.key).encode(digits.x) for spec in (first, further))
    assert np.allclose(before, after, atol=1e-5)
    best = best_of(overfitted.whole)
    legs = lineage(store, store.artifact(further.key))
    assert [leg.epochs_before for leg in legs] == [0, best]
    epochs = [record["epoch"] for record in concatenated(legs) if record["whole"]]
    assert epochs == list(range(1, best + 3))
    assert film_of(store, further.key).epochs[-1] == best + 2


def test_a_run_that_was_killed_after_its_last_epoch_trains_no_epoch_more(overfitted):
    store, spec = overfitted.store, overfitted.spec
    artifact = store.artifact(spec.key)
    weights = open_run(store, spec.key).model.state_dict()
    (artifact.path / WEIGHTS).unlink()
    list(compute(spec, artifact, store))
    whole = [r for r in artifact.read_history(HISTORY)[0] if r["whole"]]
    assert whole == overfitted.whole
    again = open_run(store, spec.key).model.state_dict()
    assert all(torch.equal(again[name], weights[name]) for name in weights)


def test_moments_go_on_where_the_weights_do(stocked):
    store, data = stocked
    first = a_small_run(data)
    list(compute(first, store.create(first), store))
    at = begin(load_samples(store.artifact(data)), first)
    load_start(store.artifact(first.key), at, with_moments=True)
    kept = begin(load_samples(store.artifact(data)), first)
    load_last(store.artifact(first.key), kept)
    for mine, theirs in zip(at.model.parameters(), kept.model.parameters(), strict=True):
        assert torch.equal(
            at.optimizer.state[mine]["exp_avg"], kept.optimizer.state[theirs]["exp_avg"]
        )
    assert (at.epoch, at.step) == (0, 0)


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
