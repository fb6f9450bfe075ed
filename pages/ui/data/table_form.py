"""A table before it comes in: its columns as they were understood, each to be changed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from aecore.errors import TooFewSamplesError
from aecore.sentence import Sentence
from aecore.specs.data import DataSpec
from pages.ui import backend, data_requests, errors, mine, session, upload_limits
from pages.ui.data import form
from pages.ui.markdown import escape
from pages.ui.reading import reading
from pages.ui.translation import _, mark

TITLE = mark("Own table: {name}")
if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

KINDS = {
    "number": mark("Number"),
    "yes_no": mark("Yes / no"),
    "category": mark("Category"),
    "date": mark("Date"),
    "label": mark("Label (class)"),
    "anomaly": mark("Is anomalous"),
    "text": mark("Text, kept beside"),
    "id": mark("ID, left out"),
    "left_out": mark("Left out"),
}
_WORDS = mark("""\
**Number** and **date** are standardized (a skewed number by rank), **yes / no** is 0 or 1, a
**category** has one feature per word (over 32 words share features by hash). The **label** is not
learnt from: it colours maps and checks codes. **Is anomalous** marks the rows that are not normal
(0 or 1, no or yes, normal or anomaly). A **text** is not learnt from either: it says what a row
stands for, as of embeddings that were computed elsewhere. An empty cell becomes the mean, and a
feature says so.\
""")
_DELIMITERS = {
    "": mark("Find out"),
    ",": mark("Comma"),
    ";": mark("Semicolon"),
    "\t": mark("Tab"),
    "|": mark("Bar |"),
}
ENCODINGS = {
    "": mark("Find out"),
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": mark("Western (cp1252)"),
    "cp1251": mark("Cyrillic (cp1251)"),
    "gb18030": mark("Chinese (GBK)"),
}
_TYPES = ("csv", "tsv", "tab", "parquet", "xlsx", "xls", "npy", "npz", "arff")
_OPEN = "session.table"
"""What was sent and not yet imported: its upload, name, how it is read, and its columns."""
_MB = 256


def uploader() -> None:
    """Where a table is chosen; it is then read, and its columns are shown by `panel`."""
    n_upload = st.session_state.get("session.n_uploads", 0)
    with st.form("data.table.form", border=False):
        file = st.file_uploader(
            _("A table"), type=list(_TYPES), key=f"data.table.{n_upload}", max_upload_size=_MB
        )
        st.caption(
            _(
                "CSV, TSV, Parquet, Excel, ARFF, or a matrix (.npy, .npz with x, y and texts): "
                "rows are samples. Up to {mb} MB. You see its columns before anything is imported. "
                "{kept_for}",
                mb=_MB,
                kept_for=mine.kept_for(),
            )
        )
        is_asked = st.form_submit_button(
            _("Read the table"), type="primary", icon=":material/table:", width="stretch"
        )
    if is_asked:
        with errors.shown():
            _receive(file)
            st.session_state["session.n_uploads"] = n_upload + 1
            st.rerun()


def is_open() -> bool:
    """Whether a table waits for its columns to be confirmed."""
    return _OPEN in st.session_state


def close() -> None:
    """Forget the table that waits."""
    st.session_state.pop(_OPEN, None)


def _cancel(upload: str) -> None:
    """Forget it, and what was sent, unless it was imported before."""
    from aecore.jobs.removal import remove_unused_upload

    close()
    remove_unused_upload(backend.store(), upload)


def _receive(file: UploadedFile | None) -> None:
    from aecore.data.uploads import receive

    if refused := upload_limits.last_refusal():
        raise refused
    if file is None:
        raise TooFewSamplesError("No file was chosen.", "Choose a table.")
    mine.make_room(file.size)
    upload = receive(backend.store(), [(file.name, file)], of=session.session_id())
    upload_limits.let_go([file])
    _read(upload, file.name, "", "")


def _read(upload: str, name: str, delimiter: str, encoding: str) -> None:
    """Let the columns be understood in a process of its own, and keep what it says."""
    from aecore.data.memory import reading_bytes
    from aecore.imaging.decoding import WRITING_BYTES

    with reading(name, partial(_cancel, upload)) as run:
        found = run(
            "aecore.data.table_upload:described",
            memory_bytes=reading_bytes(WRITING_BYTES),
            path=str(backend.store().uploads / upload / "000000"),
            name=name,
            delimiter=delimiter or None,
            encoding=encoding or None,
        )
    how = {"upload": upload, "name": name, "delimiter": delimiter, "encoding": encoding}
    st.session_state[_OPEN] = {**how, "found": found}


def panel() -> None:
    """The columns of the table that waits, how it is imported, and the button that does."""
    table = st.session_state[_OPEN]
    found = table["found"]
    columns = found["columns"]
    n = (
        _("{n_rows:,} rows", n_rows=found["n_rows"])
        if found["is_whole"]
        else _("its first {n_rows:,} rows", n_rows=found["n_rows"])
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(escape(table["name"]), anchor=False, width="stretch")
        st.button(_("Cancel"), key="data.rows.cancel", on_click=_cancel, args=(table["upload"],))
        is_asked = st.button(
            _("Import the table"), key="data.rows.import", type="primary", icon=":material/upload:"
        )
    st.caption(
        _(
            "{n_columns:,} columns, as they were understood from {n}. Change any kind.",
            n_columns=len(columns),
            n=n,
        )
    )
    kinds = _editor(table["upload"] + table["delimiter"] + table["encoding"], columns)
    with st.expander(_("What the kinds mean"), icon=":material/help:"):
        st.markdown(_WORDS)
    if Path(table["name"]).suffix.lower() in (".csv", ".tsv", ".tab"):
        _how_it_is_read(table)
    with st.expander(_("Rows and parts"), icon=":material/tune:"):
        wanted = form.row_settings("data.rows")
    if "anomaly" in kinds.values():
        is_normal = st.toggle(
            _("Learn from normal rows only"),
            value=True,
            key="data.rows.normal",
            help=_(
                "Anomalous rows are kept for the test part, where the page Anomalies scores them."
            ),
        )
        wanted["normal"] = ("normal",) if is_normal else ()
        if not is_normal:
            st.caption(
                _(
                    "A model that learns from anomalies rebuilds them, too: trained on mixed rows, "
                    "an isolation forest found more of them on four of six tables. The page "
                    "Anomalies shows both."
                )
            )
    if is_asked:
        with errors.shown():
            _import(table, kinds, wanted)
            st.rerun()


def _editor(name: str, columns: list[dict[str, Any]]) -> dict[str, str]:
    """The columns with their kinds; those kinds that were changed, by column."""
    edited = st.data_editor(
        {
            _("Column"): [column["name"] for column in columns],
            _("Kind"): [column["kind"] for column in columns],
            _("Empty"): [100 * column["missing"] for column in columns],
            _("Different"): [column["n_different"] for column in columns],
            _("Examples"): [column["examples"] for column in columns],
        },
        hide_index=True,
        disabled=[_("Column"), _("Empty"), _("Different"), _("Examples")],
        column_config={
            _("Kind"): st.column_config.SelectboxColumn(
                options=list(KINDS), format_func=lambda kind: KINDS[str(kind)], required=True
            ),
            _("Empty"): st.column_config.NumberColumn(
                format="%.1f %%", help=_("Share of empty cells.")
            ),
            _("Different"): st.column_config.NumberColumn(
                help=_("How many different values it has.")
            ),
        },
        height=min(560, 38 + 35 * max(4, len(columns))),
        key=f"data.rows.columns.{name}",
    )
    return {
        column["name"]: str(kind)
        for column, kind in zip(columns, edited[_("Kind")], strict=True)
        if kind != column["kind"] or kind == "anomaly"
    }


def _how_it_is_read(table: dict[str, Any]) -> None:
    with st.expander(_("How the file is read"), icon=":material/text_snippet:"):
        left, right = st.columns(2)
        with left:
            delimiter = st.selectbox(
                _("Between columns"),
                list(_DELIMITERS),
                index=list(_DELIMITERS).index(table["delimiter"]),
                format_func=_DELIMITERS.__getitem__,
                key="data.rows.delimiter",
            )
        with right:
            encoding = st.selectbox(
                _("Encoding"),
                list(ENCODINGS),
                index=list(ENCODINGS).index(table["encoding"]),
                format_func=ENCODINGS.__getitem__,
                key="data.rows.encoding",
            )
        if st.button(_("Read it again"), key="data.rows.again", icon=":material/refresh:"):
            with errors.shown():
                _read(table["upload"], table["name"], delimiter, encoding)
                st.rerun()


def _import(table: dict[str, Any], kinds: dict[str, str], wanted: dict[str, Any]) -> None:
    spec = DataSpec.of(
        source="own",
        upload=table["upload"],
        columns=[{"name": name, "kind": kind} for name, kind in kinds.items()],
        delimiter=table["delimiter"] or None,
        encoding=table["encoding"] or None,
        **wanted,
    )
    data_requests.bring_in(spec, Sentence(TITLE, name=table["name"][:60]))
    close()
