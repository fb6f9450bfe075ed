"""Pictures of iPhones, written by the encoder of pillow-heif and read by the extra `heic`."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from aecore.imaging.opening import header_size
from aecore.imaging.photo_writing import write_photo
from aecore.imaging.photos import read_photo
from aecore.imaging.pictures import decode

pillow_heif = pytest.importorskip(
    "pillow_heif", reason="pillow-heif, which writes HEIC, is not here"
)
pytest.importorskip("pi_heif", reason="the extra heic is not installed")
NAME = "© Jürgen Müller, 東京".encode()


def flat() -> np.ndarray:
    """Uint8 `(24, 40, 3)`, its halves of one colour each."""
    x = np.full((24, 40, 3), (200, 40, 90), np.uint8)
    x[:, 20:] = 30, 160, 60
    return x


def heic(x: np.ndarray, orientation: int = 1, **options: object) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x8298] = orientation, NAME
    file = io.BytesIO()
    found = pillow_heif.from_pillow(Image.fromarray(x))
    found.save(file, quality=95, chroma=444, exif=exif.tobytes(), **options)
    return file.getvalue()


def test_its_colours_come_in_to_train_on_and_as_a_photograph() -> None:
    wanted = flat().transpose(2, 0, 1).astype(int)
    np.testing.assert_allclose(decode(heic(flat())).x, wanted, atol=12)
    photo = read_photo(heic(flat()))
    np.testing.assert_allclose(photo.x, wanted, atol=12)
    assert any("not written here" in words for words in photo.said)
    assert NAME in write_photo(photo)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_it_stands_upright(orientation: int) -> None:
    n_turns = {1: 0, 3: 2, 6: -1, 8: 1}[orientation]
    wanted = np.rot90(flat(), n_turns).transpose(2, 0, 1).astype(int)
    data = heic(flat(), orientation)
    np.testing.assert_allclose(decode(data).x, wanted, atol=60)
    np.testing.assert_allclose(read_photo(data).x, wanted, atol=60)
    assert header_size(data) == wanted.shape[:0:-1]


def test_what_is_transparent_lies_on_white() -> None:
    x = np.dstack([flat(), np.full((24, 40), 255, np.uint8)])
    x[:12, :, 3] = 0
    found = decode(heic(x))
    assert found.x[:, 2:10].min() > 243
    assert found.notes == ("transparent parts were laid on white",)
