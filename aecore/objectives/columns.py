"""Negative log-likelihood of a table's row, by what each column is."""

from __future__ import annotations

from torch import Tensor

from aecore.objectives.term import Batch, Term


def columns(batch: Batch) -> Tensor:
    """Summed over the columns of each row; `(B,)`, nats, at least 0, 0 is perfect.

    Of a number `(x - x_hat)^2`, of yes and no the cross-entropy, of a category `-log p` of its
    word; see `ColumnOutput`. An empty cell counts by its mark alone. "mean" divides by the
    number of likelihoods, so that of numbers alone it is the mean squared error.
    """
    output = batch.model.columns
    if output is None:
        raise TypeError("a likelihood by column needs the output by column")
    nats = output.nats(batch.output.raw.float(), batch.x).sum(1)
    return nats if batch.spec.reduction == "sum" else nats / output.n_parts


TERM = Term("columns", "sample", columns)
