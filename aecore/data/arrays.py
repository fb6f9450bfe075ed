"""Arrays, tensors and datasets of a notebook, kept as an upload under the id of what they hold."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from aecore.artifact import Artifact
from aecore.data.content import upload_id
from aecore.data.samples import Column
from aecore.data.sources import Raw
from aecore.data.sparse_rows import Rows, SparseRows, has_rows, read_rows, write_rows
from aecore.data.table_columns import TableColumns
from aecore.data.uploads import become, is_kept, manifest_of
from aecore.errors import DataError
from aecore.sentence import Sentence
from aecore.store import Store

_X, _LABELS, _TABLE, _BESIDE = "x.npy", "labels.npy", "table.json", "beside-{}.npy"
_NAMES = "names.json"
_HINT = Sentence(
    "Give uint8 pictures (n, H, W), (n, C, H, W) or (n, H, W, C) with 1 or 3 channels, floats from "
    "0 to 1, or rows (n, F), dense or sparse."
)
MAX_ITEMS = 1_000_000


@dataclass(frozen=True)
class Arrays:
    """Samples that came as an array.

    Parameters
    ----------
    x
        uint8 `(n, C, H, W)`, or float32 rows `(n, F)`, dense or sparse.
    labels
        int64 `(n,)`; None where there are none.
    columns
        Where the rows are a table's: how its columns became numbers.
    told
        How the table was understood, in sentences.
    warned
        What of it will spoil training, in sentences.
    beside
        Columns of a table that are not learnt from, by name.
    names, feature_names
        Of rows and of columns; empty where they have none.
    texts
        What each row speaks of, of a table with a column of texts; empty of any other.
    """

    x: Rows
    labels: np.ndarray | None = None
    label_names: tuple[str, ...] = ()
    columns: TableColumns | None = None
    told: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    beside: dict[str, Column] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def raw(self) -> Raw:
        """As a source gives its samples."""
        return Raw(
            self.x,
            self.labels,
            self.label_names,
            columns=self.beside,
            table=self.columns,
            told=self.told,
            warned=self.warned,
            names=self.names,
            feature_names=self.feature_names,
            texts=self.texts,
        )


def is_array_like(what: object) -> bool:
    """Whether something is an array, a tensor, a dataset or a list of arrays; no name or path."""
    if isinstance(what, str | Path | bytes):
        return False
    if hasattr(what, "__array__") or hasattr(what, "tocsr"):
        return True
    return hasattr(what, "__getitem__") and hasattr(what, "__len__")


def arrays_of(what: Any, labels: Any = None) -> Arrays:
    """Samples of an array, a tensor, a sparse matrix, a torch Dataset, or a list of pictures.

    Parameters
    ----------
    labels
        `(n,)` numbers or words; None: those that a dataset gives beside its samples.

    Raises
    ------
    DataError
        Saying which arrays are taken.
    """
    names: Sequence[str] = ()
    if hasattr(what, "tocsr"):
        rows = SparseRows(what)
        if labels is None:
            return Arrays(rows)
        return Arrays(rows, *_labels(_numpy(labels), (), len(rows)))
    if isinstance(what, SparseRows):
        return arrays_of(what.csr, labels)
    if hasattr(what, "__array__") or hasattr(what, "detach"):
        x = _numpy(what)
    else:
        x, found = _items(what)
        labels = found if labels is None else labels
        names = [str(name) for name in getattr(what, "classes", ())]
    x = _samples(x)
    if labels is None:
        return Arrays(x)
    numbers, label_names = _labels(_numpy(labels), names, len(x))
    return Arrays(x, numbers, label_names)


def keep_arrays(store: Store, arrays: Arrays) -> str:
    """Keep them; returns the id of the upload, the same for the same."""
    digest = hashlib.sha256(f"{arrays.x.dtype}{arrays.x.shape}{arrays.label_names}".encode())
    for part in _stored(arrays.x):
        digest.update(np.ascontiguousarray(part).data)
    if arrays.labels is not None:
        digest.update(arrays.labels.tobytes())
    columns = None if arrays.columns is None else arrays.columns.to_json()
    if columns is not None:
        texts = [arrays.texts] if arrays.texts else []  # so that others keep their ids
        digest.update(json.dumps([columns, arrays.told, *texts]).encode())
    names = {"names": arrays.names, "feature_names": arrays.feature_names, "told": arrays.told}
    if columns is None and any(names.values()):
        digest.update(json.dumps(names).encode())
    upload = upload_id(store, f"array {digest.hexdigest()}")
    if is_kept(store, upload):
        return upload
    _, folder = store.new_upload()
    try:
        artifact = Artifact(folder)
        if isinstance(arrays.x, SparseRows):
            write_rows(artifact, arrays.x)
        else:
            artifact.write_array(_X, arrays.x)
        if arrays.labels is not None:
            artifact.write_array(_LABELS, arrays.labels)
        about = {"array": list(arrays.x.shape), "label_names": list(arrays.label_names)}
        if columns is not None:
            told = {"told": list(arrays.told), "warned": list(arrays.warned)}
            beside = [[name, list(column.names)] for name, column in arrays.beside.items()]
            about_table = {"columns": columns, "beside": beside, "texts": arrays.texts, **told}
            artifact.write_json(_TABLE, about_table)
            for i, column in enumerate(arrays.beside.values()):
                artifact.write_array(_BESIDE.format(i), column.values)
        elif any(names.values()):
            artifact.write_json(_NAMES, names)
        artifact.write_json("manifest.json", about)
        become(folder, store.uploads / upload)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return upload


def kept_shape(store: Store, upload: str) -> tuple[int, ...] | None:
    """Shape of the array that an upload is; None of any other upload.

    Raises
    ------
    DataError
    """
    shape = manifest_of(store, upload).get("array")
    return tuple(int(side) for side in shape) if isinstance(shape, list) else None


def kept_arrays(store: Store, upload: str) -> Raw:
    """An upload that is an array, its pixels on disk."""
    artifact = Artifact(store.uploads / upload)
    about = manifest_of(store, upload)
    labels = artifact.read_array(_LABELS) if artifact.has(_LABELS) else None
    x: Rows = (
        read_rows(artifact, int(about["array"][1]))
        if has_rows(artifact)
        else artifact.read_array(_X, mmap=True)
    )
    raw = Raw(x, labels, tuple(about["label_names"]))
    if artifact.has(_NAMES):
        named = artifact.read_json(_NAMES)
        raw = replace(
            raw,
            names=tuple(named["names"]),
            feature_names=tuple(named["feature_names"]),
            told=tuple(named["told"]),
        )
    if not artifact.has(_TABLE):
        return raw
    table = artifact.read_json(_TABLE)
    columns = TableColumns.from_json(table["columns"])
    warned = tuple(table.get("warned", ()))
    beside = {
        name: Column(artifact.read_array(_BESIDE.format(i)), tuple(names))
        for i, (name, names) in enumerate(table.get("beside", ()))
    }
    told, texts = tuple(table["told"]), tuple(table.get("texts", ()))
    return replace(raw, table=columns, told=told, warned=warned, columns=beside, texts=texts)


def _stored(x: Rows) -> tuple[np.ndarray, ...]:
    """The arrays that hold samples."""
    if isinstance(x, SparseRows):
        return (x.csr.data, x.csr.indices.astype(np.int32), x.csr.indptr.astype(np.int64))
    return (x,)


# What is taken ---------------------------------------------------------------------------


def _numpy(what: Any) -> np.ndarray:
    if hasattr(what, "detach"):
        what = what.detach().cpu()
    try:
        return np.asarray(what)
    except (TypeError, ValueError) as problem:
        raise DataError(
            Sentence("This is no array: {problem}.", problem=problem), _HINT
        ) from problem


def _items(what: Iterable[Any]) -> tuple[np.ndarray, np.ndarray | None]:
    """Samples of a dataset, and what stands beside each: its class."""
    n = len(what)  # type: ignore[arg-type]
    if not 0 < n <= MAX_ITEMS:
        raise DataError(
            "A dataset of {n:,} samples is not taken.",
            "Give 1 to {max_items:,}.",
            n=n,
            max_items=MAX_ITEMS,
        )
    found, labels = [], []
    for i in range(n):
        item = what[i]  # type: ignore[index]
        if isinstance(item, tuple | list) and len(item) == 2:
            item, label = item
            labels.append(label.item() if hasattr(label, "item") else label)
        found.append(_numpy(item))
    if len({x.shape for x in found}) > 1:
        raise DataError("The samples have different shapes.", "Resize them to one shape first.")
    return np.stack(found), np.array(labels) if len(labels) == n else None


def _samples(x: np.ndarray) -> np.ndarray:
    shape = " × ".join(map(str, x.shape))
    if x.dtype.kind not in "buif" or x.ndim not in (2, 3, 4) or not x.size:
        raise DataError(
            Sentence("An array of {shape} of {dtype} is not taken.", shape=shape, dtype=x.dtype),
            _HINT,
        )
    if x.ndim == 2:
        rows = x.astype(np.float32)
        if not np.isfinite(rows).all():
            raise DataError("Some numbers of the rows are missing or infinite.", "Fill them in.")
        return rows
    if x.ndim == 3:
        x = x[:, None]
    elif x.shape[1] not in (1, 3) and x.shape[3] in (1, 3):
        x = x.transpose(0, 3, 1, 2)
    if x.shape[1] not in (1, 3):
        raise DataError(
            Sentence("Pictures of {shape} have neither 1 nor 3 channels.", shape=shape), _HINT
        )
    return _eight_bit(x)


def _eight_bit(x: np.ndarray) -> np.ndarray:
    if x.dtype == np.uint8:
        return np.asarray(np.ascontiguousarray(x))
    if x.dtype.kind == "b":
        return np.asarray(x.astype(np.uint8) * np.uint8(255))
    low, high = float(x.min()), float(x.max())
    if x.dtype.kind == "f" and 0 <= low <= high <= 1:
        return np.asarray(np.rint(x * 255).astype(np.uint8))
    if x.dtype.kind in "ui" and 0 <= low <= high <= 255:
        return x.astype(np.uint8)
    raise DataError(
        "Values of the pictures go from {low:.4g} to {high:.4g} ({dtype}).",
        "Scale them to 0 to 1, or to uint8: it is not known what is black and white.",
        low=low,
        high=high,
        dtype=x.dtype,
    )


def _labels(labels: np.ndarray, names: Sequence[str], n: int) -> tuple[np.ndarray, tuple[str, ...]]:
    if labels.shape != (n,):
        raise DataError(
            "{n_labels:,} labels came with {n:,} samples.",
            "Give one for each.",
            n_labels=len(labels),
            n=n,
        )
    if names and labels.dtype.kind in "ui" and 0 <= labels.min() <= labels.max() < len(names):
        return labels.astype(np.int64), tuple(names)
    known, numbers = np.unique(labels, return_inverse=True)
    return numbers.astype(np.int64), tuple(str(name) for name in known)
