"""What computes each kind of artifact, found by name so that nothing slow is imported early."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Literal, cast

from aecore.data.memory import MemoryNeed
from aecore.errors import AecoreError, JobError
from aecore.specs import RestoreSpec, Spec
from aecore.store import Artifact, Progress, Store

Lane = Literal["device", "light", "look", "long"]
Compute = Callable[[Spec, Artifact, Store], Generator[Progress, None, None]]


@dataclass(frozen=True)
class Kind:
    """How one kind of artifact is computed.

    Parameters
    ----------
    compute
        "module:function"; the function yields `Progress` and is closed to stop it.
    lane
        "device" for training, which has the device for itself; "look" for looking into what was
        trained (codes, maps, scores), on the CPU, beside any training; "long" for what may take
        minutes beside it (photographs, on a GPU where there is one, and encoders as features),
        which looking does not wait for; else "light".
    uses_gpu
        Whether what a spec of another lane than "device" asks for is computed on a GPU where there
        is one: then it has the device for itself as well, and waits for a training to end.
    title
        What is being done, for a person.
    resumes
        Whether it goes on from where it was, so that it can make way for others.
    memory
        "module:function" that estimates from a spec and the store what it will need on a CPU, or
        gives None; "": it needs little.
    """

    compute: str
    lane: Lane = "light"
    uses_gpu: Callable[[Spec], bool] = lambda spec: False
    title: str = "The work"
    resumes: bool = False
    memory: str = ""

    def load(self) -> Compute:
        """Import the function."""
        return cast(Compute, _named(self.compute))

    def need(self, spec: Spec, store: Store) -> MemoryNeed | None:
        """What a job will need of a CPU's memory; None where that is little, or not known."""
        return cast("MemoryNeed | None", _named(self.memory)(spec, store)) if self.memory else None


def _named(name: str) -> Callable[..., object]:
    module, _, function = name.partition(":")
    return cast(Callable[..., object], getattr(importlib.import_module(module), function))


def _cleans_by_network(spec: Spec) -> bool:
    return isinstance(spec, RestoreSpec) and spec.method in ("restorer", "thorough")


def _always(spec: Spec) -> bool:
    return True


_OF_PHOTOS = "aecore.photos.footprint:need"
KINDS: dict[str, Kind] = {
    "data": Kind(
        "aecore.data.ingest:compute",
        title="Bringing the samples in",
        memory="aecore.data.ingest:need",
    ),
    "run": Kind(
        "aecore.training.job:compute",
        "device",
        title="Training",
        resumes=True,
        memory="aecore.training.footprint:need",
    ),
    "codes": Kind("aecore.latent.codes:compute", "look", title="Computing the codes"),
    "map": Kind("aecore.maps.latent_map:compute", "look", title="Laying the map out"),
    "trust": Kind(
        "aecore.maps.trust:compute", "look", title="Measuring how far the map can be believed"
    ),
    "denoise": Kind("aecore.denoise.levels:compute", "look", title="Cleaning at each level"),
    "scores": Kind("aecore.studies.scores:compute", "look", title="Scoring the run"),
    "features": Kind("aecore.studies.features:compute", "long", title="The look at features"),
    "anomaly": Kind("aecore.studies.anomaly.study:compute", "look", title="Scoring oddness"),
    "restored": Kind(
        "aecore.photos.jobs.clean:compute",
        "long",
        _cleans_by_network,
        title="Cleaning the photograph",
        memory=_OF_PHOTOS,
    ),
    "doubted": Kind(
        "aecore.photos.jobs.doubt:compute",
        "long",
        _always,
        title="Looking for invented detail",
        memory=_OF_PHOTOS,
    ),
    "repaired": Kind(
        "aecore.photos.jobs.repair:compute",
        "long",
        _always,
        title="Repairing the photograph",
        memory=_OF_PHOTOS,
    ),
}


def kind_of(key: str) -> Kind:
    """The kind of an artifact's key.

    Raises
    ------
    JobError
        If nothing here computes it.
    """
    name = key.partition("-")[0]
    if name not in KINDS:
        raise JobError(
            f"This version cannot compute a {name!r}.", "It may come from a newer version: update."
        )
    return KINDS[name]


def what_fits(store: Store, key: str) -> str:
    """What to ask for instead of what was too large for this machine, in a sentence."""
    with contextlib.suppress(AecoreError):
        if (need := kind_of(key).need(store.artifact(key).spec, store)) is not None:
            return need.fits
    return "Choose a smaller batch, a smaller model or fewer samples."
