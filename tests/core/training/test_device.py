"""What is asked of the machine is asked so that another torch still answers."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from aecore.training.device import fast_on_cpu


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
