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
_DONORS = (1 / 6, 1 / 2, 5 / 6)
"""Quantiles of a column that its numbers are swapped for."""
_MAX_OFFSET = 20_000
"""Rows that the threshold is learnt from at the most."""


class AutoencoderDetector(OutlierMixin, RowEstimator):
    """Outliers as the rows that are restored badly, or whose codes have no neighbours.

    Three measures: the reconstruction error (Hawkins et al. 2002, "Outlier Detection Using
    Replicator Neural Networks", DaWaK); the error of each number where it is swapped for one of
    three quantiles of its column and told from all others, as a pseudo-likelihood does (Besag 1975,
    The Statistician 24), with a recipe that learnt to restore; and the distance to the five nearest
    codes (Ramaswamy, Rastogi & Shim 2000, SIGMOD). The logarithm of each is taken for normally
    distributed over rows that were held out from training (from 100 rows on a tenth; else all), and
    the logarithms of the p-values are added (Fisher 1925, "Statistical Methods for Research
    Workers").

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
                "contamination is {contamination}.",
                "It is the share of outliers: give more than 0 and at most 0.5.",
                contamination=self.contamination,
            )
        if self.method not in ("joined", "error"):
            raise SpecError(
                "There is no method {method:.40}.",
                "Choose joined or error.",
                method=repr(self.method),
            )
        self._train(X)
        if self.method == "joined":
            self._calibrate(X)
        scores = self._scores(_at_most(X, _MAX_OFFSET))
        self.offset_ = float(np.percentile(scores, 100.0 * self.contamination))
        return self

    def _held_out_fraction(self, n_samples: int) -> float:
        found = super()._held_out_fraction(n_samples)
        if found or self.method != "joined" or n_samples < _FEW:
            return found
        return _CALIBRATION

    def _calibrate(self, X: np.ndarray) -> None:
        """Keep codes to find neighbours among, and how all measures are spread."""
        codes = self._encode(X)
        is_held_out = np.isin(np.arange(len(X)), self._val_rows)
        known = _at_most(codes[~is_held_out], _MAX_KNOWN)
        # a tree, for its distances are the same for a row alone and among others
        self._search = NearestNeighbors(
            n_neighbors=min(_K, len(known) - 1), algorithm="kd_tree"
        ).fit(known)
        self._donors = np.quantile(self._standardized(X[~is_held_out]), _DONORS, axis=0)
        held_out = _at_most(X[is_held_out] if is_held_out.any() else X, _MAX_KNOWN)
        logs = self._log_measures(held_out, is_known=not is_held_out.any())
        self._centre = logs.mean(1, keepdims=True)
        self._spread = np.maximum(logs.std(1, keepdims=True), 1e-6)

    def _log_measures(self, X: np.ndarray, *, is_known: bool = False) -> np.ndarray:
        """Logarithms of the error, of the error of swapped numbers where the recipe restores, and
        of the distance to the nearest codes, `(2 or 3, n_samples)`.

        Parameters
        ----------
        is_known
            Whether rows are among those that neighbours are looked for: then not themselves.
        """
        measures = [self._squared_errors(X).mean(1)]
        if self.spec_.corruption.kind != "none":
            measures.append(self._restored_errors(X).mean(1))
        n_more = 1 if is_known and self._search.n_samples_fit_ > self._search.n_neighbors else 0
        distance, _ = self._search.kneighbors(
            self._encode(X), n_neighbors=self._search.n_neighbors + n_more
        )
        measures.append(distance[:, n_more:].mean(1))
        return np.log(np.stack(measures) + _TINY)

    def _restored_errors(self, X: np.ndarray) -> np.ndarray:
        """Squared error of each number where it is swapped and told from the others, `(n, F)`.

        A network that was not trained to restore gets the row as it is.
        """
        if self.spec_.corruption.kind == "none":
            return self._squared_errors(X)
        x = self._standardized(X)
        found = np.zeros(x.shape)
        for feature in range(x.shape[1]):
            for donor in self._donors[:, feature]:
                swapped = x.copy()
                swapped[:, feature] = donor
                rebuilt = self._rebuilt(swapped)[:, feature]
                found[:, feature] += (rebuilt - x[:, feature]) ** 2
        return found / len(self._donors)

    def _scores(self, X: np.ndarray) -> np.ndarray:
        if self.method == "error":
            return np.asarray(-self._squared_errors(X).mean(1))
        z = (self._log_measures(X) - self._centre) / self._spread
        return np.asarray(norm.logsf(z).sum(0))

    def column_errors(self, X: Any) -> np.ndarray:
        """Squared error of each number, in variances of its column: which columns are to blame.

        `(n_samples, n_features)`, 0 or more. Of the method "joined" and a recipe that restores, the
        error of the number as it is told from all others; else that of the reconstruction.
        """
        X = self._checked(X)
        return self._restored_errors(X) if self.method == "joined" else self._squared_errors(X)

    def score_samples(self, X: Any) -> np.ndarray:
        """How usual each row is, `(n_samples,)`: lower is stranger.

        Of the method "joined" the sum of logarithms of p-values, nats, 0 or less; of "error" minus
        the mean of `column_errors`.
        """
        return self._scores(self._checked(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """`score_samples(X) - offset_`, `(n_samples,)`: below 0 is an outlier."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> np.ndarray:
        """1 for a row that is as the others, -1 for an outlier, `(n_samples,)`."""
        return np.where(self.decision_function(X) < 0, -1, 1)


def _at_most(rows: np.ndarray, n: int) -> np.ndarray:
    """At most `n` of them, evenly from all."""
    found: np.ndarray = rows[:: max(1, -(-len(rows) // n))]
    return found
