"""Hostile and odd pictures: every one decodes right, or is refused with a sentence."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from aecore.errors import PictureError
from aecore.imaging.limits import MIN_SIDE_PX, PHOTOGRAPH, TRAINING, Limits
from aecore.imaging.pictures import decode, fit_picture, refit
from aecore.imaging.pixels import as_image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def png(width: int, height: int, body: bytes = b"") -> bytes:
    """A grey PNG by hand, whose header may promise what its body does not hold."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">L", zlib.crc32(kind + content))
        return struct.pack(">L", len(content)) + kind + content + check

    header = struct.pack(">LLBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(body))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_colour_comes_out_as_it_went_in(kind: str) -> None:
    pixels = noise(9, 7, 3)
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = decode(encoded(Image.fromarray(pixels), kind, **options))
    assert picture.x.dtype == np.uint8
    assert (picture.width_px, picture.height_px) == (7, 9)
    np.testing.assert_array_equal(picture.x, pixels.transpose(2, 0, 1))


def test_jpeg_is_close_to_what_was_saved() -> None:
    ramp = np.add.outer(np.arange(64) * 2, np.arange(64) * 2).astype(np.uint8)
    x = decode(encoded(Image.fromarray(ramp), "JPEG", quality=95)).x
    assert x.shape == (1, 64, 64)
    assert np.abs(x[0].astype(int) - ramp).max() < 12


def test_grey_saved_as_colour_is_grey_unless_colour_is_asked_for() -> None:
    grey = noise(8, 8)
    data = encoded(Image.fromarray(np.repeat(grey[..., None], 3, 2)), "PNG")
    np.testing.assert_array_equal(decode(data).x, grey[None])
    np.testing.assert_array_equal(decode(data, colour="rgb").x, np.stack([grey] * 3))


def test_colour_turns_grey_by_luma() -> None:
    pixels = noise(16, 16, 3)
    x = decode(encoded(Image.fromarray(pixels), "PNG"), colour="grey").x
    luma = pixels @ np.array([0.299, 0.587, 0.114])
    assert x.shape == (1, 16, 16)
    assert np.abs(x[0] - luma).max() <= 1


def test_gif_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    x = decode(data).x
    np.testing.assert_array_equal(x[:, 0, 0], [255, 0, 0])
    assert (x == x[:, :1, :1]).all()


def test_cmyk_jpeg_has_the_colours_of_its_inks() -> None:
    data = encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)
    x = decode(data).x.astype(int)
    assert x.shape == (3, 16, 16)
    assert (x[0] > 245).all()
    assert (x[1:] < 10).all()


def test_sixteen_bit_grey_is_scaled_by_its_range_not_by_what_one_picture_holds() -> None:
    levels = np.array([0, 257, 32_896, 65_535], np.uint16)
    dark = np.tile(np.array([0, 100, 257, 514], np.uint16), (4, 1))
    x = decode(encoded(Image.fromarray(np.tile(levels, (4, 1))), "PNG")).x
    np.testing.assert_array_equal(x[0, 0], [0, 1, 128, 255])
    np.testing.assert_array_equal(
        decode(encoded(Image.fromarray(dark), "PNG")).x[0, 0], [0, 0, 1, 2]
    )
    np.testing.assert_array_equal(
        decode(encoded(Image.fromarray(np.tile(levels, (4, 1))), "TIFF")).x[0, 0],
        [0, 1, 128, 255],
    )


def test_float_tiff_is_read_in_unit_range_and_refused_beyond() -> None:
    unit = np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)
    x = decode(encoded(Image.fromarray(unit), "TIFF")).x
    np.testing.assert_array_equal(x[0], np.rint(unit * 255).astype(np.uint8))
    with pytest.raises(PictureError, match="no fixed range"):
        decode(encoded(Image.fromarray(unit * 1000), "TIFF"))


def test_palette_with_transparency_lies_on_white() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 200, 10, 20])
    image.paste(0, (0, 0, 4, 8))
    x = decode(encoded(image, "PNG", transparency=0)).x
    np.testing.assert_array_equal(x[:, 0, 0], [255, 255, 255])
    np.testing.assert_array_equal(x[:, 0, 7], [200, 10, 20])


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_half_transparent_black_is_middle_grey(mode: str) -> None:
    colour = (0, 0, 0, 128) if mode == "RGBA" else (0, 128)
    x = decode(encoded(Image.new(mode, (8, 8), colour), "PNG")).x
    assert x.shape == (1, 8, 8)
    assert set(np.unique(x)) <= {126, 127, 128}


def test_black_and_white_becomes_0_and_255() -> None:
    bits = noise(8, 8) > 127
    np.testing.assert_array_equal(decode(encoded(Image.fromarray(bits), "PNG")).x[0], bits * 255)


@pytest.mark.parametrize(
    ("orientation", "turned"),
    [
        (1, lambda seen: seen),
        (2, lambda seen: seen[:, ::-1]),
        (3, lambda seen: seen[::-1, ::-1]),
        (6, lambda seen: np.rot90(seen, 1)),  # kept a quarter counter-clockwise of what was seen
        (8, lambda seen: np.rot90(seen, -1)),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_exif_rotation_puts_pixels_where_they_were_seen(
    kind: str, orientation: int, turned
) -> None:
    seen = np.kron(np.array([[255, 0, 90], [0, 180, 0]], np.uint8), np.ones((16, 16), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    kept = Image.fromarray(np.ascontiguousarray(turned(seen)))
    picture = decode(encoded(kept, kind, exif=exif, **options))
    assert (picture.width_px, picture.height_px) == (48, 32)
    assert np.abs(picture.x[0].astype(int) - seen).max() <= (8 if kind == "JPEG" else 0)


def test_wide_picture_is_cut_to_its_middle() -> None:
    pixels = np.zeros((20, 60), np.uint8)
    pixels[:, 20:40] = 200
    x = decode(encoded(Image.fromarray(pixels), "PNG"), size_px=(10, 10)).x
    np.testing.assert_array_equal(x, np.full((1, 10, 10), 200))


def test_shrinking_averages_instead_of_skipping() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (64, 32))
    x = decode(encoded(Image.fromarray(stripes), "PNG"), size_px=(8, 8)).x
    assert np.abs(x.astype(int) - 127).max() <= 12


def test_large_jpeg_decoded_at_reduced_scale_looks_as_at_full_scale() -> None:
    seen = Image.fromarray(noise(16, 16, 3)).resize((1600, 1200), Image.Resampling.BICUBIC)
    data = encoded(seen, "JPEG", quality=95)
    x = decode(data, size_px=(32, 32)).x.astype(int)
    whole = decode(data).x
    full = decode(encoded(as_image(whole), "PNG"), size_px=(32, 32)).x.astype(int)
    assert np.abs(x - full).max() <= 6
    by_lanczos = refit(whole, (32, 32), "rgb").astype(int)
    assert 10 * np.log10(255**2 / ((x - by_lanczos) ** 2).mean()) > 40


def test_jpeg_on_its_side_is_decoded_at_no_less_than_its_sample_needs() -> None:
    """Height and width are exchanged in the file: a quarter of the width would be too little."""
    stripes = np.zeros((512, 2048), np.uint8)
    stripes[np.arange(512) // 8 % 2 == 1] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(Image.fromarray(stripes), "JPEG", quality=98, exif=exif)
    x = decode(data, size_px=(64, 256)).x.astype(int)
    upright = Image.fromarray(np.rot90(stripes, -1).copy())
    np.testing.assert_allclose(x, decode(encoded(upright, "PNG"), size_px=(64, 256)).x, atol=12)


def test_own_picture_fits_any_sample_shape() -> None:
    data = encoded(Image.fromarray(noise(50, 80, 3)), "PNG")
    assert fit_picture(data, (1, 28, 28)).shape == (1, 28, 28)
    assert fit_picture(data, (3, 16, 24)).shape == (3, 16, 24)


def test_refit_to_the_same_is_the_same() -> None:
    x = noise(3, 8, 8)
    np.testing.assert_array_equal(refit(x, (8, 8), "native"), x)
    assert refit(x[:1].repeat(3, 0), (4, 4), "native").shape == (3, 4, 4)


# What is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"\0" * 500, "no picture"),
        (b"just some words, saved under a wrong name\n", "text file"),
        ("ein Wort mit Umlaut: schön".encode(), "text file"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"  <SVG width='9'/>", "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC|damaged"),
        (b"%PDF-1.7 ...\xff\xfe", "PDF"),
        (b"PK\x03\x04\x14\x00\xff", "zip"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, sentence: str) -> None:
    with pytest.raises(PictureError, match=sentence) as caught:
        decode(data)
    assert caught.value.hint


@pytest.mark.parametrize("side", [20_000, 8_001, 2**31 - 1])
def test_bomb_is_refused_by_its_header(side: int) -> None:
    bomb = png(side, side, b"\0" * 1000)
    assert len(bomb) < 200
    with pytest.raises(PictureError, match="64 megapixels"):
        decode(bomb)


@pytest.mark.parametrize("limits", [TRAINING, PHOTOGRAPH])
def test_a_jpeg_that_is_made_small_may_be_as_large_as_phones_write(limits: Limits) -> None:
    small = encoded(Image.new("L", (1200, 900), 90), "JPEG")
    at = small.index(b"\xff\xc0")
    large = encoded(Image.new("L", (12_000, 9_000), 90), "JPEG")
    assert (decode(large, size_px=(8, 8), limits=limits).x == 90).all()
    with pytest.raises(PictureError, match="12000 × 9000"):
        decode(large, limits=limits)
    lying = small[: at + 5] + struct.pack(">HH", 14_000, 12_000) + small[at + 9 :]
    with pytest.raises(PictureError, match="150 megapixels"):
        decode(lying, size_px=(8, 8), limits=limits)


def test_file_larger_than_its_limit_is_not_opened() -> None:
    with pytest.raises(PictureError, match="64 MB"):
        decode(bytes(TRAINING.n_bytes + 1))


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, MIN_SIDE_PX - 1)])
def test_a_speck_is_refused_with_its_size(size: tuple[int, int]) -> None:
    with pytest.raises(PictureError, match=f"{size[0]} × {size[1]}"):
        decode(encoded(Image.new("L", size), "PNG"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_cut_short_anywhere_is_refused(kind: str, share: float) -> None:
    data = encoded(Image.fromarray(noise(64, 64, 3)), kind)
    with pytest.raises(PictureError):
        decode(data[: int(share * len(data))])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
@pytest.mark.filterwarnings("ignore")  # Pillow's remarks on damaged notes
def test_flipped_bytes_give_a_picture_or_a_sentence_and_nothing_else(kind: str) -> None:
    whole = np.frombuffer(encoded(Image.fromarray(noise(16, 16, 3)), kind), np.uint8)
    random = np.random.default_rng(1)
    n_refused = 0
    for _ in range(300):
        data = whole.copy()
        at = random.integers(0, min(len(data), 200), 4)
        data[at] = random.integers(0, 256, 4)
        try:
            x = decode(data.tobytes(), size_px=(8, 8)).x
        except PictureError as problem:
            n_refused += 1
            assert problem.message
        else:
            assert x.shape[1:] == (8, 8)
    assert n_refused > 0 or kind == "BMP"


def test_damaged_camera_note_costs_the_note_alone() -> None:
    pixels = noise(8, 8)
    data = encoded(Image.fromarray(pixels), "PNG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    np.testing.assert_array_equal(decode(data).x[0], pixels)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_the_transparent_grey_of_few_bits_lies_on_white(bits: int) -> None:
    values = np.random.default_rng(0).integers(0, 2**bits, (8, 16))
    rows = [
        int("".join(format(int(value), f"0{bits}b") for value in row), 2).to_bytes(2 * bits)
        for row in values
    ]
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", 16, 8, bits, 0, 0, 0, 0),
        b"tRNS": b"\0\1",
        b"IDAT": zlib.compress(b"".join(b"\0" + row for row in rows)),
        b"IEND": b"",
    }
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks.items()
    )
    wanted = np.where(values == 1, 255, values * 255 // (2**bits - 1))
    np.testing.assert_array_equal(decode(data).x[0], wanted)
