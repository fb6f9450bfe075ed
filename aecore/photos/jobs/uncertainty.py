"""The job of an `UncertaintySpec`: where more was changed than noise explains."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aecore.artifact import Artifact, Progress
from aecore.photos.jobs.clean import (
    NETWORK,
    RESULT,
    RestoredPhoto,
    check_weights,
    given_of,
    keep_whole,
    load_restored,
    told_of,
)
from aecore.photos.jobs.layers import UNCERTAINTY, uncertainty_map
from aecore.photos.kept import open_photo
from aecore.photos.methods import cleaner
from aecore.specs.photos import BY_NETWORK, RestoreMethod, UncertaintySpec
from aecore.store import Store

if TYPE_CHECKING:
    from aecore.photos.restorer import Restorer

NOT_KNOWN: frozenset[RestoreMethod] = frozenset({"zero_shot"})
"""Ways of cleaning of which nobody can ask again what they make of a photograph."""


@dataclass(frozen=True)
class PhotoUncertainty:
    """What is known of where a cleaned photograph is uncertain.

    Parameters
    ----------
    uncertain
        Share of the pixels that were changed beyond what noise explains.
    said
        Why the map tells nothing, in a sentence; empty where it does.
    seconds
        It took so long to find out.
    """

    key: str
    uncertain: float
    seconds: float
    said: str = ""


def compute(
    spec: UncertaintySpec, artifact: Artifact, store: Store
) -> Generator[Progress, None, None]:
    """Find where a cleaned photograph is uncertain, and draw that.

    Raises
    ------
    DataError
        If the photograph cannot be had, or this asks for something else.
    SpecError
        If it was cleaned in a way of which that cannot be known, or by other weights than those
        that ship.
    """
    from aecore.photos.invention import invention_steps, nothing_to_tell, uncertain
    from aecore.photos.noise_level import NoiseLevel

    began = time.monotonic()
    yield Progress("opening the photograph")
    base = store.artifact(spec.base)
    known = load_restored(base)
    kept = open_photo(store, known.spec.photo)
    sigma, noise = known.sigma_255 / 255, None
    if known.noise_line is not None:
        noise = NoiseLevel(sigma, sigma, 0.0, *known.noise_line).at
    found = yield from invention_steps(given_of(base, kept), _cleaner(base, known), sigma, noise)
    yield Progress("drawing the layers", 0, 1)
    uncertainty = found.uncertainty(sigma)
    share = uncertain(uncertainty)
    said = nothing_to_tell(share)
    files = {UNCERTAINTY: uncertainty_map(uncertainty)}
    seconds = round(time.monotonic() - began, 2)
    result = {"uncertain": share, "seconds": seconds, "said": said}
    yield Progress("drawing the layers", 1, 1)
    keep_whole(artifact, files, {}, result)


def _cleaner(base: Artifact, known: RestoredPhoto) -> Restorer:
    """What cleaned it."""
    from aecore.photos.network_file import read_network

    found = cleaner(known.spec.method, known.sigma_255 / 255, known.spec.precision)
    if known.by_camera and found.camera is not None:
        check_weights(known.spec.weights)
        return found.camera.turned(told_of(known.spec, known.noise))
    if known.spec.method in BY_NETWORK and not base.has(NETWORK):
        check_weights(known.spec.weights)
    if base.has(NETWORK):
        return found.with_network(read_network(base.path / NETWORK), 1)
    return found


def load_uncertainty(artifact: Artifact) -> PhotoUncertainty:
    """Read the result back.

    Raises
    ------
    ArtifactMissingError
        If it has not been computed.
    DataError
        If the artifact is another kind of thing.
    """
    artifact.spec_as(UncertaintySpec)
    return PhotoUncertainty(artifact.key, **artifact.read_json(RESULT))
