"""Runs that repair, beside the best plain way to do the same: a filter, biharmonic, bicubic."""

from __future__ import annotations

import numpy as np

from aecore.data.samples import SampleSet
from aecore.errors import DataError
from aecore.metrics.pictures import mse
from aecore.runs import OpenRun
from aecore.studies.evaluation import rows_of
from aecore.training.plain_repair import plain_repair

TASKS = ("denoising", "inpainting", "super-resolving")
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
        mended = run.model(suffered).x_hat.numpy()
    ours = mse(x, samples.to_display(mended)).mean()
    plain = plain_repair(run.spec.corruption, clean.numpy(), suffered.numpy())
    if plain is None:
        raise DataError("This run repairs nothing.", "Choose one that was trained on corruption.")
    theirs = mse(x, samples.to_display(plain.x_hat)).mean()
    return float(ours / theirs), plain.method
