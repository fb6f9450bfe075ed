"""A denoising run on digits, trained once for all tests here."""

from __future__ import annotations

import pytest

import aecore
from aecore.data.samples import SampleSet
from aecore.models.autoencoder import new_model
from aecore.runs import OpenRun
from aecore.specs.run import CorruptionSpec, NetworkSpec
from aecore.store import Store

NOISE = CorruptionSpec(kind="gaussian", level=0.4)


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
