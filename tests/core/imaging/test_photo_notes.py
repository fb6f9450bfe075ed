"""What a photograph carries leaves with it, byte for byte, or is named."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tifffile import TiffFile, imwrite

from aecore.errors import PictureError
from aecore.imaging.photo_notes import notes_of, without_small_pictures
from aecore.imaging.photo_writing import check_sides, write_photo
from aecore.imaging.photograph import Photo
from aecore.imaging.photos import read_photo
from aecore.imaging.tiff_directories import ORIENTATION, directory_at, first_directory

NAME = "© Jürgen Müller".encode()
WORDS = "Łódź 東京 القاهرة".encode()
LATIN = "Müller".encode("latin-1")
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description xmp:Rating="5" '
    b'tiff:Orientation="6"/></x:xmpmeta>'
)
EXIF_IFD, GPS_IFD, COMMENT, WIDTH, LATITUDE = 0x8769, 0x8825, 0x9286, 0xA002, 2


def exif(orientation: int = 1) -> Image.Exif:
    found = Image.Exif()
    found[0x010E] = WORDS
    found[0x013B] = LATIN
    found[0x8298] = NAME
    found[ORIENTATION] = orientation
    found[EXIF_IFD] = {COMMENT: b"UNICODE\0" + "東京".encode("utf-16-le"), WIDTH: 24}
    found[GPS_IFD] = {1: "N", LATITUDE: (52.0, 31.0, 12.0)}
    return found


def picture(*shape: int) -> Image.Image:
    x = np.random.default_rng(0).integers(0, 255, shape or (16, 24, 3), np.uint8)
    return Image.fromarray(x)


def encoded(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture().save(file, kind, **options)
    return file.getvalue()


def again(data: bytes) -> bytes:
    """Cleaned and written anew."""
    photo = read_photo(data)
    return write_photo(photo, photo.x // 2)


def tiff(*tags: tuple[int, str | int, int, object, bool], dtype: type = np.uint8) -> bytes:
    x = np.random.default_rng(0).integers(0, 255, (16, 24, 3)).astype(dtype)
    file = io.BytesIO()
    imwrite(file, x, photometric="rgb", metadata=None, extratags=tags)
    return file.getvalue()


# EXIF ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_text_in_any_alphabet_stays_as_it_was(kind: str) -> None:
    data = encoded(kind, exif=exif().tobytes())
    for text in (NAME, WORDS, LATIN, "東京".encode("utf-16-le")):
        assert text in data
        assert text in again(data)
    assert Image.open(io.BytesIO(again(data))).getexif().get_ifd(GPS_IFD)[LATITUDE] == (52, 31, 12)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("order", ["<", ">"])
def test_text_of_a_tiff_stays_as_it_was(dtype: type, order: str) -> None:
    x = np.random.default_rng(0).integers(0, 255, (16, 24, 3)).astype(dtype)
    file = io.BytesIO()
    tags = [(33432, "s", 0, NAME, True), (270, "s", 0, WORDS, True), (315, "s", 0, LATIN, True)]
    imwrite(file, x, photometric="rgb", metadata=None, byteorder=order, extratags=tags)
    written = again(file.getvalue())
    page = first_directory(written)
    assert page is not None
    assert page.order == order
    for tag, text in ((33432, NAME), (270, WORDS), (315, LATIN)):
        assert bytes(page.entries[tag].content) == text + b"\0"


def test_notes_within_a_tiff_keep_their_bytes() -> None:
    data = encoded("TIFF", exif=exif().tobytes())
    written = again(data)
    before, after = (first_directory(notes_of(found).exif) for found in (data, written))
    assert before is not None
    assert after is not None
    for tag in (EXIF_IFD, GPS_IFD):
        one = directory_at(notes_of(data).exif, before.number(tag))
        other = directory_at(notes_of(written).exif, after.number(tag))
        assert one is not None
        assert other is not None
        assert {name: bytes(entry.content) for name, entry in one.entries.items()} == {
            name: bytes(entry.content) for name, entry in other.entries.items()
        }


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_turned_photograph_says_upright_and_its_new_size(kind: str) -> None:
    data = encoded(
        kind, exif=exif(6).tobytes(), **({"xmp": XMP} if kind in ("JPEG", "WEBP") else {})
    )
    photo = read_photo(data)
    assert photo.x.shape == (3, 24, 16)
    twice = write_photo(photo, photo.x.repeat(2, 1).repeat(2, 2))
    found = Image.open(io.BytesIO(twice))
    assert found.size == (32, 48)
    assert found.getexif().get(ORIENTATION, 1) == 1
    assert found.getexif().get_ifd(EXIF_IFD)[WIDTH] == 32
    assert b'tiff:Orientation="6"' not in twice
    assert read_photo(twice).x.shape == (3, 48, 32)


def test_the_small_picture_within_the_notes_goes_as_it_shows_what_was() -> None:
    block = exif().tobytes().removeprefix(b"Exif\0\0")
    main = first_directory(block)
    assert main is not None
    thumbnail = b"\xff\xd8THUMBNAIL\xff\xd9"
    at = len(block)
    small = struct.pack(main.order + "H", 2)
    small += struct.pack(main.order + "HHII", 513, 4, 1, at + 30)
    small += struct.pack(main.order + "HHII", 514, 4, 1, len(thumbnail))
    changed = bytearray(block + small + bytes(4) + thumbnail)
    struct.pack_into(main.order + "I", changed, main.next_field_at, at)
    data = encoded("JPEG", exif=b"Exif\0\0" + bytes(changed))
    assert b"THUMBNAIL" in data
    assert b"THUMBNAIL" not in again(data)
    assert NAME in again(data)


# XMP, IPTC, text, gamma, place -----------------------------------------------------------


def chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    return png[:33] + b"".join(chunks) + png[33:]


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + jpeg[2:]


IPTC = b"\x1c\x02\x19\x00\x06Kr\xc3\xbcge"
RESOURCES = b"8BIM" + struct.pack(">HHI", 1028, 0, len(IPTC)) + IPTC


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "deep TIFF"])
def test_ratings_and_keywords_of_editors_are_kept(kind: str) -> None:
    if kind == "PNG":
        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        data = encoded("PNG", pnginfo=text)
    elif "TIFF" in kind:
        dtype = np.uint16 if "deep" in kind else np.uint8
        data = tiff((700, 1, len(XMP), XMP, True), dtype=dtype)
    else:
        data = encoded(kind, xmp=XMP)
    for written in (again(data), again(again(data))):
        assert b'xmp:Rating="5"' in written
        assert notes_of(written).xmp == notes_of(again(data)).xmp
    assert read_photo(data).said == ()


def test_iptc_is_kept_in_jpeg_and_tiff() -> None:
    jpeg = with_segment(encoded("JPEG"), 0xED, b"Photoshop 3.0\0" + RESOURCES)
    assert IPTC in again(jpeg)
    padded = IPTC + bytes(-len(IPTC) % 4)
    for data in (tiff((33723, 7, len(padded), padded, True)), tiff((34377, 7, 0, RESOURCES, True))):
        assert IPTC in again(data)


def test_a_thumbnail_among_photoshops_resources_goes() -> None:
    small = b"8BIM" + struct.pack(">HHI", 1036, 0, 8) + b"JFIFJFIF"
    assert without_small_pictures(small + RESOURCES) == RESOURCES
    assert without_small_pictures(RESOURCES[:-3]) == RESOURCES[:-3]
    assert without_small_pictures(b"8BIM\xff") == b"8BIM\xff"


def test_comments_of_a_jpeg_and_long_packets_of_xmp_are_kept() -> None:
    data = encoded("JPEG", comment=WORDS)
    assert WORDS in again(data)
    more = b"http://ns.adobe.com/xmp/extension/\0" + b"F" * 32 + bytes(8) + b"a long history"
    assert b"a long history" in again(with_segment(data, 0xE1, more))


@pytest.mark.parametrize("is_deep", [False, True])
def test_text_gamma_and_colours_of_a_png_are_kept(is_deep: bool) -> None:
    from imagecodecs import png_encode

    x = np.random.default_rng(0).integers(0, 255, (16, 24, 3))
    data = bytes(png_encode(x.astype(np.uint16 if is_deep else np.uint8)))
    kept = (
        chunk(b"gAMA", struct.pack(">I", 100_000)),
        chunk(b"cHRM", struct.pack(">8I", *range(1, 9))),
        chunk(b"cICP", bytes([9, 16, 0, 1])),
        chunk(b"tEXt", b"parameters\0a cat, steps: 20"),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(WORDS)),
        chunk(b"iTXt", b"Title\0\0\0ja\0\0" + WORDS),
    )
    written = again(with_chunks(data, *kept))
    for each in kept:
        assert each in written
    assert Image.open(io.BytesIO(written)).info["gamma"] == 1.0


PLACE = (
    (33550, "d", 3, (0.5, 0.5, 0.0), True),
    (33922, "d", 6, (0, 0, 0, 440_720.0, 3_751_320.0, 0), True),
    (34735, "H", 8, (1, 1, 0, 1, 1024, 0, 1, 1), True),
    (34737, "s", 0, "WGS 84|", True),
    (42113, "s", 0, "-9999", True),
)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_where_on_earth_a_tiff_lies_is_kept(dtype: type) -> None:
    data = tiff(*PLACE, dtype=dtype)
    assert read_photo(data).said == ()
    with TiffFile(io.BytesIO(data)) as before, TiffFile(io.BytesIO(again(data))) as after:
        for tag, *_ in PLACE:
            assert before.pages.first.tags[tag].value == after.pages.first.tags[tag].value
            assert before.pages.first.tags[tag].dtype == after.pages.first.tags[tag].dtype


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (tiff((65_000, "H", 1, 7, True)), "its tags 65000"),
        (tiff((37724, 7, 8, b"layers..", True)), "layers of Photoshop"),
        (with_segment(encoded("JPEG"), 0xEB, b"JP\0\0jumb"), "content credentials"),
        (with_segment(encoded("JPEG"), 0xEC, b"Ducky\0"), "APP12 (Ducky)"),
        (with_chunks(encoded("PNG"), chunk(b"caBX", b"jumb")), "content credentials"),
        (with_chunks(encoded("PNG"), chunk(b"orNT", b"1")), "a block orNT"),
    ],
)
def test_what_cannot_be_kept_is_named(data: bytes, name: str) -> None:
    assert name in read_photo(data).said[-1]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_plain_file_loses_nothing_and_nothing_is_said(kind: str) -> None:
    assert read_photo(encoded(kind)).said == ()


def test_a_gain_map_that_is_left_out_is_told() -> None:
    file = io.BytesIO()
    picture().save(file, "MPO", save_all=True, append_images=[picture(8, 12)])
    assert "more pictures" in read_photo(file.getvalue()).said[0]
    gain = with_segment(
        file.getvalue(), 0xE1, b"http://ns.adobe.com/xap/1.0/\0<a hdrgm:Version='1'/>"
    )
    assert "gain map" in read_photo(gain).said[0]


def test_old_notes_of_imagemagick_become_notes_of_today() -> None:
    block = exif(6).tobytes()
    text = b"\nexif\n%8d\n" % len(block) + block.hex().encode() + b"\n"
    old = chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text))
    photo = read_photo(with_chunks(encoded("PNG"), old))
    assert photo.x.shape == (3, 24, 16)
    assert NAME in write_photo(photo)


# Formats that have no room ---------------------------------------------------------------


def test_noise_at_the_best_quality_is_written() -> None:
    noise = picture(480, 640, 3)
    file = io.BytesIO()
    noise.save(file, "JPEG", quality=100, subsampling=0)
    photo = read_photo(file.getvalue())
    written = read_photo(write_photo(photo))
    assert np.abs(written.x.astype(int) - photo.x).max() < 12


@pytest.mark.parametrize(("kind", "side"), [("WEBP", 16_384), ("JPEG", 65_501)])
def test_what_a_format_has_no_room_for_is_told(kind: str, side: int) -> None:
    with pytest.raises(PictureError, match="at most"):
        write_photo(Photo(np.zeros((3, 4, side), np.uint8), kind))  # type: ignore[arg-type]
    with pytest.raises(PictureError):
        check_sides(kind, side, 4)  # type: ignore[arg-type]
    check_sides("PNG", side, 4)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_notes_that_are_damaged_anywhere_cost_themselves(kind: str) -> None:
    data = encoded(kind, exif=exif(6).tobytes(), **({} if kind == "PNG" else {"xmp": XMP}))
    random = np.random.default_rng(0)
    for _ in range(60):
        hurt = bytearray(data)
        for at in random.integers(2, min(len(hurt), 700), 4):
            hurt[at] = random.integers(256)
        try:
            write_photo(read_photo(bytes(hurt)))
        except PictureError:
            continue
