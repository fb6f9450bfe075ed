"""`aecore bench restore DIR --repairs`: holes, enlarging and JPEG, each beside a baseline."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from aecore.bench.report import Figure
from aecore.photos.restorer import Restorer, restorer_of

CROP_PX = 192
"""Side of the middle of each picture that is repaired."""
Watch = Callable[[str], None]
Repair = Callable[[np.ndarray], np.ndarray]
_QUALITIES = (10, 20, 40)
_SIDES_PX = (16, 32, 64)
_N_STROKES, _STROKE_PX = 6, 7


def figures(
    pictures: dict[str, np.ndarray],
    *,
    weights: Path | None = None,
    seed: int = 0,
    watch: Watch = lambda text: None,
) -> Iterator[Figure]:
    """Each repair over its baseline, on the middles of pictures; as they are known.

    Parameters
    ----------
    pictures
        uint8 `(C, H, W)`, by name.
    weights
        Of the restorer; None: those that ship.
    seed
        Decides where holes are.
    """

    restorer = restorer_of(weights)
    crops = [middle(x) for x in pictures.values()]
    kind = "grey" if len(crops[0]) == 1 else "colour"
    for title, masks in _holes(crops, seed).items():
        watch(f"filling {title}")
        yield _filled(crops, masks, restorer, f"inpainting, {title}, {kind}")
    watch("enlarging")
    yield _enlarged(crops, restorer, f"2x enlarging, {kind}")
    for quality in _QUALITIES:
        watch(f"JPEG {quality}")
        yield _cleaned(crops, quality, restorer, f"JPEG of quality {quality}, {kind}")


def middle(x: np.ndarray) -> np.ndarray:
    """The middle of a picture, of even sides, `CROP_PX` at most."""
    H, W = (min(CROP_PX, n - n % 2) for n in x.shape[1:])
    top, left = (x.shape[1] - H) // 2, (x.shape[2] - W) // 2
    return np.ascontiguousarray(x[:, top : top + H, left : left + W])


def _holes(crops: list[np.ndarray], seed: int) -> dict[str, list[np.ndarray]]:
    """Masks, bool `(H, W)`, one a picture, by what they are."""
    holes = {
        f"strokes of {_STROKE_PX} px": [
            strokes(x.shape[1:], (seed, i)) for i, x in enumerate(crops)
        ]
    }
    for side_px in _SIDES_PX:
        masks = [square(x.shape[1:], side_px, (seed, i)) for i, x in enumerate(crops)]
        holes[f"a square of {side_px} px"] = masks
    return holes


def strokes(size_px: tuple[int, ...], seed: tuple[int, ...]) -> np.ndarray:
    """Strokes of a brush across a picture, bool `(H, W)`."""
    H, W = size_px
    rng = np.random.default_rng(seed)
    image = Image.new("L", (W, H))
    draw = ImageDraw.Draw(image)
    for _ in range(_N_STROKES):
        points = rng.random((4, 2)) * (W, H)
        draw.line([tuple(point) for point in points], fill=1, width=_STROKE_PX, joint="curve")
    return np.asarray(image) > 0


def square(size_px: tuple[int, ...], side_px: int, seed: tuple[int, ...]) -> np.ndarray:
    """One square somewhere inside of a picture, bool `(H, W)`."""
    rng = np.random.default_rng((*seed, side_px))
    mask = np.zeros(size_px, bool)
    top, left = (rng.integers(8, n - side_px - 8) for n in size_px)
    mask[top : top + side_px, left : left + side_px] = True
    return mask


def _filled(
    crops: list[np.ndarray], masks: list[np.ndarray], restorer: Restorer, name: str
) -> Figure:
    from skimage.restoration import inpaint_biharmonic

    from aecore.photos.inpaint import inpaint

    ours, theirs, took = [], [], 0.0
    for x, mask in zip(crops, masks, strict=True):
        hidden = np.where(mask, 0, x).astype(np.uint8)
        began = time.perf_counter()
        found = inpaint(hidden, mask, restorer).x_hat
        took += time.perf_counter() - began
        plain = inpaint_biharmonic(hidden / 255, mask, channel_axis=0)
        ours.append(_psnr(found[:, mask], x[:, mask]))
        theirs.append(_psnr(_eight_bit(plain)[:, mask], x[:, mask]))
    return _figure(f"{name}: PSNR of hidden pixels over biharmonic filling", ours, theirs, took)


def _enlarged(crops: list[np.ndarray], restorer: Restorer, name: str) -> Figure:
    from aecore.photos.enlarge import enlarge, halved

    ours, theirs, took = [], [], 0.0
    for x in crops:
        small = _eight_bit(halved((x / 255).astype(np.float32)))
        began = time.perf_counter()
        found = enlarge(small, restorer)
        took += time.perf_counter() - began
        ours.append(_psnr(found, x))
        theirs.append(_psnr(bicubic(small), x))
    return _figure(f"{name}: PSNR over bicubic", ours, theirs, took)


def bicubic(small: np.ndarray) -> np.ndarray:
    """uint8 `(C, H, W)` at twice its size, by Pillow."""
    _C, H, W = small.shape
    channels = [Image.fromarray(channel) for channel in small]
    large = [channel.resize((2 * W, 2 * H), Image.Resampling.BICUBIC) for channel in channels]
    return np.stack([np.asarray(channel) for channel in large])


def _cleaned(crops: list[np.ndarray], quality: int, restorer: Restorer, name: str) -> Figure:
    from aecore.photos.cleaning import clean_photo

    ours, theirs, took = [], [], 0.0
    for x in crops:
        dirty = jpeg(x, quality)
        began = time.perf_counter()
        found = clean_photo(dirty, restorer).x_hat
        took += time.perf_counter() - began
        ours.append(_psnr(found, x))
        theirs.append(_psnr(dirty, x))
    return _figure(f"{name}: PSNR over the file as it is", ours, theirs, took)


def jpeg(x: np.ndarray, quality: int) -> np.ndarray:
    """uint8 `(C, H, W)` after JPEG by Pillow, colours at half size."""
    pixels = x[0] if len(x) == 1 else np.ascontiguousarray(x.transpose(1, 2, 0))
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    read = np.asarray(Image.open(file))
    return read[None] if read.ndim == 2 else np.ascontiguousarray(read.transpose(2, 0, 1))


def _figure(name: str, ours: list[float], theirs: list[float], took_s: float) -> Figure:
    a, b, n = float(np.mean(ours)), float(np.mean(theirs)), len(ours)
    better = sum(mine > plain for mine, plain in zip(ours, theirs, strict=True))
    words = f"{a:.2f} against {b:.2f} dB, better on {better} of {n}; {took_s / n:.1f} s a picture"
    return Figure(name, a - b, "dB", 0.0, "high", words)


def _eight_bit(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(np.clip(values, 0, 1) * 255), np.uint8)


def _psnr(x_hat: np.ndarray, x: np.ndarray) -> float:
    """Of uint8 values; dB, 100 at most."""
    error = np.square(x_hat.astype(float) - x).mean() / 255**2
    return float(-10 * np.log10(max(error, 1e-10)))
