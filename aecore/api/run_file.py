"""A run that travels: written with or without its pictures, and taken in again, checked."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from aecore.api import lab
from aecore.api.run_words import check_history, keep_plain_words
from aecore.artifact import Artifact
from aecore.data.zip_directory import DEFLATED, STORED, members_of, read_member
from aecore.errors import AecoreError, ArchiveError, DataError, JobError
from aecore.files import store_error_from
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.store import Store
from aecore.training import HISTORY, MODEL, STRIP, VIEW, VIEW_LABELS, VIEW_ROWS, WEIGHTS

DATA = "data"
"""Folder of the pictures within that of a run, or of what names them."""
MAX_BYTES = 4 * 2**30
_OF_RUN = ("spec.json", "about.json", "state.json", MODEL, HISTORY, STRIP, VIEW, VIEW_ROWS)
_RUN_FILES = frozenset((*_OF_RUN, VIEW_LABELS, WEIGHTS))
_DATA_FILE = re.compile(
    r"(spec|about|state|samples|report)\.json|(x|labels|offset|spread|part-(train|val|test))\.npy"
    r"|(factor-[\w-]{1,60}|column-\d{1,3})\.npy|lost-\d\.png"
)


@dataclass(frozen=True)
class TakenIn:
    """A run that was taken in.

    Parameters
    ----------
    was_here
        Whether it was kept here before: then nothing changed.
    has_data
        Whether its pictures are here, or can be had by name.
    """

    key: str
    was_here: bool
    has_data: bool


def write(store: Store, key: str, out: Path, *, with_pictures: bool = False) -> Path:
    """Write a finished run into a new folder, or into a zip where `out` ends so.

    Parameters
    ----------
    with_pictures
        Whether the samples it was trained on go along. Without them a set that is known by name
        is still found by whoever takes the run in.

    Raises
    ------
    JobError
        If the run is not done.
    DataError
        If it exists already, or the pictures are not here.
    """
    if out.suffix.lower() != ".zip":
        return _write_folder(store, key, out, with_pictures)
    if out.exists():
        raise DataError("{out} exists already.", "Name a file that does not.", out=out)
    with tempfile.TemporaryDirectory(prefix="aecore-") as temporary:
        folder = _write_folder(store, key, Path(temporary) / key, with_pictures)
        try:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                for path in sorted(folder.rglob("*")):
                    if path.is_file():
                        archive.write(path, path.relative_to(folder.parent))
        except OSError as problem:
            raise store_error_from(problem) from problem
    return out


def _write_folder(store: Store, key: str, out: Path, with_pictures: bool) -> Path:
    spec = store.artifact(key).spec
    folder = export_run(store, key, out)
    if not isinstance(spec, RunSpec) or spec.data not in store:
        if with_pictures:
            raise DataError("The pictures of this run are not here.", "Leave --with-pictures out.")
        return folder
    data = store.artifact(spec.data)
    asked = data.spec
    if with_pictures:
        if not data.has("samples.json"):
            raise DataError("The pictures of this run are not here.", "Leave --with-pictures out.")
        _copied(data.path, folder / DATA)
    elif isinstance(asked, DataSpec) and asked.source != "own":
        (folder / DATA).mkdir()
        Artifact(folder / DATA).write_json("spec.json", data.read_json("spec.json"))
    return folder


def _copied(source: Path, target: Path) -> None:
    target.mkdir()
    for path in source.iterdir():
        if path.is_file() and _DATA_FILE.fullmatch(path.name):
            shutil.copyfile(path, target / path.name)


def take_in(store: Store, path: Path) -> TakenIn:
    """Take in what `write` wrote, a folder or a zip; nothing is kept unless all of it is whole.

    Only files that belong to a run are read; weights are opened and must fit the model.

    Raises
    ------
    DataError
        If it is no exported run, or damaged.
    """
    with _opened(path) as folder:
        run = Artifact(folder)
        try:
            spec = run.spec
        except AecoreError as problem:
            raise _no_run(path) from problem
        if not isinstance(spec, RunSpec) or run.state.status != "done":
            raise _no_run(path)
        was_here = spec.key in store and store.artifact(spec.key).state.status == "done"
        if not was_here:
            _check(folder)
            check_history(run)
            keep_plain_words(run)
        data = folder / DATA
        has_data = data.is_dir() and _take_in_data(store, data, spec.data)
        if data.is_dir():
            shutil.rmtree(data)
        if not was_here:
            store.adopt(folder)
    return TakenIn(spec.key, was_here, has_data or _is_here(store, spec.data))


def _check(folder: Path) -> None:
    """Open the run apart from all others: its weights fit its model."""
    from aecore.runs import open_run

    with tempfile.TemporaryDirectory(prefix="aecore-") as temporary:
        apart = Store(temporary)
        try:
            open_run(apart, apart.adopt(folder).key)
        except Exception as problem:  # bytes of strangers may fail in any way
            raise DataError(
                "The exported run is damaged: its weights do not fit its model.", "Export it again."
            ) from problem


def _take_in_data(store: Store, folder: Path, key: str) -> bool:
    """Keep the pictures where they are those of the run; whether they can be had."""
    from aecore.data.samples import load_samples

    data = Artifact(folder)
    try:
        spec = data.spec
    except AecoreError:
        return False
    if not isinstance(spec, DataSpec) or spec.key != key:
        return False
    if not data.has("samples.json"):
        if spec.source == "own":
            return False
        store.create(spec)
        return True
    try:
        load_samples(data, mmap=False)
        keep_plain_words(data)
    except Exception as problem:  # bytes of strangers may fail in any way
        raise DataError("The pictures of the exported run are damaged.", "Export it again.") from (
            problem
        )
    store.adopt(folder)
    return True


def _is_here(store: Store, key: str) -> bool:
    return key in store and store.artifact(key).has("samples.json")


@contextmanager
def _opened(path: Path) -> Iterator[Path]:
    """A folder of its own with the files of an exported run that lie in a folder or zip."""
    with tempfile.TemporaryDirectory(prefix="aecore-") as temporary:
        folder = Path(temporary) / "run"
        folder.mkdir()
        try:
            if path.is_dir():
                _from_folder(path, folder)
            elif path.is_file():
                unpack(path, folder, _place)
            else:
                raise DataError("{path} is not there.", "Name a folder or zip.", path=path)
        except OSError as problem:
            raise DataError(
                "{path} cannot be read: {strerror}.", path=path, strerror=problem.strerror
            ) from problem
        yield folder


def _from_folder(path: Path, folder: Path) -> None:
    for name in _RUN_FILES:
        if (path / name).is_file():
            shutil.copyfile(path / name, folder / name)
    if (path / DATA).is_dir():
        _copied(path / DATA, folder / DATA)


def unpack(path: Path, folder: Path, target_of: Callable[[str, Path], Path | None]) -> None:
    """Unpack what an export holds, within `MAX_BYTES`.

    Parameters
    ----------
    target_of
        Where the file of a name goes within the folder; None: it is left out.

    Raises
    ------
    DataError
        If it is no zip, or damaged, or unpacks to more.
    """
    n_left = MAX_BYTES
    with path.open("rb") as stream:
        try:
            members = members_of(stream, n_members=10_000, n_directory_bytes=2**22)
        except Exception as problem:  # hostile content may fail in any way
            raise _no_run(path) from problem
        for member in members:
            target = target_of(member.name, folder)
            if target is None or member.is_encrypted or member.method not in (STORED, DEFLATED):
                continue
            target.parent.mkdir(exist_ok=True)
            try:
                with target.open("wb") as out:
                    for chunk in read_member(stream, member):
                        n_left -= len(chunk)
                        if n_left < 0:
                            raise ArchiveError(
                                "It unpacks to more than {gigabytes:.0f} GB.",
                                "Use `aecore import` with a folder.",
                                gigabytes=MAX_BYTES / 2**30,
                            )
                        out.write(chunk)
            except AecoreError:
                raise
            except Exception as problem:  # as above
                raise DataError("The zip is damaged.", "Export it again.") from problem


def _place(name: str, folder: Path) -> Path | None:
    """Where a file of a zip goes, by what it is called; None for what belongs to no run."""
    *above, last = PurePosixPath(name.replace("\\", "/")).parts or ("",)
    if last in _RUN_FILES and above[-1:] != [DATA]:
        return folder / last if len(above) <= 1 else None
    if above[-1:] == [DATA] and len(above) <= 2 and _DATA_FILE.fullmatch(last):
        return folder / DATA / last
    return None


def _no_run(path: Path) -> DataError:
    return DataError(
        "{name} holds no finished run.",
        "Import what `aecore export` wrote: a folder or zip.",
        name=path.name,
    )


def export_run(store: Store, key: str, folder: Path) -> Path:
    """Write what opening a run needs into a new folder, weights in half precision.

    Those beyond what halves hold (65,504) stay as they are. `exported.take_in` takes it in again,
    here or elsewhere. What training further would need stays behind.

    Raises
    ------
    JobError
        If the run is not done.
    DataError
        If the folder exists.
    """
    from safetensors import safe_open
    from safetensors.numpy import save_file

    artifact = store.artifact(key)
    if artifact.state.status != "done" or not artifact.has(WEIGHTS):
        raise JobError("Only a finished run can be exported.", "Train it to its end first.")
    if folder.exists():
        raise DataError("{folder} exists already.", "Name a folder that does not.", folder=folder)
    folder.mkdir(parents=True)
    out = Artifact(folder)
    for name in ("spec.json", "about.json", "state.json", MODEL):
        out.write_json(name, artifact.read_json(name))
    records = [r for r in lab.history(store, key) if r["whole"] or r["last"]]
    out.append(HISTORY, records)
    for name in (STRIP, VIEW, VIEW_ROWS, VIEW_LABELS):
        out.write_array(name, artifact.read_array(name))
    with safe_open(artifact.path / WEIGHTS, framework="np") as weights:
        kept = {name: _halved(weights.get_tensor(name)) for name in weights.keys()}  # noqa: SIM118
        save_file(kept, folder / WEIGHTS, metadata=weights.metadata())
    return folder


def _halved(weights: np.ndarray) -> np.ndarray:
    """In half precision, where all of it is real numbers that fit."""
    if weights.dtype != np.float32 or np.abs(weights).max(initial=0.0) > np.finfo(np.float16).max:
        return weights
    return weights.astype(np.float16)
