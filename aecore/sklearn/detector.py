"""Outliers among rows: restored badly, or with a code that has no neighbours."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.stats import norm
from sklearn.base import OutlierMixin
from sklearn.neighbors import NearestNeighbors

from aecore.errors import SpecError
from aecore.sklearn.estimator import RowEstimator

_FEW, _CALIBRATION = 100, 0.1
"""From so many rows on this share is held out, to learn how scores are spread."""
_K, _MAX_KNOWN = 5, 5000
"""Neighbours whose mean distance counts, and codes that they are looked for among."""
_TINY = 1e-12


class AutoencoderDetector(OutlierMixin, RowEstimator):
    """Outliers as the rows that an autoencoder restores worst, or whose codes have no neighbours.

    Reconstruction error: Hawkins, He, Williams & Baxter 2002, "Outlier Detection Using Replicator
    Neural Networks", DaWaK, LNCS 2454. Distance to neighbours: Ramaswamy, Rastogi & Shim 2000,
    SIGMOD, here among the codes. Joined as the sum of `-log p` of both (Fisher 1925, "Statistical
    Methods for Research Workers"), where the logarithm of each is taken for normally distributed
    over rows that were held out from training (from 100 rows on a tenth; else all).

    Parameters
    ----------
    recipe, n_components, n_epochs, batch_size, patience, validation_fraction, settings, device
        See `Autoencoder`; the recipe's network restores rows of which values were swapped.
    contamination
        Share of the rows given to `fit` that are outliers, in (0, 0.5]: it decides `offset_`. In
        rows never seen errors are larger, so that a few more are called outliers.
    method
        How oddness is scored: "joined", or the reconstruction "error" alone.
    random_state
        See `Autoencoder`.

    Attributes
    ----------
    offset_
        Score below which a row is an outlier.
    model_, spec_, scaler_, n_components_, loss_curve_, n_iter_
        See `Autoencoder`.

    Raises
    ------
    ValueError, AecoreError
        See `Autoencoder`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from aecore.sklearn import AutoencoderDetector
    >>> X = load_iris().data
    >>> model = AutoencoderDetector(contamination=0.1, n_epochs=3, random_state=0).fit(X)
    >>> int((model.predict(X) == -1).sum())
    15
    """

    def __init__(
        self,
        recipe: str = "swap-noise",
        *,
        n_components: int | None = None,
        n_epochs: int | None = None,
        batch_size: int | None = None,
        patience: int | None = None,
        validation_fraction: float = 0.1,
        contamination: float = 0.1,
        method: str = "joined",
        settings: dict[str, Any] | None = None,
        device: str = "cpu",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(
            recipe,
            n_components=n_components,
            n_epochs=n_epochs,
            batch_size=batch_size,
            patience=patience,
            validation_fraction=validation_fraction,
            settings=settings,
            device=device,
            random_state=random_state,
        )
        self.contamination = contamination
        self.method = method

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train on rows `(n_samples, n_features)`; `y` is not looked at."""
        X = self._checked(X, is_new=True)
        if not 0 < self.contamination <= 0.5:
            raise SpecError(
                f"contamination is {self.contamination}.",
                "It is the share of outliers: give more than 0 and at most 0.5.",
            )
        if self.method not in ("joined", "error"):
            raise SpecError(f"There is no method {self.method!r:.40}.", "Choose joined or error.")
        self._train(X)
        if self.method == "joined":
            self._calibrate(X)
        scores = self._scores(X)
        self.offset_ = float(np.percentile(scores, 100.0 * self.contamination))
        return self

    def _held_out_fraction(self, n_samples: int) -> float:
        found = super()._held_out_fraction(n_samples)
        if found or self.method != "joined" or n_samples < _FEW:
            return found
        return _CALIBRATION

    def _calibrate(self, X: np.ndarray) -> None:
        """Keep codes to find neighbours among, and how both measures are spread."""
        codes = self._encode(X)
        is_held_out = np.isin(np.arange(len(X)), self._val_rows)
        known = codes[~is_held_out][:: max(1, -(-int((~is_held_out).sum()) // _MAX_KNOWN))]
        # a tree, for its distances are the same for a row alone and among others
        self._search = NearestNeighbors(
            n_neighbors=min(_K, len(known) - 1), algorithm="kd_tree"
        ).fit(known)
        if is_held_out.any():
            distance = self._search.kneighbors(codes[is_held_out])[0].mean(1)
            errors = self._squared_errors(X[is_held_out]).mean(1)
        else:
            distance = self._search.kneighbors()[0].mean(1)  # without the row itself
            errors = self._squared_errors(X).mean(1)[:: max(1, -(-len(X) // _MAX_KNOWN))]
        logs = np.log([errors + _TINY, distance + _TINY])
        self._centre, self._spread = logs.mean(1), np.maximum(logs.std(1), 1e-6)

    def _scores(self, X: np.ndarray) -> np.ndarray:
        errors = self._squared_errors(X).mean(1)
        if self.method == "error":
            return -errors
        distance = self._search.kneighbors(self._encode(X))[0].mean(1)
        logs = np.log([errors + _TINY, distance + _TINY])
        z = (logs - self._centre[:, None]) / self._spread[:, None]
        scores: np.ndarray = norm.logsf(z).sum(0)
        return scores

    def column_errors(self, X: Any) -> np.ndarray:
        """Squared error of each number, in variances of its column: which columns are to blame.

        `(n_samples, n_features)`, 0 or more; 0 is a perfect reconstruction.
        """
        return self._squared_errors(self._checked(X))

    def score_samples(self, X: Any) -> np.ndarray:
        """How usual each row is, `(n_samples,)`, 0 or less: lower is stranger.

        Of the method "joined" the sum of two logarithms of p-values, nats; of "error" minus the
        mean
        of `column_errors`.
        """
        return self._scores(self._checked(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """`score_samples(X) - offset_`, `(n_samples,)`: below 0 is an outlier."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> np.ndarray:
        """1 for a row that is as the others, -1 for an outlier, `(n_samples,)`."""
        return np.where(self.decision_function(X) < 0, -1, 1)
