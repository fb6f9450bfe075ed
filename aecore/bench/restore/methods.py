"""What `aecore bench restore` puts side by side; each is told the noise level, ours is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

Clean = Callable[[np.ndarray, float], np.ndarray]
"""Noisy float32 `(C, H, W)` and the deviation of its noise, shares of white: to a clean one."""


@dataclass(frozen=True)
class Method:
    """One way to clean a picture.

    Parameters
    ----------
    make
        Called once with the restorer's weights (None: those that ship), it makes the function
        that is measured.
    needs
        Package that it wants, beyond those that come with the library.
    only_timed
        A network without weights: its result means nothing.
    usual
        Measured when no method is named.
    """

    title: str
    make: Callable[[Path | None], Clean]
    needs: str = ""
    only_timed: bool = False
    usual: bool = True


def _nothing(weights: Path | None) -> Clean:
    return lambda noisy, sigma: noisy


def _ours(bfloat16: bool | None, n_views: int = 1) -> Callable[[Path | None], Clean]:
    def make(weights: Path | None) -> Clean:
        from aecore.photos.restorer import restore, restorer_of

        restorer = restorer_of(weights, device="cpu", bfloat16=bfloat16, n_views=n_views)
        return lambda noisy, sigma: restore(noisy, restorer=restorer).x_hat

    return make


def _tuned(weights: Path | None) -> Clean:
    from aecore.photos.cleaning import clean_photo
    from aecore.photos.restorer import restorer_of

    restorer = restorer_of(weights, device="cpu")

    def clean(noisy: np.ndarray, sigma: float) -> np.ndarray:
        found = clean_photo(noisy, restorer, thorough=True)
        return found.restored.x_hat

    return clean


def _zero_shot(weights: Path | None) -> Clean:
    from aecore.photos.zero_shot import zero_shot_now

    return lambda noisy, sigma: zero_shot_now(noisy, sigma).x_hat


def _dncnn(bfloat16: bool) -> Callable[[Path | None], Clean]:
    """17 layers of 64 channels, untrained: Zhang et al. 2017, IEEE TIP 26, arXiv:1608.03981."""

    def make(weights: Path | None) -> Clean:
        import torch
        from torch import nn

        def network(C: int) -> nn.Module:
            layers: list[nn.Module] = [nn.Conv2d(C, 64, 3, padding=1), nn.ReLU()]
            for _ in range(15):
                layers += [nn.Conv2d(64, 64, 3, padding=1, bias=False), nn.ReLU()]
            made = nn.Sequential(*layers, nn.Conv2d(64, C, 3, padding=1)).eval()
            if bfloat16:
                made = made.bfloat16().to(memory_format=torch.channels_last)
            return made

        networks = {C: network(C) for C in (1, 3)}

        def clean(noisy: np.ndarray, sigma: float) -> np.ndarray:
            x = torch.from_numpy(noisy)[None]
            seen = x.bfloat16().contiguous(memory_format=torch.channels_last) if bfloat16 else x
            with torch.inference_mode():
                found: np.ndarray = (x - networks[len(noisy)](seen).float())[0].numpy()
            return found

        return clean

    return make


def _nl_means(weights: Path | None) -> Clean:
    from skimage.restoration import denoise_nl_means

    def clean(noisy: np.ndarray, sigma: float) -> np.ndarray:
        settings = {"patch_size": 5, "patch_distance": 6, "h": 0.7 * sigma, "sigma": sigma}
        if len(noisy) == 1:  # as a channel of its own it is taken for the axis of a volume
            return np.asarray(denoise_nl_means(noisy[0], fast_mode=True, **settings))[None]
        return np.asarray(denoise_nl_means(noisy, fast_mode=True, channel_axis=0, **settings))

    return clean


def _wavelet(weights: Path | None) -> Clean:
    from skimage.restoration import denoise_wavelet

    def clean(noisy: np.ndarray, sigma: float) -> np.ndarray:
        return np.stack([denoise_wavelet(c, sigma=sigma, rescale_sigma=False) for c in noisy])

    return clean


def _total_variation(weights: Path | None) -> Clean:
    from skimage.restoration import denoise_tv_chambolle

    return lambda noisy, sigma: np.asarray(
        denoise_tv_chambolle(noisy, weight=1.2 * sigma, channel_axis=0)
    )


def _bm3d(weights: Path | None) -> Clean:
    """Dabov et al. 2007, IEEE TIP 16; in colour CBM3D, by the authors' package."""
    package = import_module("bm3d")

    def clean(noisy: np.ndarray, sigma: float) -> np.ndarray:
        if len(noisy) == 1:
            return np.asarray(package.bm3d(noisy[0], sigma_psd=sigma))[None]
        pixels = noisy.transpose(1, 2, 0)
        return np.asarray(package.bm3d_rgb(pixels, sigma_psd=sigma)).transpose(2, 0, 1)

    return clean


METHODS: dict[str, Method] = {
    "noisy": Method("as it came", _nothing),
    "ours": Method("restorer, blind", _ours(None)),
    "ours-8": Method("restorer, blind, eight views", _ours(None, n_views=8), usual=False),
    "ours-tuned": Method("restorer, blind, tuned, eight views", _tuned, usual=False),
    "ours-float32": Method("restorer, blind, float32", _ours(False)),
    "dncnn": Method(
        "DnCNN's architecture, float32, default layout", _dncnn(False), only_timed=True
    ),
    "dncnn-bf16": Method(
        "DnCNN's architecture, bfloat16, channels-last", _dncnn(True), only_timed=True
    ),
    "nl_means": Method("non-local means", _nl_means),
    "wavelet": Method("wavelet (BayesShrink)", _wavelet),
    "tv": Method("total variation", _total_variation),
    "zero_shot": Method("small network, from the picture alone", _zero_shot, usual=False),
    "bm3d": Method("BM3D", _bm3d, needs="bm3d"),
}
