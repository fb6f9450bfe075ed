"""Reads a run's settings and numbers, and says in a sentence what is wrong and what mends it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aecore.errors import DivergedError
from aecore.sentence import Sentence, joined, plural
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import RunSpec
from aecore.specs.terms import CodeL2Spec, ContractiveSpec, KlSpec, SparseKlSpec, SparseL1Spec

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

_SILENCING = (SparseL1Spec, SparseKlSpec, ContractiveSpec, CodeL2Spec)


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
    fault = Sentence(
        "Posterior collapse: the code says {nats:.2g} nats of a picture and {n_active} of its "
        "{n_units} dimensions are active, so all pictures decode alike.",
        nats=vitals.kl_nats,
        n_active=vitals.n_active,
        n_units=vitals.n_units,
    )
    return joined((fault, _cheaper_kl(spec)))


def _cheaper_kl(spec: RunSpec) -> str:
    price = spec.term(KlSpec)
    if price is None:
        return Sentence(
            "Warm the KL term up over the first third of the run, or allow it 0.2 free nats."
        )
    if price.reduction != spec.objective[0].reduction:
        return Sentence(
            "Count the reconstruction error over pixels as the KL is counted, both as sum."
        )
    return Sentence(
        "Lower the weight of KL from {weight:g}, warm it up over the first third of the run, or "
        "allow it 0.2 free nats.",
        weight=price.weight,
    )


def _codebook(vitals: CodeStats) -> str:
    if vitals.perplexity is None:
        return ""
    reach = min(vitals.n_units, vitals.n_seen)
    if vitals.perplexity >= 0.1 * reach:
        return ""
    return Sentence(
        "Codebook collapse: only about {n_used:.2g} of {n_entries} entries are in even use. Lower "
        "the learning rate, use a smaller codebook or shorter entries, or raise the commitment "
        "weight.",
        n_used=vitals.perplexity,
        n_entries=vitals.n_units,
    )


def _dead(vitals: CodeStats, spec: RunSpec) -> str:
    if vitals.n_still is None or not vitals.n_still:
        return ""
    share = vitals.n_still / vitals.n_units
    if share < 0.5:
        return ""
    if vitals.n_still == vitals.n_units:
        fault = Sentence(
            "Dead code: all {n} units say the same of every picture.", n=vitals.n_units
        )
    else:
        fault = Sentence(
            "Dead code: {n_still} of {n} units say the same of every picture.",
            n_still=vitals.n_still,
            n=vitals.n_units,
        )
    return joined((fault, _livelier(spec)))


def _livelier(spec: RunSpec) -> str:
    for kind in _SILENCING:
        if (term := spec.term(kind)) is not None:
            return Sentence(
                "Lower the weight of {term} from {weight:g} (to a tenth, to begin with).",
                term=term.name,
                weight=term.weight,
            )
    if isinstance(spec.code, PlainCodeSpec) and spec.code.top_k is not None:
        return Sentence(
            "Let more than {top_k} units speak, use a smaller code, or a lower rate.",
            top_k=spec.code.top_k,
        )
    return Sentence("Lower the learning rate.")


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
    return Sentence(
        "The critic of the codes has won: {nats:.2g} nats for three epochs, where 0.69 would "
        "mean that it cannot tell codes from the prior. Raise the weight of adversarial_code, "
        "lower the learning rate, or clip gradients at 1.",
        nats=last[-1],
    )


def _mean_picture(vitals: CodeStats, spec: RunSpec) -> str:
    if spec.objective[0].is_of_counts:  # its squared error is not what is made small
        return ""
    if vitals.error < 0.95 * vitals.error_of_mean or vitals.error_of_mean < 1e-6:
        return ""
    return Sentence(
        "Reconstructions are no better than the mean picture (squared error {error:.3g} against "
        "{error_of_mean:.3g}). Lower the weights of the other terms, change the learning rate (a "
        "tenth, or ten times), or use batch normalization.",
        error=vitals.error,
        error_of_mean=vitals.error_of_mean,
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
    fault = Sentence(
        "Worse than PCA: squared error {error:.3g}, {times:.2f} times that of {n} principal "
        "components.",
        error=vitals.error,
        times=vitals.error / pca,
        n=n,
    )
    why = _why_behind_pca(vitals, spec, n_train, curve)
    return joined((fault, why, Sentence("Let it begin as PCA, or train longer.")))


def _why_behind_pca(vitals: CodeStats, spec: RunSpec, n_train: int, curve: Curve) -> str:
    others = [term for term in spec.objective[1:] if isinstance(term, _SILENCING)]
    if overfitting(curve) or n_train < 10 * vitals.n_units:
        return plural(
            "{n:,} sample is too little for it.", "{n:,} samples are few for it.", n_train
        )
    if others:
        return Sentence("The term {term} presses on the code.", term=others[0].name)
    if spec.term(KlSpec) is not None:
        return Sentence("The KL term presses on the code.")
    if is_still_learning(curve):
        return Sentence("It was too short.")
    return Sentence("This network does not find by itself what PCA knows.")


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
    fault = Sentence(
        "Worse than the plain method: squared error {error:.3g}, {times:.2f} times that of "
        "{method}.",
        error=error,
        times=error / plain,
        method=method,
    )
    if is_still_learning(curve):
        why = Sentence("It was too short.")
    else:
        why = Sentence("Its code keeps less of a picture than its input still holds.")
    mends = Sentence("Let the output begin at the input, use a larger code, or train longer.")
    return joined((fault, why, mends))


def too_large(vitals: CodeStats) -> str:
    """Name a gaussian code of which under a quarter of the dimensions are active."""
    if vitals.n_seen < 20 or vitals.n_active is None:
        return ""
    if not 0 < 4 * vitals.n_active < vitals.n_units:
        return ""
    return Sentence(
        "The code is too large: {n_active} of its {n_units} dimensions are active, the others are "
        "noise. A smaller one keeps as much.",
        n_active=vitals.n_active,
        n_units=vitals.n_units,
    )


def too_small(vitals: CodeStats, spec: RunSpec) -> str:
    """Name a code in which more than half of the samples' variance is lost, though nothing but
    its size is in the way."""
    is_pressed = len(spec.objective) > 1 or spec.corruption.kind != "none"
    if vitals.n_seen < 20 or is_pressed or vitals.error <= 0.5 * vitals.error_of_mean:
        return ""
    kept = 1 - vitals.error / vitals.error_of_mean
    return Sentence(
        "The code is too small: {percent:.0f}% of the variance is kept in {n_units}. A larger "
        "one keeps more; for a map of two dimensions this is the price.",
        percent=100 * kept,
        n_units=vitals.n_units,
    )


def n_held_against(spec: RunSpec, n_dims: int) -> int:
    """Principal components that a run is held against: as many as it has units active."""
    if isinstance(spec.code, PlainCodeSpec) and spec.code.top_k is not None:
        return min(spec.code.top_k, n_dims)
    wanted = spec.term(SparseKlSpec)
    return n_dims if wanted is None else max(1, round(wanted.target * n_dims))


def still_learning(curve: Curve) -> str:
    """Name a run that ended while its validation error was falling."""
    if not is_still_learning(curve):
        return ""
    return Sentence("Still learning when it stopped: validation error was falling. Train further.")


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
    return Sentence(
        "Overfitting since epoch {epoch}: validation error rose from {least:.4g} to {recent:.4g} "
        "while training error fell. Stop here, set early stopping, add more data, or use dropout "
        "or a smaller code.",
        epoch=best + 1,
        least=val[best],
        recent=recent,
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
    advice = [Sentence("Lower the learning rate from {lr:g} to {tenth:g}.", lr=lr, tenth=lr / 10)]
    if spec.optimizer.clip_norm is None:
        advice.append(Sentence("Or clip gradients at 1."))
    if spec.precision == "bf16":
        advice.append(Sentence("Or train in float32."))
    advice.append(Sentence("The last good epoch is kept."))
    terms = ", ".join(name for name in gone if name != "loss") or Sentence("the loss")
    raise DivergedError(
        Sentence(
            "Training diverged in epoch {epoch}: {terms} is no longer a number.",
            epoch=math.floor(epoch) + 1,
            terms=terms,
        ),
        joined(advice),
    )
