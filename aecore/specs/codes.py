"""The codes that an encoder can end in, each with the settings that it has."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from aecore.specs.base import ActsWhen, Variant

ActivationName = Literal[
    "identity", "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softplus"
]


class CodeSpec(Variant):
    """What an encoder ends in."""

    discriminator: ClassVar[str] = "kind"

    kind: str
    n_dims: int = Field(
        32,
        ge=1,
        le=1024,
        description="Latent dimension D: the number of values in the code of one sample; quantized "
        "code: the dimension of one codebook entry.",
    )


class PlainCodeSpec(CodeSpec):
    """One vector."""

    kind: Literal["plain"] = "plain"
    activation: ActivationName = Field("identity", description="Applied to the code.")
    batch_norm: bool = Field(
        False,
        description="Batch normalization of each unit before its activation; keeps the units of a "
        "sparse code alive.",
    )
    top_k: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Keep only the k units of largest magnitude, the others are 0 (k-sparse); "
        "empty: all.",
    )

    acts_when: ClassVar[ActsWhen] = {
        "top_k": lambda spec: (spec.top_k or spec.n_dims) < spec.n_dims,
    }


class GaussianCodeSpec(CodeSpec):
    """Mean and variance of a gaussian (a VAE's)."""

    kind: Literal["gaussian"] = "gaussian"


class QuantizedCodeSpec(CodeSpec):
    """A small grid, each position of which selects an entry of a learned codebook (a VQ-VAE's)."""

    kind: Literal["quantized"] = "quantized"
    codebook_size: int = Field(128, ge=2, le=8192, description="Entries of the codebook.")
    decay: float = Field(
        0.99,
        ge=0.5,
        lt=1.0,
        description="Decay of the moving average that updates the entries.",
    )


AnyCode = Annotated[
    PlainCodeSpec | GaussianCodeSpec | QuantizedCodeSpec, Field(discriminator="kind")
]
CODE_SPECS: dict[str, type[CodeSpec]] = {
    spec.tag(): spec for spec in get_args(get_args(AnyCode)[0])
}
"""By kind."""


def without_batch_norm(code: CodeSpec) -> CodeSpec:
    """The same without batch normalization of its units, which a plain code may have."""
    has_it = isinstance(code, PlainCodeSpec) and code.batch_norm
    return code.model_copy(update={"batch_norm": False}) if has_it else code
