"""Holes are filled by what the denoiser knows, and nothing else is touched."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.restoration import inpaint_biharmonic

from aecore.errors import DataError
from aecore.photos.inpaint import inpaint, inpainting
from tests.core.photos.conftest import Knowing

H, W = 64, 72
ROWS, COLUMNS = np.mgrid[:H, :W].astype(np.float32)
STRIPES = (0.5 + 0.3 * np.sin(0.9 * COLUMNS + 0.2 * ROWS))[None].astype(np.float32)


def _stripes(phase_x: float, phase_y: float) -> Knowing:
    """What knows that a picture is a constant and stripes of one direction, and nothing more."""

    def basis(h: int, w: int) -> np.ndarray:
        rows, columns = np.mgrid[:h, :w]
        angle = phase_x * columns + phase_y * rows
        return np.stack([np.ones((h, w)), np.sin(angle), np.cos(angle)])

    return Knowing(basis)


def _hole(top: int, left: int, side: int) -> np.ndarray:
    mask = np.zeros((H, W), bool)
    mask[top : top + side, left : left + side] = True
    return mask


def test_a_hole_is_filled_by_what_the_denoiser_knows() -> None:
    mask = _hole(20, 30, 14)
    dirty = np.where(mask, 0, STRIPES).astype(np.float32)
    found = inpaint(dirty, mask, _stripes(0.9, 0.2)).x_hat
    plain = inpaint_biharmonic(dirty, mask, channel_axis=0)
    error, plain_error = (np.abs(y - STRIPES)[:, mask].mean() for y in (found, plain))
    assert error < 0.02
    assert plain_error > 0.1  # smoothness alone does not know stripes


def test_what_is_under_the_mask_and_outside_of_it() -> None:
    mask = _hole(10, 12, 8) | _hole(40, 55, 9)  # two regions; each sees the other's hole
    results = []
    for under in (0.0, 1.0):
        dirty = np.where(mask, under, STRIPES).astype(np.float32)
        results.append(inpaint(dirty, mask, _stripes(0.9, 0.2)).x_hat)
        assert np.array_equal(results[-1][:, ~mask], STRIPES[:, ~mask])
    assert np.array_equal(*results)


def test_a_deep_hole_begins_at_half_the_size() -> None:
    mask = _hole(8, 10, 44)
    ramp = ((ROWS + COLUMNS) / (H + W))[None].astype(np.float32)

    def basis(h: int, w: int) -> np.ndarray:
        rows, columns = np.mgrid[:h, :w]
        return np.stack([np.ones((h, w)), rows, columns])

    knowing = Knowing(basis)
    found = inpaint(np.where(mask, 0, ramp).astype(np.float32), mask, knowing)
    assert min(knowing.seen) == H / 2
    assert max(knowing.seen) == H
    assert np.abs(found.x_hat - ramp).max() < 0.03


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_depth_and_alpha_are_kept(dtype: type) -> None:
    x = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (4, H, W), dtype)
    mask = _hole(5, 5, 6)
    found = inpaint(x, mask, _stripes(1, 0)).x_hat
    assert found.dtype == dtype
    assert np.array_equal(found[3], x[3])
    assert np.array_equal(found[:, ~mask], x[:, ~mask])
    assert (found[:3, mask] != x[:3, mask]).any()


def test_it_tells_how_far_it_is_and_an_empty_mask_changes_nothing() -> None:
    steps = inpainting(STRIPES, _hole(3, 3, 4), _stripes(1, 0), n_steps=5)
    assert [(p.n_done, p.n_total) for p in steps] == [(i, 5) for i in range(6)]
    nothing = inpaint(STRIPES, np.zeros((H, W), bool), _stripes(1, 0))
    assert np.array_equal(nothing.x_hat, STRIPES)


@pytest.mark.parametrize(
    ("mask", "words"), [(np.ones((H, W)), "All of"), (np.zeros((3, 3)), "does not fit")]
)
def test_a_mask_that_leaves_nothing_or_does_not_fit_is_a_sentence(
    mask: np.ndarray, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        inpaint(STRIPES, mask, _stripes(1, 0))


def test_smallest_pictures() -> None:
    x = np.full((1, 1, 9), 0.5, np.float32)
    mask = np.zeros((1, 9), bool)
    mask[0, 4] = True
    still = Knowing(lambda h, w: np.ones((1, h, w)))
    assert inpaint(x, mask, still).x_hat[0, 0, 4] == pytest.approx(0.5, abs=0.02)
    assert torch.is_tensor(still.restore_values(torch.zeros(1, 1, 2, 2)))


def test_a_long_stroke_is_filled_in_tiles_that_hide_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mask = np.zeros((H, W), bool)
    mask[8:12, 8:60] = mask[8:60, 8:12] = True  # an angle: the other corner hides nothing
    monkeypatch.setattr("aecore.photos.inpaint._TILE_PX", 32)
    monkeypatch.setattr("aecore.photos.inpaint._AROUND_PX", 8)
    dirty = np.where(mask, 0, STRIPES).astype(np.float32)
    steps = list(inpainting(dirty, mask, _stripes(0.9, 0.2), n_steps=2))
    assert steps[-1].n_done == steps[-1].n_total == 2 * 4  # of six
    found = inpaint(dirty, mask, _stripes(0.9, 0.2)).x_hat
    assert np.abs(found - STRIPES)[:, mask].mean() < 0.02
