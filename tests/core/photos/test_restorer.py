"""Photographs of any size, depth and kind go through the network and come back as they were."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.data import astronaut

from aecore.artifact import Progress
from aecore.errors import DataError, SpecError
from aecore.photos.restorer import Restored, Restorer, restore
from aecore.photos.tiles import tiles
from aecore.photos.unet import PhotoUNet
from tests.core.photos.conftest import random_net

PHOTO = np.ascontiguousarray(astronaut().transpose(2, 0, 1)[:, 40:167, 100:233])  # (3, 127, 133)


@pytest.fixture(scope="module")
def restorer() -> Restorer:
    return Restorer(random_net(), bfloat16=False)


def _done(restorer: Restorer, x: np.ndarray, **how: int) -> Restored:
    steps = restorer.restoring(x, **how)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Restored = end.value
            return found


@pytest.mark.parametrize("size", [(127, 133), (16, 16), (40, 100), (64, 1)])
def test_tiles_cover_a_picture_once_on_the_network_s_grid(size: tuple[int, int]) -> None:
    seen = np.zeros(size, int)
    for tile in tiles(size, 40, 10, 8):
        seen[tile.rows, tile.columns] += 1
        for own, around in ((tile.rows, tile.seen_rows), (tile.columns, tile.seen_columns)):
            assert around.start % 8 == 0
            assert own.start - around.start >= min(10, own.start)
            assert own.stop - own.start <= 40
    assert (seen == 1).all()


def test_a_margin_as_wide_as_the_reach_leaves_no_trace_of_tiles(restorer: Restorer) -> None:
    x = PHOTO.astype(np.float32) / 255  # not rounded: processors add up in orders of their own
    whole = _done(restorer, x, tile_px=512).x_hat
    reach = restorer.net.reach_px
    tiled = _done(restorer, x, tile_px=32, margin_px=reach).x_hat
    assert np.abs(tiled - whole).max() < 1e-5
    bare = _done(restorer, x, tile_px=32, margin_px=0).x_hat
    assert np.abs(bare - whole).max() > 1 / 255  # the margin is what does it


@pytest.mark.parametrize("shape", [(3, 1, 40), (3, 40, 1), (1, 1, 1), (3, 7, 9), (4, 33, 17)])
def test_any_size_comes_back_at_that_size(restorer: Restorer, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    found = restore(x, restorer=restorer)
    assert found.x_hat.shape == shape
    assert found.x_hat.dtype == np.uint8
    assert np.array_equal(found.x, x)


def test_eight_views_turn_with_the_picture(restorer: Restorer) -> None:
    x = torch.from_numpy(PHOTO[None, :, :104, :104].astype(np.float32) / 255)
    eight = Restorer(restorer.net, bfloat16=False, n_views=8)
    turned, mirrored = x.rot90(1, (2, 3)), x.flip(3)
    found = eight.restore_values(x)
    assert torch.allclose(eight.restore_values(turned), found.rot90(1, (2, 3)), atol=1e-6)
    assert torch.allclose(eight.restore_values(mirrored), found.flip(3), atol=1e-6)
    one = restorer.restore_values(x)
    gap = (restorer.restore_values(turned) - one.rot90(1, (2, 3))).abs().max()
    assert gap > 1e-3  # one view does not
    half = Restorer(restorer.net, bfloat16=False, n_views=2).restore_values(x)
    half_turned = restorer.restore_values(x.rot90(2, (2, 3))).rot90(2, (2, 3))
    assert torch.allclose(half, (one + half_turned) / 2, atol=1e-6)
    with pytest.raises(SpecError, match="1 to 8"):
        Restorer(restorer.net, n_views=9)


class _Crowded(PhotoUNet):
    """A network that finds no room anywhere but on the CPU."""

    problem: RuntimeError = torch.OutOfMemoryError("CUDA out of memory.")

    def __init__(self) -> None:
        super().__init__((8, 16), 1, 4)
        self.load_state_dict(random_net().state_dict())

    def noise(self, x: torch.Tensor) -> torch.Tensor:
        TRIED.append(x.device.type)
        if x.device.type != "cpu":
            raise self.problem
        return super().noise(x)


TRIED: list[str] = []
"""Where `_Crowded` was asked to compute."""
VALUES = PHOTO[:, :104, :104].astype(np.float32) / 255


@pytest.mark.parametrize(
    "problem",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)."),
    ],
)
def test_from_a_device_without_room_it_goes_on_on_the_cpu_for_this_photograph_only(
    monkeypatch: pytest.MonkeyPatch, problem: RuntimeError
) -> None:
    monkeypatch.setattr(_Crowded, "problem", problem)
    crowded = Restorer(_Crowded(), device="meta", bfloat16=False)  # in a GPU's place
    wanted = restore(VALUES, restorer=Restorer(random_net(), bfloat16=False)).x_hat
    TRIED.clear()
    for _ in range(2):
        tiles_of = _done(crowded, VALUES, tile_px=512)
        assert np.array_equal(tiles_of.x_hat, wanted)
        assert crowded.device.type == "cpu"
    assert TRIED == ["meta", "cpu", "meta", "cpu"]
    _done(crowded, VALUES, tile_px=64)
    assert TRIED[4:] == ["meta", *["cpu"] * 4]  # the other tiles do not try again
    with pytest.raises(torch.OutOfMemoryError):
        Restorer(_NoRoom(), bfloat16=False).restore_values(torch.from_numpy(VALUES)[None])


class _NoRoom(_Crowded):
    def noise(self, x: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory.")


def test_on_a_cpu_without_bfloat16_no_weight_stays_rounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecore.photos.restorer.fast_on_cpu", lambda: True)  # as a GPU is
    crowded = Restorer(_Crowded(), device="meta")
    assert crowded.is_bfloat16
    monkeypatch.setattr("aecore.photos.restorer.fast_on_cpu", lambda: False)
    x = torch.from_numpy(VALUES)[None]
    found = crowded.restore_values(x)
    assert crowded.dtype == torch.float32
    assert torch.equal(found, Restorer(random_net(), bfloat16=False).restore_values(x))


def test_restorers_that_share_a_network_compute_each_in_their_own_precision() -> None:
    exact = Restorer(random_net(), bfloat16=False)
    x = torch.from_numpy(PHOTO[None].astype(np.float32) / 255)
    before = exact.restore_values(x)
    fast = Restorer(exact.net, bfloat16=True)
    assert fast.net is exact.net
    assert not exact.is_bfloat16
    assert torch.equal(exact.restore_values(x), before)
    assert not torch.equal(fast.restore_values(x), before)


def test_depths_tell_the_same(restorer: Restorer) -> None:
    eight = restore(PHOTO, restorer=restorer).x_hat
    sixteen = restore(PHOTO.astype(np.uint16) * 257, restorer=restorer).x_hat
    floats = restore(PHOTO.astype(np.float32) / 255, restorer=restorer).x_hat
    assert sixteen.dtype == np.uint16
    assert floats.dtype == np.float32
    assert np.abs(floats - eight / 255).max() <= 0.51 / 255
    assert np.abs(floats - sixteen / 65535).max() <= 0.51 / 65535
    assert len(np.unique(sixteen)) > 300  # no 8-bit picture in disguise


def test_alpha_is_kept_and_changes_nothing(restorer: Restorer) -> None:
    alpha = np.random.default_rng(0).integers(0, 256, (1, 127, 133), np.uint8)
    found = restore(np.concatenate([PHOTO, alpha]), restorer=restorer).x_hat
    assert np.array_equal(found[3:], alpha)
    assert np.array_equal(found[:3], restore(PHOTO, restorer=restorer).x_hat)
    grey = restore(np.concatenate([PHOTO[:1], alpha]), restorer=restorer).x_hat
    assert np.array_equal(grey[1:], alpha)


def test_grey_is_the_mean_of_three_equal_channels(restorer: Restorer) -> None:
    grey = PHOTO[:1].astype(np.float32) / 255
    three = restore(np.repeat(grey, 3, 0), restorer=restorer)
    values = restorer.restore_values(_tensor(np.repeat(grey, 3, 0)))[0].numpy()
    found = restore(grey, restorer=restorer).x_hat
    assert np.allclose(found[0], values.mean(0).clip(0, 1), atol=1e-5)
    assert three.x_hat.shape == (3, 127, 133)


def _tensor(x: np.ndarray):  # type: ignore[no-untyped-def]
    import torch

    return torch.from_numpy(x)[None]


def test_bfloat16_tells_nearly_the_same(restorer: Restorer) -> None:
    fast = Restorer(random_net(), bfloat16=True)
    a, b = (restore(PHOTO / 255.0, restorer=r).x_hat for r in (restorer, fast))
    assert 0 < np.abs(a - b).mean() < 0.004


def test_strength_blends_without_another_pass(restorer: Restorer) -> None:
    found = restore(PHOTO, restorer=restorer)
    assert found.at(0.0) is found.x
    assert found.at(1.0) is found.x_hat
    half = found.at(0.5)
    assert half.dtype == np.uint8
    expected = (found.x.astype(float) + found.x_hat.astype(float)) / 2
    assert np.abs(half - expected).max() <= 0.5
    assert np.allclose(found.residual * 255, found.x.astype(float) - found.x_hat, atol=1e-4)
    with pytest.raises(SpecError, match=r"1\.5"):
        found.at(1.5)


def test_it_tells_how_far_it_is_and_can_be_cancelled(restorer: Restorer) -> None:
    steps = restorer.restoring(PHOTO, tile_px=48)
    first, second = next(steps), next(steps)
    assert (first.n_done, first.n_total) == (0, 9)
    assert second.n_done == 1
    steps.close()

    class Enough(Exception):  # noqa: N818 - no error
        pass

    def watch(progress: Progress) -> None:
        if progress.n_done:
            raise Enough

    with pytest.raises(Enough):
        restore(PHOTO, restorer=restorer, watch=watch)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.zeros((5, 9, 9), np.uint8), "no photograph"),
        (np.zeros((9, 9), np.uint8), "no photograph"),
        (np.zeros((3, 0, 9), np.uint8), "no photograph"),
        (np.zeros((3, 9, 9), np.int64), "no known white"),
        (np.full((3, 9, 9), np.nan), "not finite"),
    ],
)
def test_what_is_no_photograph_is_a_sentence(restorer: Restorer, x: np.ndarray, words: str) -> None:
    with pytest.raises(DataError, match=words):
        restore(x, restorer=restorer)
