"""A run's decoder as layers and safetensors bytes, for whoever has no torch: a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load, save

from aecore.errors import DataError
from aecore.export.portable_layers import layers_of

if TYPE_CHECKING:
    from aecore.runs import OpenRun

N_TRIED = 64
"""Codes that are decoded with rounded weights to see whether their pictures stay."""
_LARGEST_CHANGE = 1.0 / 255.0
MAX_MULTIPLIES = 150_000_000
"""Above it a decoder is too slow to follow a pointer in a browser."""
MAX_BYTES = 24_000_000
"""Above it its weights are too much to send to each browser of a class."""


@dataclass(frozen=True, repr=False)
class PortableDecoder:
    """From a code to a picture, told without torch.

    Batch norms are folded into the layer before them, dropout is gone, and what scales a
    picture back to [0, 1] is the last layer.

    Parameters
    ----------
    layers
        What JSON can hold, in order; the names of weights are keys of the safetensors.
    weights
        Safetensors, as halves where that changes no pixel by more than one of 255 grey levels.
    shape
        Of a picture, `(C, H, W)`.
    n_dims
        Latent dimension D.
    n_multiplies
        Multiplications that one picture takes.
    is_half
        Whether weights are halves.
    """

    layers: tuple[dict[str, Any], ...]
    weights: bytes
    shape: tuple[int, ...]
    n_dims: int
    n_multiplies: int
    is_half: bool

    def __repr__(self) -> str:
        size = f"{len(self.weights) / 1e6:.1f} MB"
        return f"PortableDecoder({self.n_dims} -> {self.shape}, {size})"

    @property
    def is_small(self) -> bool:
        """Whether a browser can follow the pointer with it, and a class can load it."""
        return self.n_multiplies <= MAX_MULTIPLIES and len(self.weights) <= MAX_BYTES

    def values(self, z: np.ndarray) -> np.ndarray:
        """Codes `(m, D)` to pictures in [0, 1], float32 `(m, C, H, W)`, by torch's functions.

        What a browser must give too; torch's own model is the other way there.
        """
        return _replayed(self.layers, load(self.weights), z).reshape(len(z), *self.shape)


def portable(run: OpenRun, tried: np.ndarray) -> PortableDecoder:
    """The decoder of a run of pictures.

    Parameters
    ----------
    tried
        `(m, D)`, codes of the run's samples; the first `N_TRIED` decide whether halves will do.

    Raises
    ------
    DataError
        If its samples are rows of a table.
    """
    if len(run.shape) != 3:
        raise DataError(
            "Only decoders of pictures run in a browser.", "Choose a run trained on pictures."
        )
    found = layers_of(run)
    exact = {name: np.ascontiguousarray(w, np.float32) for name, w in found.weights.items()}
    with np.errstate(over="ignore"):
        halves = {name: w.astype(np.float16) for name, w in exact.items()}
    # a code near two entries of a codebook might turn to the other
    is_half = run.spec.code.kind != "quantized" and _stays_alike(
        found.told, exact, halves, np.asarray(tried[:N_TRIED], np.float32)
    )
    return PortableDecoder(
        layers=tuple(found.told),
        weights=save(halves if is_half else exact),
        shape=run.shape,
        n_dims=run.n_dims,
        n_multiplies=found.n_multiplies,
        is_half=is_half,
    )


def _stays_alike(
    told: Sequence[dict[str, Any]],
    exact: Mapping[str, np.ndarray],
    halves: Mapping[str, np.ndarray],
    z: np.ndarray,
) -> bool:
    """Whether pictures decoded with halves differ by one grey level at the most."""
    if not all(np.isfinite(values).all() for values in halves.values()):
        return False
    one, other = (np.clip(_replayed(told, weights, z), 0, 1) for weights in (exact, halves))
    return bool(np.abs(one - other).max(initial=0.0) <= _LARGEST_CHANGE)


def _replayed(
    told: Sequence[dict[str, Any]], weights: Mapping[str, np.ndarray], z: np.ndarray
) -> np.ndarray:
    """The layers one after the other: codes `(m, D)` to `(m, C * H * W)`."""
    import torch

    tensors = {name: torch.from_numpy(value.astype(np.float32)) for name, value in weights.items()}
    x, kept = torch.from_numpy(np.asarray(z, np.float32)), torch.empty(0)
    codes = x
    with torch.inference_mode():
        for layer in told:
            if layer["op"] == "keep":
                kept = x.flatten(1)
            elif layer["op"] == "along":  # a linear path from the codes, beside all that was told
                weight, bias = tensors[layer["weight"]], tensors[layer["bias"]]
                x = x.flatten(1) + torch.nn.functional.linear(codes, weight, bias)
            else:
                x = x.flatten(1) + kept if layer["op"] == "add" else _layer(layer, x, tensors)
    found: np.ndarray = x.flatten(1).numpy()
    return found


def _layer(layer: dict[str, Any], x: Any, tensors: dict[str, Any]) -> Any:
    from torch.nn import functional as F

    from aecore.models.networks import ACTIVATIONS

    op = layer["op"]
    if op == "snap":
        entries, (C, H, W) = tensors[layer["entries"]], layer["grid"]
        vectors = x.view(len(x), C, H * W).transpose(1, 2)  # (m, places, C)
        chosen = ((vectors[:, :, None] - entries) ** 2).sum(-1).argmin(-1)
        return entries[chosen].transpose(1, 2).flatten(1)
    if op == "dense":
        x = F.linear(x.flatten(1), tensors[layer["weight"]], tensors[layer["bias"]])
    elif op in ("conv", "deconv"):
        x = x.view(len(x), *layer["before"])
        form = (tensors[layer["weight"]], tensors[layer["bias"]], layer["stride"])
        padding = 0 if layer["kernel"] == 1 else 1
        odd = [side % 2 for side in layer["after"][1:]]
        x = (
            F.conv2d(x, *form, padding)
            if op == "conv"
            else F.conv_transpose2d(x, *form, padding, odd)
        )
    elif op == "scale":
        gain, shift = tensors[layer["gain"]][:, None], tensors[layer["shift"]][:, None]
        x = x.view(len(x), len(gain), -1) * gain + shift
    return ACTIVATIONS[layer["act"] or "identity"]()(x)
