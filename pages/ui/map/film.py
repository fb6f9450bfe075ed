"""The film of a run's training: played, scrubbed, and taken home."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from aecore.api.lab import title
from aecore.artifact import Artifact
from aecore.errors import ArtifactMissingError
from pages.ui import backend, pick_run, session
from pages.ui.components import component
from pages.ui.markdown import escape
from pages.ui.translation import _, browser_tag, language, mark
from pages.ui.url_state import choice

if TYPE_CHECKING:
    from aecore.export.film import Film

FILM = "map.film"


def is_asked_for() -> bool:
    """A control in the bar: the map of the trained codes, or how they came there."""
    chosen = choice(
        _("Show"),
        {"map": _("Map"), "film": _("Film")},
        "map.show",
        widget=st.segmented_control,
        help=_("The film shows the same codes epoch by epoch, with reconstructions and loss."),
    )
    return chosen == "film"


def panel(artifact: Artifact) -> None:
    """The film, large, and what to know of it; a sentence where the run kept none."""
    from aecore.export.film import film_stamp
    from aecore.export.film_page import about

    try:
        stamp = film_stamp(backend.store(), artifact.key)
        film, message = _made(f"{stamp} {language()}", artifact.key)
    except ArtifactMissingError as problem:
        _no_film(artifact, problem)
        return
    pick_run.still_training(artifact, int(film.epochs[-1] - _before(film)))
    component("film")(key=FILM, data=message)
    st.caption(
        _(
            "{about} Drag along the loss curve or the slider; arrow keys step through the "
            "keyframes, space plays. Point at a dot to see its whole path.",
            about=_(about(film)),
        )
    )
    _downloads(film)


def _no_film(artifact: Artifact, problem: ArtifactMissingError) -> None:
    with st.container(border=True, key="map.no_film"):
        st.markdown(f"**{escape(_(problem.message))}** {escape(_(problem.hint))}")
        if st.button(_("Open its training"), key="map.to_training", type="primary"):
            session.choose("run", artifact.key)
            session.go_to("train")


def _before(film: Film) -> float:
    """Epochs of the runs that this one went on from."""
    return film.joints[-1] if film.joints else 0.0


@st.cache_resource(max_entries=8, show_spinner=mark("Loading the film…"))
def _made(stamp: str, _key: str) -> tuple[Film, bytes]:
    """`stamp` names all that the film depends on."""
    from aecore.export.film import film_of
    from aecore.export.film_page import message

    film = film_of(backend.store(), _key)
    return film, message(film, say=_, rev=stamp)


def _downloads(film: Film) -> None:
    """Two files, each made when its button is pressed."""
    with st.container(horizontal=True):
        st.download_button(
            _("Film as GIF"),
            partial(_gif, film),
            file_name=f"{film.key}-film.gif",
            mime="image/gif",
            key="map.film_gif",
            icon=":material/movie:",
            on_click="ignore",
            help=_("Under 5 MB, plays in a loop. Made on request, in a few seconds."),
        )
        st.download_button(
            _("Film as a page"),
            partial(_page, film),
            file_name=f"{film.key}-film.html",
            mime="text/html",
            key="map.film_page",
            icon=":material/web:",
            on_click="ignore",
            help=_("One HTML file that plays as it does here, without a server."),
        )


def _gif(film: Film) -> bytes:
    from aecore.export.film_page import film_as_gif

    return film_as_gif(film, _(title(backend.store(), film.key)), say=_)


def _page(film: Film) -> str:
    from aecore.export.film_page import film_page

    name = _(title(backend.store(), film.key))
    return film_page(film, name, say=_, language=browser_tag(language()))
