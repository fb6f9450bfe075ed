"""A price on every active unit of the code."""

from __future__ import annotations

from torch import Tensor

from aecore.objectives.term import Batch, Term


def sparse_l1(batch: Batch) -> Tensor:
    """`|z|` over the units of each code; `(B,)`, at least 0.

    Olshausen & Field 1996, Nature 381, price activity so; with a ReLU code the price
    drives most units to exactly 0.
    """
    return batch.over_features(batch.output.code.z.float().abs())


TERM = Term("sparse_l1", "sample", sparse_l1)
