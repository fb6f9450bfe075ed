"""The weighted sum of terms that training makes small."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from aecore.models.autoencoder import Autoencoder, Output
from aecore.objectives import bce, contractive, kl, mse, sparse_l1, weight_l1, weight_l2
from aecore.objectives.term import Term
from aecore.specs import TermSpec

TERMS: dict[str, Term] = {
    module.TERM.name: module.TERM
    for module in (mse, bce, kl, sparse_l1, contractive, weight_l1, weight_l2)
}


@dataclass(frozen=True)
class Loss:
    """What an objective says of a batch.

    Parameters
    ----------
    total
        Scalar with gradient: the weighted sum.
    values
        `(n_terms + 1,)`, detached: the total, then each term before its weight, in the
        order of `Objective.names`; means over the batch.
    """

    total: Tensor
    values: Tensor


class Objective:
    """The terms of a run, evaluated together.

    Parameters
    ----------
    specs
        Terms with weights; the first compares sample and reconstruction.
    """

    def __init__(self, specs: tuple[TermSpec, ...]) -> None:
        self._terms = [(TERMS[spec.name], spec) for spec in specs]

    def names(self, *, training: bool) -> list[str]:
        """What `Loss.values` holds: "loss", then the names of the terms."""
        return ["loss", *(spec.name for term, spec in self._of(training))]

    def __call__(self, output: Output, x: Tensor, model: Autoencoder, *, training: bool) -> Loss:
        """Evaluate on one batch; in validation, terms that need gradients are left out."""
        parts = [
            term.function(output, x, model, spec.reduction).mean()
            for term, spec in self._of(training)
        ]
        weights = [spec.weight for _, spec in self._of(training)]
        total = torch.stack([w * part for w, part in zip(weights, parts, strict=True)]).sum()
        return Loss(total, torch.stack([total, *parts]).detach())

    def _of(self, training: bool) -> list[tuple[Term, TermSpec]]:
        return [pair for pair in self._terms if training or not pair[0].training_only]
