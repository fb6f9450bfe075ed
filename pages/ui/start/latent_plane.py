"""A plane of two-number codes whose decoder runs in the browser, under the pointer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load

from aecore.artifact import Artifact
from aecore.errors import DataError
from aecore.figures.colours import UNLABELLED, class_colours
from aecore.models.plan import plan_of
from aecore.specs.run import RunSpec
from aecore.training import MODEL, VIEW, VIEW_LABELS, WEIGHTS
from pages.ui.components import component, pack
from pages.ui.translation import _


@dataclass(frozen=True)
class Plane:
    """Codes in a plane.

    Parameters
    ----------
    xy
        `(n, 2)`, the codes themselves.
    labels
        int `(n,)`, a class each.
    names
        Of the classes.
    """

    xy: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]


def plane_of(artifact: Artifact) -> Plane:
    """The codes that were followed while it was trained."""
    return Plane(
        xy=artifact.read_array(VIEW),
        labels=artifact.read_array(VIEW_LABELS),
        names=tuple(artifact.read_json(MODEL)["label_names"]),
    )


def latent_plane(artifact: Artifact, plane: Plane, *, key: str, height_px: int = 380) -> None:
    """Draw the plane and, beside it, what the decoder makes of the place under the pointer.

    Left alone, it walks from class to class.

    Raises
    ------
    DataError
        If the run's code has not two dimensions, or its decoder is not dense.
    """
    component("latent_plane")(key=key, data=_message(artifact, plane, height_px))


def _message(artifact: Artifact, plane: Plane, height_px: int) -> bytes:
    spec = artifact.spec
    if not isinstance(spec, RunSpec) or spec.code.n_dims != 2 or spec.network.kind == "conv":
        raise DataError(
            "This plane needs a dense model with two latent dimensions.", "Open another run."
        )
    shape = tuple(artifact.read_json(MODEL)["shape"])
    layers, halves = _decoder(artifact, spec, shape)
    low, high = np.quantile(plane.xy, [0.002, 0.998], axis=0)
    head = {
        "rev": artifact.key,
        "height": height_px,
        "label": _(
            "The latent plane: move the pointer, or press the arrow keys, to decode a point"
        ),
        "layers": layers,
        "shape": shape,
        "box": [*map(float, low), *map(float, high)],
        "tour": _tour(plane),
        "names": list(plane.names),
        "colours": class_colours(max(1, len(plane.names))),
        "unlabelled": UNLABELLED,
    }
    return pack(
        head,
        {
            "weights": halves,
            "xy": plane.xy.astype(np.float32),
            "labels": plane.labels.astype(np.uint16),
        },
    )


def _tour(plane: Plane) -> list[float]:
    """The middle of each class, one after the other."""
    middles = [
        np.median(plane.xy[plane.labels == label], axis=0) for label in np.unique(plane.labels)
    ]
    return [float(value) for middle in middles for value in middle]


def _decoder(
    artifact: Artifact, spec: RunSpec, shape: tuple[int, ...]
) -> tuple[list[dict[str, object]], np.ndarray]:
    """Dense layers of the decoder, and their weights as half-precision bits, uint16."""
    return _read_decoder(str(artifact.path / WEIGHTS), spec, shape)


@lru_cache(maxsize=4)
def _read_decoder(
    path: str, spec: RunSpec, shape: tuple[int, ...]
) -> tuple[list[dict[str, object]], np.ndarray]:
    weights = load(Path(path).read_bytes())
    layers: list[dict[str, object]] = []
    parts: list[np.ndarray] = []
    for index, layer in enumerate(plan_of(spec, shape).decoder):
        if layer.op == "linear":
            layers.append(
                {"n_in": layer.in_shape[0], "n_out": layer.out_shape[0], "act": "identity"}
            )
            parts += [weights[f"decoder.{index}.{name}"].ravel() for name in ("weight", "bias")]
        elif layer.op == "activation":
            layers[-1]["act"] = layer.function
    if spec.network.output == "sigmoid":
        layers[-1]["act"] = "sigmoid"
    return layers, np.concatenate(parts).astype(np.float16).view(np.uint16)
