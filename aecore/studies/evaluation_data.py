"""What is looked at when a run is scored: its pictures, and their codes beside PCA and pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from aecore.data.samples import PARTS, SampleSet
from aecore.errors import DataError
from aecore.latent.codes import Codes
from aecore.studies.evaluation import PCABaseline, rows_of
from aecore.units.posterior import Posterior, posterior

if TYPE_CHECKING:
    from aecore.runs import OpenRun
    from aecore.specs.studies import ScoresSpec

RUN, PCA, PIXELS = "run", "pca", "pixels"
N_FIT = 5000
"""Training samples whose codes features are read from, at the most."""
_CHUNK = 512


@dataclass(frozen=True, repr=False)
class EvaluationData:
    """A run, the samples it is scored on, and training samples beside them.

    Parameters
    ----------
    rows, fit_rows
        `(n,)` of the part that is scored, and `(m,)` of the training part.
    x
        uint8 `(n, C, H, W)`.
    z, z_fit
        "run", "pca" and "pixels" to `(n, D)` and `(m, D)`.
    labels, fit_labels
        `(n,)` and `(m,)`; None where no sample has one.
    factors
        Name to `(m,)`, of the training samples.
    entries
        int64 tensor `(n, n_places)` of a quantized code.
    codes
        Of the training samples.
    """

    run: OpenRun
    samples: SampleSet
    rows: np.ndarray
    fit_rows: np.ndarray
    x: np.ndarray
    z: dict[str, np.ndarray]
    z_fit: dict[str, np.ndarray]
    labels: np.ndarray | None
    fit_labels: np.ndarray | None
    factors: dict[str, np.ndarray]
    pca: PCABaseline
    posterior: Posterior | None
    entries: torch.Tensor | None
    codes: Codes
    seed: int


def sight_of(run: OpenRun, samples: SampleSet, spec: ScoresSpec) -> EvaluationData:
    """Draw the samples, the same for every run on this data, and encode them.

    Raises
    ------
    TooFewSamplesError
        If the part is empty.
    DataError
        If a code is not a finite number.
    """
    rows = rows_of(samples, spec.part, spec.n_samples)
    fit_rows = rows_of(samples, "train", N_FIT)
    x, x_fit = np.asarray(samples.x[rows]), np.asarray(samples.x[fit_rows])
    encoded, encoded_fit = run.encode_fully(x), run.encode_fully(x_fit)
    if not (np.isfinite(encoded.point).all() and np.isfinite(encoded_fit.point).all()):
        raise DataError(
            "This model gives codes that are not finite numbers: its weights have diverged.",
            "Train it again with a smaller learning rate.",
        )
    pca = PCABaseline(samples, run.n_numbers)
    labels = samples.labels
    return EvaluationData(
        run=run,
        samples=samples,
        rows=rows,
        fit_rows=fit_rows,
        x=x,
        z={RUN: encoded.point, PCA: pca.encode(x), PIXELS: _flat(samples, x)},
        z_fit={RUN: encoded_fit.point, PCA: pca.encode(x_fit), PIXELS: _flat(samples, x_fit)},
        labels=None if labels is None else labels[rows],
        fit_labels=None if labels is None else labels[fit_rows],
        factors={name: values[fit_rows] for name, values in samples.factors.items()},
        pca=pca,
        posterior=None if encoded.logvar is None else posterior(encoded.point, encoded.logvar),
        entries=_entries(run, x),
        codes=Codes(
            key="",
            run=run.key,
            epochs=run.epochs,
            rows=fit_rows,
            z=encoded_fit.point,
            logvar=encoded_fit.logvar,
            error=np.zeros(len(fit_rows), np.float32),
            part=np.full(len(fit_rows), PARTS.index("train"), np.int8),
        ),
        seed=spec.seed,
    )


def _flat(samples: SampleSet, x: np.ndarray) -> np.ndarray:
    return samples.to_scaled(x).reshape(len(x), -1)


def _entries(run: OpenRun, x: np.ndarray) -> torch.Tensor | None:
    """Which entry of the codebook each place has, `(n, n_places)`."""
    if run.spec.code.kind != "quantized":
        return None
    found = []
    with torch.inference_mode():
        for start in range(0, len(x), _CHUNK):
            scaled = torch.from_numpy(run.frame.to_scaled(x[start : start + _CHUNK]))
            entries = run.model.encode(scaled).entries
            if entries is None:
                raise TypeError("a quantized code has entries")
            found.append(entries)
    return torch.cat(found)
