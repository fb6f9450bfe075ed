"""Whether settings fit what they are to be trained on, asked before anything starts; no torch."""

from __future__ import annotations

from typing import Literal

from aecore.errors import SpecError, TooFewSamplesError
from aecore.specs import OF_PICTURES, RunSpec
from aecore.store import Artifact


def check_samples(
    spec: RunSpec, shape: tuple[int, ...], scale: Literal["unit", "standard"], n_train: int
) -> None:
    """Whether the settings fit samples of this kind.

    Parameters
    ----------
    shape
        Of one sample: `(C, H, W)` or `(F,)`.
    n_train
        Samples of the training part.

    Raises
    ------
    SpecError, TooFewSamplesError
        Naming the setting, and what to choose instead.
    """
    is_pictures = len(shape) == 3
    if spec.network.output == "sigmoid" and (scale != "unit" or not is_pictures):
        raise SpecError(
            "The sigmoid output gives values in [0, 1]; these samples go beyond.",
            "Choose the linear output and the squared error, or scale the data to [0, 1].",
        )
    if spec.corruption.kind in OF_PICTURES and not is_pictures:
        raise SpecError(
            f"{spec.corruption.kind.capitalize()} needs pictures; these samples are rows.",
            "Choose gaussian, masking or dropout.",
        )
    if spec.term("ssim") is not None and (scale != "unit" or not is_pictures):
        found = "are standardized" if is_pictures else "are rows"
        raise SpecError(
            f"SSIM compares pictures with values in [0, 1]; these samples {found}.",
            "Choose the squared error or Huber's, or scale the data to [0, 1].",
        )
    if spec.batch_size == 1 and (
        spec.network.batch_norm or (spec.beside or spec.network).batch_norm or spec.code.batch_norm
    ):
        raise SpecError(
            "Batch normalization needs more than one sample in a batch.",
            "Raise the batch size, or switch batch normalization off.",
        )
    if n_train < 2:
        raise TooFewSamplesError(
            "Fewer than two samples are left to train on.", "Bring more, or hold fewer out."
        )


def has_same_moments(spec: RunSpec, parent: Artifact) -> bool:
    """Whether what the optimizer of the run to go on from remembers is of use to this one's."""
    before = parent.spec
    if not isinstance(before, RunSpec):
        return False
    mine, theirs = spec.optimizer, before.optimizer
    return mine.name == theirs.name and bool(mine.momentum) == bool(theirs.momentum)
