"""Which photographs: a sample with noise on it, files, or one taken with the camera."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from aecore.errors import AecoreError, DataError, SpecError
from aecore.imaging.limits import PHOTOGRAPH
from aecore.imaging.photos import READS
from aecore.photos.kept import keep_photo, keep_sample, plain_name, title_of
from aecore.photos.samples import NOISES, SAMPLES
from aecore.specs.base import check_key
from aecore.specs.photos import PhotoSpec
from pages.ui import backend, camera, errors, mine, reading, session, upload_limits, url_state
from pages.ui.translation import _, mark

MAX_PHOTOS = 30
SAMPLE, UPLOAD, CAMERA = "sample", "upload", "camera"
_WAYS = {SAMPLE: mark("Sample"), UPLOAD: mark("Upload"), CAMERA: mark("Camera")}
_OF, _AT, _NAMES = "photos.of", "photos.at", "photos.names"
_IS_NEW = "photos.is_new"
_SIGMAS = (5, 10, 15, 25, 50)


def way() -> str:
    """How photographs come in; drawn in the open container."""
    return url_state.choice(_("Photograph"), _WAYS, "photos.way", widget=st.segmented_control)


def sample() -> tuple[str, ...]:
    """Choose a sample and its noise; its key, as the only one."""
    name = url_state.choice(
        _("Sample"),
        SAMPLES,
        "photos.sample",
        width=170,
        help=_("From scikit-image. The clean original is known, so the scores are measured."),
    )
    noise = url_state.choice(
        _("Added noise"),
        NOISES,
        "photos.noise",
        default="white",
        width=170,
        help=_(
            "Even: the same everywhere. Sensor: more where it is brighter. With JPEG: smoothed "
            "a little and written coarsely, as phones do."
        ),
    )
    sigma = st.selectbox(
        _("Sigma"),
        _SIGMAS,
        index=_SIGMAS.index(25),
        key="photos.sigma",
        bind="query-params",
        width=84,
        disabled=noise == "none",
        help=_("Standard deviation of the noise, in steps of 255."),
    )
    if sigma not in _SIGMAS:
        raise SpecError("There is no such sample.", "Choose one from the lists.")
    return (keep_sample(backend.store(), name, noise, float(sigma)),)


def ask_files() -> None:
    """Ask for files; drawn in the open container."""
    st.file_uploader(
        _(
            "{reads}, up to {n_pixels} megapixels each",
            reads=READS,
            n_pixels=PHOTOGRAPH.n_pixels // 10**6,
        ),
        key="photos.files",
        accept_multiple_files=True,
        max_upload_size=PHOTOGRAPH.n_bytes // 2**20,
        on_change=_changed,
        width=400,
    )
    reading.decoder().warm_up()
    _read("photos.files")


def ask_camera() -> None:
    """Ask for one photograph by the camera."""
    camera.ask("photos.camera", _changed, width=420)
    _read("photos.camera")


def tell_problems() -> None:
    """What of the files is no photograph, by name, and whether one was too much."""
    if refused := upload_limits.last_refusal():
        errors.show_error(refused)
    for problem in st.session_state.get("photos.problems", ()):
        errors.show_error(problem)


def opened(keys: Sequence[str]) -> int:
    """Which of the photographs is looked at; the first unless another was chosen."""
    return url_state.whole_number(_AT, 0, 0, len(keys) - 1)


def look_at(place: int) -> None:
    """Look at another of the photographs."""
    url_state.write(_AT, str(place) if place else "")


def brought() -> tuple[str, ...]:
    """Keys of what was brought and is kept here; a link or a reload finds them in the address."""
    found = []
    for text in url_state.read(_OF).split(",")[:MAX_PHOTOS]:
        try:
            if text.startswith("photo-") and check_key(text) in backend.store():
                found.append(text)
        except SpecError:
            continue  # an address may hold anything
    return tuple(dict.fromkeys(found))


def name_of(key: str) -> str:
    """What to call a photograph: as the file of this person was called, else a sample's title."""
    called = dict(
        zip(url_state.read(_OF).split(","), url_state.read(_NAMES).split("/"), strict=False)
    )
    if name := plain_name(called.get(key, "")):
        return name
    spec = backend.store().artifact(key).spec
    return title_of(spec) if isinstance(spec, PhotoSpec) else "photograph"


def own_tools(key: str) -> None:
    """How long a photograph that was brought is kept, and a button that removes it."""
    with st.container(horizontal=True, vertical_alignment="center", key="photos.own"):
        if words := mine.kept_for():
            st.caption(words, width="content")
        if mine.is_mine(key):
            forget = partial(_forget, key)
            mine.remove_button(key, _("this photograph"), "photos.own", forget)


def _forget(key: str) -> None:
    """Show a photograph no more."""
    known: dict[str, str | AecoreError] = st.session_state.get("photos.known", {})
    for file in [file for file, found in known.items() if found == key]:
        del known[file]
    names = dict(
        zip(url_state.read(_OF).split(","), url_state.read(_NAMES).split("/"), strict=False)
    )
    names.pop(key, None)
    url_state.write(_OF, ",".join(names))
    url_state.write(_NAMES, "/".join(names.values()))
    look_at(0)


def _changed() -> None:
    """Files came or went: they are read where they are asked for."""
    st.session_state[_IS_NEW] = True


def _read(widget: str) -> None:
    """Keep what came and is a photograph, and tell of what is none by name."""
    if not st.session_state.get(_IS_NEW):
        return
    value = st.session_state.get(widget)
    files = [file for file in _listed(value) if isinstance(file, UploadedFile | DeletedFile)]
    ids = [file.file_id for file in files]
    if ids == st.session_state.get("photos.files_seen"):  # only the bytes of what was kept went
        st.session_state[_IS_NEW] = False
        return
    known: dict[str, str | AecoreError] = st.session_state.setdefault("photos.known", {})
    called: dict[str, str] = st.session_state.setdefault("photos.called", {})  # by id of a file
    told: list[AecoreError] = []
    names: dict[str, str] = {}
    if len(files) > MAX_PHOTOS:
        told.append(
            DataError(
                "The first {max_photos} were added.", "Add the others next.", max_photos=MAX_PHOTOS
            )
        )
    taken = files[:MAX_PHOTOS]
    here = [file for file in taken if isinstance(file, UploadedFile)]
    called.update({file.file_id: plain_name(file.name) for file in here})
    for uploaded in here:
        if uploaded.file_id not in known:
            known[uploaded.file_id] = _kept(uploaded, here, known)
    for file in taken:
        found = known.get(file.file_id)
        if isinstance(found, AecoreError):
            told.append(found)
        elif found in names:
            same = _(
                "{called} holds the same photograph as {names}.",
                called=called[file.file_id],
                names=names[found],
            )
            told.append(DataError(same, "It is cleaned once."))
        elif found is not None:
            names[found] = called[file.file_id]
    upload_limits.let_go(here)
    st.session_state["photos.files_seen"] = ids
    st.session_state[_IS_NEW] = False
    st.session_state["photos.problems"] = told
    url_state.write(_OF, ",".join(names))
    url_state.write(_NAMES, "/".join(names.values()))
    look_at(0)
    url_state.write("photos.strength", "")


def _kept(
    file: UploadedFile, among: Sequence[UploadedFile], known: dict[str, str | AecoreError]
) -> str | AecoreError:
    """Key of a file's photograph, or what is wrong with it."""

    def cancel() -> None:
        for other in among:
            known.setdefault(
                other.file_id,
                DataError("{name} was not read.", "Upload it again.", name=other.name),
            )

    try:
        with reading.reading(file.name, cancel) as run:
            mine.make_room(file.size)
            key = keep_photo(backend.store(), file.getvalue(), run=run)
            session.remember(key)
            return key
    except AecoreError as problem:
        return type(problem)(f"{file.name}: {_(problem.message)}", problem.hint)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [] if value is None else [value]
