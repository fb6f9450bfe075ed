"""Cleaned photographs to take home: one as the kind of file it came in, several as a zip."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path, PurePath

import streamlit as st

from aecore.artifact import Artifact
from aecore.errors import DataError
from aecore.imaging.decoding import WRITING_BYTES
from aecore.imaging.photo_writing import MIMES, SUFFIXES, blended, write_photo
from aecore.imaging.photograph import PhotoFormat
from aecore.imaging.scratch import scratch
from aecore.photos.jobs.clean import X_HAT, load_restored, pixels_of
from aecore.photos.jobs.repair import load_repaired
from aecore.photos.kept import ORIGINAL, open_photo
from pages.ui import backend, reading, url_state
from pages.ui.app import gate
from pages.ui.photos import source
from pages.ui.translation import _

MAX_ZIP_BYTES = 2**30
_IS_PRIVATE = "session.photos_private"


def _ask_private(photo: str) -> None:
    """A box: without place and camera. On where the server is for a class, off on one's own."""
    if not backend.store().artifact(photo).has(ORIGINAL):  # a sample, of which nothing is noted
        return
    is_set = st.session_state.setdefault(_IS_PRIVATE, gate.is_public())
    st.checkbox(
        _("Leave out location and camera"),
        help=_(
            "The file will not say where, with which camera or by whom it was taken; "
            "dates, exposure and colour profile stay. On by default on a class server, where "
            "files are shared; off on one's own machine."
        ),
        **url_state.linked_widget("photos.private", is_set, _set_private),
    )


def _set_private(is_private: bool) -> None:
    st.session_state[_IS_PRIVATE] = is_private


def _is_private() -> bool:
    return bool(st.session_state.get(_IS_PRIVATE, gate.is_public()))


def home(restored: str, photo: str, strength: float) -> None:
    """A button that makes the file when it is pressed.

    Parameters
    ----------
    restored, photo
        Keys of the cleaned photograph, and of the photograph.
    """
    _ask_private(photo)
    _button(partial(file_of, restored, strength, _is_private()), photo)


def repaired_home(repaired: str, photo: str) -> None:
    """The same for a repaired photograph."""
    _ask_private(photo)
    _button(partial(repaired_file_of, repaired, _is_private()), photo)


def _button(made: Callable[[], bytes], photo: str) -> None:
    artifact = backend.store().artifact(photo)
    kind = _format(artifact)
    st.download_button(
        _("Download {kind}", kind=kind),
        data=made,
        file_name=_file_name(source.name_of(photo), kind),
        mime=MIMES[kind],
        key="photos.download",
        type="primary",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
        help=_("At the strength shown, in its original format and depth, ")
        + (
            _("without location and camera.")
            if _is_private()
            else _("with the notes of the camera.")
        ),
    )


def all_home(restored: Sequence[str], strength: float | None) -> None:
    """A button for a zip of all that were brought together, where they are several."""
    if len(restored) > 1:
        is_large = _came_as_bytes(restored) > MAX_ZIP_BYTES
        st.download_button(
            _("All {n_restored} as a zip", n_restored=len(restored)),
            data=partial(
                zip_of,
                tuple(restored),
                tuple(map(_name_of, restored)),
                strength,
                _is_private(),
            ),
            file_name="cleaned.zip",
            mime="application/zip",
            key="photos.zip",
            icon=":material/folder_zip:",
            width="stretch",
            on_click="ignore",
            disabled=is_large,
            help=_("Together they are too large for one download: download them one by one.")
            if is_large
            else None,
        )


def _came_as_bytes(restored: Sequence[str]) -> int:
    """How many bytes the photographs had together as they came."""
    store = backend.store()
    photos = [store.artifact(load_restored(store.artifact(key)).spec.photo) for key in restored]
    return sum((photo.path / ORIGINAL).stat().st_size for photo in photos if photo.has(ORIGINAL))


def file_of(restored: str, strength: float | None, is_private: bool = False) -> bytes:
    """One cleaned photograph as a file; None: at the strength that its noise asks for."""
    with scratch(backend.store()) as folder:
        return _made(restored, strength, folder / "made", is_private).read_bytes()


def repaired_file_of(repaired: str, is_private: bool = False) -> bytes:
    """One repaired photograph as a file."""
    store = backend.store()
    artifact = store.artifact(repaired)
    base = store.artifact(load_repaired(artifact).spec.base)
    with scratch(store) as folder:
        photo = store.artifact(load_restored(base).spec.photo)
        return _written(photo, artifact, None, folder / "made", is_private).read_bytes()


def _name_of(restored: str) -> str:
    photo = load_restored(backend.store().artifact(restored)).spec.photo
    return source.name_of(photo)


def zip_of(
    restored: Sequence[str],
    names: Sequence[str],
    strength: float | None,
    is_private: bool = False,
) -> bytes:
    """Several, each under its own name; what is packed already is not packed again.

    It is packed on disk: all that is held at once is the zip.

    Raises
    ------
    DataError
        If it is larger than a download may be.
    """
    store = backend.store()
    taken: set[str] = set()
    with scratch(store) as folder:
        packed = folder / "cleaned.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for key, name in zip(restored, names, strict=True):
                photo = store.artifact(load_restored(store.artifact(key)).spec.photo)
                made = _made(key, strength, folder / "made", is_private)
                if packed.stat().st_size + made.stat().st_size > MAX_ZIP_BYTES:
                    raise DataError("The zip becomes too large.", "Download them one by one.")
                archive.write(made, _unlike(_file_name(name, _format(photo)), taken))
        return packed.read_bytes()


def _made(restored: str, strength: float | None, out: Path, is_private: bool) -> Path:
    store = backend.store()
    artifact = store.artifact(restored)
    result = load_restored(artifact)
    s = result.strength if strength is None else strength
    return _written(store.artifact(result.spec.photo), artifact, s, out, is_private)


def _written(
    photo: Artifact, with_pixels: Artifact, strength: float | None, out: Path, is_private: bool
) -> Path:
    """Write a photograph's file with other pixels; see `decode_tasks.cleaned`."""
    if photo.has(ORIGINAL):
        reading.decoder().run(
            "cleaned",
            path=str(photo.path / ORIGINAL),
            pixels=str(with_pixels.path / X_HAT),
            strength=strength,
            out=str(out),
            is_private=is_private,
            memory_bytes=WRITING_BYTES,
        )
        return out
    came = open_photo(backend.store(), photo.key).photo  # a sample: drawn here, not sent by anybody
    x_hat = pixels_of(with_pixels)
    x = x_hat if strength is None else blended(came.x, x_hat, strength)
    out.write_bytes(write_photo(came, x))
    return out


def _format(photo: Artifact) -> PhotoFormat:
    return next((kind for kind in SUFFIXES if kind == photo.about.get("format")), "PNG")


def _file_name(name: str | None, kind: PhotoFormat) -> str:
    """The name it came under, with a word more, and an ending that is true.

    Examples
    --------
    >>> _file_name("IMG_7.JPG", "JPEG"), _file_name("", "PNG")
    ('IMG_7-cleaned.JPG', 'photograph-cleaned.png')
    """
    path = PurePath(name or "photograph")
    endings = {"JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"), "TIFF": (".tif", ".tiff")}
    is_true = path.suffix.lower() in endings.get(kind, (SUFFIXES[kind],))
    stem = path.stem if is_true or path.suffix else path.name
    return f"{stem}-cleaned{path.suffix if is_true else SUFFIXES[kind]}"


def _unlike(name: str, taken: set[str]) -> str:
    """A name that no other file of the zip has."""
    path, n = PurePath(name), 1
    while name in taken:
        n += 1
        name = f"{path.stem}-{n}{path.suffix}"
    taken.add(name)
    return name
