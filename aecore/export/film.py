"""The film of a training: where the codes of a fixed sample lay, epoch by epoch, on one plane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.artifact import Artifact
from aecore.errors import ArtifactMissingError
from aecore.figures.curves import Curve
from aecore.sentence import Sentence
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import RunSpec
from aecore.store import Store
from aecore.training import MODEL, STRIP, VIEW_LABELS
from aecore.training.keyframes import (
    N_KEPT,
    Keyframe,
    kept_epochs,
    read_keyframe,
    shrunk,
    thinned,
)
from aecore.training.lineage import Segment, concatenated, lineage

_N_HELD = 16_000_000
"""Numbers of all keyframes that are held in memory together, at the most."""
_FREE_CODE = ("identity",)
"""Activations of a plain code that leave its axes without a meaning."""
_SHAPING = ("sparse_l1", "sparse_kl", "adversarial_code", "mmd")
"""Terms of a loss that give the axes of a plain code a meaning, or its cloud a place."""


@dataclass(frozen=True, repr=False)
class Film:
    """A training as a series of keyframes.

    Parameters
    ----------
    key
        Of the run.
    epochs
        float64 `(n_frames,)`, rising, counted from the first step of the first of the runs that
        went on from each other.
    positions
        float32 `(n_frames, n, 2)`: all frames on one plane, so that a point whose code stays
        does not move.
    labels
        int64 `(n,)`; -1 where a sample has none.
    label_names
        Name of each label.
    axes
        Names of the two axes.
    shown
        Share of the spread of all codes of all frames that the plane shows, in [0, 1], high is
        good; 1 where the code has two numbers.
    is_turned
        Whether turns that all points share are taken out; see `film_of`.
    originals, inputs
        uint8 `(m, C, H, W)`: fixed pictures, and what the model got of them where it was trained
        on corrupted ones; None for rows.
    pictures
        uint8 `(n_frames, m, C, H, W)`: their reconstructions; where a keyframe has none of its
        own, those of the last that has.
    loss
        The loss over epochs, on the training and on the validation part; low is good.
    joints
        Epochs after which a run was trained further.
    """

    key: str
    epochs: np.ndarray
    positions: np.ndarray
    labels: np.ndarray
    label_names: tuple[str, ...]
    axes: tuple[str, str]
    shown: float
    is_turned: bool
    originals: np.ndarray | None
    inputs: np.ndarray | None
    pictures: np.ndarray | None
    loss: tuple[Curve, ...]
    joints: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.epochs)

    def __repr__(self) -> str:
        return f"Film({len(self)} keyframes, {self.positions.shape[1]:,} points)"


@dataclass(frozen=True)
class _Kept:
    """A keyframe on disk, and the epoch it stands at in the whole film."""

    artifact: Artifact
    own_epoch: int
    epoch: float

    def read(self) -> Keyframe | None:
        return read_keyframe(self.artifact, self.own_epoch)


def film_of(store: Store, key: str) -> Film:
    """The film of a run, behind those of the runs it went on from.

    Codes of more than two numbers are projected on the first two principal components of the
    codes of all frames together, so that the plane is the same in each. Only where the axes of
    a code mean nothing by themselves (a plain code that no term of the loss shapes: a decoder
    works as well on turned codes) is each frame first turned onto the next, about the origin
    of the code, so that what turns as a whole stands still.

    Raises
    ------
    ArtifactMissingError
        If the run kept no keyframes.
    """
    artifact = store.artifact(key)
    spec = artifact.spec
    if not isinstance(spec, RunSpec):
        raise ArtifactMissingError("Only a run has a film.", "Give the key of a run.")
    legs = lineage(store, artifact)
    kept = _kept(legs)
    first = next((found for at in reversed(kept) if (found := at.read())), None)
    if first is None:
        raise ArtifactMissingError(
            "This run has no film of its training.",
            "Runs of this version record one: continue its training, or train a new one.",
        )
    frames = _Frames(kept, first)
    positions, axes, shown, is_turned = _on_one_plane(frames, spec)
    originals, inputs = _strip(artifact)
    end = legs[-1].epochs_before + legs[-1].epochs_kept
    records = [record for record in concatenated(legs) if record["epoch"] <= end]
    return Film(
        key=key,
        epochs=np.array(frames.epochs, float),
        positions=positions,
        labels=artifact.read_array(VIEW_LABELS),
        label_names=tuple(artifact.read_json(MODEL)["label_names"]),
        axes=axes,
        shown=shown,
        is_turned=is_turned,
        originals=originals,
        inputs=inputs,
        pictures=None if originals is None else _carried(frames.pictures, originals),
        loss=tuple(loss_curves(records)),
        joints=tuple(float(record["epoch"]) for record in records if record.get("joint")),
    )


def film_stamp(store: Store, key: str) -> str:
    """Changes when the film of a run does."""
    artifact = store.artifact(key)
    epochs = kept_epochs(artifact)
    newest = artifact.path / "film" / f"{epochs[-1]:06d}.npz" if epochs else None
    moment = newest.stat().st_mtime_ns if newest is not None and newest.exists() else 0
    return f"{key} {len(epochs)} {moment}"


def _kept(legs: Sequence[Segment]) -> list[_Kept]:
    """Keyframes of all legs that follow the same samples as the last, thinned together."""
    found: dict[float, _Kept] = {}
    rows = _followed(legs[-1].artifact)
    for leg, after in zip(legs, [*legs[1:], None], strict=True):
        end = after.epochs_before if after else np.inf
        followed = _followed(leg.artifact)
        if rows is None or followed is None or not np.array_equal(followed, rows):
            continue
        for own in kept_epochs(leg.artifact):
            epoch = own + leg.epochs_before
            if epoch <= end:
                found[epoch] = _Kept(leg.artifact, own, epoch)
    whole = {round(epoch): kept for epoch, kept in sorted(found.items())}
    return [whole[epoch] for epoch in thinned(list(whole), N_KEPT)]


def _followed(artifact: Artifact) -> np.ndarray | None:
    """Rows of the data whose codes are kept, behind the key of the data as a number."""
    spec = artifact.spec
    if not isinstance(spec, RunSpec) or not artifact.has("view-rows.npy"):
        return None
    data = int(spec.data.partition("-")[2][:15], 16)
    return np.concatenate([[data], artifact.read_array("view-rows.npy")])


class _Frames:
    """Keyframes that have codes like the last; where they are large, read one at a time."""

    def __init__(self, kept: Sequence[_Kept], last: Keyframe) -> None:
        self.kept: list[_Kept] = []
        self.pictures: list[np.ndarray | None] = []
        self._held: list[np.ndarray] = []
        is_small = len(kept) * last.codes.size <= _N_HELD
        for at in kept:
            found = at.read()
            if found is not None and found.codes.shape == last.codes.shape:
                self.kept.append(at)
                self.pictures.append(found.pictures)
                if is_small:
                    self._held.append(found.codes)
        self.shape: tuple[int, int] = (last.codes.shape[0], last.codes.shape[1])
        self._before = last.codes

    @property
    def epochs(self) -> list[float]:
        return [at.epoch for at in self.kept]

    def codes(self, i: int) -> np.ndarray:
        """float64 `(n, D)`; a frame that thinning has dropped meanwhile repeats another."""
        if self._held:
            return self._held[i].astype(np.float64)
        found = self.kept[i].read()
        if found is not None:
            self._before = found.codes
        return self._before.astype(np.float64)


def _on_one_plane(
    frames: _Frames, spec: RunSpec
) -> tuple[np.ndarray, tuple[str, str], float, bool]:
    n_frames, (n, D) = len(frames.kept), frames.shape
    if D <= 2:
        flat = np.zeros((n_frames, n, 2), np.float32)
        for i in range(n_frames):
            flat[i, :, :D] = frames.codes(i)
        return flat, (Sentence("code 0"), Sentence("code 1") if D == 2 else ""), 1.0, False
    is_turned = is_free(spec) and n_frames > 1
    turns = turns_of(frames.codes, n_frames) if is_turned else None

    def codes(i: int) -> np.ndarray:
        z = frames.codes(i)
        return z if turns is None else z @ turns[i]

    plane = common_plane(codes, n_frames)
    flat = np.stack([plane.project(codes(i)) for i in range(n_frames)]).astype(np.float32)
    return flat, (Sentence("PC 1 of all epochs"), "PC 2"), plane.shown, is_turned


def is_free(spec: RunSpec) -> bool:
    """Whether the axes of a code mean nothing: any turn of it would serve the decoder as well."""
    code = spec.code
    shaped = any(term.name in _SHAPING and term.weight for term in spec.objective)
    if not isinstance(code, PlainCodeSpec) or shaped:
        return False
    return code.activation in _FREE_CODE and not (code.batch_norm or code.top_k)


@dataclass(frozen=True)
class Plane:
    """Two directions in the space of codes.

    Parameters
    ----------
    mean
        float64 `(D,)`.
    components
        float64 `(2, D)`, of length 1 and at right angles.
    shown
        Share of the spread that they hold, in [0, 1].
    """

    mean: np.ndarray
    components: np.ndarray
    shown: float

    def project(self, codes: np.ndarray) -> np.ndarray:
        """`(n, D)` to `(n, 2)`."""
        found: np.ndarray = (codes - self.mean) @ self.components.T
        return found


def common_plane(codes: Callable[[int], np.ndarray], n_frames: int) -> Plane:
    """The first two principal components of the codes of all frames together.

    Parameters
    ----------
    codes
        Frame to `(n, D)`, D at least 2; each is asked for twice, one after the other.
    """
    mean: Any = sum(codes(i).mean(0) for i in range(n_frames)) / n_frames
    spread: Any = 0.0
    for i in range(n_frames):
        apart = codes(i) - mean
        spread = spread + apart.T @ apart
    values, axes = np.linalg.eigh(spread)
    components = axes[:, :-3:-1].T
    # a direction has two signs: the largest of its numbers is positive
    at = np.abs(components).argmax(1)
    components = components * np.sign(components[[0, 1], at])[:, None]
    total = float(np.trace(spread))
    shown = float(values[-2:].sum() / total) if total > 0 else 1.0
    return Plane(mean, components, min(1.0, max(0.0, shown)))


def turns_of(codes: Callable[[int], np.ndarray], n_frames: int) -> list[np.ndarray]:
    """For each frame the turn that lays its codes onto the next's, the last staying as it is.

    Orthogonal Procrustes (Schonemann 1966, Psychometrika 31) about the origin: `Z_i R_i` is as
    near to `Z_{i+1} R_{i+1}` as a turn (or a mirror) can bring it, and nothing is stretched.

    Returns
    -------
    list of ndarray
        `(D, D)` each, to be multiplied from the right.
    """
    after = codes(n_frames - 1)
    turns = [np.eye(after.shape[1])]
    for i in range(n_frames - 2, -1, -1):
        now = codes(i)
        u, _, v = np.linalg.svd(now.T @ after)
        turns.append(u @ v)
        after = now @ turns[-1]
    return turns[::-1]


def loss_curves(records: Sequence[dict[str, Any]]) -> list[Curve]:
    """The loss on the training part, within the first epoch by the step, and on the validation.

    A mean over an epoch of training stands at the middle of that epoch, where it was measured on
    average; validation at its end. Layers that were trained alone have no loss of the whole.
    """
    told = [record for record in records if "loss" in record["train"]]
    whole = [record for record in told if record["whole"]]
    begun = [r for r in told if not whole or r["epoch"] < whole[0]["epoch"]]
    train = [(r["epoch"], r["train"]["loss"]) for r in begun]
    train += [(r["epoch"] - 0.5, r["train"]["loss"]) for r in (whole[1:] if begun else whole)]
    val = [(r["epoch"], r["val"]["loss"]) for r in whole if "loss" in r["val"]]
    found = []
    for part, points in (("train", train), ("val", val)):
        if points:
            x, y = np.array(points, np.float32).T
            found.append(Curve("loss", x, y, part))
    return found


def _strip(artifact: Artifact) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Originals and, where there are such, corrupted inputs, as small as keyframes are."""
    strip = artifact.read_array(STRIP) if artifact.has(STRIP) else None
    if strip is None or strip.ndim != 5:
        return None, None
    return shrunk(strip[0]), shrunk(strip[1]) if len(strip) == 3 else None


def _carried(pictures: Sequence[np.ndarray | None], originals: np.ndarray) -> np.ndarray | None:
    """Pictures for each frame: its own, else the last before it, else the first after it."""
    own = [i for i, found in enumerate(pictures) if _fits(found, originals)]
    if not own:
        return None
    at = np.maximum(np.searchsorted(own, np.arange(len(pictures)), "right") - 1, 0)
    chosen = [pictures[own[i]] for i in at]
    return np.stack([found for found in chosen if found is not None])


def _fits(found: np.ndarray | None, originals: np.ndarray) -> bool:
    return found is not None and found.shape == originals.shape
