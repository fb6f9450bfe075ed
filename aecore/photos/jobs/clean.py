"""The job of a `RestoreSpec`: one photograph cleaned, its layers drawn, what is known written."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aecore.artifact import Artifact, Progress
from aecore.errors import SpecError, StoreError
from aecore.files import discard
from aecore.imaging.photo_writing import blended
from aecore.launch import app_root
from aecore.metrics.pictures import psnr, ssim
from aecore.photos.jobs.layers import residual_map, shown, thumb_png, view_png
from aecore.photos.kept import KeptPhoto, open_photo
from aecore.photos.methods import cleaning_by
from aecore.photos.precision import fast_precision
from aecore.sentence import Sentence
from aecore.specs.photos import BY_NETWORK, RestoreMethod, RestoreSpec
from aecore.specs.run import Precision
from aecore.store import Store

if TYPE_CHECKING:
    from aecore.photos.camera_net import Turned
    from aecore.photos.cleaned import Cleaned
    from aecore.photos.restorer import Restored

X_HAT, RESULT = "x_hat.npy", "result.json"
GIVEN = "given.npy"
"""As the network gave it, where black and white were put right afterwards."""
BEFORE, CLEAN = "before.png", "clean.png"
AFTER, TAKEN, THUMB = "after.png", "taken.png", "thumb.png"
NETWORK = "network.safetensors"
"""The network that cleaned it, where that is not the one that ships."""
STRENGTHS = tuple(round(0.05 * i, 2) for i in range(21))
"""At which scores are told."""


@dataclass(frozen=True)
class Expected:
    """Expected PSNR, dB, more is better; low and high: if sigma is off by two standard errors."""

    psnr_db: float
    low_db: float
    high_db: float


@dataclass(frozen=True)
class Truth:
    """Scores against the clean original, where there is one.

    Parameters
    ----------
    psnr_db
        At each of `STRENGTHS`; the first is of the photograph as it came. dB, more is better.
    ssim_before, ssim_after
        As it came, and cleaned in full; -1 to 1 (identical).
    """

    psnr_db: tuple[float, ...]
    ssim_before: float
    ssim_after: float


@dataclass(frozen=True)
class Noise:
    """What was estimated before anybody turned it.

    Parameters
    ----------
    luma_255, colour_255
        Standard deviation in brightness, and in colour, in steps of 255.
    coarseness
        1: neighbours share nothing; 2: four of them share all.
    everywhere
        What the network is told of the whole photograph, see `Turned`; None: what it sees by place.
    """

    luma_255: float
    colour_255: float
    coarseness: float
    everywhere: tuple[float, ...] | None = None


@dataclass(frozen=True)
class RestoredPhoto:
    """What is known of a photograph that was cleaned.

    Parameters
    ----------
    said
        What was found, in plain sentences.
    sigma_255
        Deviation of the noise that was found or told, in steps of 255.
    strength
        How much of the change to take unless a person says otherwise, 0 to 1.
    expected
        Expected PSNR at each of `STRENGTHS`; None where it cannot be told.
    truth
        None where nobody has the clean original.
    noise_line
        Slope and offset of the noise's variance over brightness, shares of white, where it grows
        with the light; None: it is the same everywhere.
    span_255
        What the ends of the colours of the layer of what was taken mean, in steps of 255.
    seconds
        It took so long.
    noise
        What was estimated; None of ways of cleaning that do not measure it so.
    by_camera
        Whether the network for noise of cameras cleaned it.
    """

    key: str
    spec: RestoreSpec
    said: tuple[str, ...]
    sigma_255: float
    looks_clean: bool
    strength: float
    expected: tuple[Expected, ...] | None
    truth: Truth | None
    noise_line: tuple[float, float] | None
    span_255: int
    size_px: tuple[int, int]
    seconds: float
    noise: Noise | None
    by_camera: bool


def restore_spec(
    photo: str,
    method: RestoreMethod = "restorer",
    sigma: float | None = None,
    precision: Precision | None = None,
    luma: float = 1.0,
    chroma: float = 1.0,
    coarse: float = 1.0,
) -> RestoreSpec:
    """What to ask for.

    Parameters
    ----------
    photo
        Key of the photograph.
    sigma
        Deviation of the noise in steps of 255, where it is known.
    precision
        None: what this machine is fast in.
    luma, chroma, coarse
        How much more noise the network is told than is estimated, times.
    """
    return RestoreSpec.of(
        photo=photo,
        method=method,
        sigma=sigma,
        weights=weights_id() if method in BY_NETWORK else "",
        precision=precision or fast_precision(),
        luma=luma,
        chroma=chroma,
        coarse=coarse,
    )


def weights_id() -> str:
    """Which weights of the restorer ship here; empty where there are none."""
    path = app_root() / "assets" / "models" / "restorer" / "weights.safetensors"
    try:
        return _hashed(str(path), path.stat().st_mtime_ns)
    except OSError:
        return ""


@lru_cache(maxsize=4)
def _hashed(path: str, changed: int) -> str:
    with open(path, "rb") as file:  # noqa: PTH123 - the cache's key is a string
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def check_weights(asked: str) -> None:
    """Make sure that what is computed now is what was asked for.

    Parameters
    ----------
    asked
        Which weights of the restorer were meant, see `weights_id`.

    Raises
    ------
    SpecError
        If others ship here.
    """
    if asked != weights_id():
        raise SpecError(
            "This was asked for with other weights of the network than those that ship with this "
            "version.",
            "Ask for it again.",
        )


def compute(spec: RestoreSpec, artifact: Artifact, store: Store) -> Generator[Progress, None, None]:
    """Clean a photograph, draw its layers, and write what is known; nothing before it is done.

    Raises
    ------
    DataError
        If the photograph cannot be had, or this asks for something else.
    SpecError
        If it cannot be cleaned this way, or not by these weights.
    """
    if spec.method in BY_NETWORK:
        check_weights(spec.weights)
    began = time.monotonic()
    yield Progress("opening the photograph")
    kept = open_photo(store, spec.photo)
    told = None if spec.sigma is None else spec.sigma / 255
    turned = turned_of(spec)
    found = yield from cleaning_by(spec.method, kept.photo.x, told, spec.precision, turned)
    yield from _written(artifact, kept, found, began)


def told_of(spec: RestoreSpec, noise: Noise | None) -> Turned:
    """What the network for noise of cameras is told of a photograph."""
    from aecore.photos.camera_net import Turned

    everywhere = None if noise is None else noise.everywhere
    return Turned(spec.luma, spec.chroma, spec.coarse, everywhere)


def turned_of(spec: RestoreSpec) -> Turned | None:
    """How much more noise the network is told than is estimated; None: as the noise asks."""
    from aecore.photos.camera_net import turned_by

    return turned_by(spec.luma, spec.chroma, spec.coarse)


def _written(
    artifact: Artifact, kept: KeptPhoto, found: Cleaned, began: float
) -> Generator[Progress, None, None]:
    from aecore.photos.network_file import network_bytes

    x, x_hat, icc = kept.photo.x, found.restored.x_hat, kept.photo.icc
    phase, n = Sentence("drawing the layers"), 4
    yield Progress(phase, 0, n)
    files = {BEFORE: view_png(shown(x), icc)}
    if kept.clean is not None:
        files[CLEAN] = view_png(shown(kept.clean))
    yield Progress(phase, 1, n)
    files |= {AFTER: view_png(shown(x_hat), icc), THUMB: thumb_png(shown(x_hat))}
    yield Progress(phase, 2, n)
    taken = residual_map(x, x_hat)
    files[TAKEN] = taken.png
    yield Progress(phase, 3, n)
    if found.is_tuned and found.restorer is not None:
        files[NETWORK] = network_bytes(found.restorer.net)
    level = found.level
    result = {
        "said": list(found.said),
        "sigma_255": 255 * found.sigma,
        "looks_clean": found.looks_clean,
        "strength": found.strength,
        "expected": _expected(found),
        "truth": _truth(kept.clean, x, x_hat),
        "noise_line": [level.by_brightness, level.by_offset] if found.noise else None,
        "span_255": taken.span_255,
        "size_px": list(x.shape[1:]),
        "seconds": round(time.monotonic() - began, 2),
        "noise": _noise(found),
        "by_camera": found.by_camera,
    }
    yield Progress(phase, 4, n)
    arrays = {X_HAT: x_hat} | ({GIVEN: found.given.x_hat} if found.is_uncut else {})
    keep_whole(artifact, files, arrays, result)


def keep_whole(
    artifact: Artifact,
    files: dict[str, bytes],
    arrays: dict[str, np.ndarray],
    result: dict[str, Any],
) -> None:
    """Write all of a result; where the disk is full, nothing of it stays.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    try:
        for name, content in files.items():
            artifact.write_bytes(name, content)
        for name, array in arrays.items():
            artifact.write_array(name, array)
        artifact.write_json(RESULT, result)
    except StoreError:
        for name in (*files, *arrays):
            discard(artifact.path / name)
        raise


def _expected(found: Cleaned) -> list[list[float]] | None:
    at = [found.quality(strength) for strength in STRENGTHS]
    rows = [[q.psnr_db, q.low_db, q.high_db] for q in at if q is not None]
    is_known = len(rows) == len(STRENGTHS) and all(math.isfinite(v) for row in rows for v in row)
    return rows if is_known else None


def _noise(found: Cleaned) -> dict[str, Any] | None:
    kind = found.kind
    if kind is None:
        return None
    luma, colour = 255 * kind.luma[0], 255 * kind.colour[0]
    estimated = Noise(luma, colour, kind.coarseness, kind.everywhere)
    return asdict(estimated)


def _truth(clean: np.ndarray | None, x: np.ndarray, x_hat: np.ndarray) -> dict[str, Any] | None:
    if clean is None:
        return None
    psnrs = (float(psnr(clean[None], blended(x, x_hat, s)[None])[0]) for s in STRENGTHS)
    scores = (float(ssim(clean[None], made[None])[0]) for made in (x, x_hat))
    return asdict(Truth(tuple(psnrs), *scores))


def load_restored(artifact: Artifact) -> RestoredPhoto:
    """Read the result back; its pixels stay on disk, see `pixels_of`.

    Raises
    ------
    ArtifactMissingError
        If it has not been computed.
    DataError
        If the artifact is another kind of thing.
    """
    spec = artifact.spec_as(RestoreSpec)
    kept = artifact.read_json(RESULT)
    truth, expected, noise = (kept.pop(name) for name in ("truth", "expected", "noise"))
    kept |= {"said": tuple(kept["said"]), "size_px": tuple(kept["size_px"])}
    line = kept.pop("noise_line")
    return RestoredPhoto(
        artifact.key,
        spec,
        expected=None if expected is None else tuple(Expected(*row) for row in expected),
        noise_line=None if line is None else (line[0], line[1]),
        noise=None if noise is None else _noise_read(noise),
        truth=None if truth is None else Truth(**{**truth, "psnr_db": tuple(truth["psnr_db"])}),
        **kept,
    )


def _noise_read(kept: dict[str, Any]) -> Noise:
    everywhere = kept.get("everywhere")
    return Noise(**{**kept, "everywhere": None if everywhere is None else tuple(everywhere)})


def layer_of(artifact: Artifact, photo: Artifact, name: str) -> Path:
    """Where a layer of a cleaned photograph lies; those of before it was cleaned lay with the
    photograph in earlier versions."""
    own = artifact.path / name
    return own if own.exists() else photo.path / name


def given_of(artifact: Artifact, photo: KeptPhoto) -> Restored:
    """The photograph, and what the network itself gave: see `Cleaned.given`."""
    from aecore.photos.restorer import Restored
    from aecore.photos.values import grey_once

    x = photo.photo.x
    if artifact.has(GIVEN):
        return Restored(grey_once(x), artifact.read_array(GIVEN, mmap=True))
    return Restored(grey_once(x), grey_once(pixels_of(artifact), x))


def pixels_of(artifact: Artifact) -> np.ndarray:
    """The photograph cleaned in full, `(C, H, W)`, of the type it came in; left on disk."""
    return artifact.read_array(X_HAT, mmap=True)
