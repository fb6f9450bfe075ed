"""What a file may ask of its decoder is counted before one sees it, and honest files pass."""

from __future__ import annotations

import io
import time
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from aecore.bench.attack.pictures import (
    chunk,
    gif,
    jpeg_of_scans,
    jpeg_of_size,
    notes_on_one_stretch,
    picture,
    png,
    random_bytes,
)
from aecore.bench.attack.tiffs import striped, tile_bomb, tiled, zeros
from aecore.errors import PictureError
from aecore.imaging.file_bounds import MAX_BLOCKS, MAX_SCANS, check_file
from aecore.imaging.limits import MAX_SIDE_PX, PHOTOGRAPH
from aecore.imaging.photos import check_photo, read_photo
from aecore.imaging.pictures import decode, refit
from tests.core.imaging.test_photos import deep_png, deep_tiff, encoded, notes, pixels

N_PIXELS = PHOTOGRAPH.n_pixels


def segments(n: int, code: int = 0xE5) -> bytes:
    return bytes([0xFF, code, 0, 2]) * n


def behind_the_head(jpeg: bytes, more: bytes) -> bytes:
    return jpeg[:2] + more + jpeg[2:]


JPEG = picture(64, 48, "JPEG")
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a tile larger than the picture": (lambda: tile_bomb(4096), "tiles of 4096 × 4096"),
    "a tile larger than any picture": (lambda: tile_bomb(60_000, 8, 1), "tiles of 60000"),
    "LZMA": (lambda: striped(64, 64, bits=16, packing=34925), "packed in a way"),
    "zstd": (lambda: striped(64, 64, packing=50000), "packed in a way"),
    "JPEG of 16 bits": (lambda: striped(64, 64, bits=16, packing=7, content=JPEG), "packed"),
    "channels": (lambda: striped(64, 64, samples=65_535, content=bytes(9)), "65535 channels"),
    "strips": (
        lambda: striped(4, 400_000, more=[(273, 4, 400_000, bytes(1_600_000))]),
        "strips or tiles",
    ),
    "scans": (lambda: jpeg_of_scans(64, 64, MAX_SCANS), "more than 100 scans"),
    "segments": (lambda: behind_the_head(JPEG, segments(MAX_BLOCKS)), "segments"),
    "fill bytes": (lambda: behind_the_head(JPEG, segments(1) + b"\xff" * 50_000), "mean nothing"),
    "zeros": (lambda: behind_the_head(JPEG, segments(1) + bytes(50_000)), "mean nothing"),
    "inks": (lambda: jpeg_of_size(8_000, 8_000, "CMYK"), "four inks"),
    "chunks": (lambda: png(before=chunk(b"abCd") * MAX_BLOCKS), "chunks"),
    "data chunks": (lambda: png(before=chunk(b"IDAT") * 200_001), "chunks"),
    "a GIF's blocks": (lambda: gif((64, 64), (64, 64), b"!\xfe\0" * 200_001), "blocks"),
    "a GIF's bytes": (lambda: gif((64, 64), (64, 64), b"\1" * 200_001), "blocks"),
    "one piece": (
        lambda: striped(8_000, 8_000, samples=3, packing=8, content=bytes(9)),
        "in one piece of 192 MB",
    ),
    "notes": (
        lambda: behind_the_head(JPEG, (b"\xff\xe2\xff\xff" + bytes(65_533)) * 1_100),
        "notes",
    ),
    "deep pixels": (
        lambda: png(8_000, 8_000, bits=16, colour=6, pixels=b"x"),
        "50 megapixels",
    ),
    "a side": (lambda: png(4, MAX_SIDE_PX + 1, bits=1, colour=0), "a side may have 1,000,000"),
    "movement": (
        lambda: encoded(
            Image.new("L", (5000, 4000)),
            "WEBP",
            save_all=True,
            append_images=[Image.new("L", (5000, 4000), 9)],
        ),
        "It moves",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_would_cost_far_more_than_its_pixels_is_refused_in_a_sentence(what: str) -> None:
    make, words = REFUSED[what]
    data = make()
    began = time.process_time()
    for read in (read_photo, check_photo, lambda data: decode(data, limits=PHOTOGRAPH)):
        if what in ("JPEG of 16 bits", "deep pixels") and read not in (read_photo, check_photo):
            continue  # which Pillow reads with a bound
        if "GIF" in what and read is not decode:
            words = "blocks|GIF"
        with pytest.raises(PictureError, match=words):
            read(data)
    assert time.process_time() - began < 5


def honest() -> dict[str, bytes]:
    """Files as cameras, scanners and programs write them."""
    x = pixels(600, 700, 3)
    image = Image.fromarray(x)
    found = {
        kind: encoded(image, kind, **options)
        for kind, options in {
            "PNG": {},
            "WEBP": {"lossless": True},
            "TIFF": {},
            "JPEG": {"quality": 95},
            "GIF": {},
            "BMP": {},
        }.items()
    }
    found["progressive"] = encoded(image, "JPEG", progressive=True)
    found["film behind it"] = found["JPEG"] + random_bytes(20_000_000)
    found["notes"] = encoded(image, "JPEG", exif=notes(6, 700))
    for orientation in (3, 6):
        found[f"TIFF turned by {orientation}"] = encoded(image, "TIFF", exif=notes(orientation))
        found[f"WebP turned by {orientation}"] = encoded(
            image, "WEBP", lossless=True, exif=notes(orientation)
        )
    for packing in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        found[packing] = encoded(image, "TIFF", compression=packing)
    found["fax"] = encoded(image.convert("1"), "TIFF", compression="group4")
    for bits in (np.uint8, np.uint16):
        tall = pixels(600, 700, 3, dtype=bits)
        found[f"tiles of {bits.__name__}"] = deep_tiff(tall, photometric="rgb", tile=(256, 256))
        found[f"one tile of {bits.__name__}"] = deep_tiff(
            tall, photometric="rgb", tile=(1024, 1024)
        )
        found[f"rows of {bits.__name__}"] = deep_tiff(tall, photometric="rgb", rowsperstrip=1)
        found[f"BigTIFF of {bits.__name__}"] = deep_tiff(tall, photometric="rgb", bigtiff=True)
        pages = pixels(2, 64, 64, dtype=bits)
        found[f"pages of {bits.__name__}"] = deep_tiff(pages, photometric="minisblack")
    found["deep PNG"] = deep_png(pixels(600, 700, 3, dtype=np.uint16))
    return found


HONEST = honest()


@pytest.mark.parametrize("what", HONEST)
def test_an_honest_file_passes(what: str) -> None:
    check_file(HONEST[what], N_PIXELS)


def test_scans_are_counted_where_they_are_and_not_in_what_only_looks_like_one() -> None:
    """Two bytes of a film behind a photograph, or of its profile, often are a scan's."""
    looks_like = b"\xff\xda" * 500
    check_file(JPEG + looks_like, N_PIXELS)
    note = b"\xff\xe2" + (len(looks_like) + 2).to_bytes(2, "big") + looks_like
    assert read_photo(behind_the_head(JPEG, note)).x.shape == (3, 48, 64)
    assert read_photo(jpeg_of_scans(64, 64, MAX_SCANS - 1)).x.shape == (1, 64, 64)
    with pytest.raises(PictureError):
        check_file(JPEG[:-2] + segments(1, 0xDA) * MAX_SCANS + b"\xff\xd9", N_PIXELS)


def test_of_a_tag_that_is_there_twice_the_worse_counts() -> None:
    data = tiled((64, 64), (64, 64), bits=8, packing=1, content=bytes(4096))
    assert read_photo(data).x.shape == (1, 64, 64)
    twice = striped(
        64, 64, content=bytes(4096), more=[(322, 4, 1, 64), (322, 4, 1, 30_000), (323, 4, 1, 64)]
    )
    with pytest.raises(PictureError, match="tiles of 30000 × 64"):
        read_photo(twice)


@pytest.mark.parametrize("what", ["a number that is no number", "a short one", "far away"])
def test_a_directory_that_lies_about_its_numbers_raises_nothing_else(what: str) -> None:
    entry = {
        "a number that is no number": (322, 11, 1, 7),
        "a short one": (322, 1, 1, 200),
        "far away": (322, 4, 2, 2**31),
    }[what]
    with pytest.raises(PictureError):
        read_photo(striped(64, 64, content=zeros(9), packing=8, more=[entry, (323, 4, 1, 64)]))


@pytest.mark.parametrize("what", [name for name in HONEST if name not in ("GIF", "BMP", "fax")])
def test_a_check_finds_what_reading_finds(what: str) -> None:
    photo, checked = read_photo(HONEST[what]), check_photo(HONEST[what])
    assert checked.shape == photo.x.shape
    assert checked.format == photo.format
    assert checked.bits == 8 * photo.x.itemsize
    assert checked.said == photo.said
    eight = photo.x >> 8 if photo.x.dtype == np.uint16 else photo.x
    if checked.preview.shape == eight.shape:  # no JPEG is decoded at less than this size
        np.testing.assert_array_equal(checked.preview, eight)


def test_a_check_of_a_large_jpeg_on_its_side_tells_its_size_upright() -> None:
    image = Image.new("L", (4001, 2000), 90)
    checked = check_photo(encoded(image, "JPEG", exif=notes(6, 4001)))
    assert checked.shape == (1, 4001, 2000)
    C, H, W = checked.preview.shape
    assert C == 1
    assert 300 < W < H <= 900
    assert (checked.preview == 90).all()
    landscape = check_photo(encoded(image, "JPEG"))
    assert landscape.shape == (1, 2000, 4001)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.97])
@pytest.mark.parametrize("kind", ["JPEG", "progressive", "PNG", "WEBP", "TIFF", "deep PNG"])
def test_a_check_finds_a_file_that_is_cut_short(kind: str, share: float) -> None:
    data = HONEST[kind]
    with pytest.raises(PictureError, match=r"damaged|cut short"):
        check_photo(data[: int(share * len(data))])


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("lossless", [True, False])
def test_a_webp_has_the_pixels_that_pillow_finds(mode: str, lossless: bool) -> None:
    x = pixels(60, 80, len(mode))
    x[..., 3:] |= 1  # what cannot be seen at all has no colour
    data = encoded(Image.fromarray(x), "WEBP", lossless=lossless, exact=True)
    with Image.open(io.BytesIO(data)) as image:
        wanted = np.asarray(image.convert(mode)).transpose(2, 0, 1)
    np.testing.assert_array_equal(read_photo(data).x, wanted)
    if mode == "RGB":
        np.testing.assert_array_equal(decode(data, colour="rgb").x, wanted)


def test_inks_are_converted_by_rows_as_they_would_be_at_once() -> None:
    x = pixels(3000, 400, 4)  # more than one stretch of rows
    image = Image.merge(
        "CMYK", [Image.fromarray(np.ascontiguousarray(x[..., i])) for i in range(4)]
    )
    data = encoded(image, "TIFF")
    wanted = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
    np.testing.assert_array_equal(read_photo(data).x, wanted)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_picture_stands_upright_and_small_as_it_does_large(kind: str, orientation: int) -> None:
    colours = Image.linear_gradient("L").resize((1800, 1200)), Image.radial_gradient("L")
    image = Image.merge(
        "RGB", [colours[0], colours[0].rotate(180), colours[1].resize((1800, 1200))]
    )
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(image, kind, exif=notes(orientation), **options)
    large, small = decode(data, colour="rgb"), decode(data, colour="rgb", max_side_px=100)
    assert (large.width_px, large.height_px) == (small.width_px, small.height_px)
    wanted = refit(large.x, small.x.shape[1:], "rgb").astype(int)
    assert np.abs(small.x - wanted)[:, 3:-3, 3:-3].max() <= 4


@pytest.mark.parametrize("orientation", [1, 6, 8])
@pytest.mark.parametrize("size", [(900, 500), (500, 900), (300, 200), (2000, 10)])
def test_a_picture_is_made_smaller_as_a_whole(size: tuple[int, int], orientation: int) -> None:
    image = Image.linear_gradient("L").resize(size)
    found = decode(encoded(image, "PNG", exif=notes(orientation, size[0])), max_side_px=512)
    height, width = found.x.shape[1:]
    upright = size if orientation == 1 else size[::-1]
    assert (found.width_px, found.height_px) == upright
    if max(size) <= 512:
        assert (width, height) == upright
    else:
        assert max(width, height) == 512
        assert min(width, height) == max(4, round(512 * min(size) / max(size)))


def test_a_file_that_makes_decoders_talk_leaves_the_log_as_it_was(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    talkative = [
        png(before=chunk(b"eXIf", notes_on_one_stretch(2_000, 2**20))),
        striped(64, 64, bits=16, content=bytes(8192), more=[(65_000, 99, 1, 5), (282, 5, 9, 8)]),
        behind_the_head(JPEG, b"\xff\xe1" + (1008).to_bytes(2, "big") + b"Exif\0\0" + bytes(1000)),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        for data in talkative:
            for read in (read_photo, check_photo, lambda data: decode(data, limits=PHOTOGRAPH)):
                read(data)
    said = capfd.readouterr()
    assert said.out + said.err + caplog.text == ""
