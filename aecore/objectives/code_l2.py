"""The squared length of the code."""

from __future__ import annotations

from torch import Tensor

from aecore.objectives.term import Batch, Term


def code_l2(batch: Batch) -> Tensor:
    """`z^2` over the units of each code; `(B,)`, at least 0.

    Ghosh, Sajjadi, Vergari, Black & Schoelkopf 2020, "From Variational to Deterministic
    Autoencoders", ICLR, arXiv:1903.12436: in place of the KL it keeps codes together.
    """
    return batch.over_features(batch.output.code.z.float().square())


TERM = Term("code_l2", "sample", code_l2)
