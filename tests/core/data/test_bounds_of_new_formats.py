"""Formats that came later are held to the bounds of the others: none costs far more than it is."""

from __future__ import annotations

import io
import struct
import time

import numpy as np
import pytest
from PIL import Image
from tifffile import imwrite

from aecore.data.kept import keep, kept
from aecore.errors import PictureError
from aecore.imaging.file_bounds import MAX_TEXT_BYTES, check_file
from aecore.imaging.framing import Framing
from aecore.imaging.limits import TRAINING
from aecore.imaging.opening import header_size
from aecore.imaging.photos import check_photo, read_photo
from aecore.imaging.pictures import MAX_FRAMES, decode, decoding
from aecore.imaging.tiff_directories import directory_at, page_numbers, upright_exif
from aecore.store import Store


def a_picture(kind: str, *shape: int) -> bytes:
    x = np.random.default_rng(0).integers(0, 255, shape or (20, 24, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(x).save(file, kind)
    return file.getvalue()


def tiff(x: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    imwrite(file, x, metadata=None, **options)
    return file.getvalue()


def test_an_avif_that_claims_more_than_it_may_is_refused_by_its_header() -> None:
    data = a_picture("AVIF")
    at = data.index(b"ispe") + 8
    lying = data[:at] + struct.pack(">II", 20_000, 20_000) + data[at + 8 :]
    for read in (decode, read_photo, check_photo):
        with pytest.raises(PictureError, match="20000 × 20000"):
            read(lying)


def test_boxes_without_end_end() -> None:
    storm = a_picture("AVIF")[:32] + (b"\0\0\0\x08free") * 20_000
    with pytest.raises(PictureError, match="boxes"):
        check_file(storm, TRAINING.n_pixels)


def test_a_pgm_is_bounded_by_its_header_and_as_text_by_its_bytes() -> None:
    for data in (b"P5 20000 20000 255\n" + bytes(99), b"P5 20000 20000 65535\n" + bytes(99)):
        with pytest.raises(PictureError, match=r"megapixels|damaged"):
            decode(data)
    with pytest.raises(PictureError, match="written as text"):
        decode(b"P2 9 9 255\n" + b"7 " * (MAX_TEXT_BYTES // 2))
    for cut in (b"P5 9 9 65535\n" + bytes(20), b"P6 9", b"P5 9 9 70000\n" + bytes(400)):
        with pytest.raises(PictureError):
            decode(cut)


@pytest.mark.parametrize("kind", ["AVIF", "PPM", "GIF", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_cut_short_it_is_a_sentence(kind: str, share: float) -> None:
    data = a_picture(kind)
    with pytest.raises(PictureError):
        decode(data[: int(share * len(data))])


@pytest.mark.parametrize("kind", ["AVIF", "PPM", "TIFF"])
def test_flipped_bytes_give_a_picture_or_a_sentence(kind: str) -> None:
    data = a_picture(kind)
    random = np.random.default_rng(0)
    for _ in range(80):
        hurt = bytearray(data)
        for at in random.integers(0, min(len(hurt), 600), 3):
            hurt[at] = random.integers(256)
        for read in (decode, read_photo, header_size):
            try:
                read(bytes(hurt))
            except PictureError as problem:
                assert problem.hint


def test_each_page_of_a_stack_is_held_to_the_bounds_of_the_first() -> None:
    data = bytearray(tiff(np.zeros((3, 20, 24), np.uint8), photometric="minisblack"))
    last = page_numbers(bytes(data), 9)[-1][1]
    for tag in (256, 257):
        struct.pack_into(
            "<I" if last.entries[tag].kind == 4 else "<H", data, last.entries[tag].at, 60_000
        )
    with pytest.raises(PictureError):
        list(decoding(bytes(data), Framing(), all_frames=True))


def test_a_chain_of_very_many_pages_is_told_soon() -> None:
    entry = struct.pack("<HHHII", 1, 256, 4, 1, 9)
    chain = b"".join(entry + struct.pack("<I", 8 + 18 * (i + 1)) for i in range(3 * MAX_FRAMES))
    began = time.monotonic()
    with pytest.raises(PictureError):
        list(decoding(b"II*\0" + struct.pack("<I", 8) + chain, Framing(), all_frames=True))
    assert time.monotonic() - began < 5


def test_notes_that_point_into_each_other_end() -> None:
    block = b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    assert upright_exif(block, 10, 10)
    assert directory_at(block, 10**9) is None
    assert directory_at(b"II*\0" + b"\xff" * 40, 4) is None


def test_a_picture_of_ones_own_may_come_from_a_large_phone(tmp_path: object) -> None:
    file = io.BytesIO()
    Image.new("L", (12_000, 9_000), 90).save(file, "JPEG")
    store = Store(tmp_path)  # type: ignore[arg-type]
    assert (kept(store, keep(store, file.getvalue())).fitted((1, 8, 8)) == 90).all()
