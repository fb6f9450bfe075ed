"""The terms of a loss as a form: which, how much each weighs, and what else it takes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aecore.specs.codes import CodeSpec, PlainCodeSpec
from aecore.specs.run import RunSpec
from aecore.specs.term import TermSpec
from aecore.specs.terms import TERM_SPECS
from pages.ui.translation import _, mark
from pages.ui.url_state import choice, choices

FIRST = tuple(name for name, term in TERM_SPECS.items() if term.compares)
EXTRAS = tuple(name for name in TERM_SPECS if name not in FIRST)
_OPTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "huber": (("delta", mark("Linear from")),),
    "iwae": (("n_samples", mark("Codes drawn")),),
    "kl": (("warmup", mark("Warm-up")), ("free_nats", mark("Free nats"))),
    "sparse_kl": (("target", mark("Target")),),
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
    wanted: list[str] = [term.name for term in start.objective[1:] if term.name in offered]
    needed = None
    if code.kind == "gaussian" and first.name != "iwae":
        needed = "kl"
    elif code.kind == "quantized":
        needed = "commitment"
    if needed and needed not in wanted:
        wanted = [needed, *wanted]
    chosen = choices(
        _("And also"),
        {name: TERM_SPECS[name].about.heading for name in offered},
        f"{prefix}.terms.{code.kind}",
        default=wanted,
        help=_("Terms are added to the comparison of samples, each times its weight."),
    )
    return (first, *(_extra(prefix, name, start, first) for name in chosen))


def _fits(name: str, code: CodeSpec) -> bool:
    term = TERM_SPECS[name]
    activation = code.activation if isinstance(code, PlainCodeSpec) else None
    has_activation = term.code_activation in (None, activation)
    return term.code_kind in (None, code.kind) and has_activation


def _reconstruction(prefix: str, start: TermSpec, code: CodeSpec) -> TermSpec:
    offered = [name for name in FIRST if _fits(name, code)]
    name = choice(
        _("Compare samples by"),
        {known: TERM_SPECS[known].about.title for known in offered},
        f"{prefix}.term",
        default=start.name,
        help="\n\n".join(
            f"**{about.heading}.** {_(about.words)}"
            for about in (TERM_SPECS[known].about for known in offered)
        ),
    )
    # Of the recipe's own term what the form does not ask for stays: its weight, its noise.
    begin = start if name == start.name else TERM_SPECS[name].of()
    settings = begin.model_dump()
    reductions = begin.reductions()
    if len(reductions) > 1:
        settings["reduction"] = st.selectbox(
            _("Over values"),
            reductions,
            reductions.index(start.reduction),
            key=f"{prefix}.term.reduction",
            bind="query-params",
            help=TermSpec.model_fields["reduction"].description,
        )
    return TERM_SPECS[name].of(**settings | _options(prefix, begin))


def _extra(prefix: str, name: str, start: RunSpec, first: TermSpec) -> TermSpec:
    given = start.term(TERM_SPECS[name])
    default = given.weight if given else 1.0
    weight = st.number_input(
        TERM_SPECS[name].about.heading,
        0.0,
        1e6,
        default,
        step=step_of(default),
        format="%.4g",
        key=f"{prefix}.{name}",
        bind="query-params",
        help=TERM_SPECS[name].about.words,
    )
    reduction = given.reduction if given else "mean"
    if name == "kl":
        reduction = first.reduction  # nats and error must be counted alike
    options = _options(prefix, given or TERM_SPECS[name].of())
    return TERM_SPECS[name].of(weight=weight, reduction=reduction, **options)


def _options(prefix: str, start: TermSpec) -> dict[str, Any]:
    """What some terms take beyond a weight."""
    options = {}
    for option, label in _OPTIONS.get(start.name, ()):
        value = getattr(start, option)
        options[option] = st.number_input(
            label,
            value=value,
            step=1 if isinstance(value, int) else step_of(value),
            format=None if isinstance(value, int) else "%.4g",
            key=f"{prefix}.{start.name}.{option}",
            bind="query-params",
            help=type(start).model_fields[option].description,
        )
    return options


def step_of(value: float) -> float:
    """A step of about a tenth of the value, at least a thousandth."""
    if value <= 0:
        return 0.001
    magnitude = 10 ** (len(f"{value:.0f}") - 2) if value >= 1 else 0.1
    while magnitude > value:
        magnitude /= 10
    return float(magnitude)
