"""What training says as it goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor, nn
from torch.optim import Optimizer

from aecore.models.autoencoder import Autoencoder
from aecore.training.tuning import Tuning


@dataclass(frozen=True)
class PartialEpoch:
    """How far an epoch has come that is not whole.

    Parameters
    ----------
    n_steps, n_samples
        Those that it has done.
    sums
        float32 `(n_terms + 1,)`, loss and terms summed over those samples.
    noise
        uint8, where the generator of the model's noise stands.
    """

    n_steps: int
    n_samples: int
    sums: Tensor
    noise: Tensor


@dataclass
class TrainState:
    """Where training stands: enough, with the spec and the samples, to go on from here.

    `model` and `optimizer` are the living ones: they change when the generator that
    yielded them is asked for the next record.
    """

    model: Autoencoder
    optimizer: Optimizer
    partners: nn.ModuleDict = field(default_factory=nn.ModuleDict)
    """Networks of terms that have their own (critics)."""
    partner_optimizer: Optimizer | None = None
    tuning: Tuning = field(default_factory=Tuning)
    epoch: int = 0
    """Whole epochs done."""
    step: int = 0
    best_epoch: int = 0
    best_val: float | None = None
    best_weights: dict[str, np.ndarray] = field(default_factory=dict)
    """Of the best validation loss, kept only where the run stops early."""
    is_best: bool = False
    """Whether the model has been given its best weights back, as it is at the end."""
    curve: list[tuple[float, float]] = field(default_factory=list)
    """Reconstruction term on train and validation after each whole epoch."""
    partial: PartialEpoch | None = None
    """Within an epoch, as of the last record; None between epochs."""

    @property
    def weights_epoch(self) -> int:
        """Whole epochs that the model's weights have seen."""
        return self.best_epoch if self.is_best else self.epoch


@dataclass(frozen=True)
class Previews:
    """What there is to see; None where it was not time for a new one. See `TrainRecord`."""

    strip: np.ndarray | None = None
    codes: np.ndarray | None = None


@dataclass(frozen=True)
class TrainRecord:
    """One report of `fit`.

    Parameters
    ----------
    epoch
        Epochs done; a fraction within one. Of the last record, those that the weights have
        seen: fewer than were done where the best ones have been put back.
    whole
        Whether an epoch has just ended; only then are `val`, `strip`, `codes` there.
    train
        Value of the loss and of each term before its weight: means over the epoch, or,
        within one, over the steps since the last record.
    val
        The same on the validation part; empty where there is none.
    n_per_s
        Samples trained on per second.
    eta_s
        Seconds left if nothing stops the run early.
    strip
        uint8 `(2, n, C, H, W)` (rows: float32 `(2, n, F)`): some validation samples and their
        reconstructions; with a corruption 3 in place of 2, the corrupted between them.
        None where it was not time for a new one.
    codes
        float32 `(n, D)`, codes of a fixed sample (see `view_rows`). None likewise.
    note
        What the doctor says, for a person; empty where all is well.
    pca
        Of the last record, where the run rebuilds what it sees: mean squared error on validation
        samples of PCA with as many components ("error"), their number ("n"), and the run's own
        ("ours"). None where there is no validation part.
    begun
        Of the first record: what was seen of the model before its first step.
    """

    epoch: float
    step: int
    whole: bool
    train: dict[str, float]
    val: dict[str, float]
    lr: float
    n_per_s: float
    eta_s: float
    progression: TrainState
    strip: np.ndarray | None = None
    codes: np.ndarray | None = None
    note: str = ""
    last: bool = False
    begun: Previews | None = None
    pca: dict[str, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """The numbers alone, for a history."""
        return {
            "epoch": round(self.epoch, 4),
            "step": self.step,
            "whole": self.whole,
            "train": self.train,
            "val": self.val,
            "lr": self.lr,
            "n_per_s": round(self.n_per_s, 1),
            "eta_s": round(self.eta_s, 1),
            "note": self.note,
            **({} if self.pca is None else {"pca": self.pca}),
        }
