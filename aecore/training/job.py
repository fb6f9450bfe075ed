"""Training as a job: fit, with its history, views and checkpoints kept in the run's artifact."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict

import numpy as np
import torch

from aecore import sentence
from aecore.artifact import Artifact, Progress
from aecore.data.samples import SampleSet, load_samples
from aecore.specs.run import RunSpec
from aecore.store import Store
from aecore.training import (
    HISTORY,
    LAST,
    MODEL,
    PARTIAL,
    STRIP,
    VIEW,
    VIEW_LABELS,
    VIEW_ROWS,
    views,
)
from aecore.training.allocator import keep_freed_memory
from aecore.training.begin import begin, check_fit, describe_columns
from aecore.training.checkpoint import (
    CheckpointWriter,
    load_last,
    load_start,
    save_partial,
    save_weights,
)
from aecore.training.checks import check_start, has_same_moments
from aecore.training.device import pick_device
from aecore.training.feed import view_rows
from aecore.training.fit import fit
from aecore.training.keyframes import Keyframes
from aecore.training.records import TrainRecord, TrainState
from aecore.training.trials import tuned
from aecore.training.tuning import TUNING, Tuning, remember, remembered, tuning_of


def compute(spec: RunSpec, artifact: Artifact, store: Store) -> Iterator[Progress]:
    """Train a run, or go on from its last checkpoint.

    Writes `model.json` (what is needed to open the model without its data), `tuning.json`,
    `history.jsonl`, `strip.npy`, `view.npy` with its rows and labels, `film/<epoch>.npz`,
    `last.safetensors` after epochs (see `CheckpointWriter`), `partial.safetensors` where it pauses
    within one, `weights.safetensors` at the end.

    Raises
    ------
    ArtifactMissingError
        If the data has not been brought in.
    SpecError, TooFewSamplesError, DivergedError
        See `fit`.
    """
    yield Progress("loading samples")
    keep_freed_memory()
    samples = load_samples(store.artifact(spec.data))
    check_fit(samples, spec)
    check_start(store, spec, samples.shape)
    yield Progress("measuring how this machine trains it fastest")
    tuning = _tuning(spec, artifact, store, samples)
    with tuning.applied():
        is_new = spec.start_from is None and not (artifact.has(LAST) or artifact.has(PARTIAL))
        at = begin(samples, spec, tuning=tuning, at_data=is_new)
        _describe(artifact, samples, at)
        _go_on(spec, artifact, store, at)
        describe_columns(at.model, samples)  # of the run that it is after they may be others
        yield Progress("training", at.epoch, spec.n_epochs)
        yield from record(spec, artifact, samples, at)


def record(
    spec: RunSpec, artifact: Artifact, samples: SampleSet, at: TrainState
) -> Iterator[Progress]:
    """Train from where `at` stands, and keep what is said and seen of it in the artifact."""
    view, keeper = _View(artifact), CheckpointWriter(artifact)
    try:
        for found in fit(samples, spec, at=at):
            # The history first: what it says beyond the checkpoint is dropped when training
            # resumes, but an epoch that only the checkpoint knew would be missing for ever.
            if found.whole or found.last or found.epoch < 1:  # later a curve goes by the epoch
                line = {**found.to_json(), "last": found.last, "time": time.time()}
                artifact.append(HISTORY, [line])
            if found.whole:
                keeper.keep(found.progression)
            if found.last:
                keeper.flush()
                save_weights(artifact, found.progression)
            view.show(found)
            yield Progress(
                "training" if found.epoch > 0 else "training each layer alone",
                max(0, round((found.progression.epoch if found.last else found.epoch) * 1000)),
                spec.n_epochs * 1000,
                found.eta_s,
                keep=_keeping(artifact, keeper, found),
            )
    finally:
        keeper.flush()


def _keeping(
    artifact: Artifact, keeper: CheckpointWriter, found: TrainRecord
) -> Callable[[], None] | None:
    """What lets a run pause after a record; None where it cannot (each layer alone, the end)."""
    if found.whole:
        return keeper.flush
    if found.last or found.progression.partial is None:
        return None

    def keep() -> None:
        keeper.flush()  # first, for a whole epoch that is written ends the partial one
        save_partial(artifact, found.progression)

    return keep


def _tuning(spec: RunSpec, artifact: Artifact, store: Store, samples: SampleSet) -> Tuning:
    """What the run was begun with, else what this machine has measured, now or before."""
    begun = tuning_of(artifact)
    if begun is not None:
        return begun
    chosen = remembered(store, spec, samples.shape)
    if chosen is None:
        chosen = tuned(samples, spec, pick_device())
        if chosen.is_measured:
            remember(store, spec, samples.shape, chosen)
    artifact.write_json(TUNING, asdict(chosen))
    return chosen


def _describe(artifact: Artifact, samples: SampleSet, at: TrainState) -> None:
    """Write what is needed to open the model, and to see its codes, without the data."""
    artifact.write_json(
        MODEL,
        {
            "shape": list(samples.shape),
            "scale": samples.scale,
            "offset": samples.offset.ravel().tolist(),
            "spread": samples.spread.ravel().tolist(),
            "label_names": list(samples.label_names),
            "framing": None if samples.framing is None else samples.framing.to_json(),
            "n_params": at.model.plan.n_params,
            "device": str(next(at.model.parameters()).device),
        },
    )
    followed = view_rows(samples)
    unlabelled = np.full(len(samples), -1)
    labels = unlabelled if samples.labels is None else samples.labels
    artifact.write_array(VIEW_ROWS, followed)
    artifact.write_array(VIEW_LABELS, labels[followed].astype(np.int64))


def _go_on(spec: RunSpec, artifact: Artifact, store: Store, at: TrainState) -> None:
    """Put the last checkpoint into a new model: the run's own, else that of the run it is after."""
    if load_last(artifact, at):
        _forget_after(artifact, at.step)
        Keyframes(artifact).forget_after(at.epoch)
        return
    Keyframes(artifact).forget_after(-1)
    if artifact.has(HISTORY):
        _forget_after(artifact, -1)  # of a first epoch that was broken off
    if spec.start_from is not None:
        parent = store.artifact(spec.start_from)
        load_start(parent, at, with_moments=has_same_moments(spec, parent))


def _forget_after(artifact: Artifact, step: int) -> None:
    """Drop from the history what came after the checkpoint that training resumes from."""
    records, _ = artifact.read_history(HISTORY)
    kept = [record for record in records if record["step"] <= step and not record["last"]]
    lines = "".join(json.dumps(sentence.to_json(record)) + "\n" for record in kept)
    artifact.write_bytes(HISTORY, lines.encode())  # at once, so that a kill cannot lose it


class _View:
    """Keeps the strip, keyframes, and a 2-D view of the codes that does not jump in between."""

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self.pace = views.pace(0.0)
        self.film = Keyframes(artifact)
        self.before: np.ndarray | None = None
        if artifact.has(VIEW):
            self.before = artifact.read_array(VIEW)

    def show(self, record: TrainRecord) -> None:
        """Write what the record brings to see."""
        if (begun := record.begun) is not None and begun.codes is not None:
            self.film.keep(0, begun.codes, begun.strip)
        if record.strip is not None:
            self.artifact.write_array(STRIP, record.strip)
        if record.last:
            self.film.forget_after(round(record.epoch))  # of weights that are given up
        if record.codes is None or not (self.pace.is_due() or record.last):
            return
        with self.pace.kept():
            self.film.keep(round(record.epoch), record.codes, record.strip)
            self.before = flat_view(record.codes, self.before)
            self.artifact.write_array(VIEW, self.before)


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
    if codes.shape[1] <= 2:
        return np.pad(codes, ((0, 0), (0, 2 - codes.shape[1]))).astype(np.float32)
    # In torch, whose threads are awake: numpy has threads of its own, which wait for cores that
    # those still hold.
    flat = torch.from_numpy(codes).double()
    flat = flat - flat.mean(0)
    _, axes = torch.linalg.eigh(flat.T @ flat)  # of D by D: less than a decomposition of n by D
    flat = flat @ axes[:, [-1, -2]]
    if before is not None and before.shape == flat.shape:
        wanted = torch.from_numpy(before).double()
        u, _, v = torch.linalg.svd(flat.T @ (wanted - wanted.mean(0)))
        flat = flat @ u @ v
    found: np.ndarray = flat.float().numpy()
    return found
