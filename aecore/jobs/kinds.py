"""What computes each kind of artifact, found by name so that nothing slow is imported early."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Literal, cast

from aecore.errors import JobError
from aecore.specs import Spec
from aecore.store import Artifact, Progress, Store

Lane = Literal["device", "light"]
Compute = Callable[[Spec, Artifact, Store], Generator[Progress, None, None]]


@dataclass(frozen=True)
class Kind:
    """How one kind of artifact is computed.

    Parameters
    ----------
    compute
        "module:function"; the function yields `Progress` and is closed to stop it.
    lane
        "device" for work that needs torch and has the device for itself, else "light".
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
