"""A part of a photograph cleaned at once, to answer a hand; the whole follows as a job."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from aecore.errors import SpecError
from aecore.photos.jobs.clean import Noise, told_of
from aecore.photos.jobs.layers import view_png
from aecore.specs.photos import RestoreSpec

MAX_PX = 360_000
"""So many pixels two cores clean within half a second."""
_MARGIN_PX = 48
Rect = tuple[int, int, int, int]
"""Left, top, width and height, px."""


def part_of(seen: Rect, size_px: tuple[int, int]) -> Rect:
    """What of a visible part is cleaned at once: the middle of it, where it is large.

    Parameters
    ----------
    seen
        What is visible; what lies outside the photograph is left out.
    size_px
        Height and width of the photograph.

    Examples
    --------
    >>> part_of((0, 0, 300, 200), (200, 300)), part_of((0, 0, 4000, 3000), (3000, 4000))
    ((0, 0, 300, 200), (1654, 1240, 692, 519))
    """
    H, W = size_px
    left, top = (min(max(0, at), side - 1) for at, side in zip(seen[:2], (W, H), strict=True))
    width, height = max(1, min(seen[2], W - left)), max(1, min(seen[3], H - top))
    share = min(1.0, (MAX_PX / (width * height)) ** 0.5)
    w, h = max(1, int(width * share)), max(1, int(height * share))
    return left + (width - w) // 2, top + (height - h) // 2, w, h


def preview_png(before: Path, part: Rect, spec: RestoreSpec, noise: Noise) -> bytes:
    """The part of a photograph as the network for noise of cameras cleans it, as a PNG.

    Parameters
    ----------
    before
        The photograph as a screen shows it: `photo_job.BEFORE`.
    spec
        How it is to be cleaned.
    noise
        What was estimated of the whole.

    Raises
    ------
    SpecError
        If the weights that ship do not measure noise.
    """
    import torch

    from aecore.photos.restorer import shipped_restorer
    from aecore.photos.values import from_unit, to_unit

    camera = shipped_restorer(spec.precision).camera
    if camera is None:
        raise SpecError("These weights measure no noise.", "Install latent-lab again.")
    x = _pixels(str(before), before.stat().st_mtime_ns)
    left, top, w, h = part
    above, before_it = max(0, top - _MARGIN_PX), max(0, left - _MARGIN_PX)
    around = np.s_[:, above : top + h + _MARGIN_PX, before_it : left + w + _MARGIN_PX]
    values = torch.from_numpy(to_unit(x[around]))[None]
    found = camera.turned(told_of(spec, noise)).restore_values(values, n_views=1)
    inner = np.s_[:, top - above : top - above + h, left - before_it : left - before_it + w]
    pixels = from_unit(found[0].cpu().numpy()[inner], np.dtype(np.uint8))
    return view_png(
        pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0))
    )


@lru_cache(maxsize=1)
def _pixels(path: str, changed: int) -> np.ndarray:
    """uint8 `(C, H, W)` of a picture that we have drawn ourselves."""
    with Image.open(path) as image:
        pixels = np.asarray(image if image.mode == "L" else image.convert("RGB"))
    return pixels[None] if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))
