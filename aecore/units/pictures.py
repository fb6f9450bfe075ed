"""Units as pictures: their weights, what a number of the code does, what an entry stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.runs import OpenRun
from aecore.sentence import Sentence
from aecore.specs.codes import QuantizedCodeSpec
from aecore.units.units import UnitLayer, entries_of

_N_STEPS = 2.0


@dataclass(frozen=True)
class UnitPictures:
    """One picture a unit.

    Parameters
    ----------
    pictures
        float32 `(n_units, C, H, W)`: signed, or values in [0, 1].
    what
        What they are, for a person.
    """

    pictures: np.ndarray
    what: str
    is_signed: bool = True

    @property
    def top(self) -> float:
        """Size that is drawn in the full colour: one for all units, but for the largest 0.5 %."""
        return float(max(np.quantile(np.abs(self.pictures), 0.995), 1e-12))


def weight_pictures(run: OpenRun, layer: UnitLayer) -> UnitPictures | None:
    """The weights of each unit as a picture, where they are one; else None.

    They are where a unit reads the pixels (a first layer: its incoming weights, or the kernel
    of a convolution), and where the decoder has one layer only (outgoing weights of the code).
    """
    if len(run.shape) != 3 or layer.is_codebook:
        return None
    model, decoder = run.model, run.model.plan.decoder
    encoder, modules = model.plan.encoder, model.encoder
    if layer.is_beside and model.beside is not None:
        encoder, modules = model.plan.beside, model.beside
    if layer.is_code:
        if [step.op for step in decoder] == ["linear", "unflatten"]:
            weight = _array(model.decoder[0].weight)  # (F, D)
            return UnitPictures(
                weight.T.reshape(layer.n_units, *run.shape),
                "Outgoing weights: what one unit of this dimension adds to the picture.",
            )
        return None
    if encoder[layer.at].op == "conv" and layer.at == 0:
        return UnitPictures(
            _array(modules[0].weight),  # (n_units, C, k, k)
            "The convolution kernel of each channel.",
        )
    if encoder[layer.at].op == "linear" and [s.op for s in encoder[: layer.at]] == ["flatten"]:
        weight = _array(modules[layer.at].weight)  # (n_units, F)
        return UnitPictures(
            weight.reshape(layer.n_units, *run.shape),
            "Incoming weights: pixels that activate the unit, and pixels that inhibit it.",
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
        "Change of the decoded picture when this dimension goes from two standard deviations "
        "below its mean to two above (instead of weights: this decoder has several layers).",
    )


def entry_pictures(run: OpenRun, x: np.ndarray) -> UnitPictures:
    """What each entry of a codebook stands for: the mean of the places that chose it.

    Each place of the grid looks at one cell of the picture; shown is that cell with a cell
    around it. Entries that no place chose are black.

    Parameters
    ----------
    x
        Samples that are encoded, uint8 `(n, C, H, W)`.
    """
    entries = entries_of(run, x)  # (n, rows, columns)
    C, H, W = run.shape
    rows, columns = entries.shape[1:]
    h, w = max(1, H // rows), max(1, W // columns)
    padded = np.pad(x, ((0, 0), (0, 0), (h, 2 * h), (w, 2 * w)), mode="edge")
    sums = np.zeros(
        (run.spec.code_as(QuantizedCodeSpec).codebook_size, C, 3 * h, 3 * w), np.float64
    )
    counts = np.zeros(len(sums))
    for row in range(rows):
        for column in range(columns):
            chosen = entries[:, row, column]
            seen = padded[:, :, row * h : (row + 3) * h, column * w : (column + 3) * w]
            np.add.at(sums, chosen, seen / 255.0)
            np.add.at(counts, chosen, 1)
    means = sums / np.maximum(counts, 1)[:, None, None, None]
    return UnitPictures(
        means.astype(np.float32),
        Sentence(
            "What an entry stands for: the mean of all positions that use it, {w} × {h} px in the "
            "middle, with their surroundings.",
            w=w,
            h=h,
        ),
        is_signed=False,
    )


def _array(weight: object) -> np.ndarray:
    found: np.ndarray = weight.detach().float().numpy()  # type: ignore[attr-defined]
    return found
