"""The weighted sum of terms that training makes small."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aecore.models.autoencoder import Autoencoder, Output
from aecore.objectives import (
    adversarial_code,
    adversarial_image,
    bce,
    code_l2,
    columns,
    commitment,
    contractive,
    decoder_l2,
    huber,
    iwae,
    kl,
    l1,
    mmd,
    mse,
    multinomial,
    observed_mse,
    sparse_kl,
    sparse_l1,
    ssim,
    total_correlation,
    weight_l1,
    weight_l2,
)
from aecore.objectives.term import Autocast, Batch, Term
from aecore.specs.run import TermSpec

TERMS: dict[str, Term] = {
    module.TERM.name: module.TERM
    for module in (
        mse,
        bce,
        l1,
        huber,
        ssim,
        multinomial,
        observed_mse,
        columns,
        iwae,
        kl,
        total_correlation,
        mmd,
        commitment,
        sparse_l1,
        sparse_kl,
        contractive,
        code_l2,
        decoder_l2,
        weight_l1,
        weight_l2,
        adversarial_code,
        adversarial_image,
    )
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
    """The terms of a run, evaluated together, in float32 whatever the model is run in.

    Parameters
    ----------
    specs
        Terms with weights; the first compares sample and reconstruction.
    partners
        Networks of the terms that have one of their own; see `partners_of`.
    autocast
        What those, and the model, are run under by terms that do so.
    """

    def __init__(
        self,
        specs: tuple[TermSpec, ...],
        *,
        partners: nn.ModuleDict | None = None,
        autocast: Autocast = nullcontext,
    ) -> None:
        self._terms = [(TERMS[spec.name], spec) for spec in specs]
        self._autocast = autocast
        self._partners = dict(partners.items()) if partners is not None else {}

    def names(self, *, training: bool) -> list[str]:
        """What `Loss.values` holds: "loss", then the names of the terms."""
        return ["loss", *(spec.name for term, spec in self._of(training))]

    def weights(self, done: float) -> list[float]:
        """Weight of each term when the share `done` of the run, in [0, 1], is done."""
        return [_weight(spec, done) for _, spec in self._terms]

    def __call__(
        self,
        output: Output,
        x: Tensor,
        model: Autoencoder,
        *,
        training: bool,
        weights: Tensor | None = None,
    ) -> Loss:
        """Evaluate on one batch; in validation, terms that need gradients are left out.

        Parameters
        ----------
        weights
            `(n_terms,)` on the model's device, of training: see `weights`. None: those that
            the terms have once they are warm.
        """
        used = self._of(training)
        parts = [term.function(self._shown(spec, output, x, model)).mean() for term, spec in used]
        values = torch.stack(parts)
        if weights is None:
            weights = values.new_tensor([spec.weight for _, spec in used])
        total = (weights * values).sum()
        return Loss(total, torch.cat([total.detach()[None], values.detach()]))

    def teach(self, output: Output, x: Tensor, model: Autoencoder) -> Tensor:
        """What the partners themselves have to make small, summed; a scalar with gradient."""
        losses = [
            term.teach(self._shown(spec, output, x, model))
            for term, spec in self._terms
            if term.teach is not None
        ]
        return torch.stack(losses).sum()

    def _shown(self, spec: TermSpec, output: Output, x: Tensor, model: Autoencoder) -> Batch:
        partner = self._partners.get(spec.name)
        return Batch(output, x, model, spec, partner, self._autocast)

    def _of(self, training: bool) -> list[tuple[Term, TermSpec]]:
        return [pair for pair in self._terms if training or not pair[0].training_only]


def partners_of(
    specs: tuple[TermSpec, ...], shape: tuple[int, ...], n_dims: int, seed: int
) -> nn.ModuleDict:
    """The networks that terms bring along, by name of the term; their weights follow the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed + 1)
        return nn.ModuleDict(
            {
                spec.name: make(shape, n_dims)
                for spec in specs
                if (make := TERMS[spec.name].partner) is not None
            }
        )


def _weight(spec: TermSpec, done: float) -> float:
    """The weight, on its way up from 0 while the term warms up."""
    return spec.weight * min(1.0, done / spec.warmup) if spec.warmup else spec.weight
