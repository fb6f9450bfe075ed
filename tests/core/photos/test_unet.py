"""The photo network is what its docstring says: bias-free, of known reach, grown without a jump."""

from __future__ import annotations

import pytest
import torch

from aecore.errors import SpecError
from aecore.photos.unet import PhotoUNet, load_expanded
from tests.core.photos.conftest import random_net


def test_an_untrained_network_changes_nothing() -> None:
    x = torch.rand(2, 3, 16, 24, generator=torch.Generator().manual_seed(0))
    assert torch.equal(PhotoUNet((8, 16), 1)(x), x)


def test_twice_as_bright_comes_back_twice_as_bright() -> None:
    net = random_net()
    x = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(net(2.5 * x), 2.5 * net(x), atol=1e-5)
    assert (net(x) - x).abs().mean() > 0.01


@pytest.mark.parametrize("fine", [0, 4])
@pytest.mark.parametrize(("widths", "n_blocks"), [((8,), 1), ((8, 8), 1), ((4, 4, 4), 2)])
def test_nothing_beyond_its_reach_counts_and_something_near_it_does(
    widths: tuple[int, ...], n_blocks: int, fine: int
) -> None:
    net = random_net(widths, n_blocks, fine).double()
    side = 2 * net.reach_px + 4 * net.multiple_px
    side += -side % net.multiple_px
    x = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0)).double()
    x.requires_grad_(True)
    at = side // 2 - side // 2 % net.multiple_px
    for offset in range(net.multiple_px):  # wherever in its cell a pixel lies
        (slope,) = torch.autograd.grad(net(x)[0, :, at + offset, at + offset].sum(), x)
        rows = slope.abs().sum((0, 1, 3)).nonzero().flatten()
        reached = max(at + offset - int(rows.min()), int(rows.max()) - at - offset)
        assert reached <= net.reach_px
        assert reached > net.reach_px - 2 * net.multiple_px


def test_more_blocks_compute_what_fewer_did() -> None:
    small, large = random_net((8, 16), 1), PhotoUNet((8, 16), 3, 4)
    x = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    assert not torch.allclose(large(x), small(x))
    load_expanded(small.state_dict(), large)
    assert torch.allclose(large(x), small(x), atol=1e-6)


def test_a_new_level_at_full_size_computes_what_was_computed_without() -> None:
    small, large = random_net((8, 16), 1, 0), PhotoUNet((8, 16), 2, 4)
    x = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    assert not torch.allclose(large(x), small(x))
    load_expanded(small.state_dict(), large)
    assert torch.allclose(large(x), small(x), atol=1e-6)
    with pytest.raises(SpecError, match="another size"):
        load_expanded(large.state_dict(), small)


def test_weights_of_another_network_are_refused() -> None:
    for wrong in (PhotoUNet((8, 12), 1), PhotoUNet((8, 16), 2), PhotoUNet((8,), 1)):
        with pytest.raises(SpecError, match="another size"):
            load_expanded(wrong.state_dict(), PhotoUNet((8, 16), 1))
    with pytest.raises(SpecError, match="cannot be built"):
        PhotoUNet((), 1)
