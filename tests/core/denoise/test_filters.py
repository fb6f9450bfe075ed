"""Filters do what their names say, and are tuned so that the comparison with a model is fair."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from aecore.data.samples import SampleSet
from aecore.denoise import filters
from aecore.denoise.denoise import Scores, best_filter
from aecore.denoise.filters import FILTERS, available, left_out, tuned
from aecore.denoise.noise import Noisy, effect, noisy
from aecore.errors import SpecError
from aecore.runs import OpenRun
from aecore.specs.run import CorruptionSpec
from tests.core.denoise.conftest import NOISE


def test_each_filter_that_is_available_betters_gaussian_noise(
    trained: OpenRun, samples: SampleSet
) -> None:
    noise = CorruptionSpec(kind="gaussian", level=0.25)
    large = np.asarray(samples.x[samples.parts["test"][:12]]).repeat(4, axis=2).repeat(4, axis=3)
    rng = np.random.default_rng(0)
    values = np.clip(large / 255 + rng.normal(0, 0.25, large.shape), 0, 1).astype(np.float32)
    train, test = slice(0, 6), slice(6, 12)
    names = available(large.shape[1:])
    assert {"gaussian", "median", "tv", "nl_means"} <= set(names)
    before = Scores.of(large[test], Noisy(values[test]).shown).psnr.mean()
    for name in names:
        chosen = tuned(name, large[train], Noisy(values[train]), effect(trained, noise))
        cleaned = chosen.clean(Noisy(values[test]))
        assert cleaned.dtype == np.uint8
        assert cleaned.shape == large[test].shape
        assert Scores.of(large[test], cleaned).psnr.mean() > before + 1, name


def test_the_chosen_strength_is_the_best_of_those_there_are(
    trained: OpenRun, samples: SampleSet
) -> None:
    x = np.asarray(samples.x[samples.parts["train"][:20]])
    dirty, known = noisy(trained, x, NOISE, 5), effect(trained, NOISE)
    found = tuned("gaussian", x, dirty, known)
    slow = {}
    for strength in FILTERS["gaussian"].strengths:
        cleaned = filters.Tuned("gaussian", strength, known, 0.0).clean(dirty)
        slow[strength] = np.mean(
            [Scores.of(x[i : i + 1], cleaned[i : i + 1]).psnr for i in range(20)]
        )
    assert found.strength == max(slow, key=slow.__getitem__)
    assert found.psnr_db == pytest.approx(max(slow.values()))
    assert "px deviation" in found.told


def test_more_noise_wants_a_stronger_filter(trained: OpenRun, samples: SampleSet) -> None:
    little, much = (
        best_filter(trained, samples, "gaussian", CorruptionSpec(kind="gaussian", level=level))
        for level in (0.05, 0.8)
    )
    assert little.strength < much.strength


def test_a_median_takes_single_wild_pixels_away_and_keeps_an_edge(trained: OpenRun) -> None:
    clean = np.zeros((1, 1, 28, 28), np.float32)
    clean[..., 14:] = 1
    dirty = clean.copy()
    dirty[0, 0, 5, 5], dirty[0, 0, 20, 20] = 1, 0
    noise = CorruptionSpec(kind="salt_pepper", level=0.1)
    found = filters.Tuned("median", 3, effect(trained, noise), 0.0).clean(Noisy(dirty))
    assert np.array_equal(found, 255 * clean)


def test_a_mean_shift_is_taken_off_before_filtering(trained: OpenRun) -> None:
    noise = CorruptionSpec(kind="gaussian", level=0.05, mean=0.3, clip=False)
    grey = np.full((1, 1, 8, 8), 128, np.uint8)
    dirty = noisy(trained, grey, noise)
    assert dirty.values.mean() == pytest.approx(0.8, abs=0.02)
    for name in ("gaussian", "median", "tv", "nl_means"):
        found = filters.Tuned(name, FILTERS[name].strengths[1], effect(trained, noise), 0.0)
        assert found.clean(dirty).mean() == pytest.approx(128, abs=6), name


@pytest.mark.parametrize("name", ["gaussian", "median", "tv", "nl_means"])
def test_colours_are_filtered_alike_and_without_noise_hardly_changed(
    trained: OpenRun, name: str
) -> None:
    rows = np.linspace(0.2, 0.8, 16, dtype=np.float32)
    values = np.stack(
        [np.tile(rows, (16, 1)), np.tile(rows[:, None], (1, 16)), np.full((16, 16), 0.5)]
    )
    none = effect(trained, CorruptionSpec(kind="gaussian", level=0.0))
    weak = filters.Tuned(name, FILTERS[name].strengths[0], none, 0.0)
    found = weak.clean(Noisy(values[None].astype(np.float32)))
    assert found.shape == (1, 3, 16, 16)
    assert np.abs(found[0] / 255 - values).max() < 0.05


def test_a_filter_that_cannot_work_is_left_out_with_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "8 pixels" in left_out("nl_means", (1, 6, 6))
    assert "nl_means" not in available((1, 6, 6))
    monkeypatch.setattr(filters, "find_spec", lambda name: None)
    assert "PyWavelets" in left_out("wavelet", (1, 28, 28))
    with pytest.raises(SpecError, match="no filter"):
        left_out("magic", (1, 28, 28))


@pytest.mark.skipif(not importlib.util.find_spec("pywt"), reason="PyWavelets is not here")
def test_the_wavelet_filter_betters_a_smooth_picture(trained: OpenRun) -> None:
    rows = np.tile(np.linspace(0.2, 0.8, 32, dtype=np.float32), (32, 1))
    dirty = rows + np.random.default_rng(0).normal(0, 0.1, rows.shape).astype(np.float32)
    noise = effect(trained, CorruptionSpec(kind="gaussian", level=0.1, clip=False))
    found = filters.Tuned("wavelet", 1.0, noise, 0.0).clean(Noisy(dirty[None, None]))
    assert np.abs(found / 255 - rows).mean() < 0.8 * np.abs(dirty - rows).mean()
