"""An autoencoder of rows as a transformer, and what all estimators have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted, validate_data

from aecore.data.samples import SampleSet, split
from aecore.errors import DataError, SpecError
from aecore.recipe_rules import SetFacts
from aecore.recipes import fitted, recipe
from aecore.specs.codes import CodeSpec, PlainCodeSpec
from aecore.specs.run import CorruptionSpec, RunSpec
from aecore.training.fit import fit

_NO_DATA = "data-" + "0" * 24
"""Samples that come with the call have no key."""
_CHUNK = 4096


class RowEstimator(BaseEstimator):
    """What both have in common: settings, training, and the trained model in float64."""

    def __init__(
        self,
        recipe: str = "undercomplete",
        *,
        n_components: int | None = None,
        n_epochs: int | None = None,
        batch_size: int | None = None,
        patience: int | None = None,
        validation_fraction: float = 0.1,
        settings: dict[str, Any] | None = None,
        device: str = "cpu",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.recipe = recipe
        self.n_components = n_components
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.settings = settings
        self.device = device
        self.random_state = random_state

    def _train(self, X: np.ndarray) -> None:
        """Set `spec_`, `scaler_`, `model_`, `n_components_`, `loss_curve_` and `n_iter_`."""
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        samples = self._samples(X, seed)
        self.spec_ = self._spec(len(samples.parts["train"]), X.shape[1], seed)
        curve, model = [], None
        for record in fit(
            samples, self.spec_, device=torch.device(self.device), publish_s=float("inf")
        ):
            model = record.progression.model
            if record.whole:
                curve.append(record.train["loss"])
        if model is None:
            raise DataError("Nothing was trained.", "Give at least two rows and one epoch.")
        self.model_ = model.cpu().double().eval().requires_grad_(False)
        self.model_.noise.generator = None  # drawn from in training alone; cannot be copied
        self.n_components_ = model.plan.n_dims
        self.loss_curve_ = curve
        self.n_iter_ = len(curve)

    def _samples(self, X: np.ndarray, seed: int) -> SampleSet:
        with np.errstate(over="ignore", invalid="ignore"):
            self.scaler_ = StandardScaler().fit(X.astype(np.float64))
        if wide := np.flatnonzero(~np.isfinite(self.scaler_.scale_)).tolist():
            raise DataError(
                "Column {wide} has numbers too large to standardize.",
                "Divide it by a large number, or take its logarithm.",
                wide=wide[0],
            )
        parts = {"train": np.arange(len(X)), "val": np.arange(0)}
        if fraction := self._held_out_fraction(len(X)):
            drawn = split(len(X), val_fraction=fraction, test_fraction=0, seed=seed)
            parts = {"train": drawn["train"], "val": drawn["val"]}
        self._val_rows = parts["val"]
        return SampleSet(
            x=self._standardized(X).astype(np.float32),
            parts={"train": parts["train"], "val": parts["val"], "test": np.arange(0)},
            scale="standard",
        )

    def _held_out_fraction(self, n_samples: int) -> float:
        """Share of the rows given to `fit` that are not trained on."""
        if self.patience is None:
            return 0.0
        if not 0 < self.validation_fraction < 1:
            raise SpecError(
                "validation_fraction is {validation_fraction}.",
                "To stop early some rows are held out: give more than 0 and less than 1.",
                validation_fraction=self.validation_fraction,
            )
        return self.validation_fraction

    def _spec(self, n_train: int, n_features: int, seed: int) -> RunSpec:
        """The run that is trained: the recipe, suited to rows, with what was asked for."""
        settings = fitted(
            recipe(self.recipe).settings,
            is_pictures=False,
            scale="standard",
            facts=SetFacts(n_train, (n_features,)),
        )
        own = self.settings or {}
        settings = {**settings, "patience": self.patience, **own}
        code: CodeSpec = settings.get("code", PlainCodeSpec())
        n_dims = self.n_components
        is_restoring = settings.get("corruption", CorruptionSpec()).kind != "none"
        if (
            n_dims is None
            and "code" not in own
            and not (isinstance(code, PlainCodeSpec) and code.activation != "identity")
            and (
                not is_restoring  # which cannot copy its input, however large its code is
            )
        ):
            is_sparse = isinstance(code, PlainCodeSpec) and code.top_k is not None
            n_dims = code.n_dims if is_sparse else min(code.n_dims, max(1, n_features // 2))
        if n_dims is not None:
            settings["code"] = type(code).of(**{**code.model_dump(), "n_dims": n_dims})
        for name in ("n_epochs", "batch_size"):
            if getattr(self, name) is not None:
                settings[name] = getattr(self, name)
        return RunSpec.of(**{"seed": seed, **settings, "data": _NO_DATA})

    def _checked(self, X: Any, *, is_new: bool = False) -> np.ndarray:
        """`X` as `(n_samples, n_features)` of float32 or float64."""
        if not is_new:
            check_is_fitted(self)
        found: np.ndarray = validate_data(
            self, X, dtype=FLOAT_DTYPES[:2], reset=is_new, ensure_min_samples=2 if is_new else 1
        )
        return found

    def _standardized(self, X: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.scaler_.transform(X.astype(np.float64))
        return found

    def _encode(self, X: np.ndarray) -> np.ndarray:
        """Codes, float64 `(n_samples, n_components_)`."""
        return _by_chunk(lambda x: self.model_.encode(x).point, self._standardized(X))

    def _squared_errors(self, X: np.ndarray) -> np.ndarray:
        """Of each standardized number, float64 `(n_samples, n_features)`."""
        x = self._standardized(X)
        errors: np.ndarray = (x - self._rebuilt(x)) ** 2
        return errors

    def _rebuilt(self, x: np.ndarray) -> np.ndarray:
        """Reconstructions of standardized rows, float64 `(n_samples, n_features)`."""
        return _by_chunk(lambda part: self.model_.decode(self.model_.encode(part).point), x)


def _by_chunk(answer: Callable[[torch.Tensor], torch.Tensor], values: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        found = [
            answer(torch.tensor(values[start : start + _CHUNK], dtype=torch.float64)).numpy()
            for start in range(0, len(values), _CHUNK)
        ]
    return np.concatenate(found)


class Autoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, RowEstimator):
    """An autoencoder of rows as a transformer: rows in, codes out, and back.

    Columns are standardized inside (mean 0, deviation 1 of the rows given to `fit`), so that no
    scaler need stand before it. It trains in float32 and answers in float64, so that a row has
    the same code alone and among others; float32 rows get float32 codes.

    Parameters
    ----------
    recipe
        One of `aecore.RECIPES` that is not of pictures alone, suited to the number of rows.
    n_components
        Numbers of a code (latent dimension D). None: the recipe's, but no more than half the
        columns, unless its code is sparse, has an activation of its own, or its input is corrupted.
    n_epochs, batch_size
        None: by the number of rows (`aecore.recipe_rules`).
    patience
        Epochs without a better loss on held-out rows after which it stops, and goes back to the
        best. None: all epochs, on all rows.
    validation_fraction
        Share of the rows held out where there is a `patience`, in (0, 1).
    settings
        Other fields of `aecore.RunSpec` that differ from the recipe's, such as
        `{"network": aecore.NetworkSpec(output="linear", pca_start=True)}`.
    device
        "cpu", "cuda" or "mps", to train on. Answers are computed on the CPU.
    random_state
        Decides the first weights, the order of the rows, what is held out, and the noise. An int
        gives the same weights at each call on the same CPU; a `RandomState` is drawn from at
        each `fit`; None: numpy's global one, so that each `fit` gives other weights.

    Attributes
    ----------
    model_
        The trained network, a torch module in float64.
    spec_
        The `RunSpec` that was trained, its seed among it.
    scaler_
        scikit-learn's `StandardScaler` of the columns.
    n_components_
        Numbers of a code (D).
    loss_curve_
        Training loss after each epoch.
    n_iter_
        Epochs that were done.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    Raises
    ------
    ValueError
        By any method, of rows that are no finite numbers or of another shape.
    AecoreError
        By `fit`, of settings that are out of bounds or do not fit rows.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from aecore.sklearn import Autoencoder
    >>> X = load_iris().data
    >>> model = Autoencoder(n_components=2, n_epochs=3, random_state=0).fit(X)
    >>> codes = model.transform(X)
    >>> codes.shape, model.inverse_transform(codes).shape
    ((150, 2), (150, 4))
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train on rows `(n_samples, n_features)`; `y` is not looked at."""
        self._train(self._checked(X, is_new=True))
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Codes `(n_samples, n_components_)`: means where the code is gaussian."""
        X = self._checked(X)
        return self._encode(X).astype(X.dtype)

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Rows `(n_samples, n_features)`, in their own units, of codes."""
        check_is_fitted(self)
        codes = check_array(X, dtype=FLOAT_DTYPES[:2], input_name="X")
        if codes.shape[1] != self.n_components_:
            raise ValueError(
                f"X has {codes.shape[1]} features, but the codes have {self.n_components_}."
            )
        rows = self.scaler_.inverse_transform(_by_chunk(self.model_.decode, codes))
        return np.asarray(rows).astype(codes.dtype)

    def score(self, X: Any, y: Any = None) -> float:
        """Share of the variance that reconstructions keep: 1 is best, 0 is the mean row's.

        `1 - mean(((x - x_hat) / s)^2)`, `s` the deviation of each column in `fit`; below 0 where
        reconstructions are worse than the mean row.
        """
        return 1.0 - float(self._squared_errors(self._checked(X)).mean())

    @property
    def _n_features_out(self) -> int:
        return int(self.n_components_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
