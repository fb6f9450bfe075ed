"""A map of the things: near each other lies what is suggested to the same people."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.figures.scatter import Groups, as_text, map_figure
from pages.ui.recommend.choose import RecommendContext
from pages.ui.translation import _


def map_card(view: RecommendContext) -> None:
    """Every thing as a point, what is chosen and what is suggested in colour."""
    recommender, ours = view.recommender, view.ours
    with st.container(border=True, height="stretch", key="recommend.map_card"):
        st.markdown(_("**Map of the things**"))
        group = np.full(recommender.n_things, -1)
        group[view.chosen] = 0
        if ours is not None:
            group[ours.things] = 1
        n_each = recommender.result.n_each
        names = [
            _("{thing}<br>{n_each:,} people", thing=as_text(recommender.thing(i)), n_each=n_each[i])
            for i in range(recommender.n_things)
        ]
        figure = map_figure(
            recommender.result.positions,
            axes=("", ""),
            colour=Groups(group, ("chosen", "suggested"), other=_("other things")),
            names=names,
            ticks=False,
            height_px=400,
            say=_,
        )
        st.plotly_chart(figure, key="recommend.map", width="stretch")
        st.caption(
            _(
                "t-SNE of the weights of the decoder's last layer, a point a thing: near each "
                "other lies what the run suggests to the same people. Distances between groups "
                "mean little."
            )
        )
