"""Colours of a photograph's file turned into those that are worked on."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from operator import methodcaller

from PIL import Image, ImageCms

from aecore.imaging.pixels import eight_bit
from aecore.sentence import Sentence


def conversion(
    image: Image.Image, icc: bytes, kind: str
) -> tuple[Callable[[Image.Image], Image.Image], tuple[str, ...]]:
    """What makes L, LA, RGB or RGBA of any part of the picture, and what it does, in words."""
    mode = image.mode
    if mode == "CMYK":
        return _from_inks(icc), (Sentence("CMYK was converted to RGB."),)
    if mode in ("P", "PA"):
        has_alpha = mode == "PA" or "transparency" in image.info
        note = Sentence("Its palette was converted to full colour.")
        return methodcaller("convert", "RGBA" if has_alpha else "RGB"), (note,)
    if mode in ("I", "F") or mode.startswith("I;16"):
        return partial(eight_bit, kind=kind), (Sentence("Its values were converted to 8 bits."),)
    if mode == "LAB":
        return methodcaller("convert", "RGB"), (Sentence("CIELab was converted to RGB."),)
    has_alpha = mode in ("LA", "La", "RGBA", "RGBa") or "transparency" in image.info
    wanted = ("LA" if has_alpha else "L") if mode in ("1", "L", "LA", "La") else "RGB"
    wanted += "A" if has_alpha and wanted == "RGB" else ""
    return methodcaller("convert", wanted), ()


def _from_inks(icc: bytes) -> Callable[[Image.Image], Image.Image]:
    """CMYK to sRGB, by the profile that tells what the inks look like, where there is one."""
    if icc:
        try:
            inks = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            transform = ImageCms.buildTransform(inks, ImageCms.createProfile("sRGB"), "CMYK", "RGB")
            ImageCms.applyTransform(Image.new("CMYK", (1, 1)), transform)
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a damaged profile, or one of something else
        else:
            return partial(_transformed, transform)
    return methodcaller("convert", "RGB")


def _transformed(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Image.Image:
    found = ImageCms.applyTransform(image, transform)
    return image.convert("RGB") if found is None else found
