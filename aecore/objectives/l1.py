"""Absolute error between sample and reconstruction."""

from __future__ import annotations

from torch import Tensor

from aecore.objectives.term import Batch, Term


def l1(batch: Batch) -> Tensor:
    """`|x - x_hat|`, over the features of each sample; `(B,)`, at least 0, 0 is perfect.

    Its best guess is the median, not the mean: edges stay sharper than under squared error
    (Zhao, Gallo, Frosio & Kautz 2017, IEEE Transactions on Computational Imaging 3).
    """
    return batch.over_features((batch.output.x_hat.float() - batch.x).abs())


TERM = Term("l1", "sample", l1)
