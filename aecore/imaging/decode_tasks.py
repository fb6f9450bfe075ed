"""What is done with bytes of strangers: from files to files, so that any process can do it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aecore.imaging.framing import Framing
from aecore.imaging.limits import Limits
from aecore.imaging.photo_writing import blended, write_photo
from aecore.imaging.photos import check_photo, read_photo
from aecore.imaging.pictures import decode
from aecore.imaging.pixels import as_image
from aecore.imaging.private_photos import without_place_and_camera

Answer = dict[str, Any]
"""What a task says, as JSON can."""
Run = Callable[..., Answer]
"""Runs the task of a name with its arguments; see `here`."""


def here(task: str, **arguments: Any) -> Answer:
    """Run a task in this process.

    Parameters
    ----------
    task
        One of `TASKS`, or "module:function" where it stands in a layer above.

    Raises
    ------
    AecoreError
        As the task does.
    """
    module, colon, function = task.partition(":")
    if colon:
        found: Answer = getattr(import_module(module), function)(**arguments)
        return found
    return TASKS[task](**arguments)


def photo(path: str, preview: str) -> Answer:
    """See that a photograph is whole, and write a small JPEG of it.

    Returns
    -------
    dict
        `format`, `shape`, `bits` and `said`, as in `CheckedPhoto`.

    Raises
    ------
    PictureError
    """
    found = check_photo(Path(path).read_bytes())
    _on_white(found.preview).save(preview, "JPEG", quality=90)
    return {
        "format": found.format,
        "shape": list(found.shape),
        "bits": found.bits,
        "said": list(found.said),
    }


def picture(
    path: str, out: str, framing: dict[str, Any], n_pixels: int, n_bytes: int, n_reduced: int = 0
) -> Answer:
    """Decode a picture and write it as a PNG.

    Parameters
    ----------
    framing
        Its size, ground and range, as `Framing.to_json` gives them.
    n_pixels, n_bytes, n_reduced
        See `Limits`.

    Raises
    ------
    PictureError
    """
    limits = Limits(n_pixels, n_bytes, n_reduced)
    found = decode(Path(path).read_bytes(), framing=Framing.from_json(framing), limits=limits)
    as_image(found.x).save(out, "PNG")
    return {}


def cleaned(
    path: str, pixels: str, strength: float | None, out: str, is_private: bool = False
) -> Answer:
    """Write a photograph's file anew with other pixels.

    Parameters
    ----------
    path
        The photograph as it came.
    pixels
        `.npy` of the same type, `(C, H, W)`.
    strength
        Share of the way from its own pixels to those, 0 to 1; None: those alone, of any size.
    is_private
        Without place and camera; see `without_place_and_camera`.

    Raises
    ------
    PictureError, SpecError
    """
    came = read_photo(Path(path).read_bytes())
    came = without_place_and_camera(came) if is_private else came
    x_hat = np.load(pixels, mmap_mode="r", allow_pickle=False)
    x = x_hat if strength is None else blended(came.x, x_hat, strength)
    Path(out).write_bytes(write_photo(came, x))
    return {}


def _on_white(x: np.ndarray) -> Image.Image:
    """uint8 `(C, H, W)` with alpha or without, in RGB."""
    n_colours = 1 if len(x) < 3 else 3
    image = as_image(x[:n_colours]).convert("RGB")
    if len(x) == n_colours:
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=as_image(x[-1:]))
    return white


TASKS: dict[str, Callable[..., Answer]] = {
    "photo": photo,
    "picture": picture,
    "cleaned": cleaned,
}
