"""What can be asked for of a photograph: cleaning, uncertainty, repair."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from aecore.sentence import Sentence
from aecore.specs.base import ActsWhen, ArtifactKey, Spec, Work
from aecore.specs.run import Precision

PhotoSample = Literal["chelsea", "astronaut", "coffee", "rocket", "motorcycle", "camera", "moon"]
PhotoNoise = Literal["none", "white", "light", "jpeg"]
RepairTask = Literal["fill", "enlarge", "adjust"]
RestoreMethod = Literal["restorer", "thorough", "zero_shot", "nl_means", "wavelet", "tv", "bm3d"]
BY_NETWORK: tuple[RestoreMethod, ...] = ("restorer", "thorough")
"""What the network that ships does."""
_LEARNING: tuple[RestoreMethod, ...] = (*BY_NETWORK, "zero_shot")


class PhotoSpec(Spec):
    """One photograph at its full size: a file that a person brought, or a sample with noise on it.

    What a file holds names it: the same file again is the same photograph, whatever it is called,
    and nobody can guess the key who does not have the file.
    """

    kind: ClassVar[str] = "photo"
    version: ClassVar[int] = 1

    content: str | None = Field(
        None, pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the file that was brought."
    )
    sample: PhotoSample | None = Field(None, description="A photograph that comes with the app.")
    noise: PhotoNoise = Field(
        "white",
        description="Put on a sample. none; white: the same everywhere; light: more where it is "
        "brighter, as sensors have it; jpeg: that, written as a coarse JPEG.",
    )
    sigma: float = Field(
        25.0, ge=1.0, le=75.0, description="Its standard deviation, in steps of 255."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides the noise.")

    acts_when: ClassVar[ActsWhen] = {
        "noise": lambda spec: spec.sample is not None,
        "sigma": lambda spec: spec.sample is not None and spec.noise != "none",
        "seed": lambda spec: spec.sample is not None and spec.noise != "none",
    }

    @property
    def code_version(self) -> int:
        """Reading of files has changed since the samples were first drawn."""
        return 2 if self.content is not None else self.version

    @model_validator(mode="before")
    @classmethod
    def _without_a_name(cls, values: Any) -> Any:
        """What was kept when the name of the file stood here is still opened."""
        if isinstance(values, dict):
            return {setting: value for setting, value in values.items() if setting != "name"}
        return values

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.content is None) == (self.sample is None):
            raise ValueError("name a file's content or a sample, one of both")
        return self


class RestoreSpec(Spec):
    """A photograph cleaned, at its own size, with what can be told about the result."""

    kind: ClassVar[str] = "restored"
    version: ClassVar[int] = 8
    noun: ClassVar[str] = Sentence("the cleaning of a photograph")
    work: ClassVar[Work] = Work(
        "aecore.photos.jobs.clean:compute",
        "long",
        "Cleaning the photograph",
        memory="aecore.photos.footprint:need",
    )

    photo: ArtifactKey = Field(description="Key of the photograph.")
    method: RestoreMethod = Field(
        "restorer",
        description="restorer: the network that ships; thorough: the same, tuned to the "
        "photograph, on eight turns and mirrorings of it; zero_shot: a small one that learns from "
        "this photograph alone; the others need no learning.",
    )
    sigma: float | None = Field(
        None,
        ge=0.0,
        le=100.0,
        description="Standard deviation of the noise in steps of 255, where it is known; else it "
        "is estimated.",
    )
    weights: str = Field(
        "", pattern=r"^([0-9a-f]{12})?$", description="Which weights of the network, by their hash."
    )
    precision: Precision = Field(
        "float32",
        description="Numbers that a network computes in; bf16 is faster where the GPU or processor "
        "multiplies it, several times slower elsewhere.",
    )
    luma: float = Field(
        1.0,
        ge=0.0,
        le=5.0,
        description="How much noise of brightness the network is told, times what is estimated.",
    )
    chroma: float = Field(1.0, ge=0.0, le=5.0, description="The same of noise of colour.")
    coarse: float = Field(
        1.0,
        ge=0.5,
        le=2.0,
        description="How much more of the noise neighbours share, times what is estimated.",
    )

    acts_when: ClassVar[ActsWhen] = {
        "luma": lambda spec: spec.method in BY_NETWORK and spec.sigma is None,
        "chroma": lambda spec: spec.method in BY_NETWORK and spec.sigma is None,
        "coarse": lambda spec: spec.method in BY_NETWORK and spec.sigma is None,
        "weights": lambda spec: spec.method in BY_NETWORK,
        "precision": lambda spec: spec.method in _LEARNING,
    }

    def uses_gpu(self) -> bool:
        """Where the network cleans."""
        return self.method in BY_NETWORK

    def needs(self) -> tuple[str, ...]:
        """Its photograph."""
        return (self.photo,)


class UncertaintySpec(Spec):
    """Where a cleaned photograph was changed beyond what noise explains."""

    kind: ClassVar[str] = "uncertainty"
    version: ClassVar[int] = 2
    noun: ClassVar[str] = Sentence("a map of uncertainty")
    work: ClassVar[Work] = Work(
        "aecore.photos.jobs.uncertainty:compute",
        "long",
        "Looking for invented detail",
        memory="aecore.photos.footprint:need",
    )

    base: ArtifactKey = Field(description="Key of the cleaned photograph.")

    def uses_gpu(self) -> bool:
        """Always: the network is asked."""
        return True

    def needs(self) -> tuple[str, ...]:
        """The cleaned photograph."""
        return (self.base,)


class RepairSpec(Spec):
    """A cleaned photograph with holes filled, at twice its size, or cleaned more in places."""

    kind: ClassVar[str] = "repaired"
    version: ClassVar[int] = 1
    noun: ClassVar[str] = Sentence("the repair of a photograph")
    work: ClassVar[Work] = Work(
        "aecore.photos.jobs.repair:compute",
        "long",
        "Repairing the photograph",
        memory="aecore.photos.footprint:need",
    )

    base: ArtifactKey = Field(description="Key of the cleaned photograph.")
    strength: float = Field(
        1.0, ge=0.0, le=1.0, description="How much of the cleaning to take before it is repaired."
    )
    task: RepairTask = Field(
        "fill",
        description="fill: what a mask hides; enlarge: twice as large; adjust: cleaned more or "
        "less where a mask says so.",
    )
    mask: ArtifactKey | None = Field(
        None,
        description="Key of a picture. To fill: opaque or white pixels are filled. To adjust: "
        "white where to clean more, black where less, middle grey where nothing changes.",
    )
    weights: str = Field(
        "", pattern=r"^([0-9a-f]{12})?$", description="Which weights of the network, by their hash."
    )

    @model_validator(mode="after")
    def _mask_fits(self) -> Self:
        if (self.task != "enlarge") != (self.mask is not None):
            raise ValueError("to fill or to adjust, and only then, a mask says where")
        return self

    def uses_gpu(self) -> bool:
        """Always: the network is asked."""
        return True

    def needs(self) -> tuple[str, ...]:
        """The cleaned photograph, and the mask where there is one."""
        return (self.base,) if self.mask is None else (self.base, self.mask)
