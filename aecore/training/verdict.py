"""What is said of a finished run: a plain method beside it, and the doctor's last word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from aecore.data.samples import SampleSet
from aecore.models.autoencoder import Autoencoder
from aecore.models.corruption import corrupt
from aecore.specs.codes import CodeSpec, PlainCodeSpec
from aecore.specs.run import RunSpec
from aecore.specs.terms import SparseL1Spec
from aecore.training.doctor import (
    CodeStats,
    Curve,
    behind_pca,
    behind_plain,
    n_held_against,
    still_learning,
    too_large,
    too_small,
)
from aecore.training.pca import pca_error
from aecore.training.plain_repair import plain_repair

PCA_LOSES = 1e-9
"""Squared error below which PCA of the code's size loses nothing, and is no measure."""
N_LEAST = 5
"""Validation samples below which nothing is said of a repair."""
N_ENCODED = 500
"""Validation samples whose active units are counted at the most."""
N_REPAIRED = 40
"""Validation samples that a repair is judged on at the most."""


@dataclass(frozen=True)
class Verdict:
    """Of a run that has ended.

    Parameters
    ----------
    note
        What the doctor says, "" where all is well.
    pca
        PCA's mean squared error, its number of components, and the run's error.
    """

    note: str
    pca: dict[str, float] | None = None


def verdict(
    samples: SampleSet, spec: RunSpec, model: Autoencoder, vitals: CodeStats, curve: Curve
) -> Verdict:
    """Judge a run beside the plain method for its task, on validation samples.

    Parameters
    ----------
    curve
        See `doctor.overfitting`.
    """
    if spec.objective[0].is_of_counts:  # their error is no squared one
        return Verdict("")
    if spec.corruption.kind != "none":
        return Verdict(_of_repair(samples, spec, model, curve) or still_learning(curve))
    if spec.code.kind == "quantized":
        return Verdict("")
    is_priced = spec.term(SparseL1Spec) is not None and isinstance(spec.code, PlainCodeSpec)
    n_dims = model.plan.n_dims
    wanted = _n_active(samples, spec, model) if is_priced else n_held_against(spec, n_dims)
    error, n = pca_error(samples, wanted)
    if error < PCA_LOSES:  # as many components as there are numbers: nothing to be behind
        return Verdict(still_learning(curve))
    told = (
        too_large(vitals)
        or behind_pca(vitals, error, spec, len(samples.parts["train"]), curve, n)
        or still_learning(curve)
        or too_small(vitals, spec)
    )
    return Verdict(told, {"error": error, "n": float(n), "ours": vitals.error})


@torch.inference_mode()
def _n_active(samples: SampleSet, spec: RunSpec, model: Autoencoder) -> int:
    rows = samples.parts["val"][:N_ENCODED]
    x = torch.from_numpy(samples.scaled(rows)).to(next(model.parameters()).device)
    return n_active(model.encode(x).z.cpu().numpy(), spec.code)


def n_active(z: np.ndarray, code: CodeSpec) -> int:
    """Units of plain codes `(n, D)` that are active in a sample on average, at least 1: further
    from rest than a tenth of the deviation of all.

    A ReLU rests at 0, any other unit at its median. An overcomplete code whose activity has a
    price is held against as many principal components: of one sample it says no more than these.

    Examples
    --------
    >>> n_active(np.eye(8, dtype=np.float32), PlainCodeSpec(n_dims=8, activation="relu"))
    1
    """
    is_relu = isinstance(code, PlainCodeSpec) and code.activation == "relu"
    rest = np.zeros(z.shape[1]) if is_relu else np.median(z, 0)
    active = np.abs(z - rest) > 0.1 * z.std()
    return max(1, round(float(active.sum(1).mean())))


@torch.inference_mode()
def _of_repair(samples: SampleSet, spec: RunSpec, model: Autoencoder, curve: Curve) -> str:
    rows = samples.parts["val"][:N_REPAIRED]
    if len(rows) < N_LEAST:
        return ""
    device = next(model.parameters()).device
    x = torch.from_numpy(samples.scaled(rows)).to(device)
    model.noise.seed(spec.seed, device)
    x_in = corrupt(x, spec.corruption, model.noise, unit=samples.scale == "unit")
    plain = plain_repair(spec.corruption, x.cpu().numpy(), x_in.cpu().numpy())
    if plain is None:
        return ""
    error = float((model(x_in).x_hat - x).square().mean())
    theirs = float(np.square(plain.x_hat - x.cpu().numpy()).mean())
    return behind_plain(error, theirs, plain.method, curve)
