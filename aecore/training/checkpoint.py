"""Weights and training state as safetensors: nothing here unpickles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from aecore.artifact import Artifact
from aecore.errors import ArtifactMissingError
from aecore.files import discard
from aecore.training import LAST, PARTIAL, WEIGHTS
from aecore.training.pace import Throttle
from aecore.training.records import PartialEpoch, TrainState

EVERY_S = 2.0
"""Checkpoints of short epochs are at least so far apart."""
SHARE = 0.01
"""Of the time of training that checkpoints may take."""
LATEST_S = 10.0
"""But no more than so much work of short epochs is left to memory alone."""


def save_weights(artifact: Artifact, at: TrainState) -> None:
    """Write the weights alone, as the finished run's."""
    _save(artifact, WEIGHTS, at.model.state_dict(), {"epoch": at.weights_epoch})


@dataclass(frozen=True)
class Snapshot:
    """All that a later process needs to go on after an epoch, apart from what trains on."""

    tensors: dict[str, torch.Tensor]
    about: dict[str, Any]


class CheckpointWriter:
    """Writes checkpoints after whole epochs: by the clock, so that short epochs do not wait.

    An epoch that ends too soon after the last was written is kept in memory until the next
    is; `flush` writes it. So a kill loses the epoch that it breaks off and a few seconds before
    it: `EVERY_S`, or up to `LATEST_S` where writing takes long; a stop loses no whole epoch.
    """

    def __init__(self, artifact: Artifact) -> None:
        self._artifact = artifact
        self._waiting: Snapshot | None = None
        self._pace = Throttle(EVERY_S, SHARE, LATEST_S)

    def keep(self, at: TrainState) -> None:
        """Take note of a whole epoch, on disk or in memory."""
        if not self._pace.is_due():
            self._waiting = snapshot(at)
            return
        with self._pace.kept():
            self._waiting = snapshot(at, copies=False)
            self.flush()

    def flush(self) -> None:
        """Write what waits in memory."""
        if self._waiting is not None:
            with self._artifact.saving():
                _save(self._artifact, LAST, self._waiting.tensors, self._waiting.about)
            discard(self._artifact.path / PARTIAL)  # of an epoch that is whole by now
            self._waiting = None


def save_last(artifact: Artifact, at: TrainState) -> None:
    """Write all that a later process needs to go on after this epoch, now."""
    taken = snapshot(at, copies=False)
    _save(artifact, LAST, taken.tensors, taken.about)


def save_partial(artifact: Artifact, at: TrainState) -> None:
    """Write all that a later process needs to go on within this epoch, where training stands.

    It lies beside the last checkpoint: a run is looked at as of its last whole epoch.
    """
    if (partial := at.partial) is None:
        return
    taken = snapshot(at, copies=False)
    tensors = {"epoch.sums": partial.sums, "epoch.noise": partial.noise}
    about = {"n_steps": partial.n_steps, "n_samples": partial.n_samples}
    with artifact.saving():
        _save(artifact, PARTIAL, taken.tensors | tensors, {**taken.about, "partial": about})


def snapshot(at: TrainState, *, copies: bool = True) -> Snapshot:
    """Where training stands; `copies`: on the host, whatever training does next."""
    tensors = {f"model.{name}": value for name, value in at.model.state_dict().items()}
    tensors |= _moments("optimizer", at.optimizer)
    tensors |= {f"partner.{name}": value for name, value in at.partners.state_dict().items()}
    if at.partner_optimizer is not None:
        tensors |= _moments("partner-optimizer", at.partner_optimizer)
    for name, best in at.best_weights.items():
        tensors[f"best.{name}"] = torch.from_numpy(best)
    about = {
        "epoch": at.epoch,
        "step": at.step,
        "best_epoch": at.best_epoch,
        "best_val": at.best_val,
        "curve": list(at.curve),
    }
    if copies:
        tensors = {
            name: value.detach().to("cpu", copy=True)  # a GPU's memory is for training
            for name, value in tensors.items()
        }
    return Snapshot(tensors, about)


def _save(
    artifact: Artifact, name: str, tensors: dict[str, torch.Tensor], about: dict[str, Any]
) -> None:
    # As bytes, because safetensors tells of a full disk with an error of its own.
    content = save(
        {key: value.detach().contiguous().cpu() for key, value in tensors.items()},
        metadata={"about": json.dumps(about)},
    )
    artifact.write_bytes(name, content, durable=True)


def load_last(artifact: Artifact, into: TrainState) -> bool:
    """Put the last checkpoint into a fresh model and optimizer; False where there is none.

    That may be one within an epoch; see `save_partial`.
    """
    found = [_read(artifact.path / name) for name in (LAST, PARTIAL) if artifact.has(name)]
    if not found:
        return False
    tensors, about = max(found, key=lambda read: int(read[1]["step"]))
    into.model.load_state_dict(_under("model.", tensors))
    _load_moments(into.optimizer, _under("optimizer.", tensors))
    if into.partner_optimizer is not None:
        into.partners.load_state_dict(_under("partner.", tensors))
        _load_moments(into.partner_optimizer, _under("partner-optimizer.", tensors))
    into.best_weights = {name: t.numpy() for name, t in _under("best.", tensors).items()}
    into.epoch, into.step = about["epoch"], about["step"]
    into.best_epoch, into.best_val = about["best_epoch"], about["best_val"]
    into.curve = [(train, val) for train, val in about["curve"]]
    if (partial := about.get("partial")) is not None:
        sums, noise = tensors["epoch.sums"], tensors["epoch.noise"]
        into.partial = PartialEpoch(partial["n_steps"], partial["n_samples"], sums, noise)
    return True


def load_start(artifact: Artifact, into: TrainState, *, with_moments: bool) -> None:
    """Put the weights of another run into a fresh model: those that it is looked at with.

    Its critics go on too, as they were last. The optimizer's moments do only where they belong
    to these weights: not after an early stop, whose best weights are of an epoch before.

    Parameters
    ----------
    with_moments
        Whether the optimizer is of the same kind.

    Raises
    ------
    ArtifactMissingError
        If it has no finished epoch.
    """
    weights = read_weights(artifact)
    into.model.load_state_dict(weights.tensors)
    if not artifact.has(LAST):  # it was exported, and brought back
        return
    tensors, about = _read(artifact.path / LAST)
    if with_moments and about["epoch"] == weights.epochs:
        _load_moments(into.optimizer, _under("optimizer.", tensors))
    if into.partner_optimizer is not None:
        into.partners.load_state_dict(_under("partner.", tensors))
        if with_moments:
            _load_moments(into.partner_optimizer, _under("partner-optimizer.", tensors))


def _moments(prefix: str, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    return {
        f"{prefix}.{index}.{name}": value
        for index, state in optimizer.state_dict()["state"].items()
        for name, value in state.items()
        if isinstance(value, torch.Tensor)
    }


def _load_moments(into: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    """Give an optimizer its moments back; `tensors` are named `index.moment`."""
    state: dict[int, dict[str, Any]] = {}
    for name, value in tensors.items():
        index, moment = name.split(".", 1)
        state.setdefault(int(index), {})[moment] = value
    if state:
        groups = into.state_dict()["param_groups"]
        into.load_state_dict({"state": state, "param_groups": groups})
    # A file has its tensors row by row. A fused optimizer goes through a parameter and its
    # moments as they lie in memory, so that they must lie alike.
    for parameter, moments in into.state.items():
        for name, value in moments.items():
            if isinstance(value, torch.Tensor) and value.shape == parameter.shape:
                moments[name] = torch.empty_like(parameter).copy_(value).detach()


@dataclass(frozen=True)
class Weights:
    """A model's weights, and how many whole epochs they have seen."""

    tensors: dict[str, torch.Tensor]
    epochs: int


def read_weights(artifact: Artifact) -> Weights:
    """The run's weights: the final ones, or those of the last epoch of an unfinished run.

    Raises
    ------
    ArtifactMissingError
    """
    if artifact.has(WEIGHTS):
        tensors, about = _read(artifact.path / WEIGHTS)
        return Weights(tensors, about.get("epoch", 0))
    if artifact.has(LAST):
        tensors, about = _read(artifact.path / LAST)
        return Weights(_under("model.", tensors), about.get("epoch", 0))
    raise ArtifactMissingError(
        "This run has no finished epoch yet.", "Wait for its first epoch, or start it again."
    )


def _read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {}).get("about", "{}"))
            return {name: file.get_tensor(name) for name in file.keys()}, about  # noqa: SIM118
    except (SafetensorError, ValueError) as problem:
        raise Artifact(path.parent).damaged(path.name) from problem


def _under(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }


def as_arrays(model: torch.nn.Module) -> dict[str, np.ndarray]:
    """A copy of the model's weights that training does not change."""
    return {name: value.detach().cpu().numpy().copy() for name, value in model.state_dict().items()}
