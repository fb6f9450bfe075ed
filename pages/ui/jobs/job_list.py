"""All jobs of the server: what runs, what waits and in which order, whose it is, and Stop."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import streamlit as st

from aecore.api.lab import title
from aecore.errors import AecoreError
from aecore.jobs.askers import COMMAND_LINE
from aecore.jobs.queue import QueuedJob, read_queue
from aecore.store import Store
from pages.ui import backend, errors, session, teacher
from pages.ui.job_progress import duration, status_text
from pages.ui.markdown import escape
from pages.ui.translation import _

N_SHOWN = 60
_EVERY_S = 1.0
_READS_A_S = 2


def all_jobs() -> None:
    """The list, kept up to date."""

    @st.fragment(run_every=_EVERY_S)
    def panel() -> None:
        with errors.shown():
            _draw(_queue(backend.store(), int(time.time() * _READS_A_S)))

    panel()


@lru_cache(maxsize=2)
def _queue(store: Store, _unused: int) -> Sequence[QueuedJob]:
    """The queue, read once for all who look at the same time."""
    return read_queue(store)


def _draw(jobs: Sequence[QueuedJob]) -> None:
    if not jobs:
        with st.container(border=True, key="jobs.none"):
            st.markdown(_("**No job is running or waiting.** A job you start now begins at once."))
        return
    running = [job for job in jobs if job.place is None]
    waiting = [job for job in jobs if job.place is not None]
    for name, found in ((_("Running"), running), (_("Waiting"), waiting)):
        if found:
            st.markdown(f"##### {name}")
        for job in found[:N_SHOWN]:
            _row(job)
        if len(found) > N_SHOWN:
            st.caption(_("And {n_more:,} more.", n_more=len(found) - N_SHOWN))
    st.caption(
        _(
            "People take turns, each with their oldest job. If others are waiting, a training "
            "pauses after a minute, at the end of an epoch, and continues when its turn comes "
            "again."
        )
    )


def _row(job: QueuedJob) -> None:
    is_mine = session.session_id() in job.askers
    with st.container(border=True, key=f"jobs.{job.key}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{_words(job, is_mine)}**", width="content")
            _whose(job, is_mine)
            st.markdown(f":gray[{escape(_standing(job))}]", width="stretch")
            if is_mine or teacher.is_teacher(session.session_id()):
                st.button(
                    _("Stop"),
                    key=f"jobs.stop.{job.key}",
                    icon=":material/stop:",
                    on_click=_stop,
                    args=(job.key, is_mine),
                )
        if job.view.status == "running":
            st.progress(job.view.state.progress)


def _words(job: QueuedJob, is_mine: bool) -> str:
    """What is done; of another's no more than its kind."""
    name = ""
    if is_mine:
        try:
            name = title(backend.store(), job.key)
        except AecoreError:  # it was removed just now
            name = ""
    return escape(_(job.title) if name in ("", job.key) else f"{_(job.title)}: {_(name)}")


def _whose(job: QueuedJob, is_mine: bool) -> None:
    if is_mine:
        st.badge(_("yours"), icon=":material/person:", color="blue")
    elif job.askers == {COMMAND_LINE}:
        st.badge(_("command line"), icon=":material/terminal:", color="gray")
    else:
        st.badge(_("another person"), icon=":material/group:", color="gray")


def _standing(job: QueuedJob) -> str:
    """How far it is, or when it begins; and how long ago it was asked for."""
    view = job.view
    if job.place is not None:
        seen = backend.engine().view(job.key)  # which knows for how long, where it is this app's
        view = replace(view, place=job.place, wait_s=seen.wait_s)
    ago = "" if view.is_again or not job.since else duration(max(0.0, time.time() - job.since))
    asked = _("requested {ago} ago", ago=ago) if ago else ""
    return " · ".join(filter(None, (_epochs(job) or status_text(view), asked)))


def _epochs(job: QueuedJob) -> str:
    """How far a training is; its steps are thousandths of an epoch."""
    state = job.view.state
    if job.place is not None or job.lane != "device" or state.n_total < 1000:
        return ""
    epoch = _(
        "epoch {n_done:.4g} of {n_total:,}",
        n_done=state.n_done / 1000,
        n_total=state.n_total // 1000,
    )
    left = _("about {duration} left", duration=duration(state.eta_s)) if state.eta_s else ""
    return ", ".join(filter(None, (epoch, left)))


def _stop(key: str, is_mine: bool) -> None:
    """Take one's own wish back; what is another's is stopped for all, by who may."""
    with errors.shown():
        person = session.session_id()
        if not is_mine and not teacher.is_teacher(person):
            return
        backend.engine().stop(key, person if is_mine else None)
        _queue.cache_clear()
