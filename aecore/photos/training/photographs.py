"""Photographs to train the restorer on: a folder, forty of it kept out, and patches of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from aecore.errors import DataError, PictureError, TooFewSamplesError
from aecore.imaging.limits import PHOTOGRAPH
from aecore.imaging.pictures import decode

SMALLER = 0.75
"""Each picture is also seen at this size: finer structure, and fewer traces of its JPEG."""
SHARE_SMALLER = 0.2
_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")


@dataclass(frozen=True)
class Photos:
    """Pictures as uint8 `(3, H, W)` each, by file name without its ending."""

    train: dict[str, np.ndarray]
    held_out: dict[str, np.ndarray]


def held_out_names() -> tuple[str, ...]:
    """Names, without ending, of the forty pictures of bsds400 that no training may see.

    Every tenth of the sorted names, written down once.
    """
    listed = files("aecore.photos.training").joinpath("held_out.txt").read_text("utf-8")
    return tuple(line for line in listed.split("\n") if line and not line.startswith("#"))


def read_photo(path: Path) -> np.ndarray:
    """One picture in three channels, uint8 `(3, H, W)`.

    Raises
    ------
    PictureError
        As `aecore.imaging.pictures.decode` does.
    DataError
        If the file cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise DataError(
            "{path} cannot be read.", "Check its name and its rights.", path=path
        ) from problem
    return decode(content, colour="rgb", limits=PHOTOGRAPH).x


def photo_paths(folder: Path) -> list[Path]:
    """Picture files of a folder, by name.

    Raises
    ------
    DataError
        If there is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise DataError("There is no folder {folder}.", "Name a folder of pictures.", folder=folder)
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in _SUFFIXES and p.is_file())
    if not found:
        raise DataError(
            "{folder} holds no pictures.",
            "Put {suffixes} files there.",
            folder=folder,
            suffixes=", ".join(_SUFFIXES),
        )
    return found


def read_photos(folder: Path, min_side_px: int) -> Photos:
    """All pictures of a folder; those of `held_out_names` apart from the others.

    Files that are no pictures, or too small for a patch at the smaller size, are left out.

    Raises
    ------
    TooFewSamplesError
        If no picture is left to train on.
    """
    apart = frozenset(held_out_names())
    train, held_out = {}, {}
    for path in photo_paths(folder):
        try:
            x = read_photo(path)
        except PictureError:
            continue
        if path.stem in apart:
            held_out[path.stem] = x
        elif min(x.shape[1:]) * SMALLER >= min_side_px:
            train[path.stem] = x
    if not train:
        raise TooFewSamplesError(
            "No picture in {folder} is large enough for patches of {min_side_px} px.",
            "Use larger photographs, or take smaller patches.",
            folder=folder,
            min_side_px=min_side_px,
        )
    return Photos(train, held_out)


class Patches:
    """Random patches of pictures that lie on a device as uint8."""

    def __init__(self, photos: dict[str, np.ndarray], device: torch.device) -> None:
        self.device = device
        self.whole = [torch.from_numpy(x.copy()).to(device) for x in photos.values()]
        self.smaller = [torch.from_numpy(_smaller(x)).to(device) for x in photos.values()]

    def draw(self, n: int, side_px: int, rng: np.random.Generator) -> Tensor:
        """`n` patches in [0, 1], `(n, 3, side, side)`, each turned and mirrored by chance."""
        drawn = torch.stack(list(self._each(n, side_px, rng)))
        return drawn.to(torch.float32) / 255

    def _each(self, n: int, side_px: int, rng: np.random.Generator) -> Iterator[Tensor]:
        for _ in range(n):
            pool = self.smaller if rng.random() < SHARE_SMALLER else self.whole
            x = pool[rng.integers(len(pool))]
            top = rng.integers(x.shape[1] - side_px + 1)
            left = rng.integers(x.shape[2] - side_px + 1)
            patch = x[:, top : top + side_px, left : left + side_px]
            patch = torch.rot90(patch, int(rng.integers(4)), (1, 2))
            yield patch.flip(2) if rng.random() < 0.5 else patch


def _smaller(x: np.ndarray) -> np.ndarray:
    image = Image.fromarray(np.ascontiguousarray(x.transpose(1, 2, 0)))
    size = round(image.width * SMALLER), round(image.height * SMALLER)
    resized = image.resize(size, Image.Resampling.LANCZOS)
    return np.ascontiguousarray(np.asarray(resized).transpose(2, 0, 1))
