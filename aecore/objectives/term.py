"""What a term of a loss is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from torch import Tensor, nn

from aecore.models.autoencoder import Autoencoder, Output
from aecore.specs.term import TermSpec

S = TypeVar("S", bound=TermSpec)
Autocast = Callable[[], AbstractContextManager[object]]
"""Makes what a network is run under, for the precision of the run."""


@dataclass(frozen=True)
class Batch:
    """What a term is shown.

    Parameters
    ----------
    output
        Of the model, for this batch.
    x
        `(B, *shape)`, the clean samples.
    spec
        The term as it was asked for: reduction and options.
    partner
        The term's own network, where it has one.
    autocast
        What a term enters to run a network, and leaves before it reckons with what that says: a
        sum, a square or a difference of two near numbers has nothing left of eight bits.
    """

    output: Output
    x: Tensor
    model: Autoencoder
    spec: TermSpec
    partner: nn.Module | None = None
    autocast: Autocast = nullcontext

    def spec_as(self, kind: type[S]) -> S:
        """The term as it was asked for, with the settings of its kind."""
        if not isinstance(self.spec, kind):
            raise TypeError(f"{self.spec.name} was given to the term of {kind.__name__}")
        return self.spec

    def over_features(self, values: Tensor) -> Tensor:
        """Join the features of each sample as the spec says: `(B, ...)` to `(B,)`."""
        dims = tuple(range(1, values.ndim))  # flattening would copy what is channels-last
        total = values.sum(dims)
        # not `mean`, whose gradient is divided feature by feature
        return total / (values.numel() // len(values)) if self.spec.reduction == "mean" else total

    def per_feature(self, nats: Tensor) -> Tensor:
        """Nats of a sample as they are for "sum"; for "mean" divided by its features.

        So they weigh the same against a mean reconstruction error as against a summed one.
        """
        return nats if self.spec.reduction == "sum" else nats / self.x[0].numel()


class TermFunction(Protocol):
    """Computes a term: `(B,)`, one value per sample, or a scalar where it speaks of all."""

    def __call__(self, batch: Batch) -> Tensor: ...


@dataclass(frozen=True)
class Term:
    """One term of a loss; what a person should know of it stands in its spec.

    Parameters
    ----------
    per
        "sample": the function gives `(B,)`; "batch" or "weights": a scalar.
    partner
        Makes the term's own network from the shape of a sample and the latent dimension.
    teach
        The partner's own loss, a scalar; it has an optimizer of its own, which steps first.
    """

    name: str
    per: Literal["sample", "batch", "weights"]
    function: TermFunction
    training_only: bool = False
    """Needs gradients, or says nothing of held-out samples: left out of validation."""
    partner: Callable[[tuple[int, ...], int], nn.Module] | None = None
    teach: Callable[[Batch], Tensor] | None = None
