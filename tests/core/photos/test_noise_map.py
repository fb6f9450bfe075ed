"""What a network is told of noise is what the noise is, and zero weights make it deaf."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from aecore.photos.camera_net import AS_ESTIMATED, CameraNet, Turned, estimator_loss
from aecore.photos.network_file import CAMERA, read_camera_network, read_network, weights_bytes
from aecore.photos.noise_map import CELL_PX, N_TOLD, measured_map, opponent, white_map
from aecore.photos.restorer import Restorer, restorer_of
from aecore.photos.unet import PhotoUNet, load_expanded
from tests.core.photos.conftest import random_net


def _normal(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_white_noise_is_as_strong_at_every_scale_and_in_luma_and_colour() -> None:
    found = measured_map(0.05 * _normal(4, 3, 256, 256))
    assert found.shape == (4, N_TOLD, 256 // CELL_PX, 256 // CELL_PX)
    assert found.mean((0, 2, 3)).numpy() == pytest.approx(0.05, rel=0.02)
    assert white_map(torch.tensor([0.05])).expand_as(found).mean() == pytest.approx(0.05)


def test_noise_that_four_pixels_share_is_twice_as_strong_at_half_the_size() -> None:
    noise = _normal(2, 3, 128, 128).repeat_interleave(2, 2).repeat_interleave(2, 3)
    luma = measured_map(noise).mean((0, 2, 3))[:3]
    assert luma.numpy() == pytest.approx([1, 2, 2], rel=0.03)


def test_grey_noise_has_no_colour_and_opponents_keep_lengths() -> None:
    noise = _normal(1, 3, 64, 64)
    assert opponent(noise).square().sum(1).numpy() == pytest.approx(
        noise.square().sum(1).numpy(), rel=1e-4
    )
    grey = measured_map(noise[:, :1].expand(1, 3, 64, 64))
    assert grey[:, 3:].max() < 1e-6
    assert grey[:, 0].mean() == pytest.approx(3**0.5, rel=0.05)


def test_a_network_that_is_newly_told_does_what_it_did() -> None:
    blind = random_net()
    told = PhotoUNet(blind.widths, blind.n_blocks, blind.fine, n_told=N_TOLD)
    load_expanded(blind.state_dict(), told)
    x = torch.rand(1, 3, 32, 32)
    assert torch.equal(told.noise(x, torch.ones(1, N_TOLD, 2, 2)), blind.noise(x))
    with torch.no_grad():
        told.told.weight.fill_(0.01)
    assert not torch.equal(told.noise(x, torch.ones(1, N_TOLD, 2, 2)), blind.noise(x))


def test_twice_the_picture_and_twice_the_map_is_twice_the_noise() -> None:
    net = PhotoUNet((8, 16), 1, 4, n_told=N_TOLD)
    with torch.no_grad():
        for weight in net.parameters():
            weight.normal_(0, 0.1)
    x, told = _normal(1, 3, 32, 32), torch.rand(1, N_TOLD, 2, 2)
    assert torch.allclose(net.noise(2 * x, 2 * told), 2 * net.noise(x, told), rtol=1e-3, atol=1e-4)


def test_turning_is_by_luma_colour_and_coarseness() -> None:
    found = Turned(luma=2, colour=0.5, coarse=1.5).of(torch.ones(1, N_TOLD, 1, 1)).flatten()
    assert found.tolist() == pytest.approx([2, 3, 4.5, 0.5, 0.75, 1.125])
    told = torch.rand(1, N_TOLD, 2, 2)
    assert torch.equal(AS_ESTIMATED.of(told), told)


def test_an_estimate_twice_off_either_way_costs_the_same() -> None:
    true = torch.full((1, N_TOLD, 1, 1), 0.1)
    low, high = estimator_loss(true / 2, true), estimator_loss(2 * true, true)
    assert float(low) == pytest.approx(float(high), rel=0.02)
    assert float(estimator_loss(true, true)) == 0


def test_a_file_holds_both_networks_and_each_is_read_by_itself(tmp_path: Path) -> None:
    blind, camera = random_net(), CameraNet((8, 16), 1, 4)
    tensors = {CAMERA + name: w for name, w in camera.state_dict().items()}
    path = tmp_path / "both.safetensors"
    path.write_bytes(weights_bytes({**tensors, **blind.state_dict()}, camera))
    again = read_camera_network(path)
    assert again is not None
    assert all(torch.equal(w, again.state_dict()[name]) for name, w in camera.state_dict().items())
    assert torch.equal(read_network(path).head.weight, blind.head.weight)
    found = restorer_of(path, device="cpu")
    assert found.camera is not None
    path.write_bytes(weights_bytes(blind.state_dict(), blind))
    assert read_camera_network(path) is None
    assert restorer_of(path, device="cpu").camera is None


def test_a_restorer_told_more_is_another_one_of_the_same_weights() -> None:
    net = CameraNet((8, 16), 1, 4)
    with torch.no_grad():
        for weight in net.restorer.parameters():
            weight.normal_(0, 0.1)
    restorer = Restorer(net, bfloat16=False)
    more = restorer.turned(Turned(luma=3.0))
    assert restorer.turned(AS_ESTIMATED) is restorer
    x = torch.from_numpy(np.random.default_rng(0).random((1, 3, 40, 40), np.float32))
    assert not torch.equal(more.restore_values(x), restorer.restore_values(x))
    assert torch.equal(restorer.restore_values(x), Restorer(net, bfloat16=False).restore_values(x))
