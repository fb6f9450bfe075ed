"""A denoising run on digits, trained once for all tests here; photo networks of random weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

import aecore
from aecore.data.samples import SampleSet
from aecore.models.autoencoder import new_model
from aecore.photos.restorer import Restorer
from aecore.photos.unet import PhotoUNet
from aecore.runs import OpenRun
from aecore.specs.run import CorruptionSpec, NetworkSpec
from aecore.store import Store

NOISE = CorruptionSpec(kind="gaussian", level=0.4)


def random_net(widths: tuple[int, ...] = (8, 16), n_blocks: int = 1, fine: int = 4) -> PhotoUNet:
    """A network that changes pictures, though to no purpose."""
    net = PhotoUNet(widths, n_blocks, fine)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for w in net.parameters():
            fan_in = w[0].numel()
            w.normal_(0, (0.7 / fan_in) ** 0.5, generator=generator)
    return net


@pytest.fixture(scope="session")
def trained_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("restore"))


@pytest.fixture(scope="session")
def trained(trained_store: Store) -> OpenRun:
    return aecore.train(
        "denoising",
        "digits",
        store=trained_store,
        network=NetworkSpec(kind="dense", widths=(128,), batch_norm=True),
        corruption=NOISE,
        n_epochs=8,
        batch_size=32,
    )


@pytest.fixture(scope="session")
def samples(trained_store: Store, trained: OpenRun) -> SampleSet:
    return aecore.load("digits", store=trained_store)


@pytest.fixture
def untrained(trained: OpenRun) -> OpenRun:
    model = new_model(trained.spec, trained.shape).eval().requires_grad_(False)
    return OpenRun("run-" + "0" * 24, trained.spec, model, trained.frame, 0)


class Knowing(Restorer):
    """A perfect denoiser of pictures that are sums of a few known ones: it projects onto them.

    Parameters
    ----------
    basis
        Height and width to the known pictures, `(n, h, w)`; None: any picture is one.
    """

    def __init__(self, basis: Callable[[int, int], np.ndarray] | None) -> None:
        super().__init__(random_net(), bfloat16=False)
        self.basis = basis
        self.seen: list[int] = []

    def restore_values(self, x: torch.Tensor, *, n_views: int | None = None) -> torch.Tensor:
        B, C, h, w = x.shape
        self.seen.append(h)
        if self.basis is None:
            return x
        known = np.linalg.qr(self.basis(h, w).reshape(-1, h * w).T.astype(np.float64))[0]
        flat = x.numpy().reshape(B * C, h * w)
        return torch.from_numpy((flat @ known @ known.T).reshape(B, C, h, w).astype(np.float32))


class Blurring(Restorer):
    """Cleans by a small blur, of which all is known."""

    is_best_guess = False

    def __init__(self) -> None:
        super().__init__(random_net(), bfloat16=False)

    def restore_values(self, x: torch.Tensor, *, n_views: int | None = None) -> torch.Tensor:
        return torch.from_numpy(gaussian_filter(x.numpy(), (0, 0, 0.8, 0.8)))
