"""The device that is computed on: how it is chosen and named, and what it need not be able to."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from aecore.jobs.device import claim_name
from aecore.models.autoencoder import Output
from aecore.models.codes import Code
from aecore.recipes import GENERAL, recipe
from aecore.training.device import fast_on_cpu, pick_device
from aecore.training.fit import fit
from aecore.training.vitals import CodeMonitor
from tests.core.conftest import SOME_DATA, a_run
from tests.core.training.on_device import NoDoubles


@pytest.mark.parametrize(
    ("cuda", "mps", "expected", "name"),
    [
        (True, False, "cuda:0", "cuda-0"),
        (True, True, "cuda:0", "cuda-0"),
        (False, True, "mps", "mps"),
        (False, False, "cpu", "cpu"),
    ],
)
def test_a_gpu_is_picked_where_there_is_one(monkeypatch, cuda, mps, expected, name):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert pick_device() == torch.device(expected)
    assert claim_name().endswith(f"-{name}")


def test_float64_is_refused():
    with NoDoubles(), pytest.raises(TypeError, match="float64"):
        torch.zeros(3).double()


@pytest.mark.parametrize("name", GENERAL)
def test_no_recipe_asks_a_device_for_float64(digits, name):
    """Training, validation and looks: Apple's GPU has no such numbers."""
    settings = {"n_epochs": 1, "batch_size": 512}
    with NoDoubles():
        assert list(fit(digits, recipe(name).spec(SOME_DATA, **settings)))[-1].last


def test_pre_training_asks_a_device_for_no_float64(digits):
    with NoDoubles():
        assert list(fit(digits, a_run(n_epochs=1, pretrain_epochs=1)))[-1].last


@pytest.mark.parametrize("sizes", [(300,), (100, 7, 193)])
def test_what_is_measured_of_a_code_in_float32_is_what_float64_gives(sizes):
    """Small differences about a large mean: sums of squares would lose all of them."""
    rng = np.random.default_rng(0)
    x = (1000 + 0.01 * rng.normal(size=(300, 5))).astype(np.float32)
    z = (300 + rng.normal(size=(300, 4)) * [0.0, 0.09, 0.11, 1.0]).astype(np.float32)
    logvar = rng.normal(size=(300, 4)).astype(np.float32)
    pulse = CodeMonitor()
    for rows in np.split(np.arange(300), np.cumsum(sizes)[:-1]):
        shown = torch.from_numpy(x[rows])
        code = Code(
            *(torch.from_numpy(values[rows]) for values in (z, z, logvar)), z_e=None, entries=None
        )
        pulse.update(Output(shown, code, shown + 0.5, shown + 0.5), shown)
    found = pulse.vitals()
    wide = x.astype(np.float64)
    assert found.error_of_mean == pytest.approx(wide.var(0).mean(), rel=1e-3)
    assert found.error == pytest.approx(0.25, rel=1e-3)
    assert found.n_active == 2
    mu, log = z.astype(np.float64), logvar.astype(np.float64)
    nats = 0.5 * (mu**2 + np.exp(log) - log - 1).sum() / 300
    assert found.kl_nats == pytest.approx(nats, rel=1e-5)


@pytest.mark.parametrize(
    ("told", "is_fast"),
    [
        ({"avx512_bf16": True, "amx_tile": False}, True),
        ({"avx512_bf16": False, "amx_tile": True}, True),
        ({"avx512_f": True, "avx512_bf16": False}, False),
        ({"architecture": "arm64"}, False),
    ],
)
def test_a_processor_that_multiplies_bfloat16_is_known_by_its_capabilities(
    monkeypatch, told, is_fast
):
    monkeypatch.setattr(torch, "cpu", SimpleNamespace(get_capabilities=lambda: told))
    assert fast_on_cpu() is is_fast


@pytest.mark.parametrize("is_fast", [True, False])
def test_an_older_torch_is_asked_by_its_own_names(monkeypatch, is_fast):
    older = SimpleNamespace(
        _is_avx512_bf16_supported=lambda: False, _is_amx_tile_supported=lambda: is_fast
    )
    monkeypatch.setattr(torch, "cpu", older)
    assert fast_on_cpu() is is_fast


def test_a_torch_that_does_not_tell_is_taken_not_to(monkeypatch):
    monkeypatch.setattr(torch, "cpu", SimpleNamespace())
    assert fast_on_cpu() is False


def test_all_names_agree_about_this_machine(monkeypatch):
    by_capabilities = fast_on_cpu()
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    there = {name: getattr(torch.cpu, name) for name in names if hasattr(torch.cpu, name)}
    if len(there) < 2:
        pytest.skip("this torch has other names for it")
    monkeypatch.setattr(torch, "cpu", SimpleNamespace(**there))
    assert fast_on_cpu() == by_capabilities
