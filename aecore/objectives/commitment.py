"""Keeps what the encoder says near the entries of the codebook."""

from __future__ import annotations

from torch import Tensor

from aecore.objectives.term import Batch, Term


def commitment(batch: Batch) -> Tensor:
    """`|z_e - sg(z_q)|^2` over the code; `(B,)`, at least 0.

    van den Oord, Vinyals & Kavukcuoglu 2017, arXiv:1711.00937, equation 3 (their weight
    is 0.25). The entries themselves follow by running means, not by this gradient.
    """
    z_e = batch.output.code.z_e
    if z_e is None:
        raise TypeError("commitment needs a quantized code; RunSpec refuses others")
    return batch.over_features((z_e - batch.output.code.z.detach()).square())


TERM = Term("commitment", "sample", commitment)
