"""For whom things are suggested: a person of the set, or things that are ticked by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.sentence import listed
from aecore.studies.recommend.study import RUN
from aecore.studies.recommend.suggest import Recommender, Suggestions
from pages.ui.markdown import escape
from pages.ui.translation import _
from pages.ui.url_state import choice, choices

N_SUGGESTED = 10
N_OFFERED = 3000
"""Things that can be ticked at the most: a browser holds no longer list."""
N_PEOPLE = 500


@dataclass(frozen=True)
class RecommendContext:
    """What the page looks at.

    Parameters
    ----------
    chosen
        int64 `(n,)`, things that were chosen, the highest value first.
    values
        Their counts or ratings; None where they were ticked.
    by_method
        What each method suggests; none where nothing is chosen.
    """

    recommender: Recommender
    chosen: np.ndarray
    values: np.ndarray | None
    by_method: dict[str, Suggestions]

    @property
    def ours(self) -> Suggestions | None:
        """What the run suggests."""
        return self.by_method.get(RUN)

    @property
    def is_softmax(self) -> bool:
        """Whether scores of the run are probabilities."""
        return self.recommender.run.model.has_softmax_output

    def thing(self, index: int) -> str:
        """Name of a thing."""
        return self.recommender.thing(int(index))


def ask(recommender: Recommender) -> RecommendContext:
    """Who chose what, in the open container."""
    whose = choice(
        _("For"),
        {"person": _("A held-out person"), "own": _("My own choices")},
        "recommend.whose",
        widget=st.segmented_control,
        help=_("A person of the test part, from whom nothing was learnt; or tick things yourself."),
    )
    values: np.ndarray | None = None
    if whose == "person":
        people = {str(row): recommender.person(row) for row in recommender.result.rows[:N_PEOPLE]}
        row = int(choice(_("Person"), people, "recommend.person", width=200))
        chosen, values = recommender.choices_of(row)
        order = np.argsort(-values, kind="stable")
        chosen, values = chosen[order], values[order]
    else:
        chosen = _ticked(recommender)
    by_method: dict[str, Suggestions] = {}
    if len(chosen):
        by_method = {
            name: recommender.suggest(chosen, values, n=N_SUGGESTED, method=name)
            for name in recommender.result.methods
        }
    return RecommendContext(recommender, np.asarray(chosen, np.int64), values, by_method)


def _ticked(recommender: Recommender) -> np.ndarray:
    order = np.argsort(-recommender.result.n_each, kind="stable")[:N_OFFERED]
    is_all = len(order) == recommender.n_things
    ticked = choices(
        _("Things"),
        {str(i): recommender.thing(int(i)) for i in order},
        "recommend.things",
        default=[str(i) for i in order[:2]],
        placeholder=_("type a name"),
        help=_("The most frequent first.")
        if is_all
        else _(
            "The most frequent first. Of {n_things:,} the first {n_offered:,}.",
            n_things=recommender.n_things,
            n_offered=N_OFFERED,
        ),
    )
    return np.array([int(each) for each in ticked], np.int64)


def chosen_line(view: RecommendContext) -> None:
    """What was chosen, in words."""
    if not len(view.chosen):
        st.info(_("Nothing is chosen: tick one thing or more above."), icon=":material/info:")
        st.stop()
    names = [view.thing(i) for i in view.chosen]
    if view.values is not None and len(set(view.values.tolist())) > 1:
        shown = zip(names, view.values, strict=False)
        names = [f"{name} ({value:.3g})" for name, value in shown]
    st.markdown(
        _(
            "**Chosen** ({n_chosen:,}): {names}",
            n_chosen=len(view.chosen),
            names=escape(_(listed(names, 24))),
        )
    )
