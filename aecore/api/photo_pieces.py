"""Small pieces of the photographs that come with scikit-image, a class a photograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.photos.samples import sample_photo
from aecore.specs.photos import PhotoSample

PHOTOS: dict[str, PhotoSample] = {
    "cat": "chelsea",
    "astronaut": "astronaut",
    "coffee": "coffee",
    "rocket": "rocket",
    "motorcycles": "motorcycle",
}
"""Class to photograph."""


@dataclass(frozen=True)
class PhotoPieces:
    """Pieces and the photograph of each.

    Parameters
    ----------
    x
        uint8 `(n, 3, side_px, side_px)`.
    labels
        `(n,)`, of `PHOTOS`.
    """

    x: np.ndarray
    labels: np.ndarray


def photo_pieces(n_each: int = 400, side_px: int = 32, seed: int = 0) -> PhotoPieces:
    """Squares cut from each photograph at random positions; they may overlap.

    Parameters
    ----------
    n_each
        Of each photograph.
    side_px
        Side of a piece, in pixels.
    seed
        Decides the positions.

    Raises
    ------
    DataError
        If scikit-image came without its pictures.

    Examples
    --------
    >>> pieces = photo_pieces(n_each=2, side_px=16)
    >>> pieces.x.shape, pieces.labels[:3].tolist()
    ((10, 3, 16, 16), ['cat', 'cat', 'astronaut'])
    """
    random = np.random.default_rng(seed)
    found = []
    for name in PHOTOS.values():
        photo = sample_photo(name, "none").clean
        tops, lefts = (random.integers(0, side - side_px + 1, n_each) for side in photo.shape[1:])
        found += [
            photo[:, top : top + side_px, left : left + side_px]
            for top, left in zip(tops, lefts, strict=True)
        ]
    return PhotoPieces(np.stack(found), np.repeat(list(PHOTOS), n_each))
