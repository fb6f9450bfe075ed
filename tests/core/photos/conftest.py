"""Photo networks of random weights, and such whose answer is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from aecore.photos.restorer import Restorer
from aecore.photos.unet import PhotoUNet


def random_net(widths: tuple[int, ...] = (8, 16), n_blocks: int = 1, fine: int = 4) -> PhotoUNet:
    """A network that changes pictures, though to no purpose."""
    net = PhotoUNet(widths, n_blocks, fine)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for w in net.parameters():
            fan_in = w[0].numel()
            w.normal_(0, (0.7 / fan_in) ** 0.5, generator=generator)
    return net


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
