"""The job of a `RepairSpec`: a cleaned photograph filled, adjusted, or at twice its size."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from aecore.artifact import Artifact, Progress
from aecore.errors import DataError
from aecore.imaging.photo_writing import blended, check_sides
from aecore.photos.jobs.clean import (
    AFTER,
    BEFORE,
    RESULT,
    X_HAT,
    check_weights,
    keep_whole,
    load_restored,
    pixels_of,
    weights_id,
)
from aecore.photos.jobs.layers import UNCERTAINTY, shown, uncertainty_map, view_png
from aecore.photos.kept import open_photo
from aecore.sentence import Sentence
from aecore.specs.photos import RepairSpec, RepairTask
from aecore.specs.run import Precision
from aecore.store import Store

TITLES: dict[RepairTask, str] = {
    "fill": Sentence("Filling"),
    "enlarge": Sentence("Enlarging"),
    "adjust": Sentence("Cleaning more or less"),
}
_MIDDLE = 127
_CLEARLY = 0.5


@dataclass(frozen=True)
class RepairedPhoto:
    """What is known of a repaired photograph.

    Parameters
    ----------
    said
        What was done, in plain sentences.
    size_px
        Height and width of the result.
    seconds
        It took so long.
    """

    key: str
    spec: RepairSpec
    said: tuple[str, ...]
    size_px: tuple[int, int]
    seconds: float


def repair_spec(
    restored: str, task: RepairTask, strength: float = 1.0, mask: str | None = None
) -> RepairSpec:
    """What to ask for.

    Parameters
    ----------
    restored
        Key of the cleaned photograph.
    mask
        Key of a kept picture that says where to fill, or how much to clean.
    """
    return RepairSpec.of(
        base=restored, task=task, strength=round(strength, 2), mask=mask, weights=weights_id()
    )


def compute(spec: RepairSpec, artifact: Artifact, store: Store) -> Generator[Progress, None, None]:
    """Repair a photograph and draw its layers; nothing is written before it is done.

    Raises
    ------
    DataError
        If the photograph or the mask cannot be had, or this asks for something else.
    PictureError
        If the photograph's format has no room for twice its size.
    SpecError
        If it was asked for of other weights than those that ship.
    """
    check_weights(spec.weights)
    began = time.monotonic()
    yield Progress("opening the photograph")
    base = store.artifact(spec.base)
    asked = load_restored(base).spec
    kept = open_photo(store, asked.photo)
    x = blended(kept.photo.x, np.asarray(pixels_of(base)), spec.strength)
    files: dict[str, bytes] = {}
    if spec.mask is not None and spec.task == "adjust":
        from aecore.photos.adjust import amount_of

        amount = amount_of(open_photo(store, spec.mask).photo.x, (x.shape[1], x.shape[2]))
        x_hat = yield from _adjusted(kept.photo.x, x, amount, asked.precision)
        before = x
        more, less = (float((side > _CLEARLY).mean()) for side in (amount, -amount))
        said = [
            Sentence(
                "Cleaned more: {more:.2g} % of the photograph; less: {less:.2g} %. Where more is "
                "removed, fine detail goes with it.",
                more=100 * more,
                less=100 * less,
            )
        ]
    elif spec.mask is not None:
        mask = mask_of(store, spec.mask, x.shape[1:])
        x_hat = yield from _filled(x, mask, asked.precision)
        before, share = x, float(mask.mean())
        said = [
            Sentence(
                "{percent:.2g} % of the photograph was filled. All of it is invented: it is what "
                "its surroundings suggest, not what was there.",
                percent=100 * share,
            )
        ]
        files[UNCERTAINTY] = uncertainty_map(mask.astype(np.float32))
    else:
        check_sides(kept.photo.format, 2 * x.shape[2], 2 * x.shape[1])
        x_hat = yield from _enlarged(x, asked.precision)
        before = twice(x)
        said = [
            Sentence(
                "Scaled down again it is the photograph it came from; what is finer than its "
                "pixels is invented. On the left it is enlarged by bicubic interpolation."
            )
        ]
    yield Progress("drawing the layers", 0, 1)
    icc = kept.photo.icc
    files |= {BEFORE: view_png(shown(before), icc), AFTER: view_png(shown(x_hat), icc)}
    result = {
        "said": said,
        "size_px": list(x_hat.shape[1:]),
        "seconds": round(time.monotonic() - began, 2),
    }
    yield Progress("drawing the layers", 1, 1)
    keep_whole(artifact, files, {X_HAT: x_hat}, result)


def mask_of(store: Store, key: str, size_px: tuple[int, ...]) -> np.ndarray:
    """Where to fill, bool `(H, W)`: what is opaque in a kept picture, or white where all is.

    Raises
    ------
    DataError
        If nothing is marked.
    """
    x = open_photo(store, key).photo.x
    drawn = Image.fromarray(x[-1] if len(x) in (2, 4) else x.max(0))
    H, W = size_px
    marked = np.asarray(drawn.resize((W, H), Image.Resampling.NEAREST)) > _MIDDLE
    if not marked.any():
        raise DataError("Nothing is marked.", "Draw over what is to be filled.")
    return marked


def twice(x: np.ndarray) -> np.ndarray:
    """`(C, H, W)` at twice its size by bicubic interpolation, of its type."""
    C, H, W = x.shape
    out = np.empty((C, 2 * H, 2 * W), x.dtype)
    top = np.iinfo(x.dtype).max
    for small, large in zip(x, out, strict=True):
        image = Image.fromarray(small.astype(np.float32))
        found = np.asarray(image.resize((2 * W, 2 * H), Image.Resampling.BICUBIC))
        large[:] = np.rint(found.clip(0, top))
    return out


def load_repaired(artifact: Artifact) -> RepairedPhoto:
    """Read the result back; its pixels stay on disk, see `photo_job.pixels_of`.

    Raises
    ------
    ArtifactMissingError
        If it has not been computed.
    DataError
        If the artifact is another kind of thing.
    """
    spec = artifact.spec_as(RepairSpec)
    kept = artifact.read_json(RESULT)
    return RepairedPhoto(
        artifact.key, spec, tuple(kept["said"]), tuple(kept["size_px"]), kept["seconds"]
    )


def _filled(
    x: np.ndarray, mask: np.ndarray, precision: Precision
) -> Generator[Progress, None, np.ndarray]:
    from aecore.photos.inpaint import inpainting
    from aecore.photos.restorer import shipped_restorer

    restored = yield from inpainting(x, mask, shipped_restorer(precision))
    return restored.x_hat


def _adjusted(
    x: np.ndarray, cleaned: np.ndarray, amount: np.ndarray, precision: Precision
) -> Generator[Progress, None, np.ndarray]:
    from aecore.photos.adjust import adjusting
    from aecore.photos.restorer import shipped_restorer

    restored = yield from adjusting(x, cleaned, amount, shipped_restorer(precision))
    return restored.x_hat


def _enlarged(x: np.ndarray, precision: Precision) -> Generator[Progress, None, np.ndarray]:
    from aecore.photos.enlarge import enlarging
    from aecore.photos.restorer import shipped_restorer

    return (yield from enlarging(x, shipped_restorer(precision)))
