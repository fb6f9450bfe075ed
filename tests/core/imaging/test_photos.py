"""Photographs come in at full size and depth, and go out as the kind of file they came in."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from aecore.errors import PictureError, SpecError
from aecore.imaging.limits import Limits
from aecore.imaging.photo_writing import QUALITY, blended, write_photo
from aecore.imaging.photograph import upright
from aecore.imaging.photos import read_photo
from aecore.imaging.tiff_directories import ORIENTATION

MAKE, TAKEN, WIDTH, EXIF_IFD = 0x010F, 0x9003, 0xA002, 0x8769
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def pixels(*shape: int, dtype: type = np.uint8, seed: int = 0) -> np.ndarray:
    top = np.iinfo(dtype).max
    return np.random.default_rng(seed).integers(0, top, shape, dtype, endpoint=True)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def notes(orientation: int = 1, width: int = 6) -> bytes:
    """What a camera might note."""
    exif = Image.Exif()
    exif[MAKE] = "Lab"
    exif[ORIENTATION] = orientation
    exif[EXIF_IFD] = {TAKEN: "2026:11:21 20:00:00", WIDTH: width}
    return exif.tobytes()


def deep_png(x: np.ndarray) -> bytes:
    """A PNG of 16 bits a channel by hand: `(H, W)` or `(H, W, C)`."""
    H, W = x.shape[:2]
    C = 1 if x.ndim == 2 else x.shape[2]
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[C]

    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in x.reshape(H, -1))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, 16, kind, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def deep_tiff(x: np.ndarray, **options: object) -> bytes:
    from tifffile import imwrite

    file = io.BytesIO()
    imwrite(file, x, metadata=None, **options)
    return file.getvalue()


def first(x: np.ndarray) -> np.ndarray:
    """Channels first."""
    return x[None] if x.ndim == 2 else x.transpose(2, 0, 1)


# In --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("C", [1, 2, 3, 4])
def test_eight_bits_come_in_and_go_out_as_they_are(kind: str, C: int) -> None:
    x = pixels(9, 6, C) if C > 1 else pixels(9, 6)
    data = encoded(Image.fromarray(x), kind, **({"lossless": True} if kind == "WEBP" else {}))
    photo = read_photo(data)
    seen = first(x)
    if kind == "WEBP":  # it knows colour alone
        seen = {1: lambda: seen.repeat(3, 0), 2: lambda: seen[[0, 0, 0, 1]]}.get(C, lambda: seen)()
        assert (photo.x[-1] == seen[-1]).all()
        kept = photo.x[-1] > 0 if C in (2, 4) else np.ones((9, 6), bool)
        assert (photo.x == seen)[:, kept].all()
    else:
        np.testing.assert_array_equal(photo.x, seen)
    assert photo.x.dtype == np.uint8
    assert photo.format == kind
    again = read_photo(write_photo(photo))
    np.testing.assert_array_equal(again.x, photo.x)
    assert again.format == kind


@pytest.mark.parametrize("C", [1, 2, 3, 4])
def test_a_png_of_sixteen_bits_keeps_all_of_them(C: int) -> None:
    x = pixels(9, 6, C, dtype=np.uint16) if C > 1 else pixels(9, 6, dtype=np.uint16)
    photo = read_photo(deep_png(x))
    np.testing.assert_array_equal(photo.x, first(x))
    assert photo.x.dtype == np.uint16
    written = write_photo(photo)
    assert written[24] == 16
    np.testing.assert_array_equal(read_photo(written).x, photo.x)


@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
@pytest.mark.parametrize("C", [1, 3, 4])
def test_a_tiff_of_sixteen_bits_keeps_all_of_them(C: int, compression: str | None) -> None:
    x = pixels(9, 6, C, dtype=np.uint16) if C > 1 else pixels(9, 6, dtype=np.uint16)
    settings = {
        "photometric": "rgb" if C > 2 else "minisblack",
        "compression": compression,
        "planarconfig": "contig" if C > 1 else None,
        "extrasamples": ["unassalpha"] if C == 4 else None,
    }
    photo = read_photo(deep_tiff(x, **settings))
    np.testing.assert_array_equal(photo.x, first(x))
    again = read_photo(write_photo(photo))
    np.testing.assert_array_equal(again.x, photo.x)
    assert again.x.dtype == np.uint16
    assert again.coding == photo.coding


def test_a_tiff_in_planes_and_one_whose_white_is_zero() -> None:
    x = pixels(3, 9, 6, dtype=np.uint16)
    planes = deep_tiff(x, photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(read_photo(planes).x, x)
    inverted = deep_tiff(x[0], photometric="miniswhite")
    np.testing.assert_array_equal(read_photo(inverted).x[0], 65535 - x[0])


def test_jpeg_keeps_subsampling_and_quality_and_bad_quality_is_raised() -> None:
    smooth = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    image = Image.fromarray(np.stack([smooth, smooth.T, 255 - smooth], 2))
    fine = encoded(image, "JPEG", quality=96, subsampling=0, progressive=True)
    photo = read_photo(fine)
    written = Image.open(io.BytesIO(write_photo(photo)))
    before = Image.open(io.BytesIO(fine))
    assert written.quantization == before.quantization
    assert written.info["progressive"]
    assert read_photo(write_photo(photo)).coding.subsampling == 0
    coarse = read_photo(encoded(image, "JPEG", quality=20, subsampling=2))
    finer = Image.open(io.BytesIO(write_photo(coarse)))
    as_asked = Image.open(io.BytesIO(encoded(image, "JPEG", quality=QUALITY)))
    assert finer.quantization == as_asked.quantization
    assert read_photo(write_photo(coarse)).coding.subsampling == 2


def test_inks_and_palettes_become_colours_and_it_is_said() -> None:
    inks = read_photo(encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95))
    assert inks.x.shape == (3, 16, 16)
    assert (inks.x[0] > 245).all()
    assert (inks.x[1:] < 10).all()
    assert "CMYK" in inks.said[0]
    assert Image.open(io.BytesIO(write_photo(inks))).mode == "RGB"
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 200, 10, 20])
    image.paste(0, (0, 0, 4, 8))
    palette = read_photo(encoded(image, "PNG", transparency=0))
    assert palette.x[:, 0, 7].tolist() == [200, 10, 20, 255]
    assert palette.x[3, 0, 0] == 0
    assert "palette" in palette.said[0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_stands_upright_and_says_so(orientation: int) -> None:
    seen = pixels(9, 6, 3)
    turned = Image.fromarray(seen)
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }.get(orientation)
    stored = turned if back is None else turned.transpose(back)
    for kind in ("PNG", "TIFF", "WEBP"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = encoded(stored, kind, exif=notes(orientation, stored.width), **options)
        photo = read_photo(data)
        np.testing.assert_array_equal(photo.x, first(seen))
        exif = Image.open(io.BytesIO(write_photo(photo))).getexif()
        assert exif.get(ORIENTATION, 1) == 1
        assert exif[MAKE] == "Lab"
        assert exif.get_ifd(EXIF_IFD)[WIDTH] == 6
    np.testing.assert_array_equal(
        upright(first(np.asarray(stored)), orientation), np.asarray(turned).transpose(2, 0, 1)
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_what_the_camera_noted_profile_and_resolution_are_kept(kind: str) -> None:
    image = Image.fromarray(pixels(16, 16, 3))
    data = encoded(image, kind, exif=notes(width=16), icc_profile=SRGB, dpi=(300, 300))
    photo = read_photo(data)
    written = Image.open(io.BytesIO(write_photo(photo, photo.x // 2)))
    assert written.getexif()[MAKE] == "Lab"
    assert written.getexif().get_ifd(EXIF_IFD)[TAKEN] == "2026:11:21 20:00:00"
    assert written.info["icc_profile"] == SRGB
    if kind != "WEBP":
        assert written.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_the_same_holds_for_sixteen_bits() -> None:
    from dataclasses import replace

    eight = read_photo(
        encoded(
            Image.fromarray(pixels(9, 6, 3)), "TIFF", exif=notes(), icc_profile=SRGB, dpi=(72, 72)
        )
    )
    deep = replace(eight, x=pixels(3, 9, 6, dtype=np.uint16))
    for kind in ("TIFF", "PNG"):
        data = write_photo(replace(deep, format=kind))
        written = Image.open(io.BytesIO(data))
        assert written.getexif()[MAKE] == "Lab"
        assert written.getexif().get_ifd(EXIF_IFD)[TAKEN] == "2026:11:21 20:00:00"
        assert written.info["icc_profile"] == SRGB
        assert written.info["dpi"] == pytest.approx((72, 72), abs=0.1)
        again = read_photo(data)
        np.testing.assert_array_equal(again.x, deep.x)
        assert again.exif == read_photo(write_photo(again)).exif


def test_of_several_frames_the_first_is_taken_and_it_is_said() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    for kind, word in (("PNG", "3 frames"), ("WEBP", "3 frames"), ("TIFF", "pages")):
        options = {"lossless": True} if kind == "WEBP" else {}
        photo = read_photo(
            encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        )
        assert photo.x[:, 0, 0].tolist() == [255, 0, 0]
        assert word in photo.said[0]
        assert read_photo(write_photo(photo)).said == ()


# Hostile and odd -------------------------------------------------------------------------


def header(width: int, height: int) -> bytes:
    content = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    check = struct.pack(">I", zlib.crc32(b"IHDR" + content))
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + content + check
    return start + struct.pack(">I", 4) + b"IDAT" + bytes(4) + struct.pack(">I", 0)


def a_jpeg() -> bytes:
    return encoded(Image.fromarray(pixels(64, 64, 3)), "JPEG")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (header(60_000, 60_000), "64 megapixels"),
        (header(8_001, 8_000), "64 megapixels"),
        (a_jpeg()[:2000], "damaged or cut short"),
        (deep_png(pixels(64, 64, 3, dtype=np.uint16))[:5000], "damaged or cut short"),
        (deep_tiff(pixels(64, 64, 3, dtype=np.uint16), photometric="rgb")[:9000], "damaged"),
        (encoded(Image.fromarray(pixels(400, 1)), "PNG"), "1 × 400 pixels"),
        (encoded(Image.fromarray(pixels(8, 8)), "GIF"), "GIF is not read as a photograph"),
        (bytes(2**20), "no picture that is read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    ],
    ids=[
        "empty",
        "3600 megapixels",
        "just too large",
        "cut jpeg",
        "cut deep png",
        "cut deep tiff",
        "a strip",
        "gif",
        "zeros",
        "svg",
    ],
)
def test_what_is_no_photograph_is_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(PictureError, match=words) as told:
        read_photo(data)
    assert told.value.hint


def test_zeros_beyond_the_limit_are_too_large_before_anything_is_read() -> None:
    with pytest.raises(PictureError, match="up to 1 MB"):
        read_photo(bytes(2**21), limits=Limits(64_000_000, 2**20))


def test_damaged_notes_cost_the_notes_not_the_picture() -> None:
    x = pixels(9, 6, 3)
    photo = read_photo(encoded(Image.fromarray(x), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"))
    np.testing.assert_array_equal(photo.x, first(x))


# Blending ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_blend_is_what_the_restorer_says_it_is(dtype: type) -> None:
    from aecore.photos.restorer import Restored

    x, x_hat = (pixels(3, 300, 7, dtype=dtype, seed=seed) for seed in (0, 1))
    for strength in (0.0, 0.35, 0.8, 1.0):
        np.testing.assert_array_equal(blended(x, x_hat, strength), Restored(x, x_hat).at(strength))
    with pytest.raises(SpecError):
        blended(x, x_hat, 1.2)
