"""What computes each kind of artifact, found by name so that nothing slow is imported early."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Literal, cast

from aecore.errors import JobError
from aecore.specs import Spec
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
    """

    compute: str
    lane: Lane = "light"

    def load(self) -> Compute:
        """Import the function."""
        module, _, function = self.compute.partition(":")
        return cast(Compute, getattr(importlib.import_module(module), function))


KINDS: dict[str, Kind] = {
    "data": Kind("aecore.data.ingest:compute"),
    "run": Kind("aecore.training.job:compute", lane="device"),
    "codes": Kind("aecore.latent.codes:compute", lane="look"),
    "map": Kind("aecore.latent.maps:compute", lane="look"),
    "trust": Kind("aecore.latent.trust:compute", lane="look"),
    "denoise": Kind("aecore.restore.levels:compute", lane="look"),
    "scores": Kind("aecore.latent.scores:compute", lane="look"),
    "features": Kind("aecore.latent.features:compute", lane="long"),
    "restored": Kind("aecore.restore.photo_job:compute", lane="long"),
    "doubted": Kind("aecore.restore.doubt_job:compute", lane="long"),
    "repaired": Kind("aecore.restore.repair_job:compute", lane="long"),
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
