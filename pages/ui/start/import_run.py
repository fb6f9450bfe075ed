"""A run that was exported comes back by a file: on a machine of one's own, not on a class server.

A run is kept under the key of what was asked for. On a server of many, a doctored file would stand
in the place of a run that others ask for; there, whoever runs it takes runs in.
"""

from __future__ import annotations

import streamlit as st

from aecore.imaging.scratch import scratch
from pages.ui import backend, errors, session, upload_limits
from pages.ui.app import gate
from pages.ui.translation import _

_MB = 500


def ask() -> None:
    """An uploader for an exported run, folded; what is taken in is opened."""
    if gate.is_public():
        return
    with st.expander(_("Import an exported run"), icon=":material/unarchive:"):
        n = st.session_state.get("session.n_runs_brought", 0)
        file = st.file_uploader(
            _("A zip that `aecore export KEY run.zip` wrote"),
            type="zip",
            key=f"start.run_file.{n}",
            max_upload_size=_MB,
        )
        if file is None:
            return
        with errors.shown():
            from aecore.api.run_file import take_in

            with scratch(backend.store()) as folder, st.spinner(_("Opening the run…")):
                came = folder / "run.zip"
                came.write_bytes(file.getvalue())
                found = take_in(backend.store(), came)
            upload_limits.let_go([file])
            st.session_state["session.n_runs_brought"] = n + 1
            session.remember(found.key)
            session.choose("run", found.key)
            session.go_to("reconstruct" if found.has_data else "walk")
