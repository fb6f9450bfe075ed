"""Noise as a camera writes it: seeded, of the strength that is drawn, coarser in colour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.data import astronaut

from aecore.photos.camera_net import CameraNet
from aecore.photos.network_file import read_camera_network, read_network
from aecore.photos.noise_map import measured_map
from aecore.photos.training.camera import bands, camera_noise, photographed
from aecore.photos.training.photographs import Photos
from aecore.photos.training.practice import LAST, WEIGHTS, RestorerTraining, train_restorer
from aecore.photos.training.textures import PATTERNS, texture
from tests.core.photos.conftest import random_net

X = torch.from_numpy(np.ascontiguousarray(astronaut()[:128, 100:228].transpose(2, 0, 1))) / 255


def test_the_seed_decides_and_the_clean_patch_is_a_picture() -> None:
    content = X[None].expand(12, 3, 128, 128)
    found, again, other = (photographed(content, seed) for seed in (1, 1, 2))
    assert torch.equal(found.x, again.x)
    assert not torch.equal(found.x, other.x)
    assert found.x.shape == found.clean.shape == content.shape
    assert 0 <= found.clean.min() <= found.clean.max() <= 1
    assert torch.isfinite(found.x).all()


def test_noise_of_cameras_is_coarser_in_colour_than_in_luma_in_the_mean() -> None:
    found = photographed(X[None].expand(60, 3, 128, 128), 3)
    told = measured_map(found.x - found.clean).mean((2, 3))
    noisy = told[(told[:, 0] > 2 / 255) & (told[:, 3] > 0.5 / 255)]
    ratio = noisy[:, 1:3] / noisy[:, :1], noisy[:, 4:] / noisy[:, 3:4].clamp(min=1e-4)
    assert ratio[1][:, 1].median() > ratio[0][:, 1].median() > 1.3


def test_dark_parts_of_a_sensor_hold_more_noise_on_the_screen() -> None:
    """In linear light the variance falls with the light, but gamma lifts shadows more."""
    dark, light = torch.full((1, 3, 64, 64), 0.15), torch.full((1, 3, 64, 64), 0.9)
    spread = []
    for seen in (dark, light):
        rng, generator = np.random.default_rng(4), torch.Generator().manual_seed(4)
        spread.append(float(camera_noise(seen, rng, generator).std()))
    assert spread[0] > spread[1] > 0


def test_bands_are_the_same_along_rows_or_along_columns() -> None:
    for seed in range(6):
        field = bands(64, np.random.default_rng(seed), torch.Generator().manual_seed(seed))
        assert float(min(field[0].std(1).max(), field[0].std(2).max())) < 1e-6
        assert float(field.std()) > 0


@pytest.mark.parametrize("name", PATTERNS)
def test_a_texture_is_fine_regular_and_has_contrast(name: str) -> None:
    x = texture(name, 96, np.random.default_rng(1))
    assert x.shape == (3, 96, 96)
    assert x.dtype == np.float32
    assert 0 <= x.min() <= x.max() <= 1
    assert x.std((1, 2)).max() > 0.01
    luma = x.mean(0) - x.mean()
    power = np.abs(np.fft.fft2(luma)) ** 2
    power[:3, :3] = power[-2:, :3] = power[:3, -2:] = power[-2:, -2:] = 0
    assert power.max() > 30 * power.mean()  # chance has no line so strong


def test_there_are_twenty_patterns() -> None:
    assert len(PATTERNS) == 20


def test_training_on_cameras_goes_on_where_it_was_and_keeps_the_network_beside(
    tmp_path: Path,
) -> None:
    pixels = np.ascontiguousarray(astronaut().transpose(2, 0, 1))
    photos = Photos({"a": pixels[:, :256, :256]}, {})
    base = random_net()
    start = tmp_path / "start.safetensors"
    from aecore.photos.network_file import network_bytes

    start.write_bytes(network_bytes(base))
    asked = RestorerTraining(
        base.widths,
        base.n_blocks,
        base.fine,
        patch_px=64,
        batch=2,
        warmup_steps=2,
        camera=True,
        estimator_batches=2,
    )
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    list(train_restorer(photos, whole, asked, n_steps=4, start=start))
    list(train_restorer(photos, parts, asked, n_steps=2, start=start))
    assert (parts / LAST).exists()
    list(train_restorer(photos, parts, asked, n_steps=4))
    one, two = (read_camera_network(out / WEIGHTS) for out in (whole, parts))
    assert isinstance(one, CameraNet)
    assert two is not None
    assert all(torch.equal(w, two.state_dict()[n]) for n, w in one.state_dict().items())
    assert one.restorer.told.weight.abs().max() > 0
    assert torch.equal(read_network(whole / WEIGHTS).head.weight, base.head.weight.half().float())
