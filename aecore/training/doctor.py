"""Reads a run's settings and numbers, and says in a sentence what is wrong and what mends it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aecore.errors import DivergedError
from aecore.specs.run import OF_COUNTS, RunSpec, TermName

RISE = 1.02
"""Validation error must stand this far above its least value to count as rising."""
SETTLED_EPOCHS, SETTLED_STEPS = 3, 200
"""Before so many epochs and steps a network that has hardly begun is not called collapsed."""
CRITIC_NATS = 5.0
"""A critic that takes codes for draws of the prior with odds below 1 to 150 has won."""

BEHIND = 1.05
"""Times PCA's error on validation samples above which a run is behind it."""
Curve = Sequence[tuple[float, float]]
"""Reconstruction term on train and validation after each whole epoch, oldest first."""

_SILENCING: tuple[TermName, ...] = ("sparse_l1", "sparse_kl", "contractive", "code_l2")


@dataclass(frozen=True)
class CodeStats:
    """How the code of a run is used, measured over samples; None where it has no such thing.

    Parameters
    ----------
    n_seen
        Samples (of a quantized code: places of them) measured.
    error, error_of_mean
        Mean squared error of the reconstructions, and that of the mean picture in their place.
    n_units
        Dimensions of a plain or gaussian code, entries of a codebook.
    n_still
        Of a plain code: dimensions that say the same of every sample.
    n_active
        Of a gaussian code: dimensions whose mean varies by more than 0.01 (Burda, Grosse &
        Salakhutdinov 2016, arXiv:1509.00519).
    kl_nats
        Of a gaussian code: mean divergence from the prior, all dimensions together.
    perplexity
        Of a quantized code: how many entries are in even use, from 1 to `n_units`.
    """

    n_seen: int
    error: float
    error_of_mean: float
    n_units: int
    n_still: int | None = None
    n_active: int | None = None
    kl_nats: float | None = None
    perplexity: float | None = None


def collapse(vitals: CodeStats, spec: RunSpec, critic: Sequence[float] = ()) -> str:
    """Name a code that has stopped saying anything, or a network that paints the mean picture.

    Parameters
    ----------
    critic
        The adversarial_code term of each epoch, oldest first, in nats.

    Returns
    -------
    str
        A sentence with a remedy, or "" where there is no sign.
    """
    if vitals.n_seen < 20:  # too few to tell
        return ""
    return (
        _posterior(vitals, spec)
        or _codebook(vitals)
        or _dead(vitals, spec)
        or critic_won(critic)
        or _mean_picture(vitals, spec)
    )


def _posterior(vitals: CodeStats, spec: RunSpec) -> str:
    if vitals.n_active is None or vitals.kl_nats is None:
        return ""
    if vitals.n_active > 0 and vitals.kl_nats >= 0.1:
        return ""
    price = spec.term("kl")
    mends = "Warm the KL term up over the first third of the run, or allow it 0.2 free nats"
    if price is not None:
        mends = f"Lower the weight of KL from {price.weight:g}, warm it up over the first third "
        mends += "of the run, or allow it 0.2 free nats"
    if price is not None and price.reduction != spec.objective[0].reduction:
        mends = "Count the reconstruction error over pixels as the KL is counted, both as sum"
    return (
        f"Posterior collapse: the code says {vitals.kl_nats:.2g} nats of a picture and "
        f"{vitals.n_active} of its {vitals.n_units} dimensions are active, so all pictures "
        f"decode alike. {mends}."
    )


def _codebook(vitals: CodeStats) -> str:
    if vitals.perplexity is None:
        return ""
    reach = min(vitals.n_units, vitals.n_seen)
    if vitals.perplexity >= 0.1 * reach:
        return ""
    return (
        f"Codebook collapse: only about {vitals.perplexity:.2g} of {vitals.n_units} entries are "
        "in even use. Lower the learning rate, use a smaller codebook or shorter entries, or "
        "raise the commitment weight."
    )


def _dead(vitals: CodeStats, spec: RunSpec) -> str:
    if vitals.n_still is None or not vitals.n_still:
        return ""
    share = vitals.n_still / vitals.n_units
    if share < 0.5:
        return ""
    mends = "Lower the learning rate"
    if spec.code.top_k is not None:
        mends = f"Let more than {spec.code.top_k} units speak, use a smaller code, or a lower rate"
    for name in _SILENCING:
        if (term := spec.term(name)) is not None:
            mends = f"Lower the weight of {name} from {term.weight:g} (to a tenth, to begin with)"
            break
    all_of = "all" if vitals.n_still == vitals.n_units else f"{vitals.n_still} of"
    return f"Dead code: {all_of} {vitals.n_units} units say the same of every picture. {mends}."


def critic_won(nats: Sequence[float]) -> str:
    """Name a critic of codes that has won for three epochs: the encoder learns nothing from it.

    Parameters
    ----------
    nats
        The adversarial_code term of each epoch, `-log D(z)`, oldest first: 0.69 where the critic
        cannot tell codes from draws of the prior.
    """
    last = list(nats)[-3:]
    if len(last) < 3 or min(last) <= CRITIC_NATS:
        return ""
    return (
        f"The critic of the codes has won: {last[-1]:.2g} nats for three epochs, where 0.69 would "
        "mean that it cannot tell codes from the prior. Raise the weight of adversarial_code, "
        "lower the learning rate, or clip gradients at 1."
    )


def _mean_picture(vitals: CodeStats, spec: RunSpec) -> str:
    if spec.objective[0].name in OF_COUNTS:  # its squared error is not what is made small
        return ""
    if vitals.error < 0.95 * vitals.error_of_mean or vitals.error_of_mean < 1e-6:
        return ""
    return (
        f"Reconstructions are no better than the mean picture (squared error {vitals.error:.3g} "
        f"against {vitals.error_of_mean:.3g}). Lower the weights of the other terms, change the "
        "learning rate (a tenth, or ten times), or use batch normalization."
    )


def behind_pca(
    vitals: CodeStats,
    pca: float,
    spec: RunSpec,
    n_train: int,
    curve: Curve,
    n: int | None = None,
) -> str:
    """Name a run that ended with a larger error than PCA with as many components, and say why.

    Parameters
    ----------
    pca
        PCA's mean squared error on the same samples.
    n_train
        Samples of the training part.
    curve
        See `overfitting`.
    n
        Of the components; None: `n_held_against`.
    """
    n = n or n_held_against(spec, vitals.n_units)
    if vitals.n_seen < 5 or pca <= 0 or vitals.error <= BEHIND * pca:
        return ""
    others = [term for term in spec.objective[1:] if term.name in _SILENCING]
    why = "this network does not find by itself what PCA knows"
    if overfitting(curve) or n_train < 10 * vitals.n_units:
        why = f"{n_train:,} samples are few for it"
    elif others:
        why = f"{others[0].name} presses on the code"
    elif spec.term("kl") is not None:
        why = "the KL term presses on the code"
    elif is_still_learning(curve):
        why = "it was too short"
    return (
        f"Worse than PCA: squared error {vitals.error:.3g}, {vitals.error / pca:.2f} times that of "
        f"{n} principal components; {why}. Let it begin as PCA, or train longer."
    )


def behind_plain(error: float, plain: float, method: str, curve: Curve) -> str:
    """Name a run that repairs samples worse than a plain method does.

    Parameters
    ----------
    error, plain
        Mean squared errors of what was repaired, by the run and by the method.
    method
        For a person: "bicubic interpolation".
    curve
        See `overfitting`.
    """
    if plain <= 0 or error <= BEHIND * plain:
        return ""
    why = "its code keeps less of a picture than its input still holds"
    if is_still_learning(curve):
        why = "it was too short"
    return (
        f"Worse than the plain method: squared error {error:.3g}, {error / plain:.2f} times that "
        f"of {method}; {why}. Let the output begin at the input, use a larger code, or train "
        "longer."
    )


def too_large(vitals: CodeStats) -> str:
    """Name a gaussian code of which under a quarter of the dimensions are active."""
    if vitals.n_seen < 20 or vitals.n_active is None:
        return ""
    if not 0 < 4 * vitals.n_active < vitals.n_units:
        return ""
    return (
        f"The code is too large: {vitals.n_active} of its {vitals.n_units} dimensions are active, "
        "the others are noise. A smaller one keeps as much."
    )


def too_small(vitals: CodeStats, spec: RunSpec) -> str:
    """Name a code in which more than half of the samples' variance is lost, though nothing but
    its size is in the way."""
    is_pressed = len(spec.objective) > 1 or spec.corruption.kind != "none"
    if vitals.n_seen < 20 or is_pressed or vitals.error <= 0.5 * vitals.error_of_mean:
        return ""
    kept = 1 - vitals.error / vitals.error_of_mean
    return (
        f"The code is too small: {kept:.0%} of the variance is kept in {vitals.n_units}. A larger "
        "one keeps more; for a map of two dimensions this is the price."
    )


def n_held_against(spec: RunSpec, n_dims: int) -> int:
    """Principal components that a run is held against: as many as it has units active."""
    if spec.code.top_k is not None:
        return min(spec.code.top_k, n_dims)
    wanted = spec.term("sparse_kl")
    return n_dims if wanted is None else max(1, round(wanted.target * n_dims))


def still_learning(curve: Curve) -> str:
    """Name a run that ended while its validation error was falling."""
    if not is_still_learning(curve):
        return ""
    return "Still learning when it stopped: validation error was falling. Train further."


def is_still_learning(curve: Curve) -> bool:
    """Whether the last tenth of a run, at least three epochs, made validation error 5 % less than
    in as many before."""
    n = max(3, len(curve) // 10)
    if len(curve) < 3 * n:
        return False
    val = [pair[1] for pair in curve]
    before, last = sum(val[-2 * n : -n]) / n, sum(val[-n:]) / n
    return 0 < last < 0.95 * before


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
        f"{recent:.4g} while training error fell. Stop here, set early stopping, add more "
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
        "Training diverged in epoch {floor}: {terms} is no longer a number.",
        "{advice}{advice_2}; the last good epoch is kept.",
        floor=math.floor(epoch) + 1,
        terms=terms,
        advice=advice[0].capitalize(),
        advice_2=", or " + ", or ".join(advice[1:]) if advice[1:] else "",
    )
