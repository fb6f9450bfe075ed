"""Pictures of more than 8 bits come in with the values that their files mean, or in a sentence."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image
from tifffile import TiffWriter, imwrite

from aecore.errors import PictureError
from aecore.imaging.framing import Framing
from aecore.imaging.photo_writing import write_photo
from aecore.imaging.photograph import upright
from aecore.imaging.photos import check_photo, read_photo
from aecore.imaging.pictures import EXTRA_CHANNEL, FIRST_FRAME, decode, decoding


def tiff(x: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    imwrite(file, x, metadata=None, **options)
    return file.getvalue()


def values(*shape: int, dtype: type = np.uint16) -> np.ndarray:
    top = np.iinfo(dtype).max
    return np.random.default_rng(0).integers(0, top, shape, dtype, endpoint=True)


def packed(x: np.ndarray, bits: int) -> bytes:
    """A grey TIFF of any number of bits, by hand."""
    H, W = x.shape
    rows = b""
    for row in x:
        text = "".join(format(int(value), f"0{bits}b") for value in row)
        text += "0" * (-len(text) % 8)
        rows += int(text, 2).to_bytes(len(text) // 8)
    entries = [(256, W), (257, H), (258, bits), (259, 1), (262, 1), (273, 134), (277, 1), (278, H)]
    entries += [(279, len(rows)), (284, 1)]
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    listed = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return head + listed + bytes(4) + rows


def eight(x: np.ndarray, top: float = 65_535) -> np.ndarray:
    return np.rint(x / top * 255)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["rgb", "grey", "planes", "tiles", "float", "8 bits"])
def test_a_tiff_of_any_depth_stands_upright_in_every_orientation(
    kind: str, orientation: int
) -> None:
    stored = values(48, 32, 3)
    if kind == "float":
        stored = (stored / 65_535).astype(np.float32)
    if kind == "8 bits":
        stored = (stored >> 8).astype(np.uint8)
    if kind == "grey":
        stored = stored[..., 0]
    options: dict[str, object] = {"photometric": "minisblack" if kind == "grey" else "rgb"}
    if kind == "planes":
        options["planarconfig"] = "separate"
    if kind == "tiles":
        options["tile"] = (16, 16)
    first = stored[None] if kind == "grey" else stored.transpose(2, 0, 1)
    laid = first if kind == "planes" else stored
    data = tiff(laid, extratags=[(274, "H", 1, orientation, True)], **options)
    seen = upright(first, orientation)
    photo = read_photo(data)
    wanted = np.rint(seen * 65_535.0) if kind == "float" else seen
    np.testing.assert_array_equal(photo.x, wanted)
    np.testing.assert_array_equal(read_photo(write_photo(photo)).x, photo.x)
    assert check_photo(data).shape == photo.x.shape
    picture = decode(data)
    top = {"float": 1, "8 bits": 255}.get(kind, 65_535)
    np.testing.assert_array_equal(picture.x, eight(seen, top))
    assert (picture.height_px, picture.width_px) == seen.shape[1:]


@pytest.mark.parametrize("bits", [9, 10, 12, 14])
def test_bits_are_scaled_by_what_they_reach(bits: int) -> None:
    top = 2**bits - 1
    x = np.random.default_rng(bits).integers(0, top, (20, 21), endpoint=True)
    data = packed(x, bits)
    photo = read_photo(data)
    assert photo.x.dtype == np.uint16
    np.testing.assert_array_equal(photo.x[0], np.rint(x / top * 65_535))
    np.testing.assert_array_equal(decode(data).x[0], np.rint(x / top * 255))
    assert f"{bits} bits" in photo.said[0]


@pytest.mark.parametrize("top", [255, 1023, 4095, 50_000, 65_535])
@pytest.mark.parametrize("C", [1, 3])
def test_a_pgm_is_scaled_by_the_top_it_names(top: int, C: int) -> None:
    x = np.random.default_rng(top).integers(0, top, (9, 7, C), endpoint=True)
    kind = b"P5" if C == 1 else b"P6"
    data = kind + b"\n# by hand\n7 9\n%d\n" % top + x.astype(">u2" if top > 255 else "u1").tobytes()
    seen = x.transpose(2, 0, 1)
    np.testing.assert_array_equal(
        decode(data, colour="rgb" if C == 3 else "grey").x, eight(seen, top)
    )
    photo = read_photo(data)
    most = 255 if top == 255 else 65_535
    np.testing.assert_array_equal(photo.x, np.rint(seen / top * most))
    assert photo.format == "PNG"
    assert "is saved as a PNG" in photo.said[0]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_white_is_zero_is_one_picture_in_training_and_on_photos(dtype: type) -> None:
    x = np.linspace(0, 1, 64).reshape(8, 8)
    top = 1 if dtype is np.float32 else np.iinfo(dtype).max
    stored = (x if top == 1 else np.rint(x * top)).astype(dtype)
    data = tiff(stored, photometric="miniswhite")
    most = 255 if dtype is np.uint8 else 65_535
    np.testing.assert_allclose(read_photo(data).x[0], (1 - x) * most, atol=1)
    np.testing.assert_allclose(decode(data).x[0], (1 - x) * 255, atol=1)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("C", [1, 3])
@pytest.mark.parametrize("predictor", [None, 3])
def test_floats_between_0_and_1_are_read(dtype: type, C: int, predictor: int | None) -> None:
    x = np.random.default_rng(0).random((9, 7, C)).astype(dtype)
    options = {"compression": "zlib", "predictor": 3} if predictor else {}
    data = tiff(
        x[..., 0] if C == 1 else x, photometric="rgb" if C == 3 else "minisblack", **options
    )
    seen = x.transpose(2, 0, 1).astype(np.float64)
    np.testing.assert_allclose(decode(data).x, seen * 255, atol=0.51)
    photo = read_photo(data)
    np.testing.assert_allclose(photo.x, seen * 65_535, atol=0.51)
    assert photo.said == ("Its floats were converted to 16 bits a channel.",)


UNIT = np.random.default_rng(0).random((9, 7)).astype(np.float32)
HOLED = np.where(UNIT > 0.9, np.nan, UNIT).astype(np.float32)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (tiff(UNIT * 255), "floats from .* to"),
        (tiff(HOLED), "no numbers"),
        (tiff((UNIT * 4000 - 1000).astype(np.int16)), "signed numbers of 16 bits, from -"),
        (tiff(values(9, 7, 5, dtype=np.uint8), planarconfig="contig"), "5 channels"),
        (tiff(values(9, 7, 6), planarconfig="contig"), "6 channels"),
        (tiff(values(9, 7, 3, dtype=np.uint8), compression="jpeg2000", photometric="rgb"), "2000"),
        (tiff(UNIT.astype(np.complex64)), "another picture|complex"),
    ],
)
def test_what_has_no_fixed_range_or_is_not_read_says_what_it_is(data: bytes, words: str) -> None:
    for read in (decode, read_photo, check_photo):
        with pytest.raises(PictureError, match=words) as told:
            read(data)
        assert told.value.hint


def test_a_range_that_is_given_decides_what_is_black_and_white() -> None:
    x = (UNIT * 4000 - 1000).astype(np.int16)
    found = decode(tiff(x), framing=Framing(values=(-1000, 3000)))
    np.testing.assert_allclose(found.x[0], (x + 1000) / 4000 * 255, atol=0.51)
    by_code = decode(tiff(UNIT * 255), framing=Framing(values={"f32": (0.0, 255.0)}))
    np.testing.assert_allclose(by_code.x[0], UNIT * 255, atol=0.51)
    holes = decode(tiff(HOLED), framing=Framing(values=(0, 1)))
    assert (holes.x[0][np.isnan(HOLED)] == 0).all()
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    found = decode(file.getvalue(), framing=Framing(values=(0, 63)))
    np.testing.assert_allclose(found.x[0], grey / 63 * 255, atol=0.51)


def test_how_far_deep_values_reach_is_known() -> None:
    assert decode(tiff(np.full((8, 8), 4095, np.uint16))).peak == pytest.approx(4095 / 65_535)
    assert decode(tiff(values(8, 8, dtype=np.uint8))).peak is None


@pytest.mark.parametrize("C", [2, 4])
@pytest.mark.parametrize("is_premultiplied", [False, True])
def test_alpha_is_straight_inside_and_as_it_was_outside(C: int, is_premultiplied: bool) -> None:
    straight = values(16, 16, C)
    straight[..., -1] |= 0x8000  # half of it or more, so that colours keep their digits
    stored = straight.copy()
    if is_premultiplied:
        share = straight[..., -1:] / 65_535
        stored[..., :-1] = np.rint(straight[..., :-1] * share)
    data = tiff(
        stored,
        photometric="rgb" if C == 4 else "minisblack",
        planarconfig="contig",
        extrasamples=["assocalpha" if is_premultiplied else "unassalpha"],
    )
    photo = read_photo(data)
    np.testing.assert_allclose(photo.x, straight.transpose(2, 0, 1), atol=2)
    again = write_photo(photo)
    from tifffile import TiffFile

    with TiffFile(io.BytesIO(again)) as file:
        assert int(file.pages.first.extrasamples[0]) == (1 if is_premultiplied else 2)
        np.testing.assert_array_equal(file.pages.first.asarray(), stored)
    alpha = straight[..., -1:] / 65_535
    on_white = straight[..., :-1] * alpha + 65_535 * (1 - alpha)
    seen = decode(data).x
    np.testing.assert_allclose(seen, eight(on_white).transpose(2, 0, 1)[: len(seen)], atol=2)


def test_a_channel_that_is_no_alpha_is_left_out_and_it_is_said() -> None:
    for dtype in (np.uint8, np.uint16):
        x = values(9, 7, 4, dtype=dtype)
        data = tiff(x, photometric="rgb", extrasamples=["unspecified"])
        found = decode(data)
        assert EXTRA_CHANNEL in found.notes
        top = np.iinfo(dtype).max
        np.testing.assert_array_equal(found.x, eight(x[..., :3].transpose(2, 0, 1), top))


# Several in one file ---------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_stack_is_one_picture_or_all_of_its_pages(dtype: type) -> None:
    pages = values(5, 9, 7, dtype=dtype)
    data = tiff(pages, photometric="minisblack")
    first = decode(data)
    assert first.notes == (FIRST_FRAME,)
    every = list(decoding(data, Framing(), all_frames=True))
    top = np.iinfo(dtype).max
    np.testing.assert_array_equal([page.x[0] for page in every], eight(pages, top))
    assert "several pages" in read_photo(data).said[0]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_animation_is_one_picture_or_all_of_its_frames(kind: str) -> None:
    shades = [20, 90, 160, 230]
    frames = [Image.new("RGB", (16, 16), (shade, 0, 255 - shade)) for shade in shades]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:])
    assert decode(file.getvalue()).notes == (FIRST_FRAME,)
    every = list(decoding(file.getvalue(), Framing(), all_frames=True))
    assert [int(frame.x[0].mean()) for frame in every] == pytest.approx(shades, abs=4)


def test_a_chain_of_pages_that_bites_its_tail_ends() -> None:
    data = bytearray(tiff(values(3, 9, 7), photometric="minisblack"))
    from aecore.imaging.tiff_directories import page_numbers

    last = page_numbers(bytes(data), 9)[-1][1]
    struct.pack_into("<I", data, last.next_field_at, 8)
    assert len(list(decoding(bytes(data), Framing(), all_frames=True))) == 3


# Camera raw ------------------------------------------------------------------------------


def raw(make: str = "", *, version: bool = True) -> bytes:
    """A small preview first, the mosaic in a directory of its own, as DNG and NEF have it."""
    file = io.BytesIO()
    tags = [(50706, "B", 4, bytes([1, 4, 0, 0]), True)] if version else []
    if make:
        tags.append((271, "s", 0, make, True))
    with TiffWriter(file) as writer:
        preview = values(120, 160, 3, dtype=np.uint8)
        writer.write(preview, photometric="rgb", subfiletype=1, subifds=1, extratags=tags)
        writer.write(values(40, 60), photometric=32803, subfiletype=0)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        raw(),
        raw("NIKON CORPORATION", version=False),
        b"II*\0\x10\0\0\0CR\2\0" + bytes(200),
        b"\0\0\0\x18ftypcrx " + bytes(200),
        b"FUJIFILMCCD-RAW 0201" + bytes(200),
        b"IIRO\x08\0\0\0" + bytes(200),
        b"IIU\0\x18\0\0\0" + bytes(200),
    ],
)
def test_a_cameras_raw_file_is_told_from_a_tiff(data: bytes) -> None:
    for read in (decode, read_photo, check_photo):
        with pytest.raises(PictureError, match="camera's raw file") as told:
            read(data)
        assert "TIFF or JPEG" in told.value.hint
    assert "(Nikon)" in _told(raw("NIKON CORPORATION"))


def _told(data: bytes) -> str:
    with pytest.raises(PictureError) as told:
        decode(data)
    return str(told.value)


# Newer formats ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["AVIF", "PPM", "BMP"])
def test_formats_that_are_read_and_not_written_go_home_as_another(kind: str) -> None:
    x = np.full((16, 24, 3), 90, np.uint8)
    x[:, 12:] = 200, 40, 90
    file = io.BytesIO()
    Image.fromarray(x).save(file, kind)
    photo = read_photo(file.getvalue())
    np.testing.assert_allclose(photo.x, x.transpose(2, 0, 1), atol=40)
    assert photo.format == ("JPEG" if kind == "AVIF" else "PNG")
    assert "is not written here" in photo.said[0]
    again = read_photo(write_photo(photo))
    np.testing.assert_allclose(again.x, photo.x, atol=40)
    np.testing.assert_allclose(decode(file.getvalue()).x, x.transpose(2, 0, 1), atol=40)


def test_heic_is_read_where_its_library_is_and_told_where_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from aecore.imaging import picture_kinds

    start = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
    monkeypatch.setattr(picture_kinds, "reads_heic", lambda: False)
    assert "latent-lab[heic]" in str(picture_kinds.not_a_picture(start))
    monkeypatch.setattr(picture_kinds, "reads_heic", lambda: True)
    assert "damaged" in str(picture_kinds.not_a_picture(start))


def test_the_picture_of_a_tiff_is_not_the_preview_before_it() -> None:
    file = io.BytesIO()
    with TiffWriter(file) as writer:
        writer.write((UNIT * 255).astype(np.uint8)[::2, ::2], subfiletype=1, metadata=None)
        writer.write((UNIT * 65_535).astype(np.uint16), metadata=None)
    found = decode(file.getvalue())
    np.testing.assert_allclose(found.x[0], UNIT * 255, atol=1)
    assert not found.notes
    with pytest.raises(PictureError, match="small preview"):
        read_photo(file.getvalue())


@pytest.mark.parametrize("deep", [1, 256])
def test_a_palette_of_a_tiff_has_8_or_16_bits(deep: int) -> None:
    """libtiff tells them apart by the largest value, for many programs write 8."""
    random = np.random.default_rng(0)
    colours = random.integers(0, 256, (3, 256)).astype(np.uint16)
    x = random.integers(0, 256, (12, 16), np.uint8)
    data = tiff(x, photometric="palette", colormap=colours * deep)
    wanted = colours[:, x]
    np.testing.assert_array_equal(decode(data).x, wanted)
    np.testing.assert_array_equal(read_photo(data).x, wanted)


def test_complex_numbers_are_told() -> None:
    with pytest.raises(PictureError, match="complex numbers"):
        decode(tiff((UNIT + 1j).astype(np.complex64)))
