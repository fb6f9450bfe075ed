"""What a photograph's notes tell of where it was taken, with which camera and by whom, left out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from PIL import Image

from aecore.imaging.photograph import Photo
from aecore.imaging.tiff_directories import ORIENTATION

_EXIF_IFD = 0x8769
_CHANGED, _TAKEN, _SCANNED = 306, 36867, 36868
_DATES = (_CHANGED, _TAKEN, _SCANNED)
_NUMBERS = (
    *(33434, 33437, 34850, 34855),  # exposure time, f-number, exposure program, sensitivity
    *(37377, 37378, 37380, 37383, 37385, 37386),  # shutter, aperture, bias, metering, flash, focal
    *(40961, 40962, 40963, 41986, 41987, 41989),  # colour space, size, exposure, white balance
)
"""What says how a photograph was exposed and what its values mean."""
_OF_COLOUR = frozenset(
    int.from_bytes(chunk)
    for chunk in (b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"pHYs")
)
"""Blocks of a PNG that say what its values mean, and how wide its pixels are."""
_DATE = re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d\Z")


def without_place_and_camera(photo: Photo) -> Photo:
    """The same photograph with dates and exposure as its only notes, its profile and resolution.

    What is kept is listed, not what goes: no position, maker, model, serial number, owner,
    comment, thumbnail, XMP or IPTC is among it, nor what a maker hides in notes of its own.
    """
    if not (photo.exif or photo.xmp or photo.blocks):
        return photo
    of_colour = tuple(block for block in photo.blocks if block.name in _OF_COLOUR)
    bare = replace(photo, exif=b"", xmp=b"", blocks=of_colour)
    if not photo.exif:
        return bare
    came, kept = Image.Exif(), Image.Exif()
    came.load(photo.exif)
    if ORIENTATION in came:
        kept[ORIENTATION] = 1  # pixels are upright
    if _is_kept(_CHANGED, came.get(_CHANGED)):
        kept[_CHANGED] = came[_CHANGED]
    inner = {tag: v for tag, v in came.get_ifd(_EXIF_IFD).items() if _is_kept(tag, v)}
    if inner:
        kept[_EXIF_IFD] = inner
    return replace(bare, exif=kept.tobytes() if len(kept) else b"")


def _is_kept(tag: int, value: Any) -> bool:
    if tag in _DATES:  # a text field could hold anything
        return isinstance(value, str) and bool(_DATE.match(value))
    return tag in _NUMBERS and not isinstance(value, str | bytes | tuple)
