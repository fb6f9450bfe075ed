"""A price on every active unit of the code."""

from __future__ import annotations

from torch import Tensor

from aecore.models.autoencoder import Autoencoder, Output
from aecore.objectives.term import Reduction, Term, over_features


def sparse_l1(output: Output, x: Tensor, model: Autoencoder, reduction: Reduction) -> Tensor:
    """`|z|` over the units of each code; `(B,)`, at least 0.

    Olshausen & Field 1996, Nature 381, price activity so; with a ReLU code the price
    drives most units to exactly 0.
    """
    return over_features(output.code.z.float().abs(), reduction)


TERM = Term("sparse_l1", "Sparsity (L1 of the code)", "sample", "activation", sparse_l1)
