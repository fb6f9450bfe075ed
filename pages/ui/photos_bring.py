"""Which photographs: a sample with noise on it, files, or one taken with the camera."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from aecore.data.kept_photos import keep_photo, keep_sample
from aecore.data.photos import READS
from aecore.data.pictures import PHOTOGRAPH
from aecore.data.sample_photos import NOISES, SAMPLES
from aecore.errors import AecoreError, DataError, SpecError
from aecore.specs import check_key
from pages.ui import house, link, problems

MAX_PHOTOS = 30
SAMPLE, UPLOAD, CAMERA = "sample", "upload", "camera"
_WAYS = {SAMPLE: "Sample", UPLOAD: "Upload", CAMERA: "Camera"}
_OF, _AT = "photos.of", "photos.at"
_SIGMAS = (5, 10, 15, 25, 50)


def way() -> str:
    """How photographs come in; drawn in the open container."""
    return link.choice("Photograph", _WAYS, "photos.way", widget=st.segmented_control)


def sample() -> tuple[str, ...]:
    """Choose a sample and its noise; its key, as the only one."""
    name = link.choice(
        "Sample",
        SAMPLES,
        "photos.sample",
        width=170,
        help="They come with scikit-image. The clean original is known, so scores are real.",
    )
    noise = link.choice(
        "Noise put on it",
        NOISES,
        "photos.noise",
        default="white",
        width=170,
        help="Even: the same everywhere. Sensor: more where it is brighter. With JPEG: smoothed "
        "a little and written coarsely, as phones do.",
    )
    sigma = st.selectbox(
        "Its sigma",
        _SIGMAS,
        index=_SIGMAS.index(25),
        key="photos.sigma",
        bind="query-params",
        width=84,
        disabled=noise == "none",
        help="Standard deviation of the noise, in steps of 255.",
    )
    if sigma not in _SIGMAS:
        raise SpecError("There is no such sample.", "Choose one from the lists.")
    return (keep_sample(house.store(), name, noise, float(sigma)),)


def ask_files() -> None:
    """Ask for files; drawn in the open container."""
    st.file_uploader(
        f"{READS}, up to {PHOTOGRAPH.n_pixels // 10**6} megapixels each",
        key="photos.files",
        accept_multiple_files=True,
        max_upload_size=PHOTOGRAPH.n_bytes // 2**20,
        on_change=_arrived,
        args=("photos.files",),
        width=400,
    )


def ask_camera() -> None:
    """Ask for one photograph by the camera."""
    st.camera_input(
        "A photograph",
        key="photos.camera",
        on_change=_arrived,
        args=("photos.camera",),
        label_visibility="collapsed",
        width=420,
    )


def tell_problems() -> None:
    """What of the files is no photograph, by name."""
    for problem in st.session_state.get("photos.problems", ()):
        problems.notice(problem)


def opened(keys: Sequence[str]) -> int:
    """Which of the photographs is looked at; the first unless another was chosen."""
    return link.whole_number(_AT, 0, 0, len(keys) - 1)


def look_at(place: int) -> None:
    """Look at another of the photographs."""
    link.write(_AT, str(place) if place else "")


def brought() -> tuple[str, ...]:
    """Keys of what was brought and is kept here; a link or a reload finds them in the address."""
    found = []
    for text in link.read(_OF).split(",")[:MAX_PHOTOS]:
        try:
            if text.startswith("photo-") and check_key(text) in house.store():
                found.append(text)
        except SpecError:
            continue  # an address may hold anything
    return tuple(dict.fromkeys(found))


def _arrived(widget: str) -> None:
    """Files came or went: keep those that are photographs, and tell of the others by name."""
    value = st.session_state.get(widget)
    files = [file for file in _listed(value) if isinstance(file, UploadedFile)]
    known: dict[str, str | AecoreError] = st.session_state.setdefault("photos.known", {})
    told: list[AecoreError] = []
    keys = []
    if len(files) > MAX_PHOTOS:
        told.append(DataError(f"The first {MAX_PHOTOS} were taken.", "Bring the others next."))
    for file in files[:MAX_PHOTOS]:
        if file.file_id not in known:
            try:
                known[file.file_id] = keep_photo(house.store(), file.getvalue(), file.name)
            except AecoreError as problem:
                known[file.file_id] = type(problem)(f"{file.name}: {problem.message}", problem.hint)
        found = known[file.file_id]
        if isinstance(found, str):
            keys.append(found)
        else:
            told.append(found)
    st.session_state["photos.problems"] = told
    link.write(_OF, ",".join(keys))
    look_at(0)
    link.write("photos.strength", "")


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
