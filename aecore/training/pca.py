"""Principal components of what is trained on: where a run begins, what it is held against."""

from __future__ import annotations

from math import ceil

import numpy as np
import torch

from aecore.data.samples import SampleSet
from aecore.models.pca_start import Components, components
from aecore.training.feed import n_at_once

N_MAX = 10_000
"""Training samples that principal components are computed from at the most."""
_MOST_VALUES = 2**26
"""Numbers of sparse rows that are made dense for them at the most."""


def components_of(samples: SampleSet, n: int, *, mirror: bool = False) -> Components:
    """Principal components of the training part as a model sees it, of some thousands of them.

    Parameters
    ----------
    mirror
        Whether each picture counts beside its mirror image, as where training shows both.
    """
    rows = samples.parts["train"]
    n_max = max(64, min(N_MAX, _MOST_VALUES // samples.shape[0])) if samples.is_sparse else N_MAX
    if len(rows) > n_max:
        rows = np.sort(np.random.default_rng(0).permutation(rows)[:n_max])
    x = torch.from_numpy(samples.scaled(rows))
    if mirror and x.ndim == 4 and len(rows) < N_MAX:
        x = torch.cat([x, x.flip(3)])
    return components(x.flatten(1), n)


def pca_error(samples: SampleSet, n: int) -> tuple[float, int]:
    """Mean squared error of PCA on the validation part, as the model sees it, and how many
    components there were, `n` at the most."""
    found = components_of(samples, n)
    val, error = samples.parts["val"], 0.0
    for rows in np.array_split(val, ceil(len(val) / n_at_once(samples.shape))):
        x = torch.from_numpy(samples.scaled(rows)).flatten(1)
        z = (x - found.mean) @ found.axes.T
        lost = (found.mean + z @ found.axes - x).square().mean()
        error += float(lost) * len(rows) / len(val)
    return error, len(found.axes)
