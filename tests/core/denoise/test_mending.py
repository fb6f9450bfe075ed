"""Damage that is no noise: what was hidden is known, and fitting classical ways stand beside."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.data.samples import SampleSet
from aecore.denoise.denoise import Scores, best_filter
from aecore.denoise.filters import Tuned, available, left_out
from aecore.denoise.levels import levels_spec
from aecore.denoise.noise import Noisy, effect, noisy
from aecore.runs import OpenRun
from aecore.specs.run import CorruptionSpec

HIDDEN = CorruptionSpec(kind="occlusion", level=0.2)


def test_hidden_pixels_are_those_that_changed(trained: OpenRun, samples: SampleSet) -> None:
    x = np.asarray(samples.x[:20]).clip(1)  # no black, so that what is hidden shows
    found = noisy(trained, x, HIDDEN, seed=3)
    assert found.hidden is not None
    assert np.array_equal(found.hidden, (found.shown != x).any(1))
    assert noisy(trained, x, CorruptionSpec(kind="blur", level=1.0)).hidden is None


def test_biharmonic_filling_keeps_what_is_seen_and_continues_a_slope(trained: OpenRun) -> None:
    slope = np.tile(np.linspace(0.2, 0.8, 16, dtype=np.float32), (1, 1, 16, 1))
    hidden = np.zeros((1, 16, 16), bool)
    hidden[:, 5:9, 6:11] = True
    dirty = Noisy(slope * ~hidden[:, None], hidden)
    found = Tuned("biharmonic", 1.0, effect(trained, HIDDEN), 0.0).clean(dirty) / 255.0
    assert np.abs(found - slope).max() < 0.01
    assert Tuned("biharmonic", 1.0, effect(trained, HIDDEN), 0.0).told == "Biharmonic"


def test_each_damage_has_the_filters_made_for_it(trained: OpenRun) -> None:
    shape = (1, 28, 28)
    assert list(available(shape, "occlusion")) == ["biharmonic"]
    assert list(available(shape, "downscale")) == list(available(shape, "blur")) == ["unsharp"]
    assert "biharmonic" not in available(shape, "dropout")
    assert "nl_means" in available(shape, "dropout")
    assert "made for occlusion, not for blur" in left_out("biharmonic", shape, "blur")


def test_an_unsharp_mask_betters_a_blur(trained: OpenRun, samples: SampleSet) -> None:
    x = np.asarray(samples.x[samples.parts["test"][:20]])
    noise = CorruptionSpec(kind="blur", level=0.6)
    dirty = noisy(trained, x, noise)
    sharper = best_filter(trained, samples, "unsharp", noise).clean(dirty)
    assert Scores.of(x, sharper).psnr.mean() > Scores.of(x, dirty.shown).psnr.mean() + 0.5


@pytest.mark.parametrize("kind", ["dropout", "occlusion", "downscale", "blur"])
def test_levels_of_a_damage_are_in_its_own_unit(trained: OpenRun, kind: str) -> None:
    levels = levels_spec(trained, CorruptionSpec(kind=kind, level=0.5)).levels
    assert levels[0] == 0.0
    assert max(levels) == {"dropout": 0.9, "occlusion": 0.6}.get(kind, 2.0)
