"""Choosing data: a ready-made set or own files become a job, and then the open data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from aecore.artifact import Artifact
from aecore.data.sources import SOURCES, Source, is_here
from aecore.errors import TooFewSamplesError
from aecore.sentence import Sentence, plural
from aecore.specs.data import OF_ROWS, DataSpec
from pages.ui import backend, data_requests, errors, mine, session, upload_limits
from pages.ui.data import basket_form, form, table_form, text_form
from pages.ui.job_progress import watch
from pages.ui.markdown import escape
from pages.ui.translation import _, mark

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_MB_A_FILE = 500  # what the browser lets through; the server's limit is a little above
_NO_UPLOAD = "0" * 32
_BRING = {
    "files": mark("Files, zips"),
    "folder": mark("Folder"),
    "table": mark("Table"),
    "baskets": mark("Baskets"),
    "texts": mark("Texts"),
}
_OWN_PICTURES = mark("Own pictures: {name}")
_WAYS = {"sets": mark("Ready-made"), "own": mark("Your own")}


def ready(asked: Artifact | None) -> str | None:
    """The key of what can be shown: what is open, or until that is there, what was before.

    Without a choice it is this session's last data, or the small set that ships, brought in by
    itself. How a job stands is told on the way.
    """
    key = asked.key if asked else _last()
    if key is None:
        with errors.shown():
            key = _shipped()
    if key is None:
        return None
    view = backend.engine().view(key)
    if view.status == "done":
        backend.store().touch(key)
        return key
    if view.is_live:
        watch(key, _("Bringing in {data_title}", data_title=_(data_requests.data_title(key))))
    else:
        data_requests.told_why(key, view)
    return _last()


def _shipped() -> str:
    """The set that ships, asked for where nobody has; what became of it is told else."""
    spec = DataSpec()
    if spec.key in backend.store() and not backend.engine().view(spec.key).is_left:
        return spec.key
    title = SOURCES["mnist-5k"].title
    return backend.engine().submit(spec, session.session_id(), title=title)


def own_tools(key: str) -> None:
    """Pin and Remove, of pictures that this session brought."""
    if data_requests.data_spec(backend.store().artifact(key)).source == "own" and mine.is_mine(key):
        mine.pin_button(key, "data.own")
        mine.remove_button(key, _("this data set"), "data.own")


def _last() -> str | None:
    """The data this session brought in last, or the set that ships, where it is done."""
    for key in [*session.remembered("data"), DataSpec().key]:
        if key in backend.store() and backend.store().artifact(key).state.status == "done":
            return key
    return None


# The chooser ---------------------------------------------------------------------------------


def chooser(shown: str | None) -> None:
    """Where data can come from; `shown` is the key of what the page shows."""
    _follow(shown)
    way = st.segmented_control(
        _("Data from"),
        list(_WAYS),
        format_func=_WAYS.__getitem__,
        key="data.way",
        required=True,
        width="stretch",
        label_visibility="collapsed",
    )
    if way == "own":
        _own()
    else:
        _ready_made()


def _follow(shown: str | None) -> None:
    """Set the chooser to what is shown, whenever that is something else than before."""
    state = st.session_state
    before, has_begun = state.get("session.data_followed"), "data.way" in state
    if has_begun and before == shown:
        return
    state["session.data_followed"] = shown
    if has_begun and before is None and session.chosen_key("data") is None:
        return  # what came by itself does not take from under a person's hands what they do
    spec = data_requests.data_spec(backend.store().artifact(shown)) if shown else DataSpec()
    state["data.way"] = "own" if spec.source == "own" else "sets"
    if spec.source != "own":
        state["data.source"] = spec.source
    form.fill("data.own" if spec.source == "own" else "data.set", spec)


def _sets() -> list[Source]:
    """Ready-made sets: those that are here first."""
    sets = [found for found in SOURCES.values() if found.how != "own"]
    return sorted(sets, key=lambda found: (found.how != "ships", not is_here(found.name)))


def _ready_made() -> None:
    here = {found.name: is_here(found.name) for found in _sets()}

    def label(name: str) -> str:
        return _(SOURCES[name].title) + ("" if here[name] else " :gray[:material/download:]")

    name = st.radio(
        _("Set"),
        list(here),
        format_func=label,
        key="data.source",
        on_change=_open_chosen,
        label_visibility="collapsed",
    )
    chosen = SOURCES.get(name, SOURCES["mnist-5k"])
    st.markdown(f"{_(chosen.description)}")
    how = "" if here[chosen.name] else _("Needs a download, once.")
    is_rows = chosen.name in OF_ROWS
    noun = _("texts") if chosen.name == "notes" else _("rows") if is_rows else _("pictures")
    st.caption(
        _(
            "{how} {n_samples:,} {noun}. {reference}. Licence: {licence}.",
            how=how,
            n_samples=chosen.n_samples,
            noun=noun,
            reference=escape(_capital(chosen.reference)),
            licence=escape(chosen.licence),
        )
    )
    with (
        st.expander(
            _("Rows and parts") if is_rows else _("Size, colour, scaling"), icon=":material/tune:"
        ),
        st.form("data.set.form", border=False),
    ):
        wanted = form.row_settings("data.set") if is_rows else form.settings("data.set", own=False)
        if chosen.name == "sensors":
            wanted["normal"] = _of_sensors()
        is_asked = st.form_submit_button(_("Import with these settings"), width="stretch")
    if not here[chosen.name]:
        is_asked |= st.button(
            _("Download {title}", title=_(chosen.title)),
            key="data.download",
            type="primary",
            icon=":material/download:",
            width="stretch",
        )
    if is_asked:
        with errors.shown():
            data_requests.bring_in(DataSpec.of(source=chosen.name, **wanted), chosen.title)
            st.rerun()


def _of_sensors() -> tuple[str, ...]:
    """Whether faults are learnt from."""
    is_normal = st.toggle(
        _("Learn from normal rows only"),
        value=True,
        key="data.set.rows_normal",
        help=_("Faults are kept for the test part, where the page Anomalies scores them."),
    )
    return ("normal",) if is_normal else ()


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _open_chosen() -> None:
    """A set that is here opens at a click; one that needs a download waits for its button."""
    name = st.session_state["data.source"]
    if name in SOURCES and is_here(name):
        with errors.shown():
            normal = ("normal",) if name == "sensors" else ()
            data_requests.bring_in(DataSpec(source=name, normal=normal), SOURCES[name].title)


# Own pictures --------------------------------------------------------------------------------


def _own() -> None:
    from aecore.data.archives import ArchiveLimits
    from aecore.data.uploads import MAX_UPLOAD_BYTES
    from aecore.imaging.limits import TRAINING
    from aecore.imaging.picture_kinds import READS, reads_heic

    n_upload = st.session_state.get("session.n_uploads", 0)
    how = st.segmented_control(
        _("Bring"),
        list(_BRING),
        format_func=_BRING.__getitem__,
        default="files",
        required=True,
        key="data.bring",
        width="stretch",
        wrap=True,
        label_visibility="collapsed",
    )
    forms = {"table": table_form, "baskets": basket_form, "texts": text_form}
    if how in forms:
        forms[how].uploader()
        _brought()
        return
    with st.form("data.own.form", border=False):
        files = st.file_uploader(
            _("Pictures, or zips of them") if how == "files" else _("A folder of pictures"),
            accept_multiple_files=True if how == "files" else "directory",
            key=f"data.{how}.{n_upload}",
            max_upload_size=_MB_A_FILE,
        )
        st.caption(
            _(
                "{formats}, or a zip. Folders become classes, unless "
                "a labels.csv (file,label) tells them; train, val and test are the parts. Up to "
                "{megabytes} MB together, {n_pixels} megapixels a "
                "picture (JPEG {n_reduced}), {n_members:,} files a "
                "zip. {kept_for}",
                formats=READS + (", HEIC" if reads_heic() else ""),
                megabytes=MAX_UPLOAD_BYTES // 2**20,
                n_pixels=TRAINING.n_pixels // 10**6,
                n_reduced=TRAINING.n_reduced // 10**6,
                n_members=ArchiveLimits().n_members,
                kept_for=mine.kept_for(),
            )
        )
        with st.expander(_("Size, colour, scaling"), icon=":material/tune:"):
            wanted = form.settings("data.own", own=True)
        is_asked = st.form_submit_button(
            _("Import these pictures"),
            type="primary",
            icon=":material/upload:",
            width="stretch",
        )
    if is_asked:
        with errors.shown():
            _receive(files or [], wanted)
            upload_limits.let_go(files or [])
            st.session_state["session.n_uploads"] = n_upload + 1
            st.rerun()
    _brought()


def _receive(files: list[UploadedFile], wanted: dict[str, Any]) -> None:
    """Settings first, then the bytes: nothing is kept for settings that cannot be."""
    from aecore.data.uploads import receive

    spec = DataSpec.of(source="own", upload=_NO_UPLOAD, **wanted)
    if refused := upload_limits.last_refusal():
        raise refused
    if not files:
        raise TooFewSamplesError("No file was chosen.", "Choose pictures, or a zip of them.")
    mine.make_room(sum(file.size for file in files))
    with st.spinner(_("Keeping your files…")):
        upload = receive(
            backend.store(), [(file.name, file) for file in files], of=session.session_id()
        )
    name = (files[0].name if len(files) == 1 else _folder_of(files))[:60]
    what = name or plural("{n:,} file", "{n:,} files", len(files))
    title = Sentence(_OWN_PICTURES, name=what)
    data_requests.bring_in(spec.model_copy(update={"upload": upload}), title)


def _folder_of(files: list[UploadedFile]) -> str:
    """The folder that all files came in, where they came in one."""
    folders = {file.name.partition("/")[0] if "/" in file.name else "" for file in files}
    return folders.pop() if len(folders) == 1 else ""


def _brought() -> None:
    """What this session brought: nobody else sees it in a list."""
    keys = [
        key
        for key in session.remembered("data")
        if data_requests.data_spec(backend.store().artifact(key)).source == "own"
    ]
    if keys:
        st.markdown(_("**Your data**"))
    for key in keys[:8]:
        st.button(
            escape(_own_name(data_requests.data_title(key))),
            key=f"data.open.{key}",
            icon=f":material/{_icon(key)}:",
            width="stretch",
            on_click=_open_own,
            args=(key,),
        )


def _open_own(key: str) -> None:
    table_form.close()
    session.choose("data", key)


def _icon(key: str) -> str:
    title = data_requests.data_title(key)
    icons = {
        table_form.TITLE: "table",
        basket_form.TITLE: "shopping_basket",
        text_form.TITLE: "article",
    }
    return icons.get(title.template if isinstance(title, Sentence) else "", "photo_library")


def _own_name(title: str) -> str:
    """The name alone, of what is listed as one's own."""
    return _(str(title.values.get("name", title)) if isinstance(title, Sentence) else title)
