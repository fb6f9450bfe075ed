"""A run and those it went on from, as one history."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from aecore.specs.run import RunSpec
from aecore.store import Artifact, Store
from aecore.training import HISTORY


@dataclass(frozen=True)
class Segment:
    """One run of several that went on from each other.

    Parameters
    ----------
    records
        Of this run alone, counted from its own beginning; of those before the last run, whole
        epochs only, and those alone that the weights of the next had seen.
    epochs_before, steps_before
        That its weights had seen when it began.
    epochs_kept
        Of its own, those that its weights have seen at its end: where it stopped early, up to
        the best. Infinite before its end.
    """

    artifact: Artifact
    records: list[dict[str, Any]]
    epochs_before: float = 0.0
    steps_before: int = 0
    epochs_kept: float = math.inf
    ended: dict[str, Any] | None = None
    """The record with which it ended: what the doctor said of the whole, PCA beside it."""


def lineage(store: Store, artifact: Artifact) -> list[Segment]:
    """The run, behind those it went on from as far as they are kept: the oldest first."""
    told, _ = artifact.read_history(HISTORY)
    kept = next((record["epoch"] for record in told if record.get("last")), math.inf)
    records = [record for record in told if record["whole"] or record["train"]]
    ended = next((record for record in told if record.get("last")), None)
    leg = Segment(artifact, records, epochs_kept=kept, ended=ended)
    parent = _parent(store, artifact)
    before = lineage(store, parent) if parent is not None else []
    before = [replace(old, records=whole) for old in before if (whole := _lasting(old))]
    if not before:
        return [leg]
    last = before[-1]
    epochs = last.epochs_before + last.records[-1]["epoch"]
    steps = last.steps_before + last.records[-1]["step"]
    return [*before, replace(leg, epochs_before=epochs, steps_before=steps)]


def _lasting(leg: Segment) -> list[dict[str, Any]]:
    """Records of whole epochs, of those whose weights were trained further."""
    return [r for r in leg.records if r["whole"] and r["epoch"] <= leg.epochs_kept]


def concatenated(legs: list[Segment]) -> list[dict[str, Any]]:
    """One history of all; the last record of a run that was trained further has `joint` set."""
    found: list[dict[str, Any]] = []
    for leg in legs:
        if found:
            found[-1] = {**found[-1], "joint": True}
        for record in leg.records:
            moved = {
                "epoch": record["epoch"] + leg.epochs_before,
                "step": record["step"] + leg.steps_before,
            }
            found.append({**record, **moved} if leg.steps_before else record)
    return found


def _parent(store: Store, artifact: Artifact) -> Artifact | None:
    spec = artifact.spec
    if not isinstance(spec, RunSpec) or spec.start_from is None or spec.start_from not in store:
        return None
    parent = store.artifact(spec.start_from)
    return parent if isinstance(parent.spec, RunSpec) else None
