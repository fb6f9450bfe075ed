"""A denoising run on digits, trained once for all tests here; photo networks of random weights."""

from __future__ import annotations

import pytest
import torch

import aecore
from aecore.data.samples import SampleSet
from aecore.models.autoencoder import new_model
from aecore.restore.unet import PhotoUNet
from aecore.runs import OpenRun
from aecore.specs import CorruptionSpec, NetworkSpec
from aecore.store import Store

NOISE = CorruptionSpec(kind="gaussian", level=0.4)


def random_net(
    widths: tuple[int, ...] = (8, 16), n_blocks: int = 1, fine: int = 4
) -> PhotoUNet:
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
