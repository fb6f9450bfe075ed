"""Dangers that can be read off a run's settings before the first step, each with what mends it."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from aecore.sentence import Sentence, plural
from aecore.specs.codes import PlainCodeSpec, QuantizedCodeSpec
from aecore.specs.run import RunSpec
from aecore.specs.term import TermSpec
from aecore.specs.terms import (
    AdversarialCodeSpec,
    AdversarialImageSpec,
    IwaeSpec,
    MmdSpec,
    SparseKlSpec,
    TotalCorrelationSpec,
)

MAX_BYTES = 4e9
"""Numbers of one step above this are warned about."""
_BRAVE_LR = {"adam": 0.03, "adamw": 0.03, "rmsprop": 0.02, "sgd": 1.0}
"""Learning rates above which networks of this size often diverge."""
_HEAVY: dict[str, tuple[float, str]] = {
    "kl": (50.0, Sentence("the code may collapse to the prior and say nothing")),
    "total_correlation": (100.0, Sentence("the code may collapse to the prior and say nothing")),
    "sparse_l1": (0.1, Sentence("all units may die")),
    "sparse_kl": (1.0, Sentence("reconstructions may all become the mean picture")),
    "contractive": (1.0, Sentence("the code may stand still whatever it is shown")),
    "code_l2": (1.0, Sentence("all codes may shrink to one point")),
    "mmd": (1e4, Sentence("the code may follow the prior and forget the pictures")),
    "adversarial_code": (1e3, Sentence("the code may follow the critic and forget the pictures")),
    "weight_l1": (1.0, Sentence("all weights may go to zero")),
    "weight_l2": (1.0, Sentence("all weights may go to zero")),
    "decoder_l2": (1.0, Sentence("the decoder may give one picture for all codes")),
}
"""Weights from which a term commonly drowns a reconstruction error counted in the same way."""
_FROM_A_BATCH: dict[type[TermSpec], int] = {TotalCorrelationSpec: 64, MmdSpec: 32, SparseKlSpec: 16}
"""Terms that are guessed from the samples of a batch, and how many are enough."""


def warnings_of(spec: RunSpec, n_train: int, shape: tuple[int, ...]) -> list[str]:
    """What is likely to go wrong with these settings; empty for every recipe as given.

    Parameters
    ----------
    n_train
        Samples of the training part.
    shape
        Of one sample: `(C, H, W)` or `(F,)`.

    Returns
    -------
    list of str
        A sentence each: what, why, and what to set instead.
    """
    checks = (_optimizer(spec), _batches(spec, n_train), _code(spec, n_train, shape))
    more = (_terms(spec, shape), _memory(spec, shape))
    return [words for found in (*checks, *more) for words in found]


def _optimizer(spec: RunSpec) -> Iterator[str]:
    chosen, first = spec.optimizer, spec.objective[0]
    brave = _BRAVE_LR[chosen.name]
    if chosen.name == "sgd" and first.reduction == "sum":
        brave = 1e-3  # its steps are as long as the error is large
    if chosen.lr > brave:
        yield Sentence(
            "A learning rate of {lr:g} is high for {name}: above {most:g} training "
            "often diverges. Begin with {calm:.1g}.",
            lr=chosen.lr,
            name=chosen.name,
            most=brave,
            calm=brave / 30,
        )
    if spec.term(AdversarialImageSpec) and chosen.clip_norm is None:
        yield Sentence(
            "A critic of pictures can send very long gradients, and none are clipped. Clip "
            "gradients at 10."
        )
    if spec.term(AdversarialCodeSpec) and chosen.clip_norm is None and chosen.lr > 3e-3:
        yield Sentence(
            "With a learning rate of {lr:g} the critic of the codes tends to run away. "
            "Use 0.001, or clip gradients at 10.",
            lr=chosen.lr,
        )


def _batches(spec: RunSpec, n_train: int) -> Iterator[str]:
    size = min(spec.batch_size, n_train)
    if spec.has_batch_norm and size < 4:
        yield plural(
            "Batch normalization over {n} sample is mostly noise. Use "
            "batches of 16 or more, or switch it off.",
            "Batch normalization over {n} samples is mostly noise. Use "
            "batches of 16 or more, or switch it off.",
            size,
        )
    for kind, least in _FROM_A_BATCH.items():
        if (term := spec.term(kind)) is not None and size < least:
            yield Sentence(
                "Of {name}: it is estimated from the samples of a batch, and {size} are too few. "
                "Use batches of {least} or more.",
                name=_called(term.name),
                size=size,
                least=2 * least,
            )


def _code(spec: RunSpec, n_train: int, shape: tuple[int, ...]) -> Iterator[str]:
    code = spec.code
    if isinstance(code, PlainCodeSpec) and code.top_k is not None and code.top_k >= code.n_dims:
        yield Sentence(
            "All {n_dims} units are among the {top_k} largest, so nothing is made "
            "sparse. Keep fewer: {tenth} is a tenth.",
            n_dims=code.n_dims,
            top_k=code.top_k,
            tenth=max(1, code.n_dims // 10),
        )
    if not isinstance(code, QuantizedCodeSpec) or len(shape) != 3:
        return
    H, W = shape[1:]
    for _ in spec.network.widths:
        H, W = (H // 2, W // 2) if min(H, W) >= 2 else (H, W)
    if H * W == 1:
        yield Sentence(
            "Only one place is left of the picture, so there are no more than "
            "{codebook_size} reconstructions in all. Use fewer widths: each halves the grid.",
            codebook_size=code.codebook_size,
        )
    if code.codebook_size > n_train * H * W // 10:
        yield Sentence(
            "A codebook of {codebook_size} entries is large for {n_train:,} places "
            "in all training pictures together: most will stay unused. Use a smaller one.",
            codebook_size=code.codebook_size,
            n_train=n_train * H * W,
        )


def _terms(spec: RunSpec, shape: tuple[int, ...]) -> Iterator[str]:
    first = spec.objective[0]
    for term in spec.objective[1:]:
        if term.name in ("kl", "total_correlation") and term.reduction != first.reduction:
            about = {
                "name": _called(term.name),
                "reduction": term.reduction,
                "error_reduction": first.reduction,
                "n_values": prod(shape),
            }
            if term.reduction == "sum":
                yield Sentence(
                    "Of {name}: it is counted as {reduction}, the error of the pictures as "
                    "{error_reduction} over {n_values:,} values, so it drowns the error. Count "
                    "both in the same way.",
                    **about,
                )
            else:
                yield Sentence(
                    "Of {name}: it is counted as {reduction}, the error of the pictures as "
                    "{error_reduction} over {n_values:,} values, so the error drowns it. Count "
                    "both in the same way.",
                    **about,
                )
        if term.name in _HEAVY:
            limit, what = _HEAVY[term.name]
            # A summed error is so many times larger: what stands beside it may be, too.
            scale = prod(shape) if first.reduction == "sum" and term.reduction == "mean" else 1
            if term.weight > limit * scale:
                yield Sentence(
                    "A weight of {weight:g} is very large for {called}: {what}. "
                    "Begin with {limit:.2g} or less.",
                    weight=term.weight,
                    called=_called(term.name),
                    what=what,
                    limit=0.1 * limit * scale,
                )


def _memory(spec: RunSpec, shape: tuple[int, ...]) -> Iterator[str]:
    bound = spec.term(IwaeSpec)
    if bound is None:
        return
    # Logits, targets, losses and their gradients of every drawn code; and the widest layer twice.
    n_values = 4 * prod(shape) + 2 * max((*spec.network.widths, spec.code.n_dims))
    n_bytes = 4.0 * bound.n_samples * spec.batch_size * n_values
    if n_bytes > MAX_BYTES:
        fitting = max(1, int(spec.batch_size * MAX_BYTES / n_bytes))
        yield Sentence(
            "{n_samples} codes for each of {batch_size} samples take about "
            "{gigabytes:.0f} GB at each step. Use batches of {fitting}, or fewer codes.",
            n_samples=bound.n_samples,
            batch_size=spec.batch_size,
            gigabytes=n_bytes / 1e9,
            fitting=fitting,
        )


def _called(name: str) -> str:
    words = {
        "kl": Sentence("the KL term"),
        "mmd": Sentence("the MMD term"),
        "sparse_kl": Sentence("the target activity"),
        "total_correlation": Sentence("the total correlation"),
    }
    return words.get(name, Sentence("the {name} term", name=name))
