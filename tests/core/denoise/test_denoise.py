"""Noise has the moments it says; a trained denoiser takes it off, an untrained one does not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio

from aecore.data.samples import SampleSet
from aecore.denoise.denoise import Scores, as_it_is, clean, denoise, guessed_deviation
from aecore.denoise.noise import effect, noisy
from aecore.errors import DataError
from aecore.runs import OpenRun
from aecore.specs.run import CorruptionSpec
from tests.core.denoise.conftest import NOISE


@pytest.fixture
def x(samples: SampleSet) -> np.ndarray:
    return np.asarray(samples.x[samples.parts["test"]])


def test_the_untrained_denoiser_does_worse_than_its_input_and_the_trained_one_better(
    x: np.ndarray, trained: OpenRun, untrained: OpenRun
) -> None:
    before = denoise(untrained, x, NOISE)
    after = denoise(trained, x, NOISE)
    assert np.array_equal(before.noisy.values, after.noisy.values)
    assert before.after.psnr.mean() < before.before.psnr.mean() - 1
    assert after.after.psnr.mean() > after.before.psnr.mean() + 2
    assert after.after.ssim.mean() > after.before.ssim.mean()
    assert after.after.mse.mean() < 0.6 * after.before.mse.mean()


def test_scores_are_those_of_scikit_image(x: np.ndarray, trained: OpenRun) -> None:
    found = denoise(trained, x[:5], NOISE)
    for i in range(5):
        assert found.after.psnr[i] == pytest.approx(
            peak_signal_noise_ratio(x[i], found.cleaned[i], data_range=255)
        )
    assert found.before.means()["psnr_db"] == pytest.approx(
        np.mean([peak_signal_noise_ratio(x[i], found.noisy.shown[i]) for i in range(5)])
    )


def test_noise_is_decided_by_its_seed_alone(x: np.ndarray, trained: OpenRun) -> None:
    first = noisy(trained, x, NOISE, seed=3)
    torch.manual_seed(99)
    assert np.array_equal(noisy(trained, x, NOISE, seed=3).values, first.values)
    assert not np.array_equal(noisy(trained, x, NOISE, seed=4).values, first.values)


def test_gaussian_noise_that_is_not_clipped_has_the_moments_it_says(
    x: np.ndarray, trained: OpenRun
) -> None:
    noise = CorruptionSpec(kind="gaussian", level=0.7, mean=0.2, clip=False)
    added = noisy(trained, x, noise).values - x / np.float32(255)
    assert added.mean() == pytest.approx(0.2, abs=0.03)
    assert added.std() == pytest.approx(0.7, abs=0.03)


def test_an_effect_is_what_the_formula_of_each_noise_says(trained: OpenRun) -> None:
    masking = effect(trained, CorruptionSpec(kind="masking", level=0.3))
    assert (masking.black, masking.black_median, masking.white_median) == (0, 0, 1)
    assert masking.white == pytest.approx(0.7, abs=0.01)
    salt = effect(trained, CorruptionSpec(kind="salt_pepper", level=0.4))
    assert (salt.black, salt.white) == pytest.approx((0.2, 0.8), abs=0.01)
    assert salt.deviation == pytest.approx(np.sqrt(0.2 * 0.8) / 0.6, abs=0.02)
    free = effect(trained, CorruptionSpec(kind="gaussian", level=0.5, mean=0.1, clip=False))
    assert (free.black, free.white) == pytest.approx((0.1, 1.1), abs=0.01)
    assert free.deviation == pytest.approx(0.5, abs=0.01)
    # N(0.5, 0.5) on black, clipped to [0, 1], lies around its middle
    keras = effect(trained, CorruptionSpec(kind="gaussian", level=0.5, mean=0.5))
    assert keras.black == pytest.approx(0.5, abs=0.01)
    values = np.array([keras.black, keras.white])
    assert keras.undone(values, by_median=False) == pytest.approx([0, 1])


def test_an_effect_that_leaves_nothing_is_not_undone(trained: OpenRun) -> None:
    gone = effect(trained, CorruptionSpec(kind="masking", level=1.0))
    values = np.array([0.0, 0.3])
    assert np.array_equal(gone.undone(values, by_median=False), values)


def test_a_picture_that_is_noisy_already_goes_through_as_it_is(
    x: np.ndarray, trained: OpenRun
) -> None:
    assert np.array_equal(as_it_is(x).shown, x)
    assert np.array_equal(clean(trained, as_it_is(x)), trained.reconstruct(x))


def test_pictures_of_another_shape_are_told(trained: OpenRun) -> None:
    with pytest.raises(DataError, match="cleans pictures of shape"):
        denoise(trained, np.zeros((2, 1, 9, 9), np.uint8), NOISE)


def test_perfect_pictures_have_perfect_scores(x: np.ndarray) -> None:
    perfect = Scores.of(x, x).means()
    assert perfect == pytest.approx({"mse": 0, "psnr_db": 100, "ssim": 1})


@pytest.mark.parametrize("deviation", [0.02, 0.08])
def test_the_deviation_of_noise_is_guessed_from_the_picture_alone(deviation: float) -> None:
    smooth = np.tile(np.linspace(0.3, 0.7, 128), (128, 1))
    rng = np.random.default_rng(0)
    dirty = np.rint(255 * (smooth + rng.normal(0, deviation, smooth.shape))).astype(np.uint8)
    assert guessed_deviation(dirty[None]) == pytest.approx(deviation, rel=0.1)
