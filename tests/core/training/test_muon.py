"""Muon moves a convolution along all its directions alike, and goes on where it stood."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from aecore.training import muon, uncompiled
from aecore.training.muon import InFloat32, Muon


def _net() -> nn.Sequential:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 24, 3), nn.ReLU(), nn.Conv2d(24, 32, 3), nn.Conv2d(32, 12, 1))
    return net.to(memory_format=torch.channels_last)


def _step(net: nn.Module, optimizer: Muon, seed: int, lr: float = 0.01) -> None:
    x = torch.randn(4, 3, 9, 9, generator=torch.Generator().manual_seed(seed))
    net.zero_grad(set_to_none=True)
    torch.autograd.backward((net(x) - 1).square().mean())
    optimizer.step(lr)


def test_a_step_goes_equally_far_in_every_direction_of_a_convolution() -> None:
    net = _net()
    before = [w.detach().clone() for w in net.parameters()]
    _step(net, Muon(net, 0.01), 0)
    moved = [(w.detach() - b) for w, b in zip(net.parameters(), before, strict=True)]
    gradients = [w.grad for w in net.parameters()]
    middle, slope = moved[2].flatten(1), gradients[2]
    assert slope is not None
    # 24 · 3 · 3 columns; twelve outputs, so that no gradient has more than twelve directions
    singular = torch.linalg.svdvals(middle)[:12] / (0.01 * 0.2 * 216**0.5)
    # its five rounds make singular values 0.5 to 1.5, not exactly one (Jordan et al. 2024)
    assert 0.5 < singular.min() < singular.max() < 1.3
    steep = torch.linalg.svdvals(slope.flatten(1))[:12]
    assert steep.max() / steep.min() > 10
    # the nearest orthogonal matrix to the gradient, by another route: U Vᵀ of its SVD
    U, _, Vh = torch.linalg.svd(slope.flatten(1), full_matrices=False)
    nearest = U[:, :12] @ Vh[:12]

    def likeness(x: torch.Tensor) -> float:
        return float(nn.functional.cosine_similarity(x.flatten(), nearest.flatten(), dim=0))

    assert likeness(-middle) > 0.9 > likeness(slope) + 0.1


def test_thin_weights_and_biases_are_moved_as_adamw_moves_them() -> None:
    net, twin = _net(), _net()
    _step(net, Muon(net, 0.01), 0)
    other = torch.optim.AdamW(twin.parameters(), lr=0.01, weight_decay=1e-4)
    torch.autograd.backward(
        (twin(torch.randn(4, 3, 9, 9, generator=torch.Generator().manual_seed(0))) - 1)
        .square()
        .mean()
    )
    other.step()
    mine, theirs = dict(net.named_parameters()), dict(twin.named_parameters())
    for name in ("0.bias", "2.bias", "3.weight", "3.bias"):
        assert torch.allclose(mine[name], theirs[name], atol=1e-6), name
    assert not torch.allclose(mine["2.weight"], theirs["2.weight"], atol=1e-3)


def test_it_goes_on_with_what_it_remembered() -> None:
    whole, first = _net(), _net()
    optimizer = Muon(whole, 0.01)
    for seed in range(4):
        _step(whole, optimizer, seed)
    earlier = Muon(first, 0.01)
    for seed in range(2):
        _step(first, earlier, seed)
    second = _net()
    second.load_state_dict(first.state_dict())
    later = Muon(second, 0.01)
    later.load_moments({name: value.clone() for name, value in earlier.moments().items()})
    for seed in range(2, 4):
        _step(second, later, seed)
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, second.state_dict()[name]), name


@pytest.mark.parametrize("memory_format", [torch.channels_last, torch.contiguous_format])
def test_weights_are_never_copied(memory_format: torch.memory_format) -> None:
    net = _net().to(memory_format=memory_format)
    before = [w.detach().clone() for w in net.parameters()]
    _step(net, Muon(net, 0.01), 0)
    assert all(not torch.equal(w, b) for w, b in zip(net.parameters(), before, strict=True))


def test_in_float32_it_goes_where_torchs_own_goes_in_bfloat16() -> None:
    generator = torch.Generator().manual_seed(0)
    shapes = [(24, 60), (60, 24), (16, 16)]
    start = [torch.randn(shape, generator=generator) for shape in shapes]
    gradients = [[torch.randn(shape, generator=generator) for shape in shapes] for _ in range(3)]
    found = []
    for kind in (torch.optim.Muon, InFloat32):
        weights = [nn.Parameter(x.clone()) for x in start]
        optimizer = kind(weights, lr=0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
        for step in gradients:
            for weight, gradient in zip(weights, step, strict=True):
                weight.grad = gradient.clone()
            optimizer.step()
        found.append((weights, optimizer.state_dict()))
    (theirs, their_state), (mine, my_state) = found
    for x, a, b in zip(start, theirs, mine, strict=True):
        went = (a - x).norm()
        assert went > 0.1
        assert (a - b).norm() < 0.02 * went  # bfloat16 has eight bits
    for index, memory in their_state["state"].items():
        assert memory.keys() == my_state["state"][index].keys()
        for what, value in memory.items():
            assert torch.allclose(value, my_state["state"][index][what])


@pytest.mark.parametrize("is_fast", [True, False])
def test_the_way_that_the_processor_is_quick_at_is_taken(
    monkeypatch: pytest.MonkeyPatch, is_fast: bool
) -> None:
    monkeypatch.setattr(muon, "fast_on_cpu", lambda: is_fast)
    kind = type(Muon(_net(), 0.01)._parts["muon"])
    assert kind is (uncompiled.Muon if is_fast else InFloat32)
