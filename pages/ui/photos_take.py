"""Cleaned photographs to take home: one as the kind of file it came in, several as a zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import PurePath

import streamlit as st

from aecore.data.kept_photos import KeptPhoto, open_photo
from aecore.data.photo_writing import MIMES, SUFFIXES, blended, write_photo
from aecore.data.photos import PhotoFormat
from aecore.restore.photo_job import load_restored, pixels_of
from aecore.restore.repair_job import load_repaired
from pages.ui import house, photos_bring


def home(restored: str, photo: str, strength: float) -> None:
    """A button that makes the file when it is pressed.

    Parameters
    ----------
    restored, photo
        Keys of the cleaned photograph, and of the photograph.
    """
    _button(partial(file_of, restored, strength), photo)


def repaired_home(repaired: str, photo: str) -> None:
    """The same for a repaired photograph."""
    _button(partial(repaired_file_of, repaired), photo)


def _button(made: Callable[[], bytes], photo: str) -> None:
    artifact = house.store().artifact(photo)
    kind: PhotoFormat = next((k for k in SUFFIXES if k == artifact.about.get("format")), "PNG")
    st.download_button(
        f"Download {kind}",
        data=made,
        file_name=_file_name(photos_bring.name_of(photo), kind),
        mime=MIMES[kind],
        key="photos.download",
        type="primary",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
        help="At the strength it is shown at, in the format and depth it came in, with what the "
        "camera noted.",
    )


def all_home(restored: Sequence[str], strength: float | None) -> None:
    """A button for a zip of all that were brought together, where they are several."""
    if len(restored) > 1:
        st.download_button(
            f"All {len(restored)} as a zip",
            data=partial(zip_of, tuple(restored), tuple(map(_name_of, restored)), strength),
            file_name="cleaned.zip",
            mime="application/zip",
            key="photos.zip",
            icon=":material/folder_zip:",
            width="stretch",
            on_click="ignore",
        )


def file_of(restored: str, strength: float | None) -> bytes:
    """One cleaned photograph as a file; None: at the strength that its noise asks for."""
    return _made(restored, strength)[1]


def repaired_file_of(repaired: str) -> bytes:
    """One repaired photograph as a file."""
    store = house.store()
    artifact = store.artifact(repaired)
    base = store.artifact(load_repaired(artifact).spec.base)
    photo = open_photo(store, load_restored(base).spec.photo).photo
    return write_photo(photo, pixels_of(artifact))


def _name_of(restored: str) -> str:
    photo = load_restored(house.store().artifact(restored)).spec.photo
    return photos_bring.name_of(photo)


def zip_of(restored: Sequence[str], names: Sequence[str], strength: float | None) -> bytes:
    """Several, each under its own name; what is packed already is not packed again."""
    file = io.BytesIO()
    taken: set[str] = set()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for key, name in zip(restored, names, strict=True):
            kept, content = _made(key, strength)
            archive.writestr(_unlike(_file_name(name, kept.photo.format), taken), content)
    return file.getvalue()


def _made(restored: str, strength: float | None) -> tuple[KeptPhoto, bytes]:
    store = house.store()
    artifact = store.artifact(restored)
    result = load_restored(artifact)
    kept = open_photo(store, result.spec.photo)
    s = result.strength if strength is None else strength
    return kept, write_photo(kept.photo, blended(kept.photo.x, pixels_of(artifact), s))


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
