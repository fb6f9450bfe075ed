"""A direction from one group of pictures to another, and how well the two are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from aecore.figures.pictures import as_rgb
from aecore.metrics.telling_apart import N_SHUFFLES
from pages.ui import errors, url_state
from pages.ui.gallery import gallery
from pages.ui.map import groups, moved_picture
from pages.ui.map.context import MapContext
from pages.ui.map.groups import A, B, Group
from pages.ui.score import Score, metric
from pages.ui.translation import _, mark

if TYPE_CHECKING:
    from aecore.latent.codes import Codes
    from aecore.latent.direction import Direction

N_SHOWN = 11
_N_SURE = 20


def panel(seen: MapContext) -> None:
    """Two groups, what differs between them, and a picture on its way from one to the other."""
    with st.container(horizontal=True, vertical_alignment="center", key="map.direction_bar"):
        st.subheader(_("A direction between two groups"), anchor=False, width="stretch")
        if groups.group(seen, A) is not None or groups.group(seen, B) is not None:
            st.button(
                _("Clear groups"), key="map.groups_clear", icon=":material/close:", on_click=clear
            )
    left, middle, right = st.columns([4, 4, 3], gap="medium")
    with left:
        one = groups.ask(seen, A)
        _examples(seen, A, one)
    with middle:
        other = groups.ask(seen, B)
        _examples(seen, B, other)
    direction = None
    with right, errors.shown():
        if one is None or other is None:
            _invitation(seen)
        else:
            direction = direction_of(seen, one, other)
            _verdict(direction, one, other)
    if direction is not None and one is not None and other is not None:
        moved_picture.panel(seen, direction, one, other)


def direction_of(seen: MapContext, one: Group, other: Group) -> Direction:
    """From the second group to the first; looked at once.

    Raises
    ------
    AecoreError
        If the groups make none.
    """
    codes = seen.map.codes
    return _direction(f"{codes.key} {one.text} {other.text}", codes, one.places, other.places)


@st.cache_resource(max_entries=16, show_spinner=mark("Measuring the separability…"))
def _direction(what: str, _codes: Codes, _one: np.ndarray, _other: np.ndarray) -> Direction:
    """`what` names all that it depends on."""
    from aecore.latent.direction import direction_between

    return direction_between(_codes.z, _one, _other)


def clear() -> None:
    """Both groups are given up, and what was moved between them."""
    groups.clear()
    moved_picture.clear()


def _invitation(seen: MapContext) -> None:
    st.markdown(
        _(
            "Select points on the map and make them **group A**, then others **group B**; or "
            "choose classes."
        )
        if seen.samples.labels is not None
        else _("Select points on the map and make them **group A**, then others **group B**.")
    )
    groups.offers(seen)


def _examples(seen: MapContext, which: str, found: Group | None) -> None:
    """The mean picture of a group and some of it; a click chooses which one is moved."""
    from aecore.latent.groups import moments

    if found is None or not len(found.places):
        return
    codes, samples = seen.map.codes, seen.samples
    drawn = np.random.default_rng(0).permutation(found.places)[:N_SHOWN]
    rows = codes.rows[drawn]
    mean = moments(samples.x, codes.rows[found.places]).mean
    pictures = np.concatenate(
        [as_rgb(np.rint(255 * mean).astype(np.uint8)[None]), as_rgb(np.asarray(samples.x[rows]))]
    )
    picked = gallery(
        pictures,
        key=f"map.group_{which}_pictures",
        target_px=max(56, min(64, samples.shape[-1])),
        clickable=True,
    )
    if picked:  # the first is the mean, which is no picture of the set
        url_state.write(moved_picture.ROW, str(int(rows[picked - 1])))
    st.caption(
        _(
            "{n_places:,} pictures. The first is their mean; click another one to move it.",
            n_places=len(found.places),
        )
    )


def _verdict(direction: Direction, one: Group, other: Group) -> None:
    """How well held-out pictures are told apart, in words and as a number."""
    from aecore.latent.direction import WORDS

    told = direction.told
    n_least = min(told.n_first, told.n_second)
    metric(
        Score(_("Separability (AUC)"), told.auc.mean, "", "high"),
        help=_(
            "Two pictures, one of each group, are held out; the direction is computed from "
            "the others. The AUC is how often the picture of A is further along it than the "
            "picture of B. 0.5 is chance, 1 is perfect."
        ),
    )
    between = _(
        "AUC between {low:.3f} and {high:.3f} at 99 %.", low=told.auc.low, high=told.auc.high
    )
    chance = _(
        "Of {n_shuffles} random groupings of these pictures, of the same sizes, "
        "{n_as_good} were as separable.",
        n_shuffles=N_SHUFFLES,
        n_as_good=told.n_as_good or _("none"),
    )
    if direction.is_there:
        st.markdown(f"**{_(WORDS[direction.strength])}** {between} {chance}")
    else:
        few = _(
            "Groups of {n_least} are too small to be sure: use {n_sure} or more.",
            n_least=n_least,
            n_sure=_N_SURE,
        ) * (n_least < _N_SURE)
        st.warning(
            _(
                "**No direction separates these groups.** {between} {chance} {few}",
                between=between,
                chance=chance,
                few=few,
            ),
            icon=":material/blur_on:",
        )
    n_both = len(np.intersect1d(one.places, other.places))
    if n_both:
        st.caption(_("{n_both:,} are in both groups and are ignored.", n_both=n_both))
    if one.is_marked or other.is_marked:
        st.caption(
            _(
                "Groups selected on the map are separate because of how they were selected. Look "
                "at the strip to judge whether the direction has a meaning."
            )
        )
