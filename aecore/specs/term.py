"""What every term of a loss has that can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Self, get_args

from pydantic import Field

from aecore.specs.base import Variant

Reduction = Literal["mean", "sum"]


@dataclass(frozen=True)
class AboutTerm:
    """What there is to say of a term. Of each, less is better.

    Parameters
    ----------
    title
        In lower case where it is no name, so that it can stand within a sentence.
    unit
        Of its value, of a sample for the reduction "sum" and a feature for "mean"; "" where it is
        a pure number.
    words
        One sentence: what it asks for.
    """

    title: str
    unit: str
    words: str

    @property
    def heading(self) -> str:
        """The title as it begins a line.

        Examples
        --------
        >>> AboutTerm("squared error", "", "").heading, AboutTerm("KL divergence", "", "").heading
        ('Squared error', 'KL divergence')
        """
        return self.title[:1].upper() + self.title[1:]


class TermSpec(Variant):
    """One term of the loss."""

    about: ClassVar[AboutTerm]
    compares: ClassVar[bool] = False
    """Whether it compares a sample with its reconstruction, so that it can stand first."""
    is_of_counts: ClassVar[bool] = False
    """Whether it is of rows that hold counts or ratings, where 0 means nothing, or unknown."""
    code_kind: ClassVar[str | None] = None
    """The only kind of code that it makes sense of."""
    code_activation: ClassVar[str | None] = None
    """The only activation of a code that it makes sense of."""

    name: str
    weight: float = Field(
        1.0, ge=0.0, le=1e6, description="What the term is multiplied by (beta of a beta-VAE)."
    )
    reduction: Reduction = Field(
        "mean",
        description="Over the features of a sample: mean, or sum (a likelihood, in nats).",
    )
    warmup: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        description="Share of the run over which the weight rises from 0 (KL warm-up).",
    )

    @property
    def output(self) -> str | None:
        """The only output of a network that it makes sense of; None: any but softmax."""
        return None

    @classmethod
    def reductions(cls) -> tuple[Reduction, ...]:
        """Those that it has."""
        return get_args(cls.model_fields["reduction"].annotation)

    def reduced_by(self, reduction: Reduction) -> Self:
        """The same with another reduction, where it has it."""
        known = reduction in self.reductions()
        return self.model_copy(update={"reduction": reduction}) if known else self
