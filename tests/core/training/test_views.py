"""What is looked at while a model trains takes its share of the time, and no more."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch

from aecore.training import pace, views
from aecore.training.begin import begin
from aecore.training.feed import DeviceDataset, n_at_once
from aecore.training.views import N_SOON, PreviewMaker
from tests.core.conftest import a_run


def test_a_slow_look_is_taken_rarely_and_a_quick_one_soon_and_then_once_a_second(
    digits, monkeypatch
):
    now = [0.0]
    monkeypatch.setattr(pace, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    spec = a_run()
    viewer = PreviewMaker(digits, spec, DeviceDataset(digits, torch.device("cpu")), seed=1)
    monkeypatch.setattr(viewer, "_strip", lambda *_: "strip")

    def slow(*_):
        now[0] += 0.2
        return "codes"

    monkeypatch.setattr(viewer, "_codes", slow)
    model = begin(digits, spec).model
    seen = []
    for _ in range(600):
        now[0] += 0.1
        seen.append(viewer.look(model))
    strips = np.flatnonzero([found.strip is not None for found in seen])
    n_codes = sum(found.codes is not None for found in seen)
    assert strips[N_SOON - 1] < 40  # within four seconds
    assert 50 <= len(strips) - N_SOON <= 61
    assert n_codes == 3  # each took 0.2 s: at first one in 20 s
    assert viewer.look(model, at_all=True).codes == "codes"


def test_what_takes_long_keeps_to_its_share_in_a_long_training(monkeypatch):
    now, spent = [0.0], 0.0
    monkeypatch.setattr(pace, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    kept = views.pace(views.EVERY_S)
    while now[0] < 3600:
        if kept.is_due():
            with kept.kept():
                now[0] += 0.2
            spent += 0.2
        now[0] += 0.05
    assert 0.7 * views.SHARE < spent / now[0] < 1.3 * views.SHARE


def test_batches_with_channels_last_hold_the_same_numbers(digits):
    from aecore.data.samples import SampleSet, standardized

    colour = SampleSet(digits.x.repeat(3, axis=1), digits.parts, digits.labels)
    rows = torch.arange(20)
    for samples in (colour, standardized(colour)):
        plain = DeviceDataset(samples, torch.device("cpu")).batch(rows)
        turned = DeviceDataset(samples, torch.device("cpu"), channels_last=True).batch(rows)
        assert torch.equal(plain, turned)
        assert turned.is_contiguous(memory_format=torch.channels_last)
        assert not plain.is_contiguous(memory_format=torch.channels_last)


def test_large_samples_are_looked_at_a_few_at_a_time():
    assert n_at_once((1, 28, 28)) == 1024
    assert n_at_once((3, 64, 64)) == 341
    assert n_at_once((3, 512, 512)) == 64
