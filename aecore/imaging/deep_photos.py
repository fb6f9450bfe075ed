"""Pictures of more than 8 bits a channel, as their files hold them: whole numbers or floats.

Pillow reads them as 8 bits where they are in colour, and many TIFFs of science not at all.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace

import numpy as np

from aecore.errors import PictureError
from aecore.imaging.tiff_directories import Directory, first_directory
from aecore.sentence import Sentence

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_DEPTH_AT = 24  # after the signature, the first chunk's length and name, and both sides
_BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _SAMPLE_FORMAT = 258, 259, 262, 277, 339
_WIDTH, _LENGTH, _EXTRA = 256, 257, 338
_MAX_CHANNELS = 4
MAX_BYTES = 400_000_000
"""Of decoded pixels: 64 megapixels of 16 bits in three channels, 50 in four."""
_CHANNELS_OF_PNG = {0: 1, 2: 3, 4: 2, 6: 4}
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_SIGNED, _FLOAT = 2, 3
_PREMULTIPLIED = 1
_COMPRESSIONS = (1, 5, 8, 32773, 32946)
"""Raw, LZW, deflate and PackBits: of these alone a bound on what comes out is kept."""
_ROWS = 256
_PGM_BYTES = 4_096
_GAP = rb"(?:\s|#[^\n]*\n)+"
_PGM = re.compile(
    rb"P[56]" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})\s", re.ASCII
)

Range = tuple[float, float]
"""Lowest and highest value: what becomes black, and what white."""


@dataclass(frozen=True)
class Deep:
    """Pixels as a file holds them.

    Parameters
    ----------
    x
        `(C, H, W)`: grey, grey and alpha, colour, or colour and alpha; alpha is straight.
    bits
        Of a channel.
    was_premultiplied
        Whether colours were multiplied by alpha in the file.
    has_alpha
        Whether a second or fourth channel says that it is alpha.
    top
        Largest number, where the file names another than its bits allow.
    """

    x: np.ndarray
    bits: int
    was_premultiplied: bool = False
    has_alpha: bool = True
    top: int | None = None

    @property
    def n_colours(self) -> int:
        """Channels without alpha."""
        return 1 if len(self.x) < 3 else 3

    @property
    def code(self) -> str:
        """Kind of numbers and their bits: pictures of one code share a range."""
        return f"{self.x.dtype.kind}{self.bits}"

    @property
    def full(self) -> Range | None:
        """What the numbers of this kind go from and to; None where that is not fixed."""
        if self.x.dtype.kind != "u":
            return None
        return 0.0, float(2**self.bits - 1 if self.top is None else self.top)

    def found(self) -> Range:
        """Lowest and highest colour that is a number."""
        colours = self.x[: self.n_colours]
        if colours.dtype.kind != "f":
            return float(colours.min()), float(colours.max())
        lows, highs = [], []
        for rows in _rows(colours.shape[1]):
            part = colours[:, rows]
            finite = part[np.isfinite(part)]
            if finite.size:
                lows.append(float(finite.min()))
                highs.append(float(finite.max()))
        return min(lows, default=0.0), max(highs, default=0.0)

    def in_range(self) -> Range:
        """The range that the numbers are meant in.

        Raises
        ------
        PictureError
            Where it is not fixed: signed numbers, and floats beyond 0 to 1.
        """
        if self.full is not None:
            return self.full
        low, high = self.found()
        if self.x.dtype.kind == "f":
            if not np.isfinite(self.x).all():
                raise PictureError(
                    "Some of its values are no numbers (NaN or infinite).",
                    "Fill them in, or set the range of values.",
                )
            if 0 <= low <= high <= 1:
                return 0.0, 1.0
            what = Sentence("floats from {low:.4g} to {high:.4g}", low=low, high=high)
        else:
            what = Sentence(
                "signed numbers of {n_bits} bits, from {low:.0f} to {high:.0f}",
                n_bits=self.bits,
                low=low,
                high=high,
            )
        raise PictureError(
            "Its values are {what}, which have no fixed range.",
            "Set the range of values, or save it with 8 or 16 bits a channel.",
            what=what,
        )

    def scaled(self, bits: int, values: Range | None = None) -> np.ndarray:
        """The same with 8 or 16 bits, unsigned: what lies beyond the range is black or white.

        Raises
        ------
        PictureError
            As `in_range` does, where no range is given.
        """
        low, high = values or self.in_range()
        top = 2**bits - 1
        if (low, high) == (0.0, float(top)) and self.x.dtype.itemsize * 8 == bits:
            return self.x
        out = np.empty(self.x.shape, np.uint8 if bits == 8 else np.uint16)
        alpha = slice(self.n_colours, None)
        for rows in _rows(self.x.shape[1]):
            part = self.x[:, rows].astype(np.float64)
            part = np.nan_to_num(part, nan=low, posinf=high, neginf=low)
            colours = (part[: self.n_colours] - low) * (top / (high - low))
            out[: self.n_colours, rows] = np.rint(np.clip(colours, 0, top))
            if len(self.x) > self.n_colours:
                of_alpha = self.full or (0.0, 1.0)
                share = np.clip(part[alpha] / of_alpha[1], 0, 1)
                out[alpha, rows] = np.rint(share * top)
        return out


def _rows(n: int) -> list[slice]:
    return [slice(top, top + _ROWS) for top in range(0, n, _ROWS)]


# Which files -----------------------------------------------------------------------------


def is_deep(data: bytes) -> bool:
    """Whether a file is read here: PNG and PGM of over 8 bits, TIFF of any but 8 or fewer."""
    if data.startswith(_PNG):
        return len(data) > _PNG_DEPTH_AT + 1 and data[_PNG_DEPTH_AT] == 16
    if data[:2] in (b"P5", b"P6"):
        header = _pgm_header(data)
        return header is not None and 255 < header[2] < 65_536
    page = first_directory(data)
    return page is not None and is_deep_tiff(page)


def is_deep_tiff(page: Directory) -> bool:
    """Whether greys or colours of a TIFF are more than 8 bits, or not plain whole numbers."""
    if page.number(_PHOTOMETRIC, -1) not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB):
        return False
    bits = set(page.numbers(_BITS)) or {1}
    formats = set(page.numbers(_SAMPLE_FORMAT)) or {1}
    return max(bits) > 8 or bool(formats & {_SIGNED, _FLOAT}) or not bits <= {1, 2, 4, 8}


def has_unknown_channel(page: Directory) -> bool:
    """Whether a TIFF of greys or colours has one channel more, which it does not call alpha."""
    n_colours = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3}.get(page.number(_PHOTOMETRIC, -1))
    is_more = n_colours is not None and page.number(_SAMPLES, 1) == n_colours + 1
    return is_more and page.number(_EXTRA) not in (1, 2)


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height that the header of such a file tells, before it is turned."""
    if data.startswith(_PNG):
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    if header := _pgm_header(data):
        return header[:2]
    page = first_directory(data)
    return (0, 0) if page is None else (page.number(_WIDTH), page.number(_LENGTH))


# Their pixels ----------------------------------------------------------------------------


def read(data: bytes, page: int = 0) -> Deep:
    """The pixels of a file for which `is_deep` holds; its size is within limits.

    Parameters
    ----------
    page
        Of a TIFF: which of its pages, counted along the chain.

    Raises
    ------
    PictureError
        If the file holds something else than its header says, or a kind that is not read.
    Exception
        Of any kind, where it is damaged.
    """
    if data.startswith(_PNG):
        from imagecodecs import png_decode

        width, height = size_of(data)
        _check_bytes(width, height, _CHANNELS_OF_PNG.get(data[_PNG_DEPTH_AT + 1], 1), 16)
        x = np.asarray(png_decode(data))
        found = Deep(x[None] if x.ndim == 2 else x.transpose(2, 0, 1), 16)
        if found.x.shape[1:] != (height, width) or x.dtype != np.uint16:
            raise _another_picture()
        return found
    if data[:2] in (b"P5", b"P6"):
        return _pgm(data)
    return _tiff(data, page)


def _pgm_header(data: bytes) -> tuple[int, int, int, int] | None:
    """Width, height and largest value of a binary PGM or PPM, and where its pixels begin."""
    found = _PGM.match(data[:_PGM_BYTES])
    if found is None:
        return None
    width, height, top = (int(number) for number in found.groups())
    return width, height, top, found.end()


def _pgm(data: bytes) -> Deep:
    width, height, top, at = _pgm_header(data) or (0, 0, 0, 0)
    n_channels = 3 if data[:2] == b"P6" else 1
    _check_bytes(width, height, n_channels, 16)
    x = np.frombuffer(data, ">u2", width * height * n_channels, at).astype(np.uint16)
    x = x.reshape(height, width, n_channels).transpose(2, 0, 1)
    return Deep(x, top.bit_length(), top=top)


def _another_picture() -> PictureError:
    return PictureError(
        "The file holds another picture than its header says.", "Save or copy it again."
    )


def _check_bytes(width: int, height: int, n_channels: int, bits: int) -> None:
    n_bytes = -(-bits // 8) * n_channels
    if n_bytes * width * height > MAX_BYTES:
        raise PictureError(
            "The picture has {width} × {height} pixels of {n_channels} channels with {bits} "
            "bits; up to {megabytes:.0f} megapixels are read.",
            "Make it smaller, or save it with 8 bits.",
            width=width,
            height=height,
            n_channels=n_channels,
            bits=bits,
            megabytes=MAX_BYTES / 1e6 / n_bytes,
        )


def _tiff(data: bytes, number: int) -> Deep:
    from tifffile import TiffFile

    with TiffFile(io.BytesIO(data)) as file:
        page = file.pages[number]
        n_channels, bits = int(page.samplesperpixel), int(page.bitspersample)
        if page.compression not in _COMPRESSIONS:
            raise PictureError(
                "The TIFF of {bits} bits is packed in a way that is not read here.",
                "Save it uncompressed, or with LZW or deflate.",
                bits=bits,
            )
        if n_channels > _MAX_CHANNELS:
            raise too_many_channels(n_channels)
        if page.imagedepth != 1:
            raise PictureError("The TIFF is a volume.", "Save its slices as pages or files.")
        if not 8 <= bits <= 64:
            raise PictureError(
                "The TIFF has {bits} bits a channel, which are not read.",
                "Save it with 8 or 16.",
                bits=bits,
            )
        _check_bytes(page.imagewidth, page.imagelength, n_channels, bits)
        x = np.asarray(page.asarray(maxworkers=1))
        axes, photometric = str(page.axes), int(page.photometric)
        extras = [int(extra) for extra in page.extrasamples]
        size = (page.imagelength, page.imagewidth)
    if x.dtype.kind == "c":
        raise PictureError(
            "The TIFF holds complex numbers, which are no picture.",
            "Save their absolute value, or one part.",
        )
    if x.ndim == 2:
        x = x[None]
    elif axes.endswith("S"):
        x = x.transpose(2, 0, 1)
    if x.ndim != 3 or x.shape[1:] != size or x.dtype.kind not in "uif":
        raise _another_picture()
    n_colours = 1 if len(x) < 3 else 3
    if photometric == _WHITE_IS_ZERO:
        x = np.concatenate([_inverted(x[:1], bits), x[1:]])
    is_premultiplied = len(x) > n_colours and extras[:1] == [_PREMULTIPLIED]
    native = x.astype(x.dtype.newbyteorder("="), copy=False)
    found = Deep(native, bits, is_premultiplied, extras[:1] in ([1], [2]))
    return straightened(found) if is_premultiplied else found


def _inverted(x: np.ndarray, bits: int) -> np.ndarray:
    if x.dtype.kind == "i":
        return np.asarray(~x)  # the largest becomes the smallest
    if x.dtype.kind == "f":
        return np.asarray(1 - x.astype(np.float64 if bits > 32 else np.float32))
    return np.asarray(x.dtype.type(2**bits - 1) - x)


def straightened(deep: Deep) -> Deep:
    """Colours divided by alpha; where that is 0, nothing is seen and nothing can be known."""
    full = deep.full or (0.0, 1.0)
    x = deep.x.copy()
    C = deep.n_colours
    for rows in _rows(x.shape[1]):
        alpha = x[C:, rows].astype(np.float64)
        colours = x[:C, rows] * (full[1] / np.where(alpha > 0, alpha, full[1]))
        if x.dtype.kind != "f":
            colours = np.rint(np.minimum(colours, full[1]))
        x[:C, rows] = colours
    return replace(deep, x=x)


def premultiplied(x: np.ndarray) -> np.ndarray:
    """uint16 `(C, H, W)` with straight alpha, its colours multiplied by alpha."""
    C = 1 if len(x) < 3 else 3
    out = x.copy()
    for rows in _rows(x.shape[1]):
        alpha = x[C:, rows] / np.float64(np.iinfo(x.dtype).max)
        out[:C, rows] = np.rint(x[:C, rows] * alpha)
    return out


def too_many_channels(n_channels: int) -> PictureError:
    return PictureError(
        "The TIFF has {n_channels} channels; up to four are read.",
        "Save three of them as a picture in colour, or one as grey.",
        n_channels=n_channels,
    )
