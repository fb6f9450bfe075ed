"""Reads a run's numbers and says in a sentence what is wrong and what mends it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from aecore.errors import DivergedError
from aecore.specs import RunSpec

RISE = 1.02
"""Validation error must stand this far above its least value to count as rising."""


def overfitting(curve: Sequence[tuple[float, float]]) -> str:
    """Name overfitting where the last epochs show it.

    Parameters
    ----------
    curve
        The reconstruction term on train and validation after each whole epoch, oldest first.

    Returns
    -------
    str
        A sentence, or "" where there is no sign: validation error's least value must be at
        least three epochs (and a tenth of the run so far) old and 2 % lower than the mean of
        the last three, while training error has gone on falling since.
    """
    train, val = [pair[0] for pair in curve], [pair[1] for pair in curve]
    n_epochs = len(curve)
    if n_epochs < 5:
        return ""
    best = min(range(n_epochs), key=val.__getitem__)
    age = n_epochs - 1 - best
    recent = sum(val[-3:]) / 3
    if age < max(3, n_epochs // 10) or recent < RISE * val[best] or train[-1] >= train[best]:
        return ""
    return (
        f"Overfitting since epoch {best + 1}: validation error rose from {val[best]:.4g} to "
        f"{recent:.4g} while training error fell. Stop here, set early stopping, bring more "
        "data, or use dropout or a smaller code."
    )


def check_finite(values: dict[str, float], spec: RunSpec, epoch: float) -> None:
    """Stop a run whose loss is no number.

    Raises
    ------
    DivergedError
        Naming the terms that went, and what to change.
    """
    gone = [name for name, value in values.items() if not math.isfinite(value)]
    if not gone:
        return
    lr = spec.optimizer.lr
    advice = [f"lower the learning rate from {lr:g} to {lr / 10:g}"]
    if spec.optimizer.clip_norm is None:
        advice.append("clip gradients at 1")
    if spec.precision == "bf16":
        advice.append("train in float32")
    terms = ", ".join(name for name in gone if name != "loss") or "the loss"
    raise DivergedError(
        f"Training diverged in epoch {math.floor(epoch) + 1}: {terms} is no longer a number.",
        f"{advice[0].capitalize()}{', or ' + ', or '.join(advice[1:]) if advice[1:] else ''}; "
        "the last good epoch is kept.",
    )
