"""The way a machine computes a run is measured within a budget, kept with it and used again."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from aecore import files
from aecore.data.samples import save_samples
from aecore.runs import open_run
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.data import DataSpec
from aecore.specs.run import NetworkSpec, RunSpec
from aecore.training import LAST, WEIGHTS, job, trials
from aecore.training.job import HISTORY, compute
from aecore.training.trials import tuned
from aecore.training.tuning import TUNING, Tuning, ordinary, remember, remembered, tuning_of
from tests.core.conftest import a_run

CONV = NetworkSpec(kind="conv", widths=(4, 8))


@pytest.fixture
def stocked(a_store, digits):
    """A store with the digits in it."""
    data = DataSpec(source="digits")
    save_samples(a_store.create(data), digits)
    return a_store, data.key


def pretend(monkeypatch, seconds):
    """Let a step take as long as `seconds(tuning)` says, on a clock of its own."""
    now = [0.0]
    monkeypatch.setattr(trials, "time", SimpleNamespace(perf_counter=lambda: now[0]))

    def take(trial):
        now[0] += seconds(trial.tuning)
        trial.best_s = min(trial.best_s, seconds(trial.tuning))

    monkeypatch.setattr(trials._Trial, "take", take)
    return now


def test_the_fastest_way_is_chosen(digits, monkeypatch):
    monkeypatch.delenv("AECORE_THREADS", raising=False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    best = Tuning(1, "channels_first", fused=False)

    def seconds(way):
        wrong = (way.n_threads != 1) + (way.layout != best.layout) + way.fused
        return 0.01 * (1 + wrong)

    pretend(monkeypatch, seconds)
    found = tuned(digits, a_run(network=CONV, n_epochs=2000), torch.device("cpu"))
    assert (found.n_threads, found.layout, found.fused) == (1, "channels_first", False)
    assert found.gain == pytest.approx(4.0)
    assert found.is_measured


def test_a_gain_too_small_to_be_real_changes_nothing(digits, monkeypatch):
    pretend(monkeypatch, lambda way: 0.0099 if way.layout == "channels_first" else 0.01)
    found = tuned(digits, a_run(network=CONV, n_epochs=2000), torch.device("cpu"))
    assert (found.layout, found.fused, found.gain) == ("channels_last", True, 1.0)


@pytest.mark.parametrize("kind", ["conv", "linear"])
def test_what_the_plainest_loop_does_is_tried_though_each_part_of_it_alone_is_slower(
    digits, monkeypatch, kind
):
    monkeypatch.delenv("AECORE_THREADS", raising=False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    layout = "channels_first" if kind == "conv" else "channels_last"
    plain = Tuning(4, layout, fused=False)
    ordinary_way = Tuning(4)
    times = {plain: 0.008, ordinary_way: 0.01, Tuning(1): 0.009}
    pretend(monkeypatch, lambda way: times.get(way, 0.012))
    network = CONV if kind == "conv" else NetworkSpec(kind="linear", widths=())
    found = tuned(digits, a_run(network=network, n_epochs=2000), torch.device("cpu"))
    assert (found.n_threads, found.layout, found.fused) == (4, layout, False)


def test_slow_steps_are_tried_too(digits, monkeypatch):
    """A fifth of a second each, as of large pictures on two cores."""
    monkeypatch.delenv("AECORE_THREADS", raising=False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    now = pretend(monkeypatch, lambda way: 0.18 if way.layout == "channels_first" else 0.2)
    found = tuned(digits, a_run(network=CONV, n_epochs=9000), torch.device("cpu"))
    assert found.layout == "channels_first"
    assert found.is_measured
    assert now[0] <= trials.MAX_S


@pytest.mark.parametrize(("n_epochs", "is_measured"), [(1, False), (5000, True)])
def test_trials_take_a_small_share_of_the_training_or_are_left_out(
    digits, monkeypatch, n_epochs, is_measured
):
    now = pretend(monkeypatch, lambda way: 0.03)
    spec = a_run(network=CONV, n_epochs=n_epochs)
    found = tuned(digits, spec, torch.device("cpu"))
    assert found.is_measured is is_measured
    training_s = 0.03 * len(digits.parts["train"]) / spec.batch_size * n_epochs
    assert now[0] <= max(2 * 0.03, min(trials.MAX_S, trials.SHARE * training_s)) + 1e-9


def test_threads_that_were_asked_for_are_left_alone(digits, monkeypatch):
    monkeypatch.setenv("AECORE_THREADS", "3")
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    pretend(monkeypatch, lambda way: 0.001 if way.n_threads == 1 else 0.01)
    found = tuned(digits, a_run(network=CONV, n_epochs=2000), torch.device("cpu"))
    assert found.n_threads == 3


def test_threads_are_as_before_when_a_way_was_applied():
    before = torch.get_num_threads()
    with Tuning(before + 1).applied():
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
    with Tuning().applied():
        assert torch.get_num_threads() == before


def test_a_resumed_run_is_computed_as_it_was_begun(stocked, digits, monkeypatch):
    store, data = stocked
    begun = Tuning(1, "channels_first", fused=False)
    monkeypatch.setattr(job, "tuned", lambda *_: begun)
    spec = RunSpec.of(data=data, n_epochs=3, network=CONV, code=PlainCodeSpec(n_dims=3))
    artifact = store.create(spec)
    list(compute(spec, artifact, store))
    expected = open_run(store, spec.key).encode(digits.x)

    for name in (WEIGHTS, LAST, HISTORY):
        (artifact.path / name).unlink()
    training = compute(spec, artifact, store)
    for progress in training:
        if progress.n_done >= 1000:
            break
    training.close()
    monkeypatch.setattr(job, "tuned", lambda *_: pytest.fail("measured again"))
    seen = []
    started = job.fit
    monkeypatch.setattr(job, "fit", lambda *a, at: seen.append(at.tuning) or started(*a, at=at))
    list(compute(spec, artifact, store))
    assert seen == [begun]
    assert np.array_equal(open_run(store, spec.key).encode(digits.x), expected)
    assert tuning_of(artifact) == begun


def test_what_was_measured_serves_the_next_run_of_such_a_network(stocked, monkeypatch):
    store, data = stocked
    monkeypatch.setattr(job, "tuned", lambda *_: Tuning(1, gain=1.5, is_measured=True))
    first = RunSpec.of(data=data, n_epochs=1, network=CONV)
    list(compute(first, store.create(first), store))
    monkeypatch.setattr(job, "tuned", lambda *_: pytest.fail("measured again"))
    second = first.model_copy(update={"seed": 5})
    artifact = store.create(second)
    list(compute(second, artifact, store))
    assert artifact.read_json(TUNING)["gain"] == 1.5
    assert remembered(store, a_run(batch_size=7), (1, 8, 8)) is None


def test_a_damaged_memory_is_measured_anew(a_store):
    spec = a_run()
    remember(a_store, spec, (1, 8, 8), Tuning(2, is_measured=True))
    assert remembered(a_store, spec, (1, 8, 8)) == Tuning(2, is_measured=True)
    (a_store.root / TUNING).write_text("{")
    assert remembered(a_store, spec, (1, 8, 8)) is None
    remember(a_store, spec, (1, 8, 8), ordinary())
    assert remembered(a_store, spec, (1, 8, 8)) == ordinary()


def test_what_was_measured_is_remembered_while_another_process_reads(a_store, monkeypatch):
    monkeypatch.setattr(files, "_TRY_S", 0.0)
    remember(a_store, a_run(), (1, 8, 8), Tuning(2, is_measured=True))
    replace, refused = Path.replace, []

    def refuse(path, target):
        if len(refused) < 20:
            refused.append(path)
            raise PermissionError(13, "The process cannot access the file")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    remember(a_store, a_run(), (1, 8, 8), Tuning(3, is_measured=True))
    assert len(refused) == 20
    assert remembered(a_store, a_run(), (1, 8, 8)) == Tuning(3, is_measured=True)
    assert not list(a_store.root.glob(".*tmp"))
