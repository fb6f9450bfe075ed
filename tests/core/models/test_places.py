"""Convolutions of few places give what torch's own give, and the same gradients."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from aecore.models.networks import build
from aecore.models.places import (
    ConvToFew,
    ConvToPoint,
    DeconvFromFew,
    DeconvFromPoint,
    conv2d,
    deconv2d,
)
from aecore.models.plan import plan
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import NetworkSpec

FORMS = [torch.channels_last, torch.contiguous_format]


def gradients(layer, x):
    x = x.clone().requires_grad_()
    y = layer(x)
    (y * torch.linspace(-1, 1, y.numel()).view_as(y)).sum().backward()
    return [y.detach(), x.grad, *(p.grad for p in layer.parameters())]


def assert_alike(mine, plain, x):
    plain.load_state_dict(mine.state_dict())
    for a, b in zip(gradients(mine, x), gradients(plain, x), strict=True):
        assert torch.allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("size", [(2, 2), (3, 3), (2, 3)])
@pytest.mark.parametrize("form", FORMS)
def test_to_one_place(size, form):
    mine = ConvToPoint(3, 5, 4, 2, padding=1).to(memory_format=form)
    x = torch.randn(4, 3, *size).to(memory_format=form)
    assert_alike(mine, nn.Conv2d(3, 5, 4, 2, padding=1), x)


def test_at_one_place():
    mine, plain = ConvToPoint(3, 5, 3, 1, padding=1), nn.Conv2d(3, 5, 3, 1, padding=1)
    assert_alike(mine, plain, torch.randn(4, 3, 1, 1))


@pytest.mark.parametrize("size", [(2, 2), (3, 3), (2, 3)])
def test_from_one_place(size):
    odd = (size[0] % 2, size[1] % 2)
    mine = DeconvFromPoint(3, 5, 4, 2, padding=1, output_padding=odd)
    plain = nn.ConvTranspose2d(3, 5, 4, 2, padding=1, output_padding=odd)
    x = torch.randn(4, 3, 1, 1)
    assert mine(x).shape == (4, 5, *size)
    assert_alike(mine, plain, x)


@pytest.mark.parametrize("size", [(4, 4), (5, 4), (7, 6), (1, 8)])
@pytest.mark.parametrize(("kernel", "stride"), [(4, 2), (3, 1), (3, 2)])
@pytest.mark.parametrize("form", FORMS)
def test_to_a_few_places(size, kernel, stride, form):
    if size[0] + 2 < kernel:
        size = (2, size[1])
    mine = ConvToFew(3, 5, kernel, stride, padding=1).to(memory_format=form)
    x = torch.randn(2, 3, *size).to(memory_format=form)
    assert_alike(mine, nn.Conv2d(3, 5, kernel, stride, padding=1), x)


@pytest.mark.parametrize("size", [(2, 2), (4, 4), (3, 2), (1, 3)])
@pytest.mark.parametrize("odd", [(0, 0), (1, 1), (0, 1)])
@pytest.mark.parametrize("kernel", [3, 4])
@pytest.mark.parametrize("form", FORMS)
def test_from_a_few_places(size, odd, kernel, form):
    mine = DeconvFromFew(3, 5, kernel, 2, padding=1, output_padding=odd).to(memory_format=form)
    x = torch.randn(2, 3, *size).to(memory_format=form)
    assert_alike(mine, nn.ConvTranspose2d(3, 5, kernel, 2, padding=1, output_padding=odd), x)


def test_without_a_bias():
    x = torch.randn(2, 3, 4, 4)
    assert_alike(ConvToFew(3, 5, 4, 2, 1, bias=False), nn.Conv2d(3, 5, 4, 2, 1, bias=False), x)
    mine = DeconvFromFew(3, 5, 4, 2, 1, bias=False)
    assert_alike(mine, nn.ConvTranspose2d(3, 5, 4, 2, 1, bias=False), x)


def test_only_wide_layers_of_few_places_are_products():
    assert type(conv2d(256, 512, (3, 3), 4, 2)) is ConvToFew
    assert type(conv2d(256, 512, (7, 7), 4, 2)) is nn.Conv2d
    assert type(conv2d(32, 64, (3, 3), 4, 2)) is nn.Conv2d
    assert type(conv2d(32, 64, (1, 1), 4, 2)) is ConvToPoint
    assert type(deconv2d(1024, 512, (4, 4), 3, (0, 0))) is DeconvFromFew
    assert type(deconv2d(512, 256, (7, 7), 4, (0, 0))) is nn.ConvTranspose2d
    assert type(deconv2d(64, 32, (4, 4), 4, (0, 0))) is nn.ConvTranspose2d
    assert type(deconv2d(64, 32, (1, 1), 4, (0, 0))) is DeconvFromPoint


def test_a_network_down_to_one_place_has_them_there_alone():
    laid = plan(NetworkSpec(kind="conv", widths=(4, 4, 4, 4)), PlainCodeSpec(n_dims=2), (1, 28, 28))
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
