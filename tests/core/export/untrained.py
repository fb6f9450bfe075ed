"""Runs that were never trained, but whose normalization has seen something: for exact checks."""

from __future__ import annotations

import numpy as np
import torch

from aecore.data.samples import SampleSet
from aecore.models.autoencoder import new_model
from aecore.recipes import RECIPES, fitted
from aecore.runs import OpenRun
from tests.core.conftest import a_run


def untrained(name: str, shape: tuple[int, int, int] = (1, 28, 28), **changes: object) -> OpenRun:
    """A run of a recipe with random weights, biases and running statistics.

    Weights are spread so that pictures use the whole range of greys and differ between codes.
    """
    settings = fitted(RECIPES[name].settings, is_pictures=True, scale="unit")
    spec = a_run(**{**settings, **changes})
    model = new_model(spec, shape)
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.2, generator=random)
                module.running_var.uniform_(0.3, 2.0, generator=random)
                module.weight.uniform_(0.5, 1.5, generator=random)
                module.bias.normal_(0, 0.2, generator=random)
        for layer in model.decoder:
            if getattr(layer, "bias", None) is not None:
                layer.bias.normal_(0, 0.1, generator=random)
    model.eval().requires_grad_(False)
    frame = SampleSet(x=np.empty((0, *shape), np.uint8), parts={})
    return OpenRun(f"run-{name}", spec, model, frame, 1)


def codes_for(run: OpenRun, n: int) -> np.ndarray:
    """Codes about zero, float32 `(n, D)`."""
    return np.random.default_rng(1).normal(size=(n, run.n_dims)).astype(np.float32)
