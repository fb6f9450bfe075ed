"""What a file is, told from how it begins: which pictures are read, and the name of all else."""

from __future__ import annotations

import contextlib
from functools import cache

from aecore.errors import PictureError
from aecore.imaging.tiff_directories import STARTS, first_directory, subdirectories
from aecore.sentence import Sentence

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM", "AVIF")
"""What Pillow decodes for us; its other decoders stay shut."""
READS = "PNG, JPEG, WebP, AVIF, BMP, TIFF, GIF or PGM"
_SIGNATURES = (b"\x89PNG", b"\xff\xd8", b"GIF8", b"BM", b"RIFF")
_RAW_STARTS = (
    (b"FUJIFILMCCD-RAW", 0, "Fujifilm"),
    (b"II*\0\x10\0\0\0CR", 0, "Canon"),
    (b"ftypcrx ", 4, "Canon"),
    (b"IIRO", 0, "Olympus"),
    (b"IIRS", 0, "Olympus"),
    (b"MMOR", 0, "Olympus"),
    (b"IIU\0", 0, "Panasonic"),
    (b"\0MRM", 0, "Minolta"),
    (b"FOVb", 0, "Sigma"),
)
_DNG_VERSION, _PHOTOMETRIC, _MAKE = 50706, 262, 271
_MOSAIC = (32803, 34892)
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


@cache
def reads_heic() -> bool:
    """Whether HEIC can be read here: with the extra `heic`. Asking lets Pillow know of it."""
    try:
        from pi_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener(thumbnails=False, decode_threads=1)
    return True


def formats() -> tuple[str, ...]:
    """What is decoded on this machine."""
    return (*FORMATS, "HEIF") if reads_heic() else FORMATS


def check_camera_raw(data: bytes) -> None:
    """Refuse a camera's raw file, of which decoders would give the small preview.

    Raises
    ------
    PictureError
    """
    make = _maker_of_raw(data)
    if make is not None:
        raise PictureError(
            Sentence(
                "This is a camera's raw file ({make}), which is not developed here.", make=make
            )
            if make
            else Sentence("This is a camera's raw file, which is not developed here."),
            "Export it as TIFF or JPEG from your camera's program.",
        )


def _maker_of_raw(data: bytes) -> str | None:
    """The maker of a raw file, "" where it is not told; None of any other file."""
    for start, at, make in _RAW_STARTS:
        if data[at : at + len(start)] == start:
            return make
    page = first_directory(data)
    if page is None:
        return None
    kinds = [directory.number(_PHOTOMETRIC) for directory in (page, *subdirectories(data, page))]
    if _DNG_VERSION in page.entries or any(kind in _MOSAIC for kind in kinds):
        entry = page.entries.get(_MAKE)
        text = bytes(entry.content[:40]) if entry is not None and entry.kind == 2 else b""
        words = text.split(b"\0")[0].decode("ascii", "ignore").split()
        return words[0].capitalize() if words else ""
    return None


def is_heic(data: bytes) -> bool:
    """Whether a file says that it is a HEIC."""
    return data[4:8] == b"ftyp" and data[8:12] in _HEIC and b"avif" not in data[8:64]


_OTHERS: tuple[tuple[int, tuple[bytes, ...], str, str], ...] = (
    (
        4,
        (b"ftyp",),
        Sentence("This is a film, or a picture of a kind that is not read."),
        Sentence("Save it as JPEG."),
    ),
    (
        0,
        (b"PK\x03\x04",),
        Sentence("This is a zip archive, not a picture."),
        Sentence("Import it by itself."),
    ),
    (
        0,
        (b"%PDF",),
        Sentence("This is a PDF, not a picture."),
        Sentence("Export its pages as PNG."),
    ),
    (
        0,
        (b"8BPS",),
        Sentence("This is a Photoshop document, which is not read."),
        Sentence("Save it as TIFF or PNG."),
    ),
    (
        128,
        (b"DICM",),
        Sentence("This is a DICOM file, which is not read."),
        Sentence("Export it as TIFF or PNG."),
    ),
    (
        0,
        (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
        Sentence("This is a JPEG 2000, which is not read."),
        Sentence("Save it as PNG or TIFF."),
    ),
    (
        0,
        (b"\xff\x0a", b"\0\0\0\x0cJXL "),
        Sentence("This is a JPEG XL, which is not read."),
        Sentence("Save it as PNG or JPEG."),
    ),
    (
        0,
        (b"SIMPLE  =", b"\x76\x2f\x31\x01", b"#?RADIANCE"),
        Sentence("This is a FITS, OpenEXR or Radiance file, which is not read."),
        Sentence("Export it as TIFF."),
    ),
    (
        0,
        (b"\x89HDF", b"CDF\x01", b"\x93NUMPY"),
        Sentence("This holds arrays, not pictures."),
        Sentence("Load them in Python: aecore.load(array)."),
    ),
    (
        0,
        _SIGNATURES,
        Sentence("The picture is damaged or cut short."),
        Sentence("Save or copy it again."),
    ),
)


def not_a_picture(data: bytes) -> PictureError:
    """Name what the bytes are, from how they start."""
    start = data[:1024]
    found: tuple[str, str] = (
        Sentence("This is no picture that is read here."),
        Sentence("Import {kinds}.", kinds=READS),
    )
    if b"<svg" in start.lower():
        found = (
            Sentence("This is an SVG drawing, not a grid of pixels."),
            Sentence("Export it as PNG."),
        )
    elif is_heic(data) and not reads_heic():
        found = (
            Sentence("This is a HEIC picture, which is not read here."),
            Sentence("Save it as JPEG, or install latent-lab with its extra: latent-lab[heic]."),
        )
    elif start[4:8] == b"ftyp" and (is_heic(data) or b"avif" in start[8:64]):
        found = Sentence("The picture is damaged or cut short."), Sentence("Save or copy it again.")
    elif start.startswith(STARTS):
        found = _odd_tiff(data)
    else:
        for at, signs, what, hint in _OTHERS:
            if start[at:].startswith(signs):
                return PictureError(what, hint)
        if _is_text(start):
            found = (
                Sentence("This is a text file, not a picture."),
                Sentence("Import {kinds}.", kinds=READS),
            )
    return PictureError(*found)


_PHOTOMETRICS = {
    0: Sentence("greys"),
    1: Sentence("greys"),
    2: Sentence("red, green and blue"),
    3: Sentence("a palette"),
    4: Sentence("a mask"),
    5: Sentence("inks (CMYK)"),
    6: "YCbCr",
    8: "CIELab",
    32844: "LogL",
    32845: "LogLuv",
}


def _odd_tiff(data: bytes) -> tuple[str, str]:
    """What a TIFF holds that no decoder here reads."""
    page = first_directory(data)
    if page is None or not page.number(256):
        return Sentence("The TIFF is damaged or cut short."), Sentence("Save or copy it again.")
    what = _PHOTOMETRICS.get(page.number(_PHOTOMETRIC, -1), Sentence("values of an unknown kind"))
    bits = page.number(258, 1)
    return (
        Sentence(
            "The TIFF is damaged, or of a kind that is not read: {n_channels} channels of {n_bits} "
            "bits, {what}.",
            n_channels=page.number(277, 1),
            n_bits=bits,
            what=what,
        ),
        Sentence("Save it with 8 or 16 bits a channel, in grey or in red, green and blue."),
    )


def _is_text(start: bytes) -> bool:
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as problem:
        if problem.start < len(start) - 4:  # not merely a character cut in two
            return False
        text = ""
        with contextlib.suppress(UnicodeDecodeError):
            text = start[: problem.start].decode("utf-8")
    return all(letter.isprintable() or letter in "\t\r\n\f" for letter in text)
