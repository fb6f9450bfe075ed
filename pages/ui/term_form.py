"""The terms of a loss as a form: which, how much each weighs, and what else it takes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aecore.specs import RECONSTRUCTION_TERMS, CodeSpec, RunSpec, TermName, TermSpec

RECONSTRUCTIONS: dict[TermName, str] = {
    "mse": "squared error",
    "bce": "binary cross-entropy",
    "l1": "absolute error",
    "huber": "Huber error",
    "ssim": "structure (1 - SSIM)",
    "iwae": "importance-weighted bound",
}
EXTRAS: dict[TermName, tuple[str, str]] = {
    "kl": ("KL (beta)", "Price of each nat in a gaussian code; 1 is the VAE."),
    "total_correlation": (
        "Total correlation",
        "Price of what binds the dimensions together; beta - 1 of a beta-TCVAE.",
    ),
    "mmd": ("MMD to the prior", "Pull of the whole cloud of codes to a standard normal (WAE)."),
    "adversarial_code": ("Critic of the codes", "A critic must not tell codes from the prior."),
    "adversarial_image": (
        "Critic of the pictures",
        "Pictures are compared by what a critic sees in them.",
    ),
    "commitment": ("Commitment", "Keeps the encoder near the entries of its codebook."),
    "sparse_l1": ("Sparsity (L1 of the code)", "Price of every active unit of the code."),
    "sparse_kl": (
        "Sparsity (target activity)",
        "Asks each unit of a sigmoid code for the same activity on average.",
    ),
    "contractive": ("Contraction", "Price of a code that moves when the input wobbles."),
    "code_l2": ("Length of the code (L2)", "Keeps codes together around 0."),
    "decoder_l2": ("L2 of the decoder", "Small weights make the decoder smooth."),
    "weight_l1": ("L1 of the weights", "Pulls unneeded weights to exactly zero."),
    "weight_l2": ("L2 of the weights", "Keeps weights small (weight decay in the loss)."),
}
_OPTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "huber": (("delta", "Linear from"),),
    "iwae": (("n_samples", "Codes drawn"),),
    "kl": (("warmup", "Warm-up"), ("free_nats", "Free nats")),
    "sparse_kl": (("target", "Target"),),
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
    needed = "kl" if code.kind == "gaussian" and first.name != "iwae" else ""
    needed = "commitment" if code.kind == "quantized" else needed
    if needed and needed not in wanted:
        wanted = [needed, *wanted]
    chosen = st.multiselect(
        "And also",
        offered,
        wanted,
        key=f"{prefix}.terms.{code.kind}",
        bind="query-params",
        format_func=lambda name: EXTRAS[name][0],
        help="Terms are added to the comparison of pictures, each times its weight.",
    )
    return (first, *(_extra(prefix, name, start, first) for name in chosen))


def _fits(name: str, code: CodeSpec) -> bool:
    if name == "sparse_kl":
        return code.kind == "plain" and code.activation == "sigmoid"
    return _ONLY_FOR.get(name, code.kind) == code.kind


def _reconstruction(prefix: str, start: TermSpec, code: CodeSpec) -> TermSpec:
    offered = [name for name in RECONSTRUCTION_TERMS if _fits(name, code)]
    name = st.selectbox(
        "Compare pictures by",
        offered,
        offered.index(start.name) if start.name in offered else 0,
        key=f"{prefix}.term",
        bind="query-params",
        format_func=lambda known: RECONSTRUCTIONS[known],
    )
    reductions = ["mean", "sum"]
    reduction = st.selectbox(
        "Over pixels",
        reductions,
        reductions.index(start.reduction),
        key=f"{prefix}.term.reduction",
        bind="query-params",
        help=TermSpec.model_fields["reduction"].description,
    )
    return TermSpec.of(name=name, reduction=reduction, **_options(prefix, name, start))


def _extra(prefix: str, name: TermName, start: RunSpec, first: TermSpec) -> TermSpec:
    label, words = EXTRAS[name]
    given = start.term(name)
    default = given.weight if given else 1.0
    weight = st.number_input(
        label,
        0.0,
        1e6,
        default,
        step=step_of(default),
        format="%.4g",
        key=f"{prefix}.{name}",
        bind="query-params",
        help=words,
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
