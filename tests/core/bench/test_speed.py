"""The speed bench compares like with like, and counts what it says it counts."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from aecore.bench import report
from aecore.bench.report import Figure, measure, table
from aecore.bench.speed import measure as speed
from aecore.bench.speed import ours as speed_ours
from aecore.bench.speed import peers, turns
from aecore.bench.speed.ours import Account, Clock, run_of
from aecore.bench.speed.turns import Ratio, ratio
from aecore.cli import main
from aecore.data.samples import SampleSet
from aecore.errors import AecoreError, SpecError
from aecore.training.begin import begin
from tests.core.conftest import SOME_DATA

SHAPES = {"dense": (1, 28, 28), "conv28": (1, 28, 28), "conv64": (3, 64, 64)}


def some(shape, n=8):
    x = np.random.default_rng(0).integers(0, 256, (n, *shape), dtype=np.uint8)
    none = np.zeros(0, np.int64)
    return SampleSet(x, {"train": np.arange(n), "val": none, "test": none})


@pytest.mark.parametrize("case", SHAPES)
def test_the_peers_network_is_ours_layer_by_layer(case):
    samples = some(SHAPES[case])
    mine = begin(samples, run_of(case, SOME_DATA, "float32"), torch.device("cpu")).model
    theirs = peers.network(case, samples.x)
    assert [p.shape for p in mine.parameters()] == [p.shape for p in theirs.parameters()]


@pytest.mark.parametrize("case", SHAPES)
def test_the_peers_loss_is_ours_on_the_same_weights(case):
    from aecore.objectives.objective import Objective

    samples = some(SHAPES[case])
    spec = run_of(case, SOME_DATA, "float32")
    mine = begin(samples, spec, torch.device("cpu")).model.eval()
    theirs = peers.network(case, samples.x)
    for ours, other in zip(mine.parameters(), theirs.parameters(), strict=True):
        other.data.copy_(ours.data)
    if case != "dense":  # no spread, so that no draw is in the way
        for network in (mine.code, theirs):
            network.logvar.weight.data.zero_()
            network.logvar.bias.data.fill_(-20.0)
    x = torch.from_numpy(samples.scaled(slice(None)))
    loss = Objective(spec.objective)(mine(x), x, mine, training=True).total
    assert peers.loss_of(case, theirs, x).item() == pytest.approx(loss.item(), rel=1e-3)


def test_with_pythaes_decoder_our_network_has_its_size():
    samples = some((1, 28, 28))
    spec = run_of("pythae", SOME_DATA, "float32")
    at = speed_ours._with_pythaes_decoder(begin)(samples, spec, torch.device("cpu"))
    x = torch.from_numpy(samples.scaled(slice(None)))
    assert at.model(x).raw.shape == x.shape
    convs = [p.shape for p in at.model.parameters() if p.ndim == 4]
    assert convs == [
        (128, 1, 4, 4),
        (256, 128, 4, 4),
        (512, 256, 4, 4),
        (1024, 512, 4, 4),
        (1024, 512, 3, 3),
        (512, 256, 3, 3),
        (256, 1, 3, 3),
    ]
    in_optimizer = {id(p) for group in at.optimizer.param_groups for p in group["params"]}
    assert in_optimizer == {id(p) for p in at.model.parameters()}


def test_ratios_are_taken_turn_by_turn():
    slow = SimpleNamespace(epochs=[[2.0], [40.0], [6.0]])
    fast = SimpleNamespace(epochs=[[1.0], [10.0], [2.0]])  # the machine was busy in the second
    found = ratio(slow, fast)
    assert found == Ratio((2.0, 4.0, 3.0), (6.0, 2.0))
    assert found.median == 3.0
    assert found.words("slow", "fast") == "slow 6 s, fast 2 s an epoch; 2.00 to 4.00"


def test_the_clock_stands_still_while_others_have_their_turn(monkeypatch):
    now = [10.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    clock = Clock()

    def wait():
        now[0] += 100.0
        return "go"

    now[0] += 1.0
    assert clock.wait_for(wait) == "go"
    now[0] += 2.0
    assert time.perf_counter() == 13.0


def test_what_calls_what_is_counted_is_counted_once():
    clock = SimpleNamespace(t=0.0)
    clock.now = lambda: clock.t

    class Work:
        def inner(self):
            clock.t += 1.0

        def outer(self):
            clock.t += 2.0
            self.inner()

    account = Account(clock)
    account.watch(Work, "inner")
    account.watch(Work, "outer")
    Work().outer()
    clock.t += 50.0
    Work().inner()
    assert account.seconds == 4.0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tutorial", "tensor loop"])
def test_programs_take_turns_and_tell_their_seconds(tmp_path, name):
    path = tmp_path / "x.npy"
    np.save(path, some((1, 28, 28), 256).x)
    with (tmp_path / "log").open("w+b") as log:
        commands = {
            "ours": turns.ours("dense", "cpu", path),
            name: turns.peer(name, "dense", "cpu", path),
        }
        found = turns.in_turns(commands, 2, log)
    (mine, publishing), _ = found["ours"].epochs
    assert 0 < publishing < mine
    assert len(found[name].epochs) == 2
    assert math.isfinite(ratio(found["ours"], found[name]).median)


def test_a_program_that_ends_too_soon_says_why(tmp_path):
    with (tmp_path / "log").open("w+b") as log, pytest.raises(AecoreError, match="no-such-peer"):
        turns.in_turns({"x": turns.peer("no-such-peer", "dense", "cpu", tmp_path)}, 1, log)


def test_a_peer_that_is_not_installed_is_left_out_with_a_sentence(monkeypatch):
    monkeypatch.setattr(speed, "_is_here", lambda package: False)
    (found,) = speed.of_pythae("cpu", {}, None)
    assert found.figure is None
    assert found.passed
    assert "not measured" in table([found])
    assert "latent-lab[bench]" in table([found])
    assert found.to_json()["figure"] is None


def test_a_gpu_is_asked_for_only_where_there_is_one(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SpecError, match="no GPU"):
        measure("speed", store_root=tmp_path, device="cuda")
    with pytest.raises(SpecError, match="nothing for a GPU"):
        measure("science", store_root=tmp_path, device="cuda")


def test_a_figure_with_a_target_still_passes_or_misses():
    assert "**miss**" in table([Figure("x", 2.0, "s", 1.0)])
    assert "pass" in table([Figure("x", 0.5, "s", 1.0)])


def test_figures_are_told_as_they_are_known_so_that_a_failure_loses_none(monkeypatch, tmp_path):
    def figures(store):
        yield Figure("one", 2.0, "s", 1.0)
        raise SpecError("The second broke off.", "Try again.")

    monkeypatch.setattr(speed, "figures", figures)
    broken = replace(report.BENCHES["speed"], has_quick=False, has_device=False)
    monkeypatch.setitem(report.BENCHES, "speed", broken)
    told = CliRunner().invoke(main, ["--store", str(tmp_path), "bench", "speed"])
    assert told.exit_code == 1
    assert "one: 2 s" in told.stderr
    assert "The second broke off." in told.stderr
