"""The named space in which pictures are compared: what a small classifier of ours sees."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from aecore.errors import AecoreError, DataError
from aecore.launch import app_root

NAME = "features-28"
N_FEATURES = 64
SPREAD = 100.0
"""Total variance of the features over MNIST's training pictures: figures are per cent of it."""
_SIDE_PX = 28
_LUMA = (0.299, 0.587, 0.114)
_CHUNK = 500


class DigitClassifier(nn.Module):
    """Grey pictures in [0, 1], `(B, 1, 28, 28)`, to ten logits by way of 64 features."""

    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.see = nn.Sequential(
            nn.Conv2d(1, 16, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(32 * 7 * 7, N_FEATURES),
            nn.ReLU(),
        )
        self.judge = nn.Sequential(nn.Dropout(0.3), nn.Linear(N_FEATURES, 10))
        self.register_buffer("scale", torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        """Logits, `(B, 10)`."""
        logits: Tensor = self.judge(self.see(x))
        return logits

    def features(self, x: Tensor) -> Tensor:
        """Penultimate activations times one number for all, `(B, 64)`; see `SPREAD`."""
        features: Tensor = self.see(x)
        return features * self.scale


class FeatureSpace:
    """Pictures of any size and colour to 64 features of a classifier of handwritten digits.

    They are turned to grey (Rec. 601 luma) and resized to 28 x 28 by an antialiased bilinear
    filter; bright strokes on dark are what the classifier was trained on. On pictures that are
    no digits the features still tell strokes, edges and places apart, but distances in them
    mean less. Figures compare with no other feature space, Inception's (FID) least of all.

    Parameters
    ----------
    model
        The classifier, trained.
    """

    name = NAME

    def __init__(self, model: DigitClassifier) -> None:
        self._model = model.eval().requires_grad_(False)

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """Features of uint8 pictures `(n, C, H, W)`, float32 `(n, 64)`.

        Raises
        ------
        DataError
            If these are no pictures.
        """
        return self._each(pictures, self._model.features, N_FEATURES)

    def digits(self, pictures: np.ndarray) -> np.ndarray:
        """Which digit each picture looks most like, int64 `(n,)`."""
        return np.asarray(self._each(pictures, self._model, 10).argmax(1))

    def _each(
        self, pictures: np.ndarray, function: Callable[[Tensor], Tensor], width: int
    ) -> np.ndarray:
        blocks = [np.empty((0, width), np.float32)]
        with torch.inference_mode():
            for start in range(0, len(pictures), _CHUNK):
                x = as_seen(pictures[start : start + _CHUNK])
                blocks.append(function(x).numpy())
        return np.concatenate(blocks)


def as_seen(pictures: np.ndarray) -> Tensor:
    """uint8 pictures `(n, C, H, W)` as the classifier sees them, `(n, 1, 28, 28)` in [0, 1].

    Raises
    ------
    DataError
        If these are no pictures in grey or colour.
    """
    if pictures.ndim != 4 or pictures.shape[1] not in (1, 3) or pictures.dtype != np.uint8:
        raise DataError(
            "Samples of shape {shape} are no pictures.",
            "{name} tells features of grey or colour pictures.",
            shape=pictures.shape[1:],
            name=NAME,
        )
    x = torch.from_numpy(np.ascontiguousarray(pictures)).float() / 255.0
    if x.shape[1] == 3:
        x = (x * torch.tensor(_LUMA)[:, None, None]).sum(1, keepdim=True)  # (n, 1, H, W)
    if x.shape[2:] != (_SIDE_PX, _SIDE_PX):
        x = interpolate(x, (_SIDE_PX, _SIDE_PX), mode="bilinear", antialias=True)
    return x


def folder() -> Path:
    """Where the weights and their card lie: in a checkout, or with the installed wheel."""
    return app_root() / "assets" / "models" / NAME


@lru_cache(maxsize=1)
def features_28() -> FeatureSpace:
    """The feature space that ships, opened once.

    Raises
    ------
    AecoreError
        If its weights did not come with this installation.
    """
    from safetensors.torch import load_file

    path = folder() / "weights.safetensors"
    if not path.is_file():
        raise AecoreError(
            "The weights of {name} are missing.", "Install latent-lab again, whole.", name=NAME
        )
    with torch.random.fork_rng(devices=[]):
        model = DigitClassifier()
    model.load_state_dict({name: halves.float() for name, halves in load_file(path).items()})
    return FeatureSpace(model)
