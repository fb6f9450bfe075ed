"""One picture that a person brought: kept under a key nobody can guess, and found again by it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from aecore.artifact import Artifact
from aecore.claims import claim
from aecore.errors import ArtifactMissingError, SpecError
from aecore.imaging.decode_tasks import Run, here
from aecore.imaging.framing import Framing
from aecore.imaging.limits import PHOTOGRAPH, Limits
from aecore.imaging.pictures import fit_picture
from aecore.imaging.scratch import scratch
from aecore.specs.data import PictureSpec
from aecore.store import Store

MAX_SIDE_PX = 512
"""Longest side that is kept: more than any model here reads."""
PICTURE = "picture.png"
_KEPT = Limits(MAX_SIDE_PX**2, 4_000_000)

How = Literal["uploaded", "drawn", "photographed"]


@dataclass(frozen=True)
class KeptPicture:
    """A kept picture.

    Parameters
    ----------
    png
        The file, written by us.
    how
        How it came.
    """

    key: str
    png: bytes
    how: How

    def fitted(self, shape: tuple[int, int, int], framing: Framing | None = None) -> np.ndarray:
        """Cut to the middle (or fitted as the set's were) for a model: uint8 `(C, H, W)`."""
        framing = None if framing is None else replace(framing, values=None)  # applied when kept
        return fit_picture(self.png, shape, framing=framing, limits=_KEPT)


def keep(
    store: Store,
    data: bytes,
    how: How = "uploaded",
    *,
    limits: Limits = PHOTOGRAPH,
    framing: Framing | None = None,
    instead: str | None = None,
    run: Run = here,
) -> str:
    """Decode a file, and keep the picture as a PNG of our own; returns its key.

    Parameters
    ----------
    data
        The file's content; nothing about it is trusted, and none of its bytes are kept.
    framing
        How the pictures of the set it is for became samples: it is kept with their range of
        values and ground. None: with what the numbers of the file reach, on white.
    instead
        Key of an earlier state of the same picture (a drawing that goes on), which it replaces;
        the key stays, unless somebody else writes under it at this moment.
    run
        Who decodes: this process, or one of its own (`Decoder.run`) for bytes of strangers.

    Raises
    ------
    PictureError
        If it is no picture that is read.
    StoreError
        If it cannot be written.
    """
    as_kept = replace(framing or Framing(), size_px=None, max_side_px=MAX_SIDE_PX, colour="native")
    with scratch(store) as folder:
        came, out = folder / "came", folder / PICTURE
        came.write_bytes(data)
        run(
            "picture",
            path=str(came),
            out=str(out),
            framing=as_kept.to_json(),
            n_pixels=limits.n_pixels,
            n_bytes=limits.n_bytes,
            n_reduced=limits.n_reduced,
        )
        png = out.read_bytes()
    if instead is not None and instead in store:
        held = claim(store, instead)
        if held is not None:
            with held.keep():
                return _write(Artifact(store.artifact(instead).path, check=held.check), png, store)
    return _write(store.create(PictureSpec(upload=secrets.token_hex(16)), how=how), png, store)


def _write(artifact: Artifact, png: bytes, store: Store) -> str:
    artifact.write_bytes(PICTURE, png)
    artifact.set_state(status="done")
    store.touch(artifact.key)
    return artifact.key


def kept(store: Store, key: str) -> KeptPicture:
    """The picture of a key.

    Raises
    ------
    SpecError
        If it is no key of a picture.
    ArtifactMissingError
        If it is not kept (any more).
    """
    artifact = store.artifact(key)
    if not isinstance(artifact.spec, PictureSpec):
        raise SpecError("{key} is no key of a picture.", "Copy the whole link.", key=key)
    if not artifact.has(PICTURE):
        raise ArtifactMissingError("{key} has no picture.", "Import it again.", key=key)
    store.touch(key)
    how: How = next(
        (known for known in get_args(How) if known == artifact.about.get("how")), "uploaded"
    )
    return KeptPicture(key, (artifact.path / PICTURE).read_bytes(), how)
