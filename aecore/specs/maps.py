"""What can be asked for of a map: by which method, each with the settings that it has."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from aecore.sentence import Sentence
from aecore.specs.base import ArtifactKey, Spec, Variant, Work

MapMethod = Literal["codes", "pca", "plane", "umap", "tsne"]
Axes = Literal[2, 3]


class MethodSpec(Variant):
    """One way to lay codes out in two or three dimensions."""

    name: str
    layout: ClassVar[str]
    """Module whose `lay_out` takes different codes and this spec; imported where it is needed."""


class DimensionsSpec(MethodSpec):
    """Two or three latent dimensions, as they are."""

    layout: ClassVar[str] = "aecore.maps.layouts.codes"

    name: Literal["codes"] = "codes"
    n_components: Axes = Field(2, description="Dimensions of the map.")
    dims: tuple[Annotated[int, Field(ge=0, le=1023)], ...] = Field(
        (),
        max_length=3,
        description="Which latent dimensions; empty: those with the largest variance.",
    )

    @model_validator(mode="after")
    def _dims_fit(self) -> Self:
        if self.dims and len(set(self.dims)) != self.n_components:
            raise ValueError(f"name {self.n_components} different dimensions of the code")
        return self


class PcaSpec(MethodSpec):
    """The first principal components of the codes."""

    layout: ClassVar[str] = "aecore.maps.layouts.pca"

    name: Literal["pca"] = "pca"
    n_components: Axes = Field(2, description="Dimensions of the map.")


class PlaneSpec(MethodSpec):
    """The plane through the codes of three samples."""

    layout: ClassVar[str] = "aecore.maps.layouts.plane"

    name: Literal["plane"] = "plane"
    through: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (), max_length=3, description="Rows of the three samples whose codes it goes through."
    )

    @model_validator(mode="after")
    def _goes_through_three(self) -> Self:
        if len(set(self.through)) != 3:
            raise ValueError("a plane is flat, and goes through three different samples: name them")
        return self


class UmapSpec(MethodSpec):
    """UMAP of the codes."""

    layout: ClassVar[str] = "aecore.maps.layouts.umap"

    name: Literal["umap"] = "umap"
    n_components: Axes = Field(2, description="Dimensions of the map.")
    n_neighbors: int = Field(
        15, ge=2, le=200, description="Number of neighbours of a point to preserve."
    )
    min_dist: float = Field(0.1, ge=0.0, le=0.99, description="Minimum distance between points.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Random seed.")
    engine: Literal["cpu", "gpu"] = Field(
        "cpu",
        description="umap-learn on one thread, or TorchDR on a GPU, another layout in seconds.",
    )


class TsneSpec(MethodSpec):
    """t-SNE of the codes."""

    layout: ClassVar[str] = "aecore.maps.layouts.tsne"

    name: Literal["tsne"] = "tsne"
    n_components: Axes = Field(2, description="Dimensions of the map.")
    perplexity: float = Field(
        30.0, ge=2.0, le=200.0, description="Effective number of neighbours of a point."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Random seed.")


AnyMethod = Annotated[
    DimensionsSpec | PcaSpec | PlaneSpec | UmapSpec | TsneSpec, Field(discriminator="name")
]


class MapSpec(Spec):
    """Codes laid out in two or three dimensions."""

    kind: ClassVar[str] = "map"
    version: ClassVar[int] = 2
    noun: ClassVar[str] = Sentence("a map")
    work: ClassVar[Work] = Work("aecore.maps.latent_map:compute", "look", "Computing the map")

    codes: ArtifactKey = Field(description="Key of the codes.")
    method: AnyMethod = Field(
        PcaSpec(),
        description="The codes themselves, PCA, the plane through three of them, UMAP or t-SNE.",
    )

    def needs(self) -> tuple[str, ...]:
        """Its codes."""
        return (self.codes,)
