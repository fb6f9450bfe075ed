"""Checkpoints hold all that training needs, whatever the layout of memory, and cost little."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch

from aecore.artifact import Artifact
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import NetworkSpec, OptimizerSpec
from aecore.training import checkpoint, pace
from aecore.training.begin import begin
from aecore.training.checkpoint import LAST, CheckpointWriter, load_last, save_last, snapshot
from aecore.training.fit import fit
from aecore.training.tuning import Tuning
from tests.core.conftest import a_run


def a_conv(**settings):
    return a_run(
        network=NetworkSpec(kind="conv", widths=(8, 16)), code=PlainCodeSpec(n_dims=4), **settings
    )


@pytest.mark.parametrize("tuning", [Tuning(), Tuning(layout="channels_first", fused=False)])
def test_a_resumed_convolutional_run_ends_with_the_weights_of_an_uninterrupted_one(
    digits, tmp_path, tuning
):
    spec = a_conv(n_epochs=3)
    uninterrupted = list(fit(digits, spec, at=begin(digits, spec, tuning=tuning)))[-1]
    artifact = Artifact(tmp_path)
    for record in fit(digits, spec, at=begin(digits, spec, tuning=tuning)):
        if record.whole and record.epoch == 1:
            save_last(artifact, record.progression)
            break
    at = begin(digits, spec, tuning=tuning)
    assert load_last(artifact, at)
    resumed = list(fit(digits, spec, at=at))[-1]
    expected = uninterrupted.progression.model.state_dict()
    found = resumed.progression.model.state_dict()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_moments_lie_in_memory_as_their_parameters_do(digits, tmp_path):
    spec = a_conv(n_epochs=1)
    artifact = Artifact(tmp_path)
    trained = list(fit(digits, spec))[-1].progression
    save_last(artifact, trained)
    at = begin(digits, spec)
    load_last(artifact, at)
    kernels = [p for p in at.model.parameters() if p.ndim == 4 and p.shape[1] > 1]
    assert kernels[0].stride() != torch.empty(kernels[0].shape).stride()
    for mine, theirs in zip(at.model.parameters(), trained.model.parameters(), strict=True):
        moment = at.optimizer.state[mine]["exp_avg"]
        assert moment.stride() == mine.stride()
        assert torch.equal(moment, trained.optimizer.state[theirs]["exp_avg"])


def test_short_epochs_wait_in_memory_and_a_stop_writes_the_last_of_them(
    digits, tmp_path, monkeypatch
):
    now = [100.0]
    monkeypatch.setattr(pace, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    spec = a_run(n_epochs=6, optimizer=OptimizerSpec(lr=1e-2))
    artifact = Artifact(tmp_path)
    keeper = CheckpointWriter(artifact)
    written = []
    for record in fit(digits, spec, publish_s=1e9):
        if record.whole:
            now[0] += 0.9
            keeper.keep(record.progression)
            fresh = begin(digits, spec)
            load_last(artifact, fresh)
            written.append(fresh.epoch)
    assert written == [1, 1, 1, 4, 4, 4]
    keeper.flush()
    at = begin(digits, spec)
    load_last(artifact, at)
    assert at.epoch == 6
    final = record.progression.model.state_dict()
    assert all(torch.equal(at.model.state_dict()[name], final[name]) for name in final)


def test_a_stop_waits_while_a_checkpoint_is_written(digits, tmp_path):
    told = []
    artifact = Artifact(
        tmp_path, on_save=lambda is_saving: told.append((is_saving, artifact.has(LAST)))
    )
    keeper = CheckpointWriter(artifact)
    keeper.flush()
    assert told == []
    keeper.keep(begin(digits, a_run()))
    assert told == [(True, False), (False, True)]


def test_what_waits_in_memory_is_not_changed_by_training_on(digits):
    training = fit(digits, a_run(n_epochs=2))
    first = next(record for record in training if record.whole)
    taken = snapshot(first.progression)
    before = {name: value.clone() for name, value in taken.tensors.items()}
    curve = list(taken.about["curve"])
    list(training)
    assert all(torch.equal(taken.tensors[name], before[name]) for name in before)
    assert taken.about["curve"] == curve
    weights = first.progression.model.state_dict()
    assert any(not torch.equal(weights[n], before[f"model.{n}"]) for n in weights)


@pytest.mark.parametrize(("writing_s", "between_s"), [(0.01, 2.0), (0.05, 5.0), (3.0, 10.0)])
def test_what_takes_long_to_write_is_written_rarely_but_within_seconds(
    digits, tmp_path, monkeypatch, writing_s, between_s
):
    now = [0.0]
    monkeypatch.setattr(pace, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    written = []

    def save(*_):
        now[0] += writing_s
        written.append(now[0])

    monkeypatch.setattr(checkpoint, "_save", save)
    at = begin(digits, a_run())
    keeper = CheckpointWriter(Artifact(tmp_path))
    for _ in range(400):
        now[0] += 0.1
        keeper.keep(at)
    gaps = [b - a - writing_s for a, b in pairwise(written)]
    assert len(gaps) >= 3
    assert all(between_s - 1e-6 <= gap <= between_s + 0.2 for gap in gaps)
