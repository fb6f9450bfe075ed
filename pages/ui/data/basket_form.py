"""Baskets or ratings of a person: a table of who chose what, and one of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from aecore.errors import TooFewSamplesError
from aecore.sentence import Sentence
from aecore.specs.data import BasketsAsked, DataSpec
from pages.ui import backend, data_requests, errors, mine, session, upload_limits
from pages.ui.translation import _, mark

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

TITLE = mark("Own baskets: {name}")
_TYPES = ("csv", "tsv", "tab", "txt", "dat", "inter", "item", "parquet", "xlsx", "xls")
_MB = 256
_FORMS = {
    "long": mark("A row for each choice (long)"),
    "wide": mark("A row for each person (wide)"),
}


def uploader() -> None:
    """Where the tables are chosen, how they are read, and the button that imports them."""
    n_upload = st.session_state.get("session.n_uploads", 0)
    with st.form("data.baskets.form", border=False):
        table = st.file_uploader(
            _("Who chose what"),
            type=list(_TYPES),
            key=f"data.baskets.{n_upload}",
            max_upload_size=_MB,
            help=_("Columns for person and thing, and perhaps a rating or count, and a time."),
        )
        names = st.file_uploader(
            _("Names of the things (optional)"),
            type=list(_TYPES),
            key=f"data.baskets.names.{n_upload}",
            max_upload_size=_MB,
            help=_("A second table: ids of things in its first column, and their names."),
        )
        form = st.selectbox(
            _("The table has"),
            list(_FORMS),
            format_func=_FORMS.__getitem__,
            key="data.baskets.shape",
        )
        at_least = st.number_input(
            _("Chosen from the value"),
            value=None,
            placeholder=_("keep values"),
            key="data.baskets.at_least",
            help=BasketsAsked.model_fields["at_least"].description,
        )
        with st.expander(_("Columns"), icon=":material/view_column:"):
            named = {
                role: st.text_input(
                    role.capitalize(),
                    placeholder=_("found out"),
                    max_chars=200,
                    key=f"data.baskets.{role}",
                    help=BasketsAsked.model_fields[role].description,
                )
                for role in ("person", "thing", "value", "time")
            }
            least_things = st.number_input(
                _("Fewest things of a person"),
                min_value=1,
                max_value=1000,
                value=2,
                key="data.baskets.least_things",
                help=BasketsAsked.model_fields["least_things"].description,
            )
        st.caption(
            _(
                "CSV, TSV, Parquet or Excel, up to {mb} MB. {kept_for}",
                mb=_MB,
                kept_for=mine.kept_for(),
            )
        )
        is_asked = st.form_submit_button(
            _("Import the baskets"), type="primary", icon=":material/upload:", width="stretch"
        )
    if is_asked:
        with errors.shown():
            asked = {"form": form, "at_least": at_least, "least_things": least_things}
            asked |= {role: name for role, name in named.items() if name}
            _import(table, names, asked)
            st.session_state["session.n_uploads"] = n_upload + 1
            st.rerun()


def _import(table: UploadedFile | None, names: UploadedFile | None, asked: dict[str, Any]) -> None:
    from aecore.data.uploads import receive

    if refused := upload_limits.last_refusal():
        raise refused
    if table is None:
        raise TooFewSamplesError("No file was chosen.", "Choose a table of who chose what.")
    baskets = BasketsAsked.of(**asked)
    files = [file for file in (table, names) if file is not None]
    mine.make_room(sum(file.size for file in files))
    sent = [(file.name, file) for file in files]
    upload = receive(backend.store(), sent, of=session.session_id())
    upload_limits.let_go(files)
    spec = DataSpec.of(source="own", upload=upload, baskets=baskets)
    data_requests.bring_in(spec, Sentence(TITLE, name=table.name[:60]))
