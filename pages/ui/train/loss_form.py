"""The terms of a loss as a form: which, how much each weighs, and what else it takes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aecore.objectives.catalogue import TERM_INFO
from aecore.specs.run import RECONSTRUCTION_TERMS, CodeSpec, RunSpec, TermName, TermSpec
from pages.ui.translation import _, mark
from pages.ui.url_state import choice, choices

EXTRAS: tuple[TermName, ...] = tuple(name for name in TERM_INFO if name not in RECONSTRUCTION_TERMS)
_OPTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "huber": (("delta", mark("Linear from")),),
    "iwae": (("n_samples", mark("Codes drawn")),),
    "kl": (("warmup", mark("Warm-up")), ("free_nats", mark("Free nats"))),
    "sparse_kl": (("target", mark("Target")),),
}
_ONLY_FOR: dict[str, str] = {
    "kl": "gaussian",
    "total_correlation": "gaussian",
    "iwae": "gaussian",
    "commitment": "quantized",
}


def ask_terms(prefix: str, start: RunSpec, code: CodeSpec) -> tuple[TermSpec, ...]:
    """Draw the form in the open container and return the objective.

    Parameters
    ----------
    prefix
        Of the widgets' keys.
    start
        The recipe's run: what is set at first.
    code
        As it is set now; terms that do not fit it are not offered.

    Raises
    ------
    SpecError
        If a value is out of bounds.
    """
    first = _reconstruction(prefix, start.objective[0], code)
    offered = [name for name in EXTRAS if _fits(name, code)]
    wanted = [term.name for term in start.objective[1:] if term.name in offered]
    needed: TermName | None = None
    if code.kind == "gaussian" and first.name != "iwae":
        needed = "kl"
    elif code.kind == "quantized":
        needed = "commitment"
    if needed and needed not in wanted:
        wanted = [needed, *wanted]
    chosen = choices(
        _("And also"),
        {name: TERM_INFO[name].heading for name in offered},
        f"{prefix}.terms.{code.kind}",
        default=wanted,
        help=_("Terms are added to the comparison of samples, each times its weight."),
    )
    return (first, *(_extra(prefix, name, start, first) for name in chosen))


def _fits(name: str, code: CodeSpec) -> bool:
    if name == "sparse_kl":
        return code.kind == "plain" and code.activation == "sigmoid"
    return _ONLY_FOR.get(name, code.kind) == code.kind


def _reconstruction(prefix: str, start: TermSpec, code: CodeSpec) -> TermSpec:
    offered = [name for name in RECONSTRUCTION_TERMS if _fits(name, code)]
    name = choice(
        _("Compare samples by"),
        {known: TERM_INFO[known].title for known in offered},
        f"{prefix}.term",
        default=start.name,
        help="\n\n".join(
            f"**{TERM_INFO[known].heading}.** {_(TERM_INFO[known].words)}" for known in offered
        ),
    )
    reductions = ["mean", "sum"]
    reduction = st.selectbox(
        _("Over values"),
        reductions,
        reductions.index(start.reduction),
        key=f"{prefix}.term.reduction",
        bind="query-params",
        help=TermSpec.model_fields["reduction"].description,
    )
    # Of the recipe's own term what the form does not ask for stays: its weight, its noise.
    kept = {"weight": start.weight, "sigma": start.sigma} if name == start.name else {}
    return TermSpec.of(name=name, reduction=reduction, **kept, **_options(prefix, name, start))


def _extra(prefix: str, name: TermName, start: RunSpec, first: TermSpec) -> TermSpec:
    given = start.term(name)
    default = given.weight if given else 1.0
    weight = st.number_input(
        TERM_INFO[name].heading,
        0.0,
        1e6,
        default,
        step=step_of(default),
        format="%.4g",
        key=f"{prefix}.{name}",
        bind="query-params",
        help=TERM_INFO[name].words,
    )
    reduction = given.reduction if given else "mean"
    if name == "kl":
        reduction = first.reduction  # nats and error must be counted alike
    options = _options(prefix, name, given or TermSpec(name=name))
    return TermSpec.of(name=name, weight=weight, reduction=reduction, **options)


def _options(prefix: str, name: str, start: TermSpec) -> dict[str, Any]:
    """What some terms take beyond a weight."""
    found = {}
    for option, label in _OPTIONS.get(name, ()):
        value = getattr(start, option)
        found[option] = st.number_input(
            label,
            value=value,
            step=1 if isinstance(value, int) else step_of(value),
            format=None if isinstance(value, int) else "%.4g",
            key=f"{prefix}.{name}.{option}",
            bind="query-params",
            help=TermSpec.model_fields[option].description,
        )
    return found


def step_of(value: float) -> float:
    """A step of about a tenth of the value, at least a thousandth."""
    if value <= 0:
        return 0.001
    magnitude = 10 ** (len(f"{value:.0f}") - 2) if value >= 1 else 0.1
    while magnitude > value:
        magnitude /= 10
    return float(magnitude)
