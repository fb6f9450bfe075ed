"""A run pauses within an epoch, and ends with the weights of one that did not."""

from __future__ import annotations

from functools import partial
from itertools import count

import pytest
import torch

from aecore.artifact import Artifact
from aecore.data.samples import save_samples
from aecore.jobs.perform import perform
from aecore.runs import open_run
from aecore.specs.codes import GaussianCodeSpec, QuantizedCodeSpec
from aecore.specs.data import DataSpec
from aecore.specs.run import (
    AugmentSpec,
    CorruptionSpec,
    NetworkSpec,
    OptimizerSpec,
)
from aecore.specs.terms import AdversarialCodeSpec, CommitmentSpec, KlSpec, MseSpec
from aecore.training import HISTORY, LAST, PARTIAL, WEIGHTS, job
from aecore.training.begin import begin
from aecore.training.checkpoint import CheckpointWriter, load_last, read_weights, save_partial
from aecore.training.fit import fit
from tests.core.conftest import a_run, a_small_run

N_EPOCHS, BATCH = 3, 100
MSE = MseSpec()
KINDS = {
    "drawn code": {
        "network": NetworkSpec(widths=(16,), dropout=0.2, batch_norm=True),
        "code": GaussianCodeSpec(n_dims=4),
        "objective": (MSE, KlSpec(warmup=0.5)),
        "corruption": CorruptionSpec(kind="gaussian"),
        "optimizer": OptimizerSpec(schedule="cosine"),
        "patience": 2,
    },
    "codebook": {
        "network": NetworkSpec(kind="conv", widths=(8, 16)),
        "code": QuantizedCodeSpec(n_dims=4, codebook_size=8),
        "objective": (MSE, CommitmentSpec()),
    },
    "critic": {"objective": (MSE, AdversarialCodeSpec())},
    "moved pictures": {
        "network": NetworkSpec(kind="conv", widths=(8, 16)),
        "augment": AugmentSpec(shift_px=1),
    },
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at_step", [1, 17])
def test_it_goes_on_exactly_where_it_paused(digits, tmp_path, kind, at_step):
    spec = a_run(n_epochs=N_EPOCHS, batch_size=BATCH, **KINDS[kind])
    whole = [r for r in fit(digits, spec, publish_s=0.0) if r.whole]
    artifact = Artifact(tmp_path)
    keeper = CheckpointWriter(artifact)
    for record in fit(digits, spec, publish_s=0.0):
        if record.whole:
            keeper.keep(record.progression)
        if record.step == at_step:
            keeper.flush()
            save_partial(artifact, record.progression)
            break
    at = begin(digits, spec)
    assert load_last(artifact, at)
    assert at.step == at_step
    resumed = [r for r in fit(digits, spec, at=at, publish_s=0.0) if r.whole]
    assert [r.step for r in resumed] == [r.step for r in whole if r.step > at_step]
    for mine, theirs in zip(resumed[::-1], whole[::-1], strict=False):
        assert mine.val == theirs.val
        assert mine.train == theirs.train
    expected = whole[-1].progression.model.state_dict()
    found = resumed[-1].progression.model.state_dict()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_paused_job_shows_its_last_whole_epoch_and_loses_nothing(a_store, digits, monkeypatch):
    # else a quick machine ends an epoch before a job tells of it, and asks at its end alone
    monkeypatch.setattr(job, "fit", partial(fit, publish_s=0.0))
    data = DataSpec(source="digits")
    save_samples(a_store.create(data), digits)
    spec = a_small_run(data.key, batch_size=BATCH)
    artifact = a_store.create(spec)
    perform(a_store, spec.key)
    expected = read_weights(artifact).tensors
    epochs = [r for r in artifact.read_history(HISTORY)[0] if r["whole"]]
    for name in (WEIGHTS, LAST, HISTORY):
        (artifact.path / name).unlink()
    artifact.set_state(status="stopped")

    n_asked = count()
    n_paused = []
    while perform(a_store, spec.key, pause=lambda: next(n_asked) % 3 == 2).status == "paused":
        n_paused.append(artifact.state.n_done)
        if artifact.has(LAST):
            assert open_run(a_store, spec.key).epochs == n_paused[-1] // 1000
    assert any(n % 1000 for n in n_paused)
    assert n_paused == sorted(n_paused)
    found = read_weights(artifact).tensors
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    again = [r for r in artifact.read_history(HISTORY)[0] if r["whole"]]
    assert [(r["step"], r["val"]) for r in again] == [(r["step"], r["val"]) for r in epochs]
    assert not artifact.has(PARTIAL)


def test_what_was_kept_within_an_epoch_is_of_no_use_after_a_later_one(digits, tmp_path):
    spec = a_run(n_epochs=2, batch_size=BATCH)
    artifact = Artifact(tmp_path)
    for record in fit(digits, spec, publish_s=0.0):
        if not record.whole and record.step == 2:
            save_partial(artifact, record.progression)
            kept = (tmp_path / PARTIAL).read_bytes()
        if record.whole:
            CheckpointWriter(artifact).keep(record.progression)
            break
    assert not artifact.has(PARTIAL)
    (tmp_path / PARTIAL).write_bytes(kept)  # as where a kill came between the two
    at = begin(digits, spec)
    load_last(artifact, at)
    assert (at.epoch, at.partial) == (1, None)
