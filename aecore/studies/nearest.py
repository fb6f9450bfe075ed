"""The training picture nearest to each new one, so that a copy is seen to be a copy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.data.samples import SampleSet
from aecore.errors import TooFewSamplesError

N_MAX = 10_000
"""Training pictures that are searched at the most."""
COPY_BELOW = 0.5
"""A ratio under which a picture is as near as a copy; about 5 % of held-out MNIST digits are."""
_N_TYPICAL = 1000


@dataclass(frozen=True)
class Nearest:
    """For each of n new pictures the nearest of the training part.

    Parameters
    ----------
    rows
        int64 `(n,)`, rows of the sample set.
    ratio
        `(n,)`, distance to it over the median distance from a real picture to its nearest other:
        about 1 for pictures as new as those of the data are to each other, 0 for a copy;
        infinite where the data's are all alike and this one is not.
    """

    rows: np.ndarray
    ratio: np.ndarray

    @property
    def is_copy(self) -> np.ndarray:
        """Which of them lie under `COPY_BELOW`, bool `(n,)`."""
        return np.asarray(self.ratio < COPY_BELOW)


class NearestPictures:
    """Finds the training picture that a new one looks most like.

    By the features of features-28 (Euclidean distance): a blurred or slightly shifted copy is
    still found to be one, while two blurred pictures are not taken for alike because of the blur.

    Parameters
    ----------
    samples
        Pictures; of the training part 10,000 drawn once where there are more.
    n_max
        How many are searched at the most.

    Raises
    ------
    TooFewSamplesError
        With fewer than three training pictures.
    DataError
        If the samples are no pictures.
    """

    def __init__(self, samples: SampleSet, n_max: int = N_MAX) -> None:
        from sklearn.neighbors import NearestNeighbors

        from aecore.studies.feature_space import features_28

        rows = samples.parts["train"]
        if len(rows) > n_max:
            rows = np.sort(np.random.default_rng(0).permutation(rows)[:n_max])
        if len(rows) < 3:
            raise TooFewSamplesError(
                "{n_rows} training pictures are too few for nearest neighbours.",
                "Three or more are needed.",
                n_rows=len(rows),
            )
        self._rows, self._space = rows, features_28()
        features = self._space.features(np.asarray(samples.x[rows]))
        self._near = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(features)
        typical = np.random.default_rng(1).permutation(len(rows))[:_N_TYPICAL]
        # the nearest of a picture of the set is itself: the second is its neighbour
        own, _ = self._near.kneighbors(features[typical], n_neighbors=2)
        self.typical = float(np.median(own[:, 1]))

    def of(self, pictures: np.ndarray) -> Nearest:
        """The nearest training picture of each of uint8 pictures `(n, C, H, W)`."""
        distances, places = self._near.kneighbors(self._space.features(pictures))
        return Nearest(self._rows[places[:, 0]], _ratio(distances[:, 0], self.typical))


def _ratio(distance: np.ndarray, typical: float) -> np.ndarray:
    if typical > 0:
        return np.asarray(distance / typical)
    return np.where(distance > 0, np.inf, 1.0)
