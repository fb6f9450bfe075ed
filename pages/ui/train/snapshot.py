"""What a look at a run shows, read and packed once for all who watch it."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aecore.artifact import Artifact
from aecore.data.ingest import open_samples
from aecore.data.row_values import errors_by_column, in_own_units
from aecore.figures.curves import Curve
from aecore.figures.pictures import error_map
from aecore.specs.run import RunSpec
from aecore.specs.terms import TERM_SPECS
from aecore.store import Store
from aecore.training import HISTORY, MODEL, STRIP, VIEW, VIEW_LABELS
from aecore.training.lineage import concatenated, lineage
from aecore.training.tuning import tuning_of
from pages.ui import gallery, rows
from pages.ui.train import codes_view, loss_chart
from pages.ui.train.loss_chart import Mark
from pages.ui.translation import _, language

HEIGHT_PX = 330
ERROR_TOP = 0.5
N_ROWS = 4
"""Rows of a table whose reconstructions are shown while a run trains."""
_N_KEPT = 16
"""Runs whose last look is kept."""


@dataclass(frozen=True)
class Snapshot:
    """A run as it stood at one moment, packed for the browser.

    Parameters
    ----------
    records
        Its history, behind that of the run it went on from.
    ended
        The record with which it ended; None before.
    curves, perplexity, codes, strip
        Messages of the components; None where there is nothing to draw yet.
    n_entries
        Entries of a codebook in even use, at the last epoch.
    epochs_kept
        Of its own, those that its weights have seen at its end; infinite before.
    row_table
        Of a run on rows: columns, their errors, and a few rows beside their reconstructions.
    computed_with
        Threads, memory layout and optimizer that were chosen for it, in words.
    """

    records: list[dict[str, Any]]
    ended: dict[str, Any] | None = None
    curves: bytes = b""
    perplexity: bytes | None = None
    n_entries: float = 0.0
    epochs_kept: float = math.inf
    codes: bytes | None = None
    strip: bytes | None = None
    row_table: dict[str, list[Any]] | None = None
    computed_with: str = ""


@dataclass
class _Kept:
    stamp: tuple[object, ...] = ()
    look: Snapshot | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_KEPT: OrderedDict[str, _Kept] = OrderedDict()
_DOOR = threading.Lock()


def snapshot_of(store: Store, artifact: Artifact, spec: RunSpec) -> Snapshot:
    """The run as it stands; made by the first of those who ask at the same time."""
    place = f"{language()} {artifact.path}"  # its charts say words
    with _DOOR:
        kept = _KEPT.setdefault(place, _Kept())
        _KEPT.move_to_end(place)
        while len(_KEPT) > _N_KEPT:
            _KEPT.popitem(last=False)
    with kept.lock:
        stamp = tuple(_stamp(artifact, name) for name in (HISTORY, STRIP, VIEW))
        if kept.look is None or kept.stamp != stamp:
            kept.look, kept.stamp = _made(store, artifact, spec), stamp
        return kept.look


def _stamp(artifact: Artifact, name: str) -> tuple[int, int, int]:
    """Changes when a file does."""
    try:
        found = (artifact.path / name).stat()
    except FileNotFoundError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _made(store: Store, artifact: Artifact, spec: RunSpec) -> Snapshot:
    legs = lineage(store, artifact)
    records = concatenated(legs)
    if not records:
        return Snapshot(records)
    ended = legs[-1].ended
    shown = [*curves(records, spec), *_pca(artifact, records, ended, spec)]
    chart = loss_chart.message(shown, artifact.key, marks(records), True, HEIGHT_PX)
    perplexity, n_entries = _perplexity(artifact, records)
    strip = _strip(artifact)
    row_table = None if strip is not None else _row_table(store, artifact, spec)
    codes = _codes(artifact, records)
    tuning = tuning_of(artifact)
    words = ", ".join(map(_, tuning.words)) if tuning else ""
    kept = legs[-1].epochs_kept
    return Snapshot(
        records, ended, chart, perplexity, n_entries, kept, codes, strip, row_table, words
    )


def _pca(
    artifact: Artifact, records: list[dict[str, Any]], ended: dict[str, Any] | None, spec: RunSpec
) -> list[Curve]:
    """The error of PCA of the same size as a level line, where the loss is a squared error."""
    told, first = (ended or {}).get("pca"), spec.objective[0]
    if told is None or first.name != "mse":
        return []
    n = math.prod(artifact.read_json(MODEL)["shape"]) if first.reduction == "sum" else 1
    x = np.array([records[0]["epoch"], records[-1]["epoch"]], np.float32)
    name = _("PCA, {n:.0f} components", n=told["n"])
    return [Curve(name, x, np.full(2, n * told["error"], np.float32), "val")]


def _perplexity(artifact: Artifact, records: list[dict[str, Any]]) -> tuple[bytes | None, float]:
    """Of a quantized code: how many entries are in even use, epoch by epoch."""
    points = [(r["epoch"], r["val"]["perplexity"]) for r in records if "perplexity" in r["val"]]
    if not points:
        return None, 0.0
    x, y = np.array(points, np.float32).T
    curve = Curve("perplexity", x, y, "val")
    return loss_chart.message([curve], artifact.key, (), False, 150), float(y[-1])


def _codes(artifact: Artifact, records: list[dict[str, Any]]) -> bytes | None:
    if not artifact.has(VIEW):
        return None
    return codes_view.message(
        artifact.read_array(VIEW),
        artifact.read_array(VIEW_LABELS),
        artifact.read_json(MODEL)["label_names"],
        run=artifact.key,
        rev=records[-1]["step"],
        height_px=HEIGHT_PX,
    )


def _strip(artifact: Artifact) -> bytes | None:
    """The strip of pictures; None of rows."""
    if not artifact.has(STRIP):
        return None
    strip = artifact.read_array(STRIP)
    if strip.ndim != 5:
        return None
    wall = {_("Original"): strip[0], _("Reconstruction"): strip[-1]}
    if len(strip) == 3:
        wall = {_("Original"): strip[0], _("Noisy input"): strip[1], _("Cleaned"): strip[2]}
    wall[_("Error")] = error_map(strip[0], strip[-1], top=ERROR_TOP)
    return gallery.message(wall, (), target_px=96, error_top=ERROR_TOP)


def _row_table(store: Store, artifact: Artifact, spec: RunSpec) -> dict[str, list[Any]] | None:
    """The rows that are followed, a line a column, those with most error first."""
    if not artifact.has(STRIP) or not store.artifact(spec.data).has("samples.json"):
        return None
    strip = artifact.read_array(STRIP)
    samples = open_samples(store, spec.data)
    if samples.is_pictures or strip.shape[2:] != samples.shape:
        return None
    errors = errors_by_column(samples, strip[0], strip[-1]).mean(0)
    came, back = (in_own_units(samples, strip[i][:N_ROWS]) for i in (0, -1))
    names = list(came)
    order = np.argsort(-errors, kind="stable")
    found: dict[str, list[Any]] = {
        _("Column"): [names[i] for i in order],
        rows.ERROR: [float(errors[i]) for i in order],
    }
    for k in range(min(N_ROWS, strip.shape[1])):
        found[f"Row {k + 1}"] = [
            f"{rows.shown(came[names[i]][k])} → {rows.shown(back[names[i]][k])}" for i in order
        ]
    return found


def curves(records: list[dict[str, Any]], spec: RunSpec) -> list[Curve]:
    """Loss and terms on train and validation; within the first epoch, by the step.

    The sum is left out where it is a single term's own curve. A mean over an epoch of training
    stands at the middle of that epoch, where it was measured on average; validation at its end.
    """
    whole = [record for record in records if record["whole"]]
    begun = [r for r in records if not whole or r["epoch"] < whole[0]["epoch"]]
    later = whole[1:] if begun else whole
    train = [*begun, *({**r, "epoch": r["epoch"] - 0.5} for r in later)]
    single = len(spec.objective) == 1 and spec.objective[0].weight == 1
    names = dict.fromkeys(name for r in train for name in r["train"])  # layers alone come first
    if single:
        names.pop("loss", None)
    found = []
    for name in names:
        for part, chosen in (("train", train), ("val", whole)):
            points = [(r["epoch"], r[part][name]) for r in chosen if name in r[part]]
            if points:
                x, y = np.array(points, np.float32).T
                found.append(Curve(title_of_value(name), x, y, part))
    return found


def title_of_value(name: str) -> str:
    """What to call a value of a record: the sum, a term, a layer, or what else it holds."""
    if name == "loss":
        return _("loss (sum)")
    if name.startswith("layer "):
        return _("layer {number}", number=name.removeprefix("layer "))
    return TERM_SPECS[name].about.title if name in TERM_SPECS else name.replace("_", " ")


def marks(records: list[dict[str, Any]]) -> list[Mark]:
    """Where training went on from another run, where all layers joined, and the best epoch."""
    joints = [Mark(r["epoch"], _("trained further")) for r in records if r.get("joint")]
    if records and is_alone(records[0]):
        joints.append(Mark(0.0, _("all layers together")))
    whole = [record for record in records if record["whole"] and record["val"]]
    if len(whole) < 3:
        return joints
    best = min(whole, key=lambda record: record["val"]["loss"])
    return [*joints, Mark(best["epoch"], _("best"))]


def is_alone(record: dict[str, Any]) -> bool:
    """Whether a record is of one layer that is trained by itself."""
    return bool(record["epoch"] <= 0 and record["train"] and "loss" not in record["train"])
