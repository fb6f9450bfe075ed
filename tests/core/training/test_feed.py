"""Samples that fit lie on the device; others are sent as they are asked for, and are the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aecore.data.samples import SampleSet, split, standardized
from aecore.specs.codes import GaussianCodeSpec
from aecore.specs.run import NetworkSpec
from aecore.training import feed
from aecore.training.feed import DeviceDataset, fits
from aecore.training.fit import fit
from tests.core.conftest import a_run
from tests.core.training.test_captured import assert_same

CPU = torch.device("cpu")
GB = 2**30


def test_a_set_goes_to_a_device_that_has_as_much_again_left():
    assert fits(4 * GB, 8 * GB)
    assert not fits(4 * GB + 1, 8 * GB)
    assert fits(10**15, feed.n_free_bytes(CPU))  # where nothing is copied


def some_sets(digits):
    rng = np.random.default_rng(0)
    parts = split(90, val_fraction=0.1, test_fraction=0.1, seed=0)
    rows = SampleSet(rng.normal(size=(90, 7)).astype(np.float32), parts)
    colour = SampleSet(rng.integers(0, 256, (90, 3, 8, 8), dtype=np.uint8), parts)
    return [digits, standardized(digits), rows, standardized(rows), colour, standardized(colour)]


@pytest.mark.parametrize("channels_last", [False, True])
def test_a_batch_that_the_host_sends_is_that_of_the_device_bit_for_bit(digits, channels_last):
    rows = torch.tensor([5, 0, 77, 5])
    for samples in some_sets(digits):
        there, sent = (
            DeviceDataset(samples, CPU, channels_last=channels_last, stays=stays)
            for stays in (False, True)
        )
        assert torch.equal(there.batch(rows), sent.batch(rows))
        assert there.batch(rows).stride() == sent.batch(rows).stride()
        wanted = samples.scaled(rows.numpy())
        assert np.allclose(sent.batch(rows).numpy(), wanted, atol=1e-6)
        assert sent.fetch(rows).dtype == torch.from_numpy(samples.x).dtype  # a byte stays a byte


def test_training_on_samples_that_do_not_fit_gives_the_same_weights(digits, monkeypatch):
    spec = a_run(
        network=NetworkSpec(kind="conv", widths=(4,)),
        code=GaussianCodeSpec(n_dims=3),
        n_epochs=2,
    )
    expected = list(fit(digits, spec))[-1]
    monkeypatch.setattr(feed, "n_free_bytes", lambda device: digits.x.nbytes)
    found = list(fit(digits, spec))[-1]
    weights = expected.progression.model.state_dict()
    for name, value in found.progression.model.state_dict().items():
        assert torch.equal(value, weights[name])
    assert found.val == expected.val
    assert np.array_equal(found.codes, expected.codes)
    assert np.array_equal(found.strip, expected.strip)


def test_a_captured_step_learns_from_what_the_host_sends(digits, monkeypatch):
    monkeypatch.setattr(feed, "n_free_bytes", lambda device: 0)
    graph = assert_same(digits, a_run(batch_size=32))
    assert graph.n_replayed == 4
