"""Convolutions of one place give what torch's own give, and the same gradients."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from aecore.models.networks import ConvToPoint, DeconvFromPoint, build
from aecore.models.plan import plan
from aecore.specs import CodeSpec, NetworkSpec


def gradients(layer, x):
    x = x.clone().requires_grad_()
    y = layer(x)
    (y * torch.linspace(-1, 1, y.numel()).view_as(y)).sum().backward()
    return [y.detach(), x.grad, *(p.grad for p in layer.parameters())]


def compared(mine, plain, x):
    plain.load_state_dict(mine.state_dict())
    return zip(gradients(mine, x), gradients(plain, x), strict=True)


@pytest.mark.parametrize("size", [(2, 2), (3, 3), (2, 3)])
@pytest.mark.parametrize("channels_last", [True, False])
def test_to_one_place(size, channels_last):
    form = torch.channels_last if channels_last else torch.contiguous_format
    mine = ConvToPoint(3, 5, 4, 2, padding=1).to(memory_format=form)
    x = torch.randn(4, 3, *size).to(memory_format=form)
    for a, b in compared(mine, nn.Conv2d(3, 5, 4, 2, padding=1), x):
        assert torch.allclose(a, b, atol=1e-5)


def test_at_one_place():
    mine, plain = ConvToPoint(3, 5, 3, 1, padding=1), nn.Conv2d(3, 5, 3, 1, padding=1)
    for a, b in compared(mine, plain, torch.randn(4, 3, 1, 1)):
        assert torch.allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("size", [(2, 2), (3, 3), (2, 3)])
def test_from_one_place(size):
    odd = (size[0] % 2, size[1] % 2)
    mine = DeconvFromPoint(3, 5, size, output_padding=odd)
    plain = nn.ConvTranspose2d(3, 5, 4, 2, padding=1, output_padding=odd)
    x = torch.randn(4, 3, 1, 1)
    assert mine(x).shape == (4, 5, *size)
    for a, b in compared(mine, plain, x):
        assert torch.allclose(a, b, atol=1e-5)


def test_a_network_down_to_one_place_has_them_there_alone():
    laid = plan(NetworkSpec(kind="conv", widths=(4, 4, 4, 4)), CodeSpec(n_dims=2), (1, 28, 28))
    encoder, decoder = (build(layers, None) for layers in (laid.encoder, laid.decoder))
    assert [isinstance(m, ConvToPoint) for m in encoder if isinstance(m, nn.Conv2d)] == [
        False,
        False,
        False,
        True,
    ]
    deconvs = [m for m in decoder if isinstance(m, nn.ConvTranspose2d)]
    assert [isinstance(m, DeconvFromPoint) for m in deconvs] == [True, False, False, False]
    x = torch.randn(2, 1, 28, 28)
    assert decoder(torch.randn(2, 2)).shape == x.shape
    assert encoder(x).shape == (2, 4)
