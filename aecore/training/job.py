"""Training as a job: fit, with its history, views and checkpoints kept in the run's artifact."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import numpy as np

from aecore.data.samples import load_samples
from aecore.errors import SpecError
from aecore.specs import RunSpec
from aecore.store import Artifact, Progress, Store
from aecore.training import HISTORY
from aecore.training.checkpoint import load_last, save_last, save_weights
from aecore.training.fit import begin, fit, view_rows
from aecore.training.records import TrainRecord


def compute(spec: RunSpec, artifact: Artifact, store: Store) -> Iterator[Progress]:
    """Train a run, or go on from its last checkpoint.

    Writes `model.json` (what is needed to open the model without its data),
    `history.jsonl`, `strip.npy`, `view.npy` with its rows and labels, `codes/<epoch>.npy`,
    `last.safetensors` after each epoch, `weights.safetensors` at the end.

    Raises
    ------
    ArtifactMissingError
        If the data has not been brought in.
    SpecError, TooFewSamplesError, DivergedError
        See `fit`.
    """
    yield Progress("loading samples")
    samples = load_samples(store.artifact(spec.data))
    at = begin(samples, spec)
    artifact.write_json(
        "model.json",
        {
            "shape": list(samples.shape),
            "scale": samples.scale,
            "offset": samples.offset.ravel().tolist(),
            "spread": samples.spread.ravel().tolist(),
            "label_names": list(samples.label_names),
            "n_params": at.model.plan.n_params,
            "device": str(next(at.model.parameters()).device),
        },
    )
    if load_last(artifact, at):
        _forget_after(artifact, at.step)
    elif spec.start_from is not None:
        parent = store.artifact(spec.start_from)
        if not load_last(parent, at):
            raise SpecError(
                "The run to train further has no finished epoch.", "Train it from the start."
            )
        at.epoch = at.step = 0
        at.best_val, at.best_weights, at.curve = None, {}, []
    followed = view_rows(samples)
    unlabelled = np.full(len(samples), -1)
    labels = unlabelled if samples.labels is None else samples.labels
    artifact.write_array("view-rows.npy", followed)
    artifact.write_array("view-labels.npy", labels[followed].astype(np.int64))
    view = _View(artifact)
    yield Progress("training", at.epoch, spec.n_epochs)
    for record in fit(samples, spec, at=at):
        # The history first: what it says beyond the checkpoint is dropped when training
        # resumes, but an epoch that only the checkpoint knew would be missing for ever.
        if record.whole or record.last or record.epoch < 1:  # later a curve goes by the epoch
            line = {**record.to_json(), "last": record.last, "time": time.time()}
            artifact.append(HISTORY, [line])
        if record.whole:
            save_last(artifact, record.progression)
        if record.last:
            save_weights(artifact, record.progression)
        view.show(record)
        yield Progress(
            "training" if record.epoch > 0 else "training each layer alone",
            max(0, round(record.epoch * 1000)),
            spec.n_epochs * 1000,
            record.eta_s,
        )


def _forget_after(artifact: Artifact, step: int) -> None:
    """Drop from the history what came after the checkpoint that training resumes from."""
    records, _ = artifact.read_history(HISTORY)
    kept = [record for record in records if record["step"] <= step and not record["last"]]
    lines = "".join(json.dumps(record) + "\n" for record in kept)
    artifact.write_bytes(HISTORY, lines.encode())  # at once, so that a kill cannot lose it


class _View:
    """Keeps the strip and a 2-D view of the codes that does not jump from record to record."""

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self.before: np.ndarray | None = None
        if artifact.has("view.npy"):
            self.before = artifact.read_array("view.npy")

    def show(self, record: TrainRecord) -> None:
        """Write what the record brings to see."""
        if record.strip is not None:
            self.artifact.write_array("strip.npy", record.strip)
        if record.codes is not None:
            epoch = round(record.epoch)
            self.artifact.write_array(f"codes/{epoch:05d}.npy", record.codes.astype(np.float16))
            self.before = flat_view(record.codes, self.before)
            self.artifact.write_array("view.npy", self.before)


def flat_view(codes: np.ndarray, before: np.ndarray | None = None) -> np.ndarray:
    """Codes in two dimensions: as they are where they have two, else their first two components.

    Parameters
    ----------
    codes
        float32 `(n, D)`.
    before
        float32 `(n, 2)`, an earlier view of the same samples: the new one is turned and
        mirrored (not scaled) to lie as near to it as it can (orthogonal Procrustes,
        Schonemann 1966, Psychometrika 31).

    Returns
    -------
    ndarray
        float32 `(n, 2)`.
    """
    flat: np.ndarray = codes.astype(np.float64)
    if codes.shape[1] <= 2:
        return np.pad(flat, ((0, 0), (0, 2 - codes.shape[1]))).astype(np.float32)
    flat = flat - flat.mean(0)
    _, _, axes = np.linalg.svd(flat, full_matrices=False)
    flat = flat @ axes[:2].T
    if before is not None and before.shape == flat.shape:
        u, _, v = np.linalg.svd(flat.T @ (before - before.mean(0)))
        flat = flat @ u @ v
    return flat.astype(np.float32)
