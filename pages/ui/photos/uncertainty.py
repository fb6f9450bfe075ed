"""Where a cleaned photograph is to be doubted: found out while it is looked at already."""

from __future__ import annotations

from aecore.photos.jobs.doubt import NOT_KNOWN, DoubtedPhoto, load_doubt
from aecore.specs.photos import DoubtSpec, RestoreSpec
from aecore.store import Artifact
from pages.ui import backend, job_requests

_PLACE = "photos.doubted"


def turn_to(restored: RestoreSpec | None) -> None:
    """What is looked at now; doubt of what was before need not be finished."""
    job_requests.replace_request(_PLACE, "" if restored is None else _spec(restored.key).key)


def known(restored: str) -> tuple[Artifact, DoubtedPhoto] | None:
    """What is known by now of the cleaned photograph of a key; None: nothing yet."""
    store, key = backend.store(), _spec(restored).key
    if key not in store or store.artifact(key).state.status != "done":
        return None
    return store.artifact(key), load_doubt(store.artifact(key))


def ask(restored: RestoreSpec) -> bool:
    """Find out, and show how far that is; whether it is known. The page runs again when it is."""
    if restored.method in NOT_KNOWN:
        return False
    return job_requests.request_all([(_spec(restored.key), "The map of doubt")], is_narrow=True)


def _spec(restored: str) -> DoubtSpec:
    return DoubtSpec.of(base=restored)
