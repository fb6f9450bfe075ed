"""Photographs of 16 bits a channel, which Pillow reads as 8 where they are in colour."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, TiffImagePlugin

from aecore.errors import PictureError

_PNG_DEPTH_AT = 24  # after the signature, the first chunk's length and name, and both sides
_BITS, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339
_MAX_CHANNELS = 4
MAX_BYTES = 400_000_000
"""Of decoded pixels: 64 megapixels in three channels, 50 in four."""
_CHANNELS_OF_PNG = {0: 1, 2: 3, 4: 2, 6: 4}
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_UNSIGNED = 1
_COMPRESSIONS = (1, 5, 8, 32773, 32946)
"""Raw, LZW, deflate and PackBits: of these alone a bound on what comes out is kept."""


def read(data: bytes, image: Image.Image) -> np.ndarray | None:
    """The pixels of a file of 16 bits a channel, uint16 `(C, H, W)`; None for any other.

    Parameters
    ----------
    image
        The same file as Pillow opened it, within limits and not loaded.

    Raises
    ------
    PictureError
        If the file holds something else than its header says.
    """
    if image.format == "PNG" and data[_PNG_DEPTH_AT] == 16:
        from imagecodecs import png_decode

        _check_bytes(image, _CHANNELS_OF_PNG.get(data[_PNG_DEPTH_AT + 1], 1))
        x = np.asarray(png_decode(data))
        x = x[None] if x.ndim == 2 else x.transpose(2, 0, 1)
    elif isinstance(image, TiffImagePlugin.TiffImageFile) and _is_deep(image.tag_v2):
        x = _tiff(data, image)
    else:
        return None
    if x.shape[1:] != image.size[::-1] or not 1 <= len(x) <= _MAX_CHANNELS or x.dtype != np.uint16:
        raise PictureError(
            "The file holds another picture than its header says.", "Save or copy it again."
        )
    return x


def _check_bytes(image: Image.Image, n_channels: int) -> None:
    width, height = image.size
    if 2 * n_channels * width * height > MAX_BYTES:
        raise PictureError(
            f"The picture has {width} × {height} pixels of {n_channels} channels with 16 bits; up "
            f"to {MAX_BYTES / 2e6 / n_channels:.0f} megapixels are read.",
            "Make it smaller, or save it with 8 bits.",
        )


def _is_deep(tags: Any) -> bool:
    bits, formats = _all(tags.get(_BITS, 1)), _all(tags.get(_SAMPLE_FORMAT, _UNSIGNED))
    known = tags.get(_PHOTOMETRIC) in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB)
    return known and set(bits) == {16} and set(formats) == {_UNSIGNED}


def _all(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _tiff(data: bytes, image: TiffImagePlugin.TiffImageFile) -> np.ndarray:
    from tifffile import TiffFile

    with TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        if page.compression not in _COMPRESSIONS:
            raise PictureError(
                "The TIFF of 16 bits is packed in a way that is not read here.",
                "Save it uncompressed, or with LZW or deflate.",
            )
        if page.samplesperpixel > _MAX_CHANNELS:
            raise PictureError(
                f"The TIFF has {page.samplesperpixel} channels; up to four are read.",
                "Save it as a picture in colour or grey.",
            )
        if (page.imagewidth, page.imagelength) != image.size or page.imagedepth != 1:
            raise PictureError("The TIFF is no flat picture.", "Save its first page as a file.")
        _check_bytes(image, page.samplesperpixel)
        x = np.asarray(page.asarray(maxworkers=1))
    if x.ndim == 2:
        x = x[None]
    elif page.axes.endswith("S"):
        x = x.transpose(2, 0, 1)
    if image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        x = np.concatenate([65535 - x[:1], x[1:]])
    return x.astype(np.uint16, copy=False)
