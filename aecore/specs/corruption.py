"""What samples suffer, or how they are varied, as they are learnt from."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from aecore.specs.base import ActsWhen, Part

CorruptionKind = Literal[
    "none",
    "gaussian",
    "masking",
    "salt_pepper",
    "dropout",
    "swap",
    "occlusion",
    "downscale",
    "blur",
]
OF_PICTURES: tuple[CorruptionKind, ...] = ("occlusion", "downscale", "blur")
"""Corruptions that rows of a table cannot suffer."""
_SHARES: tuple[CorruptionKind, ...] = ("masking", "salt_pepper", "dropout", "swap", "occlusion")


class CorruptionSpec(Part):
    """What the input suffers before the encoder sees it; the target stays clean."""

    kind: CorruptionKind = Field("none", description="Kind of noise.")
    level: float = Field(
        0.3,
        ge=0.0,
        le=2.0,
        description="gaussian: standard deviation (values in [0, 1]); blur: radius in pixels "
        "(standard deviation); downscale: how often the size is halved; else: share hit.",
    )
    mean: float = Field(0.0, ge=-1.0, le=1.0, description="gaussian: mean of the noise.")
    clip: bool = Field(True, description="gaussian: keep noisy pictures inside [0, 1].")

    acts_when: ClassVar[ActsWhen] = {
        "level": lambda spec: spec.kind != "none",
        "mean": lambda spec: spec.kind == "gaussian",
        "clip": lambda spec: spec.kind == "gaussian",
    }

    @model_validator(mode="after")
    def _a_share_is_at_most_one(self) -> Self:
        if self.kind in _SHARES and self.level > 1:
            raise ValueError("level is a share of the features for this noise: at most 1")
        if self.kind == "dropout" and self.level == 1:
            raise ValueError("dropout of everything leaves nothing: less than 1")
        return self


class AugmentSpec(Part):
    """How pictures are varied each time they are learnt from; the target is varied with them."""

    mirror: bool = Field(
        False, description="Show every other picture as in a mirror; not where left has a meaning."
    )
    shift_px: int = Field(
        0, ge=0, le=16, description="Move each picture by up to so many pixels each way."
    )
