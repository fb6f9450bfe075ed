"""Twice the size, and the same again when scaled down."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from aecore.errors import DataError
from aecore.photos.enlarge import enlarge, enlarging, halved
from tests.core.photos.conftest import Blurring, Knowing

PHOTO = np.ascontiguousarray(astronaut().transpose(2, 0, 1)[:, 40:104, 180:250])  # (3, 64, 70)


def _by_pillow(x: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    channels = [Image.fromarray(c).resize(size, Image.Resampling.BICUBIC) for c in x]
    return np.stack([np.asarray(c) for c in channels])


def _still() -> Knowing:
    """What takes any picture for one without noise."""
    return Knowing(None)


def test_scaling_down_is_pillow_s() -> None:
    x = (PHOTO / 255).astype(np.float32)
    assert np.abs(halved(x) - _by_pillow(x, (35, 32))).max() < 1e-5


def test_without_a_prior_it_is_bicubic_put_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecore.photos.enlarge._SIGMAS", (1e-6, 1e-6))
    small = _by_pillow((PHOTO / 255).astype(np.float32), (35, 32)).clip(0, 1)
    found = enlarge(small, _still())
    near = _by_pillow(small, (70, 64))
    assert np.abs(found - near).mean() < 0.02
    inside = (slice(None), slice(4, -4), slice(4, -4))
    assert np.abs(halved(found) - small)[inside].mean() < 0.002  # but for what was clipped
    assert np.abs(halved(near) - small)[inside].mean() > 0.005


def test_the_result_scaled_down_is_the_picture_and_a_prior_sharpens_it() -> None:
    rows, columns = np.mgrid[:64, :80]
    angle = 1.35 * columns  # nearly the finest that half the size can hold
    x = (0.5 + 0.3 * np.sin(angle))[None].astype(np.float32) + 0 * rows

    def basis(h: int, w: int) -> np.ndarray:
        return np.stack([np.ones((h, w)), np.sin(angle)[:h, :w], np.cos(angle)[:h, :w]])

    small = halved(x.astype(np.float32))
    found = enlarge(small, Knowing(basis))
    assert np.abs(halved(found) - small).max() < 1 / 255
    plain = _by_pillow(small, (80, 64))
    inside = (slice(None), slice(8, -8), slice(8, -8))
    assert np.abs(found - x)[inside].mean() < 0.3 * np.abs(plain - x)[inside].mean()


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 20), (2, 9, 7), (4, 33, 18)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_any_size_and_depth(shape: tuple[int, ...], dtype: type) -> None:
    x = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype)
    found = enlarge(x, _still())
    assert found.shape == (shape[0], 2 * shape[1], 2 * shape[2])
    assert found.dtype == dtype
    if shape[0] in {2, 4}:  # alpha
        white = np.iinfo(dtype).max
        near = _by_pillow((x[-1:] / white).astype(np.float32), (2 * shape[2], 2 * shape[1]))
        assert np.abs(found[-1:] / white - near.clip(0, 1)).max() < 0.005


def test_tiles_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = enlarge(PHOTO, Blurring())
    monkeypatch.setattr("aecore.photos.enlarge._TILE_PX", 32)
    steps = enlarging(PHOTO, Blurring(), n_steps=2)
    progress = list(steps)
    assert progress[-1].n_done == progress[-1].n_total == 2 * 6
    assert np.abs(enlarge(PHOTO, Blurring()).astype(int) - whole).max() <= 1


def test_what_would_be_too_large_is_a_sentence() -> None:
    with pytest.raises(DataError, match="68 million"):
        enlarge(np.zeros((1, 4250, 4000), np.uint8), Blurring())
