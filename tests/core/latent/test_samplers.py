"""Samplers: each draws what it was fitted to, a mixture fits clusters, strange codes are told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.covariance import ledoit_wolf

from aecore.errors import DataError, TooFewSamplesError
from aecore.latent.samplers import (
    Mixture,
    OneGaussian,
    Prior,
    Sampler,
    posterior_draws,
    shrunk_covariance,
    strangeness,
)


def clusters(n: int, seed: int = 0) -> np.ndarray:
    """Ten tight clouds in four dimensions."""
    random = np.random.default_rng(seed)
    middles = 8 * np.random.default_rng(42).standard_normal((10, 4))
    return middles[random.integers(10, size=n)] + 0.3 * random.standard_normal((n, 4))


SAMPLERS: dict[str, Callable[[np.ndarray], Sampler]] = {
    "prior": lambda z: Prior(z.shape[1]),
    "gaussian": OneGaussian,
    "mixture": Mixture,
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_seed_gives_the_same_codes_and_another_gives_others(name: str) -> None:
    sampler = SAMPLERS[name](clusters(400))
    first = sampler.sample(20, seed=3)
    assert (first.shape, first.dtype) == ((20, 4), np.float32)
    assert np.array_equal(first, SAMPLERS[name](clusters(400)).sample(20, seed=3))
    assert not np.array_equal(first, sampler.sample(20, seed=4))
    assert sampler.name == name


def test_the_prior_is_the_standard_normal() -> None:
    drawn = Prior(3).sample(20_000, 0)
    assert drawn.mean(0) == pytest.approx(np.zeros(3), abs=0.03)
    assert np.cov(drawn.T) == pytest.approx(np.eye(3), abs=0.04)
    expected = multivariate_normal(np.zeros(3)).logpdf(drawn).mean()
    assert Prior(3).log_likelihood(drawn) == pytest.approx(expected, rel=1e-6)


def test_one_gaussian_has_the_mean_and_covariance_of_the_codes() -> None:
    random = np.random.default_rng(1)
    z = random.standard_normal((3000, 3)) @ random.standard_normal((3, 3)) * 20 + [5, -300, 0]
    fitted = OneGaussian(z)
    drawn = fitted.sample(30_000, 0)
    assert drawn.mean(0) == pytest.approx(z.mean(0), abs=1)
    assert np.cov(drawn.T) == pytest.approx(np.cov(z.T), rel=0.08, abs=10)
    expected = multivariate_normal(z.mean(0), np.cov(z.T, bias=True)).logpdf(z).mean()
    assert fitted.log_likelihood(z) == pytest.approx(expected, abs=0.01)


def test_one_gaussian_has_the_full_covariance_of_codes_of_many_dimensions() -> None:
    random = np.random.default_rng(2)
    mixing = random.standard_normal((12, 80))  # 12 causes of 80 numbers, and noise of each
    z = random.standard_normal((4000, 12)) @ mixing + 0.3 * random.standard_normal((4000, 80))
    z = z * np.linspace(0.1, 30, 80) + 5
    fitted = OneGaussian(z)
    off = ~np.eye(80, dtype=bool)
    wanted = np.corrcoef(z.T)[off]
    drawn = np.corrcoef(fitted.sample(20_000, 0).T)[off]
    assert np.polyfit(wanted, drawn, 1)[0] == pytest.approx(1.0, abs=0.03)
    assert np.abs(drawn - wanted).max() < 0.05
    expected = multivariate_normal(z.mean(0), np.cov(z.T, bias=True)).logpdf(z).mean()
    assert fitted.log_likelihood(z) == pytest.approx(expected, rel=0.02)


def test_fewer_codes_than_dimensions_still_make_a_density() -> None:
    random = np.random.default_rng(3)
    mixing = random.standard_normal((5, 80))
    train, held_out = (random.standard_normal((n, 5)) @ mixing for n in (40, 500))
    train += random.standard_normal(train.shape)
    held_out += random.standard_normal(held_out.shape)
    fitted = OneGaussian(train)
    alone = multivariate_normal(train.mean(0), np.diag(train.var(0))).logpdf(held_out).mean()
    assert fitted.log_likelihood(held_out) > alone + 5


@pytest.mark.parametrize("n", [5, 60, 2000])
def test_a_covariance_is_shrunk_as_by_scikit_learn(n: int) -> None:
    random = np.random.default_rng(n)
    x = random.standard_normal((n, 20)) @ random.standard_normal((20, 20))
    x -= x.mean(0)
    expected, _ = ledoit_wolf(x, assume_centered=True)
    assert shrunk_covariance(x) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_a_mixture_of_ten_beats_one_gaussian_on_held_out_clusters() -> None:
    train, held_out = clusters(1000, 0), clusters(500, 1)
    mixture, one, prior = Mixture(train), OneGaussian(train), Prior(4)
    assert mixture.n_components == 10
    assert mixture.log_likelihood(held_out) > one.log_likelihood(held_out) + 3
    assert one.log_likelihood(held_out) > prior.log_likelihood(held_out)


def test_what_a_mixture_draws_is_as_likely_as_what_it_was_fitted_to() -> None:
    mixture = Mixture(clusters(1000))
    drawn = mixture.sample(2000, 0)
    assert mixture.log_likelihood(drawn) == pytest.approx(
        mixture.log_likelihood(clusters(2000, 5)), abs=0.2
    )


def test_few_codes_get_few_components() -> None:
    assert Mixture(clusters(40)).n_components == 5
    assert Mixture(clusters(3)).n_components == 1


def test_many_dimensions_get_diagonal_covariances() -> None:
    z = np.random.default_rng(0).standard_normal((300, 70)) * np.arange(1, 71)
    drawn = Mixture(z).sample(4000, 0)
    assert drawn.std(0) == pytest.approx(z.std(0), rel=0.15)


@pytest.mark.parametrize("kind", [OneGaussian, Mixture])
def test_a_number_that_never_varies_is_drawn_as_it_is(kind: type[Mixture]) -> None:
    z = clusters(300)
    z[:, 2] = 7.5
    fitted = kind(z)
    assert (fitted.sample(50, 0)[:, 2] == 7.5).all()
    assert np.isfinite(fitted.log_likelihood(z))


def test_codes_all_alike_are_drawn_as_they_are() -> None:
    z = np.full((30, 3), 2.0)
    assert (Mixture(z).sample(5, 0) == 2).all()


def test_codes_that_cannot_be_fitted_are_told() -> None:
    with pytest.raises(TooFewSamplesError):
        Mixture(np.zeros((1, 3)))
    with pytest.raises(DataError, match="finite"):
        OneGaussian(np.full((9, 2), np.inf))


def test_draws_from_the_posterior_have_its_mean_and_variance() -> None:
    z = np.tile([1.0, -2.0], (20_000, 1))
    drawn = posterior_draws(z, np.log(np.tile([4.0, 0.25], (20_000, 1))), seed=0)
    assert drawn.mean(0) == pytest.approx([1, -2], abs=0.05)
    assert drawn.var(0) == pytest.approx([4, 0.25], rel=0.05)
    assert np.array_equal(posterior_draws(z, None), z.astype(np.float32))


def test_codes_like_the_data_are_not_strange_and_codes_far_away_are() -> None:
    random = np.random.default_rng(0)
    data = random.standard_normal((2000, 5))
    alike = strangeness(random.standard_normal((1000, 5)), data)
    assert alike.distance_ratio == pytest.approx(1, abs=0.1)
    assert alike.inside == pytest.approx(0.99, abs=0.015)
    away = strangeness(random.standard_normal((1000, 5)) + 20, data)
    assert away.distance_ratio > 10
    assert away.inside == 0


def test_beside_codes_all_alike_any_other_is_infinitely_strange() -> None:
    alike = np.full((20, 3), 2.0)
    assert strangeness(np.zeros((5, 3)), alike).distance_ratio == np.inf
    assert strangeness(alike[:5], alike).distance_ratio == 1
    with pytest.raises(TooFewSamplesError):
        strangeness(alike, alike[:2])
