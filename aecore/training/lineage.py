"""A run and those it went on from, as one history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aecore.specs import RunSpec
from aecore.store import Artifact, Store
from aecore.training import HISTORY


@dataclass(frozen=True)
class Leg:
    """One run of several that went on from each other.

    Parameters
    ----------
    records
        Of this run alone, counted from its own beginning; of those before the last run, whole
        epochs only.
    epochs_before, steps_before
        That its weights had seen when it began.
    """

    artifact: Artifact
    records: list[dict[str, Any]]
    epochs_before: float = 0.0
    steps_before: int = 0


def lineage(store: Store, artifact: Artifact) -> list[Leg]:
    """The run, behind those it went on from as far as they are kept: the oldest first."""
    records, _ = artifact.read_history(HISTORY)
    records = [record for record in records if record["whole"] or record["train"]]
    parent = _parent(store, artifact)
    if parent is None:
        return [Leg(artifact, records)]
    before = [
        Leg(leg.artifact, whole, leg.epochs_before, leg.steps_before)
        for leg in lineage(store, parent)
        if (whole := [record for record in leg.records if record["whole"]])
    ]
    if not before:
        return [Leg(artifact, records)]
    last = before[-1]
    epochs = last.epochs_before + last.records[-1]["epoch"]
    return [*before, Leg(artifact, records, epochs, last.steps_before + last.records[-1]["step"])]


def joined(legs: list[Leg]) -> list[dict[str, Any]]:
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
