"""What computes an artifact, by its key: the work that its spec's class names."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Generator
from typing import cast

from aecore.artifact import Artifact, Progress
from aecore.data.memory import MemoryNeed
from aecore.errors import AecoreError, JobError
from aecore.sentence import Sentence
from aecore.specs.base import Lane, Spec, Work
from aecore.specs.registry import SPECS
from aecore.store import Store

Compute = Callable[[Spec, Artifact, Store], Generator[Progress, None, None]]
LANES: tuple[Lane, ...] = ("light", "device", "look", "long")


def work_of(key: str) -> Work:
    """How the artifact of a key is computed.

    Raises
    ------
    JobError
        If nothing here computes it.
    """
    name = key.partition("-")[0]
    work = SPECS[name].work if name in SPECS else None
    if work is None:
        raise JobError(
            "This version cannot compute a {name}.",
            "It may come from a newer version: update.",
            name=repr(name),
        )
    return work


def is_computed(key: str) -> bool:
    """Whether an artifact is computed, not kept as it came."""
    name = key.partition("-")[0]
    return name in SPECS and SPECS[name].work is not None


def compute_of(work: Work) -> Compute:
    """Import the function that computes."""
    return cast(Compute, _named(work.compute))


def need_of(spec: Spec, store: Store) -> MemoryNeed | None:
    """What a job will need of a CPU's memory; None where that is little, or not known."""
    if spec.work is None or not spec.work.memory:
        return None
    return cast("MemoryNeed | None", _named(spec.work.memory)(spec, store))


def what_fits(store: Store, key: str) -> str:
    """What to ask for instead of what was too large for this machine, in a sentence."""
    with contextlib.suppress(AecoreError):
        if (need := need_of(store.artifact(key).spec, store)) is not None:
            return need.fits
    return Sentence("Choose a smaller batch, a smaller model or fewer samples.")


def _named(name: str) -> Callable[..., object]:
    module, _, function = name.partition(":")
    return cast(Callable[..., object], getattr(importlib.import_module(module), function))
