"""Where new codes come from: the prior, one Gaussian, or a mixture, fitted to the data's codes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from aecore.errors import DataError, TooFewSamplesError

N_FIT = 10_000
"""Codes that a sampler is fitted to at the most."""
_FULL_UP_TO = 64
"""Dimensions up to which a component of a mixture has a full covariance; beyond, a diagonal."""
_RIDGE = 1e-4
"""Added to each variance of a component, in units of the dimension's own variance."""


class Sampler(Protocol):
    """Something that draws codes."""

    name: str

    def sample(self, n: int, seed: int) -> np.ndarray:
        """`n` codes, float32 `(n, D)`; the same for the same seed."""

    def log_likelihood(self, z: np.ndarray) -> float:
        """Mean log density of codes `(n, D)`, in nats; more is better."""


class Prior:
    """The standard normal `N(0, I)`, which a VAE's codes are trained to fill.

    Kingma & Welling 2014, ICLR, arXiv:1312.6114. Nothing keeps the codes of a plain autoencoder
    near it: drawn from it, codes lie where the decoder has never been.

    Parameters
    ----------
    n_dims
        Latent dimension D.
    """

    name = "prior"

    def __init__(self, n_dims: int) -> None:
        self.n_dims = n_dims

    def sample(self, n: int, seed: int) -> np.ndarray:
        """`n` codes, float32 `(n, D)`."""
        return np.random.default_rng(seed).standard_normal((n, self.n_dims)).astype(np.float32)

    def log_likelihood(self, z: np.ndarray) -> float:
        """Mean log density of codes `(n, D)`, in nats; more is better."""
        squares = np.square(np.asarray(z, np.float64)).sum(1)
        return float(-0.5 * (squares.mean() + self.n_dims * np.log(2 * np.pi)))


class Mixture:
    """A mixture of ten Gaussians, fitted to codes by expectation maximization.

    Ghosh, Sajjadi, Vergari, Black & Schölkopf 2020, "From Variational to Deterministic
    Autoencoders", ICLR, arXiv:1903.12436: fitted after training, it lets new samples be drawn from
    an autoencoder whose codes fill no prior, and from a VAE more faithfully than its prior does.

    Parameters
    ----------
    z
        Codes of the training part, `(n, D)`; 10,000 of them, drawn by the seed, where there are
        more.
    n_components
        Gaussians; fewer where there are not so many codes that each could be told.
    seed
        Decides where the fit begins.

    Raises
    ------
    TooFewSamplesError
        For fewer than two codes.
    DataError
        If a code is not finite.
    """

    name = "mixture"

    def __init__(self, z: np.ndarray, n_components: int = 10, *, seed: int = 0) -> None:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture
        from threadpoolctl import threadpool_limits

        codes = _checked(z, seed)
        self.n_dims = codes.shape[1]
        is_full = self.n_dims <= _FULL_UP_TO
        n_distinct = len(np.unique(codes, axis=0))
        n_told = n_distinct // (2 * self.n_dims if is_full else 10)
        self.n_components = max(1, min(n_components, n_told))
        self._mean, self._spread = codes.mean(0), codes.std(0)
        self._model = GaussianMixture(
            self.n_components,
            covariance_type="full" if is_full else "diag",
            reg_covar=_RIDGE,
            random_state=seed,
        )
        # Matrices this small gain nothing from threads, and lose tenfold on a machine that is busy.
        with threadpool_limits(1), warnings.catch_warnings():
            # A fit that was still improving slightly serves as well.
            warnings.simplefilter("ignore", ConvergenceWarning)
            self._model.fit(self._standard(codes))

    def sample(self, n: int, seed: int) -> np.ndarray:
        """`n` codes, float32 `(n, D)`."""
        random = np.random.default_rng(seed)
        chosen = random.choice(self.n_components, n, p=self._model.weights_)
        noise = random.standard_normal((n, self.n_dims))
        covariances = self._model.covariances_
        if covariances.ndim == 3:
            for component, root in enumerate(np.linalg.cholesky(covariances)):  # (D, D) each
                mine = chosen == component
                noise[mine] = noise[mine] @ root.T
        else:
            noise *= np.sqrt(covariances[chosen])
        drawn = self._model.means_[chosen] + noise
        return np.asarray(self._mean + drawn * self._spread, np.float32)

    def log_likelihood(self, z: np.ndarray) -> float:
        """Mean log density of codes `(n, D)`, in nats; more is better."""
        return float(self.log_densities(z).mean())

    def log_densities(self, z: np.ndarray) -> np.ndarray:
        """Log density of each code, nats, `(n,)`; dimensions that never vary are left aside."""
        densities = self._model.score_samples(self._standard(np.asarray(z, np.float64)))
        return np.asarray(densities - np.log(self._spread[self._spread > 0]).sum())

    def _standard(self, z: np.ndarray) -> np.ndarray:
        return np.asarray((z - self._mean) / np.where(self._spread > 0, self._spread, 1.0))


class OneGaussian(Mixture):
    """One Gaussian with the mean and the full covariance of the codes, whatever their dimension.

    Of standardized codes the covariance is drawn towards a multiple of the identity, the more
    the fewer codes there are for their dimension (Ledoit & Wolf 2004, Journal of Multivariate
    Analysis 88): with 10,000 codes of 80 dimensions hardly at all, and with fewer codes than
    dimensions enough for a density that is one.

    Parameters
    ----------
    z
        Codes of the training part, `(n, D)`; 10,000 of them, drawn by the seed, where there are
        more.

    Raises
    ------
    TooFewSamplesError, DataError
        See `Mixture`.
    """

    name = "gaussian"

    def __init__(self, z: np.ndarray, *, seed: int = 0) -> None:
        from scipy.linalg import solve_triangular
        from sklearn.mixture import GaussianMixture

        codes = _checked(z, seed)
        self.n_dims, self.n_components = codes.shape[1], 1
        self._mean, self._spread = codes.mean(0), codes.std(0)
        identity = np.eye(self.n_dims)
        covariance = shrunk_covariance(self._standard(codes)) + _RIDGE * identity
        root = solve_triangular(np.linalg.cholesky(covariance), identity, lower=True).T
        self._model = GaussianMixture(1)
        self._model.weights_, self._model.means_ = np.ones(1), np.zeros((1, self.n_dims))
        self._model.covariances_, self._model.precisions_cholesky_ = covariance[None], root[None]


def shrunk_covariance(x: np.ndarray) -> np.ndarray:
    """Covariance of centred `x`, `(n, D)`, drawn towards a multiple of the identity; `(D, D)`.

    `(1 - a) S + a tr(S) / D I`, with the `a` in [0, 1] whose error is least for n samples
    (Ledoit & Wolf 2004, Journal of Multivariate Analysis 88). scikit-learn's takes several times
    as long.
    """
    n, D = x.shape
    covariance = x.T @ x / n
    mean = float(np.trace(covariance)) / D
    norm = float(np.square(covariance).sum())
    apart = norm - D * mean**2  # of S from that multiple, squared
    error = float(np.square(np.square(x).sum(1)).sum()) / n**2 - norm / n  # of S from the truth
    share = min(1.0, max(0.0, error / apart)) if apart > 0 else 0.0
    return np.asarray((1 - share) * covariance + share * mean * np.eye(D))


def _checked(z: np.ndarray, seed: int) -> np.ndarray:
    codes = np.asarray(z, np.float64)
    if codes.ndim != 2 or len(codes) < 2:
        raise TooFewSamplesError(
            "A distribution cannot be fitted to codes of shape {shape}.",
            "Give two or more codes, (n, D).",
            shape=codes.shape,
        )
    if not np.isfinite(codes).all():
        raise DataError("A code contains values that are not finite.", "Train the model again.")
    if len(codes) > N_FIT:
        codes = codes[np.random.default_rng(seed).permutation(len(codes))[:N_FIT]]
    return codes


def posterior_draws(z: np.ndarray, logvar: np.ndarray | None, *, seed: int = 0) -> np.ndarray:
    """Codes as the decoder met them in training, float32 `(n, D)`.

    Of a gaussian code one draw from each `N(mu, var)`: these draws, not their means, are what the
    KL term makes fill the prior. A plain code is returned as it is.

    Parameters
    ----------
    z
        `(n, D)`, codes, for a gaussian code their means.
    logvar
        `(n, D)`, its log-variances; None for a plain code.
    """
    mean = np.asarray(z, np.float32)
    if logvar is None:
        return mean
    noise = np.random.default_rng(seed).standard_normal(mean.shape)
    return np.asarray(mean + np.exp(0.5 * np.asarray(logvar)) * noise, np.float32)


@dataclass(frozen=True)
class OutOfDistribution:
    """How far codes lie from those of the data.

    Parameters
    ----------
    distance_ratio
        Median distance from a code to the nearest of the data, over the median distance from one
        of the data to its nearest other; 1 is as near as they are to each other, more is farther.
        Infinite where the data's codes are all alike and the others are not.
    inside
        Share within the ellipsoid (Mahalanobis distance) that holds 99 % of the data's codes,
        in [0, 1]; 0.99 is what the data's own would have.
    """

    distance_ratio: float
    inside: float


def strangeness(drawn: np.ndarray, codes: np.ndarray) -> OutOfDistribution:
    """Measure how far drawn codes `(m, D)` lie from the data's `(n, D)`, at least 3 of them.

    For a gaussian code give the data's `posterior_draws`.

    Raises
    ------
    TooFewSamplesError, DataError
        If the data's codes are fewer than 3, or not finite.
    """
    from sklearn.neighbors import NearestNeighbors

    data = _checked(codes, seed=0)
    if len(data) < 3:
        raise TooFewSamplesError(
            "{n_data} codes are too few.", "Give three or more.", n_data=len(data)
        )
    asked = np.asarray(drawn, np.float64)
    near = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(data)
    own = np.median(near.kneighbors()[0])  # a code is not its own neighbour
    away = np.median(near.kneighbors(asked)[0])
    weigh = np.linalg.pinv(np.atleast_2d(np.cov(data.T)), rcond=1e-9, hermitian=True)

    def squared(z: np.ndarray) -> np.ndarray:
        apart = z - data.mean(0)
        return np.asarray(((apart @ weigh) * apart).sum(1))

    inside = squared(asked) <= np.quantile(squared(data), 0.99)
    ratio = away / own if own > 0 else (np.inf if away > 0 else 1.0)
    return OutOfDistribution(float(ratio), float(inside.mean()))
