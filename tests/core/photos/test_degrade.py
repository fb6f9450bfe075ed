"""Training noise has the moments it says, and our JPEG is the one that others write."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.data import astronaut

from aecore.photos.training.degrade import (
    SHARE_PLAIN,
    SIGMA_MAX,
    correlated,
    degraded,
    jpeg,
    to_grey,
)

PHOTO = np.ascontiguousarray(astronaut()[:128, 160:288])


@pytest.fixture
def x() -> torch.Tensor:
    return torch.from_numpy(PHOTO.transpose(2, 0, 1).copy())[None].float() / 255


def _psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(np.square((a - b) / 255).mean()))


@pytest.mark.parametrize("quality", [20, 50, 80, 95])
def test_jpeg_is_what_pillow_makes_of_it(x: torch.Tensor, quality: int) -> None:
    file = io.BytesIO()
    Image.fromarray(PHOTO).save(file, "JPEG", quality=quality, subsampling=2)
    theirs = np.asarray(Image.open(file)).astype(float)
    ours = 255 * jpeg(x, torch.tensor([float(quality)]))[0].numpy().transpose(1, 2, 0)
    loss = _psnr(theirs, PHOTO.astype(float))
    assert _psnr(ours, PHOTO.astype(float)) == pytest.approx(loss, abs=0.4)
    assert _psnr(ours, theirs) > loss + 6


def test_correlated_noise_is_as_strong_and_its_neighbours_are_alike() -> None:
    noise = torch.randn(2, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    found = correlated(noise, torch.tensor([0.3, 0.8]).view(2, 1, 1, 1))
    assert found.std((1, 2, 3)).tolist() == pytest.approx([1, 1], abs=0.03)
    alike = (found[..., 1:] * found[..., :-1]).mean((1, 2, 3)).tolist()
    # exp(-d² / (4 s²)) of a Gaussian window of deviation s, for a distance of one pixel
    assert alike[1] == pytest.approx(np.exp(-1 / (4 * 0.64)), abs=0.04)
    assert alike[0] == pytest.approx(0.0, abs=0.05)


def test_a_batch_holds_clean_grey_and_noisy_patches_in_their_shares(x: torch.Tensor) -> None:
    many = x[..., :32, :32].expand(1500, -1, -1, -1)
    found = degraded(many, torch.Generator().manual_seed(0))
    is_grey = (found.clean[:, 0] == found.clean[:, 2]).flatten(1).all(1)
    assert is_grey.float().mean() == pytest.approx(0.4, abs=0.04)
    luma = to_grey(many[:1])[0]
    assert torch.equal(found.clean[is_grey][0], luma)
    seen = found.x[is_grey]
    assert (seen[:, 0] - seen[:, 1]).abs().mean() < 0.01  # one noise for all channels
    added = (found.x - found.clean)[~is_grey]
    strength = added.std((1, 2, 3))
    assert (strength == 0).float().mean() == pytest.approx(0.03, abs=0.02)
    assert SIGMA_MAX * 0.9 < strength.max() < SIGMA_MAX * 1.1
    plain = (found.x.flatten(1).min(1).values < 0) | (found.x.flatten(1).max(1).values > 1)
    assert plain.float().mean() < SHARE_PLAIN  # only white noise of one level leaves [0, 1]


def test_the_generator_decides_everything(x: torch.Tensor) -> None:
    many = x.expand(4, -1, -1, -1)
    first, again = (degraded(many, torch.Generator().manual_seed(3)).x for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, degraded(many, torch.Generator().manual_seed(4)).x)
