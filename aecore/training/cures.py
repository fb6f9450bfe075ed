"""What mends a run that the doctor has named a fault of: other settings, ready to be trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aecore.recipe_rules import SIGMA
from aecore.sentence import Sentence
from aecore.specs.codes import CodeSpec, PlainCodeSpec, QuantizedCodeSpec, without_batch_norm
from aecore.specs.run import NetworkSpec, OptimizerSpec, RunSpec
from aecore.specs.term import TermSpec
from aecore.specs.terms import AdversarialCodeSpec, BceSpec, ColumnsSpec, KlSpec, as_squared_error

SILENCING = ("sparse_l1", "sparse_kl", "contractive", "code_l2")
_CALM_LR = 3e-4
_USUAL_LR = 1e-3
_CRITIC_WEIGHT = 5.0
"""Of a critic's term beside the squared error summed over pixels, as in the recipe `aae`."""


@dataclass(frozen=True)
class Cure:
    """Settings that mend a fault.

    Parameters
    ----------
    words
        What is changed, for a person.
    spec
        The run to train instead, from the start.
    """

    words: str
    spec: RunSpec


def cure_of(spec: RunSpec, told: str) -> Cure | None:
    """What mends the first fault that the doctor's words name; None where they name none.

    Parameters
    ----------
    told
        The note of a run's last epoch, or the error of a run that failed.
    """
    found = [(told.find(opening), mend) for opening, mend in _CURES.items() if opening in told]
    if not found:
        return None
    words, changed = min(found, key=lambda each: each[0])[1](spec)
    if changed.effective() == spec.effective():
        return None
    return Cure(words, changed.model_copy(update={"start_from": None}))


def _with(spec: RunSpec, **changes: object) -> RunSpec:
    return RunSpec.of(**{**dict(spec), **changes})


def _optimizer(spec: RunSpec, **changes: object) -> OptimizerSpec:
    return spec.optimizer.model_copy(update=changes)


def _terms(spec: RunSpec, names: tuple[str, ...], factor: float) -> tuple[TermSpec, ...]:
    return tuple(
        term.model_copy(update={"weight": term.weight * factor}) if term.name in names else term
        for term in spec.objective
    )


def _posterior(spec: RunSpec) -> tuple[str, RunSpec]:
    first, *others = spec.objective
    unlike = any(term.name == "kl" and term.reduction != first.reduction for term in others)
    mended = [
        KlSpec(
            weight=min(1.0, term.weight if unlike else term.weight / 10),
            reduction="sum",
            warmup=0.33,
            free_nats=0.2,
        )
        if isinstance(term, KlSpec)
        else term
        for term in others
    ]
    first = first.reduced_by("sum")
    optimizer = _optimizer(spec, lr=min(spec.optimizer.lr, _USUAL_LR))
    return (
        Sentence(
            "the error summed over pixels as the KL is, its weight at most a tenth, rising over "
            "the first third, 0.2 free nats a dimension"
        ),
        _with(spec, objective=(first, *mended), optimizer=optimizer),
    )


def _codebook(spec: RunSpec) -> tuple[str, RunSpec]:
    code = spec.code
    if isinstance(code, QuantizedCodeSpec):
        code = code.model_copy(
            update={
                "codebook_size": min(128, code.codebook_size),
                "n_dims": min(16, code.n_dims),
                "decay": min(0.99, code.decay),
            }
        )
    network = spec.network.model_copy(update={"batch_norm": True})
    optimizer = _optimizer(spec, lr=min(spec.optimizer.lr, 2e-3), name="adam", schedule="cosine")
    return (
        Sentence(
            "short entries in a codebook of at most 128, batch normalization, a calm learning rate"
        ),
        _with(spec, code=code, network=network, optimizer=optimizer),
    )


def _dead(spec: RunSpec) -> tuple[str, RunSpec]:
    code = spec.code
    if isinstance(code, PlainCodeSpec):
        top_k = None if code.top_k is None else max(code.top_k, code.n_dims // 4)
        code = code.model_copy(update={"batch_norm": True, "top_k": top_k})
    optimizer = _optimizer(spec, lr=min(spec.optimizer.lr, 2e-3))
    return (
        Sentence(
            "the price of activity at a tenth, units standardized over the batch, a calm learning "
            "rate"
        ),
        _with(spec, code=code, objective=_terms(spec, SILENCING, 0.1), optimizer=optimizer),
    )


def _critic(spec: RunSpec) -> tuple[str, RunSpec]:
    optimizer = _optimizer(spec, lr=min(spec.optimizer.lr, _USUAL_LR), name="adam")
    first, *others = spec.objective
    heavier = [
        term.model_copy(
            update={"weight": max(3.0 * term.weight, _CRITIC_WEIGHT), "reduction": "sum"}
        )
        if isinstance(term, AdversarialCodeSpec)
        else term
        for term in others
    ]
    first = first.reduced_by("sum")
    return (
        Sentence(
            "the critic's term three times as heavy, at least {critic_weight:g} beside an error "
            "summed over pixels, a calm learning rate",
            critic_weight=_CRITIC_WEIGHT,
        ),
        _with(spec, objective=(first, *heavier), optimizer=optimizer),
    )


def _mean_picture(spec: RunSpec) -> tuple[str, RunSpec]:
    others = tuple(term.name for term in spec.objective[1:])
    changes: dict[str, object] = {
        "objective": _terms(spec, others, 0.1),
        "optimizer": _optimizer(spec, lr=_USUAL_LR, name="adam"),
    }
    if spec.network.kind != "linear":
        changes["network"] = spec.network.model_copy(
            update={"batch_norm": True, "activation": "relu"}
        )
    words = Sentence("Adam at 0.001, batch normalization, the other terms at a tenth")
    return words, _with(spec, **changes)


def _overfitting(spec: RunSpec) -> tuple[str, RunSpec]:
    return (
        Sentence("early stopping, which keeps the weights of the best epoch"),
        _with(spec, patience=max(3, spec.n_epochs // 10)),
    )


def _diverged(spec: RunSpec) -> tuple[str, RunSpec]:
    lr = min(spec.optimizer.lr / 10, _USUAL_LR)
    optimizer = _optimizer(spec, lr=lr, clip_norm=1.0)
    words = Sentence("a learning rate of {lr:g}, gradients clipped at 1, float32", lr=lr)
    return words, _with(spec, optimizer=optimizer, precision="float32")


def _behind_pca(spec: RunSpec) -> tuple[str, RunSpec]:
    if spec.code.kind == "quantized":
        return Sentence("three times as long"), _with(spec, n_epochs=min(10_000, 3 * spec.n_epochs))
    network: NetworkSpec = spec.network.model_copy(update={"pca_start": True, "output": "linear"})
    first: TermSpec = spec.objective[0]
    if isinstance(first, BceSpec):
        first = as_squared_error(first, first.weight / (2 * SIGMA**2))
    elif isinstance(first, ColumnsSpec):
        first = as_squared_error(first)
    objective = (first, *_terms(spec, SILENCING, 1 / 40)[1:])
    optimizer = _optimizer(spec, name="adam", lr=_CALM_LR, schedule="warmup_cosine")
    if network.kind == "linear":
        optimizer = _optimizer(spec, name="adam", lr=1e-5, schedule="warmup_cosine")
    return (
        Sentence("a start at the principal components, small steps, the best epoch kept"),
        _with(
            spec,
            network=network,
            code=without_batch_norm(spec.code),
            objective=objective,
            optimizer=optimizer,
            patience=max(3, spec.n_epochs // 4),
        ),
    )


def _behind_plain(spec: RunSpec) -> tuple[str, RunSpec]:
    first: TermSpec = spec.objective[0]
    if isinstance(first, BceSpec | ColumnsSpec):
        first = as_squared_error(first)
    network = spec.network.model_copy(update={"short_cut": True, "output": "linear"})
    optimizer = _optimizer(spec, name="adam", lr=2e-3, schedule="warmup_cosine")
    return (
        Sentence(
            "the input also leads past the code to the output, which begins at it; a calm rate"
        ),
        _with(
            spec,
            network=network,
            objective=(first, *spec.objective[1:]),
            optimizer=optimizer,
            patience=None,
        ),
    )


def _smaller_code(spec: RunSpec) -> tuple[str, RunSpec]:
    n_dims = max(1, spec.code.n_dims // 8)
    return Sentence("a code of {n_dims}", n_dims=n_dims), _with(
        spec, code=_code(spec, n_dims=n_dims)
    )


def _larger_code(spec: RunSpec) -> tuple[str, RunSpec]:
    n_dims = min(1024, max(8, 4 * spec.code.n_dims))
    return Sentence("a code of {n_dims}", n_dims=n_dims), _with(
        spec, code=_code(spec, n_dims=n_dims)
    )


def _code(spec: RunSpec, **changes: object) -> CodeSpec:
    return spec.code.model_copy(update=changes)


def _longer(spec: RunSpec) -> tuple[str, RunSpec]:
    return (
        Sentence("twice as long, ending along a cosine"),
        _with(
            spec,
            n_epochs=min(10_000, 2 * spec.n_epochs),
            optimizer=_optimizer(spec, schedule="cosine"),
        ),
    )


_CURES: dict[str, Callable[[RunSpec], tuple[str, RunSpec]]] = {
    "Posterior collapse": _posterior,
    "Codebook collapse": _codebook,
    "Dead code": _dead,
    "The critic of the codes has won": _critic,
    "no better than the mean picture": _mean_picture,
    "Overfitting since": _overfitting,
    "Training diverged": _diverged,
    "Worse than PCA": _behind_pca,
    Sentence("Worse than the plain method"): _behind_plain,
    Sentence("The code is too large"): _smaller_code,
    Sentence("The code is too small"): _larger_code,
    "Still learning": _longer,
}
"""By the words with which the doctor names a fault."""
