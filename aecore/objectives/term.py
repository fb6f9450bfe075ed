"""What a term of a loss is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from torch import Tensor

from aecore.models.autoencoder import Autoencoder, Output

Reduction = Literal["mean", "sum"]


class TermFunction(Protocol):
    """Computes a term: `(B,)`, one value per sample, or a scalar where it speaks of all."""

    def __call__(
        self, output: Output, x: Tensor, model: Autoencoder, reduction: Reduction
    ) -> Tensor: ...


@dataclass(frozen=True)
class Term:
    """One term of a loss, with what a person should know of it.

    Parameters
    ----------
    per
        "sample": the function gives `(B,)`; "batch" or "weights": a scalar.
    unit
        Of the value, for reduction "mean" and "sum" where they differ.
    """

    name: str
    title: str
    per: Literal["sample", "batch", "weights"]
    unit: str
    function: TermFunction
    training_only: bool = False
    """Needs gradients, or says nothing of held-out samples: left out of validation."""


def over_features(values: Tensor, reduction: Reduction) -> Tensor:
    """Join the features of each sample: `(B, ...)` to `(B,)`."""
    flat = values.flatten(1)
    return flat.mean(1) if reduction == "mean" else flat.sum(1)
