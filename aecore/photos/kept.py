"""Photographs kept at full size under keys that name what they hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from aecore.artifact import Artifact
from aecore.errors import ArtifactMissingError, SpecError
from aecore.imaging.decode_tasks import Run, here
from aecore.imaging.photograph import Photo
from aecore.imaging.photos import read_photo
from aecore.imaging.scratch import scratch
from aecore.photos.samples import SAMPLES, sample_photo
from aecore.specs.photos import PhotoNoise, PhotoSample, PhotoSpec
from aecore.store import Store

ORIGINAL = "original"
MAX_NAME = 120
PREVIEW = "preview.jpg"
"""Small, for the screen while the photograph is cleaned."""


@dataclass(frozen=True)
class KeptPhoto:
    """A kept photograph.

    Parameters
    ----------
    clean
        The same without noise, uint8 `(C, H, W)`, where it is known; else None.
    """

    key: str
    photo: Photo
    clean: np.ndarray | None = None


def keep_photo(store: Store, data: bytes, *, run: Run = here) -> str:
    """Keep a file that a person brought, once it is known to be whole; returns its key.

    What the file was called is not kept: whoever brings the same file would be shown it.

    Parameters
    ----------
    data
        The file's content; nothing about it is trusted.
    run
        Who decodes: this process, or one of its own (`Decoder.run`) for bytes of strangers.

    Raises
    ------
    PictureError
        If it is no photograph that is read; nothing is kept then.
    StoreError
        If it cannot be written.
    """
    spec = PhotoSpec.of(content=hashlib.sha256(data).hexdigest())
    if spec.key in store and store.artifact(spec.key).has(ORIGINAL):
        return _done(store, store.artifact(spec.key))
    with scratch(store) as folder:
        came, preview = folder / ORIGINAL, folder / PREVIEW
        came.write_bytes(data)
        about = run("photo", path=str(came), preview=str(preview))
        artifact = store.create(spec, **about)
        artifact.write_bytes(PREVIEW, preview.read_bytes())
        with artifact.writing(ORIGINAL) as path:
            came.replace(path)
    return _done(store, artifact)


def preview_of(store: Store, key: str, *, run: Run = here) -> bytes | None:
    """A small JPEG of a photograph that was brought; None of a sample.

    Raises
    ------
    PictureError, StoreError
    """
    artifact = store.artifact(key)
    if not artifact.has(ORIGINAL):
        return None
    if not artifact.has(PREVIEW):
        with scratch(store) as folder:
            out = folder / PREVIEW
            run("photo", path=str(artifact.path / ORIGINAL), preview=str(out))
            artifact.write_bytes(PREVIEW, out.read_bytes())
    return (artifact.path / PREVIEW).read_bytes()


def keep_sample(
    store: Store,
    sample: PhotoSample,
    noise: PhotoNoise = "white",
    sigma: float = 25.0,
    seed: int = 0,
) -> str:
    """Name a sample photograph with noise on it; returns its key.

    Raises
    ------
    SpecError
        If there is no such sample or noise.
    """
    if noise == "none":
        spec = PhotoSpec.of(sample=sample, noise=noise)
    else:
        spec = PhotoSpec.of(sample=sample, noise=noise, sigma=sigma, seed=seed)
    return _done(store, store.create(spec))


def open_photo(store: Store, key: str) -> KeptPhoto:
    """The photograph of a key, decoded.

    Raises
    ------
    SpecError
        If it is no key of a photograph.
    ArtifactMissingError
        If it is not kept (any more).
    """
    artifact = store.artifact(key)
    spec = artifact.spec
    if not isinstance(spec, PhotoSpec):
        raise SpecError("{key} is no key of a photograph.", "Copy the whole link.", key=key)
    store.touch(key)
    if spec.sample is not None:
        found = sample_photo(spec.sample, spec.noise, spec.sigma, spec.seed)
        return KeptPhoto(key, Photo(found.x, "PNG"), found.clean)
    if not artifact.has(ORIGINAL):
        raise ArtifactMissingError("This photograph is not stored here.", "Upload it again.")
    photo = read_photo((artifact.path / ORIGINAL).read_bytes())
    return KeptPhoto(key, photo)


def title_of(spec: PhotoSpec) -> str:
    """What to call a photograph where nobody says: a sample's title."""
    return SAMPLES[spec.sample] if spec.sample is not None else "photograph"


def _done(store: Store, artifact: Artifact) -> str:
    if artifact.state.status != "done":
        artifact.set_state(status="done")
    store.touch(artifact.key)
    return artifact.key


def plain_name(name: str) -> str:
    """The last part of a file's name, without signs that cannot be printed."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:MAX_NAME]
