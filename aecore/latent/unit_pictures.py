"""The weights of a unit as a picture, and what a dimension of the code does to the decoder's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.latent.units import UnitLayer
from aecore.runs import OpenRun

_N_STEPS = 2.0


@dataclass(frozen=True)
class UnitPictures:
    """One signed picture a unit.

    Parameters
    ----------
    pictures
        float32 `(n_units, C, H, W)`.
    what
        What they are, for a person.
    """

    pictures: np.ndarray
    what: str

    @property
    def top(self) -> float:
        """Size that is drawn in the full colour: one for all units, but for the largest 0.5 %."""
        return float(max(np.quantile(np.abs(self.pictures), 0.995), 1e-12))


def weight_pictures(run: OpenRun, layer: UnitLayer) -> UnitPictures | None:
    """The weights of each unit as a picture, where they are one; else None.

    They are where a unit reads the pixels (a first layer: its incoming weights, or the kernel
    of a convolution), and where the decoder has one layer only (outgoing weights of the code).
    """
    if len(run.shape) != 3:
        return None
    model, encoder, decoder = run.model, run.model.plan.encoder, run.model.plan.decoder
    if layer.is_code:
        if [step.op for step in decoder] == ["linear", "unflatten"]:
            weight = _array(model.decoder[0].weight)  # (F, D)
            return UnitPictures(
                weight.T.reshape(layer.n_units, *run.shape),
                "Outgoing weights: what one unit of this number adds to the picture.",
            )
        return None
    if encoder[layer.at].op == "conv" and layer.at == 0:
        return UnitPictures(
            _array(model.encoder[0].weight),  # (n_units, C, k, k)
            "The kernel of each channel, as it slides over the picture.",
        )
    if encoder[layer.at].op == "linear" and [s.op for s in encoder[: layer.at]] == ["flatten"]:
        weight = _array(model.encoder[layer.at].weight)  # (n_units, F)
        return UnitPictures(
            weight.reshape(layer.n_units, *run.shape),
            "Incoming weights: pixels that drive the unit, and pixels that hold it back.",
        )
    return None


def decoded_differences(run: OpenRun, z: np.ndarray) -> UnitPictures | None:
    """What each dimension of the code does: decoded at mean + 2 deviations, minus at mean - 2.

    The other dimensions stand at their mean. A stand-in for weights where the decoder has
    several layers; None where samples are no pictures.

    Parameters
    ----------
    z
        `(n, D)`, codes of samples: mean and deviation are taken over them.
    """
    if len(run.shape) != 3:
        return None
    middle, step = z.mean(0), _N_STEPS * z.std(0)  # (D,)
    up = run.decode(middle + np.diag(step)).astype(np.float32)  # (D, C, H, W)
    down = run.decode(middle - np.diag(step)).astype(np.float32)
    return UnitPictures(
        (up - down) / np.float32(255.0),
        "What changes in the decoded picture when this number goes from its mean minus two "
        "deviations to its mean plus two (a stand-in for weights: this decoder has many layers).",
    )


def _array(weight: object) -> np.ndarray:
    found: np.ndarray = weight.detach().float().numpy()  # type: ignore[attr-defined]
    return found
