"""How photographs are cleaned, one or several: the way, their jobs, and a strip to choose from."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import get_args

import numpy as np
import streamlit as st
from PIL import Image

from aecore.artifact import State
from aecore.errors import QueueFullError
from aecore.imaging.photos import PREVIEW_PX
from aecore.jobs.view import JobView
from aecore.photos.jobs.clean import THUMB, restore_spec
from aecore.photos.jobs.layers import shown
from aecore.photos.kept import open_photo, preview_of
from aecore.photos.methods import METHODS, is_here, why_not_here
from aecore.specs.photos import RestoreMethod, RestoreSpec
from pages.ui import backend, errors, job_requests, reading, session
from pages.ui.gallery import gallery
from pages.ui.markdown import escape
from pages.ui.photos import noise, source
from pages.ui.translation import _
from pages.ui.url_state import choice

_EVERY_S = 1.0
_THUMB_PX = 96
_STOPPED, _AGAIN = "photos.stopped", "photos.again"


def ask_method() -> RestoreMethod:
    """The way of cleaning; drawn in the open container."""
    names: tuple[RestoreMethod, ...] = get_args(RestoreMethod)
    return choice(
        _("Method"),
        {
            name: METHODS[name].title + ("" if is_here(name) else _(" (not installed)"))
            for name in names
        },
        "photos.method",
        default="restorer",
        width=190,
        help="\n\n".join(f"**{_(known.title)}.** {_(known.summary)}" for known in METHODS.values()),
    )


def usable(method: RestoreMethod) -> RestoreMethod:
    """The same where what it needs is installed; else a sentence, and the restorer instead."""
    if is_here(method):
        return method
    st.info(
        _(
            "{why_not_here} Meanwhile the restorer cleans.",
            why_not_here=escape(_(why_not_here(method))),
        ),
        icon=":material/info:",
    )
    return "restorer"


def specs_of(keys: Sequence[str], method: RestoreMethod) -> list[RestoreSpec]:
    """What is asked for; what was asked for before and is not any more is given up."""
    specs = [noise.wanted(key, method) for key in keys]
    before: list[str] = st.session_state.get("photos.asked", [])
    now = [spec.key for spec in specs]
    for key in set(before) - set(now):
        job_requests.give_up(key)  # what nobody looks at any more need not be finished
    st.session_state["photos.asked"] = now
    return specs


def shown_meanwhile(spec: RestoreSpec) -> RestoreSpec:
    """What is looked at until it is done: the photograph cleaned as its noise asks, where it is."""
    plain_spec = restore_spec(spec.photo, spec.method)
    is_ready = _view(spec).status == "done" or _view(plain_spec).status != "done"
    return spec if is_ready else plain_spec


def name(spec: RestoreSpec) -> str:
    """What the photograph is called."""
    return source.name_of(spec.photo)


def finished(spec: RestoreSpec) -> bool:
    """Ask for the one that is looked at; whether it is there, else its progress is shown."""
    what, words = _("Cleaning: {name}", name=name(spec)), _("Before cleaning.")
    if _is_held_back(spec):
        st.info(_("{what} was stopped.", what=escape(what)), icon=":material/info:")
    elif job_requests.request_all([(spec, what)]):
        return True
    else:
        words += _(" The cleaned one takes its place as soon as it is done.")
    st.image(_as_it_came(spec.photo), output_format="JPEG", width="content")
    st.caption(words)
    return False


def _is_held_back(spec: RestoreSpec) -> bool:
    """Whether it was stopped with all the others, and nothing is at it any more."""
    view = _view(spec)
    return spec.key in _stopped() and view.status != "done" and not view.is_live


def _as_it_came(photo: str) -> bytes | np.ndarray:
    """The photograph, small, for the time until it is cleaned: a JPEG, or pixels of a sample."""
    kept: tuple[str, bytes | np.ndarray] | None = st.session_state.get("photos.preview")
    if kept is None or kept[0] != photo:
        found: bytes | np.ndarray | None = preview_of(
            backend.store(), photo, run=reading.decoder().run
        )
        if found is None:
            x = open_photo(backend.store(), photo).photo.x
            step = max(1, -(-max(x.shape[1:]) // PREVIEW_PX))
            found = shown(x[:, ::step, ::step])
        kept = photo, found
        st.session_state["photos.preview"] = kept
    return kept[1]


def done(specs: Sequence[RestoreSpec]) -> list[str]:
    """Keys of those that are cleaned."""
    return [spec.key for spec in specs if _view(spec).status == "done"]


def strip(specs: Sequence[RestoreSpec], at: int) -> None:
    """All that were brought together, small; a click looks at one. Nothing where it is one."""
    if len(specs) < 2:
        return
    _ask_for_the_rest(specs)
    with st.container(key="photos.strip"):
        picked = gallery(
            np.stack([_thumb(spec) for spec in specs]),
            [name(spec) for spec in specs],
            key="photos.thumbs",
            target_px=_THUMB_PX,
            clickable=True,
            picked=at,
        )
        if picked is not None and picked != at:
            source.look_at(picked)
            st.rerun()
        _progress(specs, len(done(specs)))


def _ask_for_the_rest(specs: Sequence[RestoreSpec]) -> None:
    """As many as a session may have unfinished; others follow as these are done."""
    stopped, again = _stopped(), _again()
    try:
        for spec in specs:
            view = _view(spec)
            is_left = view.is_left or (view.status == "stopped" and spec.key in again)
            if is_left and spec.key not in stopped:
                backend.engine().submit(spec, session.session_id())
                again.discard(spec.key)
    except QueueFullError:
        return


def _progress(specs: Sequence[RestoreSpec], n_before: int) -> None:
    """How many are done, once a second while there is something to wait for."""
    views = [_view(spec) for spec in specs]
    is_stopped = any(spec.key in _stopped() for spec in specs)
    ended = ("done", "failed") if is_stopped else ("done", "failed", "stopped")
    left = [view for view in views if view.status not in ended and not _has_died(view)]
    is_live = bool(left) and not is_stopped

    @st.fragment(run_every=_EVERY_S if is_live else None)
    def counted() -> None:
        with errors.shown():
            if is_live and len(done(specs)) != n_before:
                st.rerun()
            st.caption(
                _("{n_before} of {n_specs} are cleaned.", n_before=n_before, n_specs=len(specs))
            )

    with st.container(horizontal=True, vertical_alignment="center"):
        counted()
        if left:  # not within what polls: a click there would run nothing but that again
            st.button(
                _("Resume") if is_stopped else _("Stop"),
                key="photos.stop",
                icon=f":material/{'play_arrow' if is_stopped else 'stop'}:",
                on_click=_stop,
                args=(tuple(specs), not is_stopped),
            )
    for spec, view in zip(specs, views, strict=True):
        if view.status == "failed" or _has_died(view):
            words = f"{name(spec)}: {_(view.state.error)} {_(view.state.hint)}"
            st.error(escape(words), icon=":material/error:")


def _has_died(view: JobView) -> bool:
    """Whether the system ended the work: it waits for a person's word."""
    return view.status == "interrupted" and view.state.n_deaths > 0


def _stop(specs: Sequence[RestoreSpec], is_stopped: bool) -> None:
    """Stop what is not done, or ask for it again."""
    keys = {spec.key for spec in specs if _view(spec).status != "done"}
    st.session_state[_STOPPED] = keys if is_stopped else set()
    st.session_state[_AGAIN] = set() if is_stopped else keys
    for spec in specs:
        if is_stopped and _view(spec).is_live:
            backend.engine().stop(spec.key, session.session_id())


def _stopped() -> set[str]:
    """Keys of what the button Stop stopped; they wait for Go on."""
    found: set[str] = st.session_state.get(_STOPPED, set())
    return found


def _again() -> set[str]:
    """Keys of what Go on asked for again and the queue has not taken in yet."""
    found: set[str] = st.session_state.get(_AGAIN, set())
    return found


def _view(spec: RestoreSpec) -> JobView:
    if spec.key not in backend.store():
        return JobView("new", State())
    return backend.engine().view(spec.key)


def _thumb(spec: RestoreSpec) -> np.ndarray:
    """uint8 `(96, 96, 3)`; grey where the photograph is not cleaned yet."""
    store = backend.store()
    artifact = store.artifact(spec.key) if spec.key in store else None
    if artifact is None or not artifact.has(THUMB):
        return np.full((_THUMB_PX, _THUMB_PX, 3), 128, np.uint8)
    content = (artifact.path / THUMB).read_bytes()
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
