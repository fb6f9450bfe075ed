"""Texts of one's own: files, a zip, a table with a column of texts, or one text a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from aecore.errors import TooFewSamplesError
from aecore.sentence import Sentence, plural
from aecore.specs.data import DataSpec, TextSpec
from pages.ui import backend, data_requests, errors, mine, session, upload_limits
from pages.ui.data.table_form import ENCODINGS
from pages.ui.translation import _, mark

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

TITLE = mark("Own texts: {name}")
_EACH = {
    "auto": mark("By the kind of file"),
    "file": mark("A file"),
    "line": mark("A line"),
    "row": mark("A row of a table"),
}
_MB = 256
_NO_UPLOAD = "0" * 32


def uploader() -> None:
    """Where texts are chosen, and how they are read."""
    n_upload = st.session_state.get("session.n_uploads", 0)
    is_folder = st.toggle(_("A whole folder"), key="data.texts.folder")
    with st.form("data.texts.form", border=False):
        files = st.file_uploader(
            _("A folder of texts") if is_folder else _("Texts"),
            accept_multiple_files="directory" if is_folder else True,
            key=f"data.texts.{'folder' if is_folder else 'files'}.{n_upload}",
            max_upload_size=_MB,
        )
        st.caption(
            _(
                "Text files or a zip of them (folders become classes), a CSV, TSV, Parquet or "
                "Excel file with a column of texts, or one file with a text a line. Up to {mb} MB. "
                "{kept_for}",
                mb=_MB,
                kept_for=mine.kept_for(),
            )
        )
        with st.expander(_("How texts are read"), icon=":material/tune:"):
            wanted = _settings()
        is_asked = st.form_submit_button(
            _("Import these texts"), type="primary", icon=":material/upload:", width="stretch"
        )
    if is_asked:
        with errors.shown():
            _receive(files or [], wanted)
            upload_limits.let_go(files or [])
            st.session_state["session.n_uploads"] = n_upload + 1
            st.rerun()


def _settings() -> dict[str, Any]:
    """Fields of a DataSpec that is yet to be checked."""
    each = st.selectbox(
        _("One text is"),
        list(_EACH),
        format_func=_EACH.__getitem__,
        key="data.texts.each",
        help=_help("each"),
    )
    column = st.text_input(
        _("Column of the texts"), key="data.texts.column", max_chars=200, help=_help("column")
    )
    label_column = st.text_input(
        _("Column of the classes"),
        key="data.texts.labels",
        max_chars=200,
        help=_help("label_column"),
    )
    encoding = st.selectbox(
        _("Encoding"), list(ENCODINGS), format_func=ENCODINGS.__getitem__, key="data.texts.encoding"
    )
    n_words = st.number_input(
        _("Words that are counted"),
        10,
        100_000,
        10_000,
        1000,
        key="data.texts.n",
        help=_help("n_words"),
    )
    pairs = st.checkbox(_("Pairs of words too"), key="data.texts.pairs", help=_help("pairs"))
    texts = {
        "each": each,
        "column": column.strip() or None,
        "label_column": label_column.strip() or None,
        "n_words": n_words,
        "pairs": pairs,
    }
    return {"texts": texts, "encoding": encoding or None}


def _help(name: str) -> str | None:
    return TextSpec.model_fields[name].description


def _receive(files: list[UploadedFile], wanted: dict[str, Any]) -> None:
    """Settings first, then the bytes; they are read by the job that imports them."""
    from aecore.data.uploads import receive

    spec = DataSpec.of(source="own", upload=_NO_UPLOAD, **wanted)
    if refused := upload_limits.last_refusal():
        raise refused
    if not files:
        raise TooFewSamplesError("No file was chosen.", "Choose texts, or a zip of them.")
    mine.make_room(sum(file.size for file in files))
    with st.spinner(_("Keeping your files…")):
        upload = receive(
            backend.store(), [(file.name, file) for file in files], of=session.session_id()
        )
    n = len(files)
    what = files[0].name[:60] if n == 1 else plural("{n:,} file", "{n:,} files", n)
    title = Sentence(TITLE, name=what)
    data_requests.bring_in(spec.model_copy(update={"upload": upload}), title)
