"""A recipe suited to the samples or as published: the switch, the reasons, and the precision."""

from __future__ import annotations

import hashlib
from typing import Any

import streamlit as st

from aecore.recipe_rules import SetFacts, suited
from aecore.specs.run import RunSpec
from aecore.training.precision import offered_precision
from aecore.zoo.recipe import Recipe
from pages.ui.markdown import escape
from pages.ui.train.data_card import Data
from pages.ui.translation import _


def suit(chosen: Recipe, data: Data) -> SetFacts | None:
    """The facts that settings are to be suited to; None where they shall be as published.

    Nothing is asked where both are the same.
    """
    found = suited(chosen.settings, data.facts)
    _precision, faster = offered_precision(RunSpec.of(data=data.key, **found.settings), data.shape)
    reasons = [*found.reasons, *filter(None, [faster])]
    if not reasons:
        return data.facts
    is_suited = st.toggle(
        _("Suit to these samples"),
        True,
        key="train.suited",
        bind="query-params",
        help=_(
            "Lengths, widths and the start of training follow from how many samples there are, "
            "and of which size. Off: the recipe as published."
        ),
    )
    if not is_suited:
        return None
    with st.expander(_("Why these settings"), icon=":material/lightbulb:"):
        st.markdown("\n".join(f"- {escape(reason)}" for reason in reasons))
    return data.facts


def precise(settings: dict[str, Any], data: Data) -> dict[str, Any]:
    """Settings of a recipe with the precision that is faster on this machine."""
    spec = RunSpec.of(data=data.key, **settings)
    precision, _why = offered_precision(spec, data.shape)
    return settings if precision == spec.precision else {**settings, "precision": precision}


def prefix_of(name: str, settings: dict[str, Any], published: dict[str, Any]) -> str:
    """Of the keys of a recipe's widgets: others where its settings are others, for a widget
    keeps what it was first given."""
    if settings == published:
        return f"train.{name}"
    content = repr(sorted(settings.items(), key=lambda item: item[0]))
    return f"train.{name}.{hashlib.sha256(content.encode()).hexdigest()[:6]}"
