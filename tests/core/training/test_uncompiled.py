"""Optimizers without torch's compiler step as torch's own do, and nothing loads it."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import torch

import aecore
from aecore.jobs import device as jobs_device
from aecore.store import Store
from aecore.training import uncompiled
from tests.core.conftest import in_a_fresh_process

KINDS: dict[str, dict[str, Any]] = {
    "Adam": {"fused": True, "weight_decay": 0.1},
    "AdamW": {"foreach": False},
    "SGD": {"momentum": 0.9},
    "RMSprop": {"momentum": 0.5},
    "Muon": {},
}


def moved(kind: type[torch.optim.Optimizer], n_steps: int, **settings: Any) -> Any:
    """A matrix after some steps down a curved slope, and the optimizer."""
    w = torch.nn.Parameter(torch.randn(4, 6, generator=torch.Generator().manual_seed(0)))
    optimizer = kind([w], lr=0.03, **settings)
    for _ in range(n_steps):
        optimizer.zero_grad()
        (w.square() * w.exp()).sum().backward()
        optimizer.step()
    return w, optimizer


@pytest.mark.parametrize("name", KINDS)
def test_steps_are_those_of_torchs_own_to_the_bit(name: str) -> None:
    theirs, ours = getattr(torch.optim, name), getattr(uncompiled, name)
    (w, known), (v, found) = (moved(kind, 5, **KINDS[name]) for kind in (theirs, ours))
    assert torch.equal(v, w)
    assert not torch.equal(v, moved(ours, 4, **KINDS[name])[0])
    assert v.grad is not None
    # what one remembers the other goes on with
    other = ours([torch.nn.Parameter(w.detach().clone())], lr=0.5, **KINDS[name])
    other.load_state_dict(known.state_dict())
    assert other.param_groups[0]["lr"] == 0.03
    assert str(other.state_dict()) == str(found.state_dict())
    found.zero_grad()
    assert v.grad is None


def train_all(folder: str) -> None:
    jobs_device.warm_up(1)
    for name in ("adam", "rmsprop", "sgd"):
        aecore.train(
            *("undercomplete", "digits"),
            optimizer={"name": name, "lr": 0.001},
            n_epochs=1,
            store=Store(folder),
        )
    assert "torch.optim" in sys.modules
    assert "torch._dynamo" not in sys.modules


@pytest.mark.slow
def test_a_training_loads_no_compiler(tmp_path: Any) -> None:
    in_a_fresh_process(train_all, str(tmp_path))
