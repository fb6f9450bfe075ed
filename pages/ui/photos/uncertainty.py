"""Where a cleaned photograph is uncertain: found out while it is looked at already."""

from __future__ import annotations

from aecore.artifact import Artifact
from aecore.photos.jobs.uncertainty import NOT_KNOWN, PhotoUncertainty, load_uncertainty
from aecore.specs.photos import RestoreSpec, UncertaintySpec
from pages.ui import backend, job_requests
from pages.ui.translation import _

_PLACE = "photos.uncertain"


def turn_to(restored: RestoreSpec | None) -> None:
    """What is looked at now; the uncertainty of an earlier one need not be finished."""
    job_requests.replace_request(_PLACE, "" if restored is None else _spec(restored.key).key)


def known(restored: str) -> tuple[Artifact, PhotoUncertainty] | None:
    """What is known by now of the cleaned photograph of a key; None: nothing yet."""
    store, key = backend.store(), _spec(restored).key
    if key not in store or store.artifact(key).state.status != "done":
        return None
    return store.artifact(key), load_uncertainty(store.artifact(key))


def ask(restored: RestoreSpec) -> bool:
    """Find out, and show how far that is; whether it is known. The page runs again when it is."""
    if restored.method in NOT_KNOWN:
        return False
    return job_requests.request_all(
        [(_spec(restored.key), _("The map of uncertainty"))], is_narrow=True
    )


def _spec(restored: str) -> UncertaintySpec:
    return UncertaintySpec.of(base=restored)
