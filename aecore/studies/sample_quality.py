"""How good pictures that nobody drew are: their distance from real ones, in one named space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aecore.data.samples import PartName, SampleSet
from aecore.errors import TooFewSamplesError
from aecore.metrics.frechet import frechet_distance
from aecore.studies.feature_space import N_FEATURES, NAME, features_28

N_MAX = 1000
_HELD_OUT: tuple[PartName, ...] = ("test", "val")


@dataclass(frozen=True)
class GenerationScores:
    """Frechet distances in features-28 from held-out pictures; from 0, less is better.

    A distance of two finite clouds is too large by a bias that depends on their size, so every
    cloud here has the same `n` pictures: figures of another n do not compare. 100 is about what
    one picture over and over would get on digits (the features' total variance). It is no FID.

    Parameters
    ----------
    n
        Pictures in each cloud.
    floor
        Of other real held-out pictures: what nothing can be expected to beat.
    reconstructions
        Of the run's reconstructions of those others.
    pca
        Of PCA's reconstructions of them, with as many components as the code has numbers.
    samples
        Of decoded draws, by the name of the sampler.
    space
        The features' name.
    """

    n: int
    floor: float
    reconstructions: float
    pca: float
    samples: dict[str, float]
    space: str = NAME


@dataclass(frozen=True)
class HeldOut:
    """Two halves of pictures that were not trained on, uint8 `(n, C, H, W)` each.

    Parameters
    ----------
    real
        What every cloud is measured against.
    others
        What is reconstructed, and whose own distance is the floor.
    """

    real: np.ndarray
    others: np.ndarray


def held_out(samples: SampleSet, n: int = N_MAX, *, seed: int = 0) -> HeldOut:
    """Draw two halves of n pictures each: of the test part, and the validation part if need be.

    Fewer than n each where there are not so many.

    Raises
    ------
    TooFewSamplesError
        With fewer pictures in a half than the space has features.
    """
    random = np.random.default_rng(seed)
    rows = np.concatenate([random.permutation(samples.parts[part]) for part in _HELD_OUT])
    n_each = min(n, len(rows) // 2)
    if n_each < N_FEATURES:
        raise TooFewSamplesError(
            "{n_rows} held-out pictures are too few to measure a distance in {n_features} "
            "features.",
            "Hold out {n_needed} pictures or more (test and validation together).",
            n_rows=len(rows),
            n_features=N_FEATURES,
            n_needed=2 * N_FEATURES,
        )
    drawn = random.permutation(rows[: 2 * n_each])
    return HeldOut(np.asarray(samples.x[drawn[:n_each]]), np.asarray(samples.x[drawn[n_each:]]))


def scores_of_pictures(
    pictures: HeldOut,
    reconstructions: np.ndarray,
    pca: np.ndarray,
    samples: Mapping[str, np.ndarray],
) -> GenerationScores:
    """Measure clouds of pictures, uint8 `(n, C, H, W)` each, against the real ones.

    Parameters
    ----------
    reconstructions, pca
        Of `pictures.others`.
    samples
        New pictures, by the name of the sampler.

    Raises
    ------
    TooFewSamplesError
        If a cloud has another n than the others.
    """
    n = len(pictures.real)
    clouds = {"reconstructions": reconstructions, "pca": pca, **samples}
    for name, cloud in clouds.items():
        if len(cloud) != n:
            raise TooFewSamplesError(
                "{n_cloud} {name} beside {n} real pictures: such distances do not compare.",
                "Give as many of each.",
                n_cloud=len(cloud),
                name=name,
                n=n,
            )
    space = features_28()
    real = space.features(pictures.real)

    def distance(cloud: np.ndarray) -> float:
        return frechet_distance(space.features(cloud), real)

    return GenerationScores(
        n=n,
        floor=distance(pictures.others),
        reconstructions=distance(reconstructions),
        pca=distance(pca),
        samples={name: distance(cloud) for name, cloud in samples.items()},
    )
