"""A run's reconstructions of held-out samples, scored one by one, beside PCA's."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import numpy as np

from aecore.artifact import Artifact
from aecore.claims import claim
from aecore.data.samples import PartName, SampleSet
from aecore.errors import ArtifactMissingError, StoreError, TooFewSamplesError
from aecore.metrics.pictures import mse, psnr, ssim
from aecore.runs import OpenRun
from aecore.specs.studies import EvaluationSpec
from aecore.store import Store

RESULT = "evaluation.npy"
N_MAX = 1000
"""Samples scored at the most, drawn once; enough for a mean within about 3 %."""
N_PCA = 10_000
"""Training samples that PCA is fitted on at the most."""


@dataclass(frozen=True)
class Evaluation:
    """Scores of each sample.

    Parameters
    ----------
    rows
        `(n,)`, which samples of the set.
    mse, psnr, ssim
        `(n,)` of the run; ssim is NaN for rows of a table.
    pca_mse, pca_psnr, pca_ssim
        `(n,)` of PCA with as many components as the code has dimensions.
    nats, mean_nats
        `(n,)`, negative log-likelihood of each row by a run that learnt rows by one, and by the
        mean of the training part; of counts for each thing counted. NaN for other runs.
    """

    rows: np.ndarray
    mse: np.ndarray
    psnr: np.ndarray
    ssim: np.ndarray
    pca_mse: np.ndarray
    pca_psnr: np.ndarray
    pca_ssim: np.ndarray
    nats: np.ndarray
    mean_nats: np.ndarray

    @property
    def has_likelihood(self) -> bool:
        """Whether the run learnt rows by a likelihood."""
        return not bool(np.isnan(self.nats).any())

    def means(self) -> dict[str, float]:
        """Mean of every score that there is of such samples."""
        return {
            name: float(values.mean())
            for name, values in self.__dict__.items()
            if name != "rows" and not np.isnan(values).any()
        }


class PCABaseline:
    """Principal component analysis with as many components as a code has dimensions.

    Fitted on the training part with scikit-learn, on values scaled as the run sees them.
    """

    def __init__(self, samples: SampleSet, n_dims: int) -> None:
        from sklearn.decomposition import PCA

        rows = samples.parts["train"]
        if len(rows) > N_PCA:
            rows = np.sort(np.random.default_rng(0).permutation(rows)[:N_PCA])
        train = samples.scaled(rows).reshape(len(rows), -1)
        self.n_components = min(n_dims, *train.shape)
        with np.errstate(invalid="ignore", divide="ignore"):  # samples all alike vary by 0
            self._pca = PCA(self.n_components, random_state=0).fit(train)
        self._samples = samples

    def encode(self, x: np.ndarray) -> np.ndarray:
        """Raw samples `(n, *shape)` to components `(n, D)`."""
        found: np.ndarray = self._pca.transform(self._samples.to_scaled(x).reshape(len(x), -1))
        return found

    def reconstruct(self, x: np.ndarray) -> np.ndarray:
        """Raw samples `(n, *shape)` through the components and back."""
        back = self._pca.inverse_transform(self.encode(x)).astype(np.float32)
        return self._samples.to_display(back.reshape(x.shape))


def rows_of(samples: SampleSet, part: PartName, n_max: int = N_MAX) -> np.ndarray:
    """Which samples of a part are scored: all, or `n_max` drawn once; sorted."""
    rows = samples.parts[part]
    if not len(rows):
        raise TooFewSamplesError(
            "This data set has no {part} part.",
            "Choose another part, or hold some samples out.",
            part=part,
        )
    if len(rows) > n_max:
        rows = np.random.default_rng(0).permutation(rows)[:n_max]
    return np.sort(rows)


def evaluate(
    run: OpenRun, samples: SampleSet, part: PartName = "test", n_max: int = N_MAX
) -> Evaluation:
    """Score a run's reconstructions of one part.

    Raises
    ------
    TooFewSamplesError
        If the part is empty.
    """
    rows = rows_of(samples, part, n_max)
    x = np.asarray(samples.x[rows])
    pca = PCABaseline(samples, run.n_numbers)
    scores = [*_scores(x, run.reconstruct(x)), *_scores(x, pca.reconstruct(x))]
    scores += row_nats(run, samples, x)
    return Evaluation(rows, *scores)


def row_nats(run: OpenRun, samples: SampleSet, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`nats` and `mean_nats` of an `Evaluation`, of rows `(n, F)`."""
    ours = run.nats(x)
    plain = None if ours is None else run.nats_of_mean(x, samples.mean_sample())
    if ours is None or plain is None:
        return np.full(len(x), np.nan), np.full(len(x), np.nan)
    return ours.sum(1, dtype=np.float64), plain.sum(1, dtype=np.float64)


def evaluation_of(
    store: Store, run: OpenRun, samples: SampleSet, part: PartName = "test"
) -> Evaluation:
    """The same, computed once for the run's present weights and kept under an `EvaluationSpec`.

    It is computed here and now, for a page that waits for it: it takes no longer than handing it
    to a worker would. Where it cannot be kept (the disk is full, or can only be read) it is given
    all the same.

    Raises
    ------
    TooFewSamplesError
        If the part is empty.
    """
    spec = EvaluationSpec.of(run=run.key, epochs=run.epochs, part=part)
    if spec.key in store and (artifact := store.artifact(spec.key)).state.status == "done":
        with contextlib.suppress(ArtifactMissingError):  # it has just been removed to make room
            kept = artifact.read_array(RESULT)
            store.touch(spec.key)
            return Evaluation(kept[0].astype(np.int64), *kept[1:])
    found = evaluate(run, samples, part)
    with contextlib.suppress(StoreError):
        _keep(store, spec, found)
    return found


def _keep(store: Store, spec: EvaluationSpec, found: Evaluation) -> None:
    artifact = store.create(spec)
    if (held := claim(store, spec.key)) is not None:  # else somebody else keeps the same
        with held.keep():
            mine = Artifact(artifact.path, check=held.check)
            values = np.stack([v.astype(np.float64) for v in vars(found).values()])
            mine.write_array(RESULT, values)
            mine.set_state(status="done")


def _scores(x: np.ndarray, x_hat: np.ndarray) -> list[np.ndarray]:
    similar = ssim(x, x_hat) if x.ndim == 4 else np.full(len(x), np.nan)
    return [mse(x, x_hat), psnr(x, x_hat), similar]
