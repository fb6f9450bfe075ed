"""Runs that repair, beside the best plain way to do the same: a filter, biharmonic, bicubic."""

from __future__ import annotations

import numpy as np

from aecore.data.samples import SampleSet
from aecore.metrics.pictures import mse
from aecore.runs import OpenRun
from aecore.studies.evaluation import rows_of

TASKS = ("denoising", "inpainting", "super-resolving")
_WINDOWS_PX = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
_N = 200


def over_the_baseline(run: OpenRun, samples: SampleSet) -> tuple[float, str]:
    """Error of repaired test pictures over that of the plain way, and what that is.

    Up to 200 pictures, corrupted once by the run's own kind of trouble.
    """
    import torch

    from aecore.models.corruption import corrupt

    noise = run.model.noise
    noise.seed(0, torch.device("cpu"))
    x = np.asarray(samples.x[rows_of(samples, "test", _N)])
    clean = torch.from_numpy(samples.to_scaled(x))
    suffered = corrupt(clean, run.spec.corruption, noise)
    with torch.inference_mode():
        mended = run.model.decode(run.model.encode(suffered).point).numpy()
    ours = mse(x, samples.to_display(mended)).mean()
    plain, words = _plain(run.spec.corruption.kind, clean.numpy(), suffered.numpy())
    theirs = mse(x, samples.to_display(plain)).mean()
    return float(ours / theirs), words


def _plain(kind: str, clean: np.ndarray, suffered: np.ndarray) -> tuple[np.ndarray, str]:
    """The best of the plain ways: the filter's window is the best for these very pictures."""
    if kind == "downscale":
        return suffered, "bicubic"
    if kind == "occlusion":
        return _biharmonic(clean, suffered), "biharmonic"
    from scipy.ndimage import gaussian_filter

    tried = [gaussian_filter(suffered, (0, 0, window, window)) for window in _WINDOWS_PX]
    return min(tried, key=lambda y: float(np.square(y - clean).mean())), "a tuned Gaussian filter"


def _biharmonic(clean: np.ndarray, suffered: np.ndarray) -> np.ndarray:
    from skimage.restoration import inpaint_biharmonic

    found = suffered.copy()
    for i, (before, after) in enumerate(zip(clean, suffered, strict=True)):
        hidden = (before != after).any(0)
        if hidden.any():
            found[i] = inpaint_biharmonic(after, hidden, channel_axis=0)
    return found
