"""How well heat maps show what was pasted on held-out normal pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np

from aecore.bench.report import Figure
from aecore.data.samples import SampleSet
from aecore.metrics.localization import aupro, pixel_auroc
from aecore.runs import OpenRun
from aecore.store import Store
from aecore.studies.anomaly.heat import DEFAULT, KINDS, heat_maps
from aecore.studies.anomaly.study import AnomalyResult, read_state
from aecore.studies.anomaly.view import View

Shape = Literal["square", "line", "confetti"]
SHAPES: tuple[Shape, ...] = get_args(Shape)
N_PASTED = 200
GREY = 128
_SIDE = 0.22
"""Of the shorter side of a picture: the square's side; half the length of the line."""
_N_CONFETTI = 12


def masks_of(shape: Shape, n: int, height: int, width: int, *, seed: int = 0) -> np.ndarray:
    """Where something is pasted, bool `(n, H, W)`: a square, a line 2 px wide, or dots of 2 px."""
    random = np.random.default_rng(seed)
    side = max(2, round(_SIDE * min(height, width)))
    masks = np.zeros((n, height, width), bool)
    for mask in masks:
        if shape == "square":
            top, left = random.integers(0, height - side), random.integers(0, width - side)
            mask[top : top + side, left : left + side] = True
            continue
        if shape == "line":
            angle = random.uniform(0, np.pi)
            along = np.linspace(-side, side, 4 * side)
            y = random.uniform(side, height - side) + along * np.sin(angle)
            x = random.uniform(side, width - side) + along * np.cos(angle)
        else:
            y = random.uniform(0, height - 2, _N_CONFETTI)
            x = random.uniform(0, width - 2, _N_CONFETTI)
        for down in (0, 1):
            for right in (0, 1):
                rows = np.clip(y.astype(int) + down, 0, height - 1)
                mask[rows, np.clip(x.astype(int) + right, 0, width - 1)] = True
    return masks


def pasted(
    store: Store,
    run: OpenRun,
    samples: SampleSet,
    found: AnomalyResult,
    shape: Shape = "square",
    *,
    level: int | None = GREY,
) -> dict[str, float]:
    """Pixel AUROC and AUPRO of each heat map.

    Parameters
    ----------
    level
        Value that is pasted, 0 to 255; None: one drawn for each picture and channel.
    """
    rows = found.rows[found.kind != 1][:N_PASTED]
    x = np.array(samples.x[rows])
    masks = masks_of(shape, len(x), *x.shape[2:])
    random = np.random.default_rng(1)
    colours = random.integers(0, 256, (len(x), x.shape[1], 1, 1)).astype(np.uint8)
    x = np.where(masks[:, None], colours if level is None else np.uint8(level), x)
    spread = read_state(store.artifact(found.spec.key), "spread")["spread"]
    told = {}
    for kind in KINDS:
        for is_smoothed in (True, False):
            heat = heat_maps(View(run, x), kind, spread=spread, is_smoothed=is_smoothed)
            words = f"{kind}{', smoothed' if is_smoothed else ''}"
            told[f"pixel AUROC of {words}"] = pixel_auroc(heat, masks)
            told[f"AUPRO of {words}"] = aupro(heat, masks)
    return told


def pasted_figures(
    store: Store, name: str, run: OpenRun, samples: SampleSet, found: AnomalyResult
) -> Iterator[Figure]:
    """The default heat map for each shape; its target is the squared error as it is."""
    for shape in SHAPES:
        told = pasted(store, run, samples, found, shape, level=None)
        for score in ("pixel AUROC", "AUPRO"):
            of_score = {what: value for what, value in told.items() if what.startswith(score)}
            best = max(of_score, key=lambda what: of_score[what])
            words = (
                f"squared error, not smoothed {told[f'{score} of squared']:.3f}; best "
                f"{best.removeprefix(f'{score} of ')} {of_score[best]:.3f}"
            )
            value, plain = (
                told[f"{score} of {kind}"] for kind in (f"{DEFAULT}, smoothed", "squared")
            )
            yield Figure(f"{shape} pasted on {name}: {score}", value, "", plain, "high", words)
