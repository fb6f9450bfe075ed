"""Runs of this session as cards, newest first."""

from __future__ import annotations

import streamlit as st

from aecore.errors import AecoreError
from aecore.jobs.view import look
from aecore.specs.run import RunSpec
from aecore.specs.terms import TERM_SPECS
from aecore.training import HISTORY, STRIP
from pages.ui import mine, session
from pages.ui.backend import store
from pages.ui.score import Score
from pages.ui.start.run_card import Action, Card, run_card
from pages.ui.translation import _

N_CARDS = 12


def cards_of_session() -> None:
    """Three cards a row; a run that was removed since is left out."""
    found = [card for key in session.remembered("run")[:N_CARDS] if (card := _card(key))]
    for start in range(0, len(found), 3):
        for column, card in zip(st.columns(3), found[start : start + 3], strict=False):
            with column:
                run_card(card)


def _card(key: str) -> Card | None:
    try:
        artifact = store().artifact(key)
        spec = artifact.spec
        view = look(store(), key)
    except AecoreError:
        return None
    if not isinstance(spec, RunSpec):
        return None
    records, _unused = artifact.read_history(HISTORY)
    whole = [record for record in records if record["whole"]]
    about = artifact.about
    term = spec.objective[0].name
    scores = []
    told = [record["val"] for record in records if term in record["val"]]
    if told:  # the last is of the weights that were kept
        about_term = TERM_SPECS[term].about
        label = _("validation {title}", title=_(about_term.title))
        scores.append(Score(label, told[-1][term], about_term.unit, better="low"))
    strip = artifact.read_array(STRIP) if artifact.has(STRIP) else None
    return Card(
        key=key,
        title=_(about.get("title", "")) or _("Run"),
        subtitle=_(
            "{data} · {n_whole} of {n_epochs} epochs",
            data=_(about.get("data_title", "")),
            n_whole=len(whole),
            n_epochs=spec.n_epochs,
        ),
        standing=view.status,
        strip=strip[:, :6] if strip is not None and strip.ndim == 5 else None,
        scores=scores,
        actions=[
            Action(_("Open"), lambda: _go(key, "train"), primary=True),
            Action(_("Reconstruct"), lambda: _go(key, "reconstruct")),
        ],
        tools=lambda: _tools(key),
    )


def _tools(key: str) -> None:
    st.space("stretch")
    mine.pin_button(key, f"card.{key}", is_icon=True)
    mine.remove_button(key, _("this run"), f"card.{key}", is_icon=True)


def _go(key: str, page: str) -> None:
    session.choose("run", key)
    session.go_after(page)
