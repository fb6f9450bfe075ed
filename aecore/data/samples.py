"""A SampleSet: pictures or rows with names, labels, a scaling, and fixed parts."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import IO, Any, Literal

import numpy as np
from numpy.lib.format import dtype_to_descr, write_array_header_1_0

from aecore.artifact import Artifact, Progress
from aecore.data.sparse_rows import Rows, SparseRows, has_rows, read_rows, write_rows
from aecore.data.table_columns import TableColumns
from aecore.data.vocabulary import Vocabulary
from aecore.errors import DataError, TooFewSamplesError
from aecore.imaging.framing import Framing
from aecore.sentence import plural

PartName = Literal["train", "val", "test"]
PARTS: tuple[PartName, ...] = ("train", "val", "test")
TABLE = "table.json"
FEATURES = "features.json"
TEXTS, VOCABULARY = "texts.json", "vocabulary.json"
_BYTES_AT_ONCE = 2**24


@dataclass(frozen=True)
class Column:
    """What a table says of each sample beside its class.

    Parameters
    ----------
    values
        float32 `(n_samples,)`: numbers (NaN where there is none), or indices into `names` (-1).
    names
        The words; empty where they are numbers.
    """

    values: np.ndarray
    names: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class SampleSet:
    """Samples to learn from.

    Parameters
    ----------
    x
        Pictures, uint8 `(n_samples, C, H, W)` with C 1 or 3, or rows, float32 `(n_samples, F)`;
        rows of which most numbers are 0 may be `SparseRows`: `x[rows]` is a dense array of both.
    parts
        Indices into `x` of each part, int64; every sample is in one part at the most.
    labels
        int64 `(n_samples,)`, -1 where a sample has none; None where no sample has one.
    label_names
        Name of each label.
    names
        Name of each sample (a file name); empty where they have none.
    feature_names
        Name of each column of rows; empty where they have none.
    scale
        "unit": pictures / 255, rows as they are. "standard": mean 0, deviation 1 over the
        training part (per channel for pictures, per feature for rows).
    offset, spread
        What standardizing subtracts and divides by, float32, broadcastable to one scaled sample.
    factors
        What is known of how a sample was made (sprites), float32 `(n_samples,)` each.
    columns
        Further columns of a table of labels, by name, to colour by.
    table
        Of rows that were a table: how its columns became features; `table.decode(x)` undoes it.
    texts
        Of rows that were texts: each as it came; empty for all others.
    vocabulary
        What makes a row of any text; None where samples are no texts, or were embedded elsewhere.
    framing
        How files of pictures became samples, for another file to become one as they did; None
        where they were no files.
    """

    x: Rows
    parts: dict[PartName, np.ndarray]
    labels: np.ndarray | None = None
    label_names: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    scale: Literal["unit", "standard"] = "unit"
    offset: np.ndarray = field(default_factory=lambda: np.zeros(1, np.float32))
    spread: np.ndarray = field(default_factory=lambda: np.ones(1, np.float32))
    factors: dict[str, np.ndarray] = field(default_factory=dict)
    title: str = ""
    columns: dict[str, Column] = field(default_factory=dict)
    table: TableColumns | None = None
    feature_names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    vocabulary: Vocabulary | None = None
    framing: Framing | None = None

    @property
    def is_pictures(self) -> bool:
        """Whether samples are pictures (else rows)."""
        return self.x.ndim == 4

    @property
    def is_sparse(self) -> bool:
        """Whether samples are sparse rows: counts, ratings, words."""
        return isinstance(self.x, SparseRows)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample: `(C, H, W)` or `(F,)`."""
        return tuple(self.x.shape[1:])

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        return f"SampleSet({self.title!r}, {len(self):,} of {self.shape})"

    def called(self, row: int) -> str:
        """What to call a sample: the beginning of a text, the name of a file, else its number."""
        if self.texts:
            return " ".join(self.texts[row][:200].split())[:80]
        return self.names[row].rsplit("/", 1)[-1][:80] if self.names else f"#{row}"

    def scaled(self, rows: np.ndarray | slice) -> np.ndarray:
        """Chosen samples as the model sees them, float32 `(n, *shape)`."""
        return self.to_scaled(self.x[rows])

    def mean_sample(self) -> np.ndarray:
        """Mean of the training part as the model sees it, float32 `(*shape)`.

        Of at most 1,024 samples spread evenly over it: it is a start, not a statistic.
        """
        train = self.parts["train"]
        if isinstance(self.x, SparseRows):
            return self.x.mean(train)
        mean: np.ndarray = self.scaled(train[:: ceil(len(train) / 1024)]).mean(0, dtype=np.float64)
        return mean.astype(np.float32)

    def to_scaled(self, x: np.ndarray) -> np.ndarray:
        """Raw samples, uint8 pictures or float rows, as the model sees them, float32."""
        values: np.ndarray = x.astype(np.float32)
        if x.dtype == np.uint8:
            values = values / np.float32(255.0)
        if self.scale == "standard":
            values = (values - self.offset) / self.spread
        return values

    def to_display(self, values: np.ndarray) -> np.ndarray:
        """What a model gives, back as uint8 pictures (clipped) or float32 rows."""
        if self.scale == "standard":
            values = values * self.spread + self.offset
        if self.is_pictures:
            values = np.rint(np.clip(values, 0.0, 1.0) * 255.0)
        return values.astype(np.uint8 if self.is_pictures else np.float32)


def split(
    n_samples: int, *, val_fraction: float, test_fraction: float, seed: int
) -> dict[PartName, np.ndarray]:
    """Draw train, validation and test parts; the same for the same numbers, sorted indices.

    Each part that is asked for gets at least one sample.

    Raises
    ------
    TooFewSamplesError
        If no two samples are left to train on.
    """
    order = np.random.default_rng(seed).permutation(n_samples)
    n_val = max(1, round(val_fraction * n_samples)) if val_fraction else 0
    n_test = max(1, round(test_fraction * n_samples)) if test_fraction else 0
    if n_samples - n_val - n_test < 2:
        n_left = max(0, n_samples - n_val - n_test)
        raise TooFewSamplesError(
            plural(
                "Only {n} sample: {n_left} left to train on.",
                "Only {n} samples: {n_left} left to train on.",
                n_samples,
                n_left=n_left,
            ),
            "Import at least 4 samples (a few hundred for a model worth looking at).",
        )
    return {
        "train": np.sort(order[n_val + n_test :]),
        "val": np.sort(order[:n_val]),
        "test": np.sort(order[n_val : n_val + n_test]),
    }


def standardized(samples: SampleSet) -> SampleSet:
    """The same samples, scaled to mean 0 and deviation 1 over the training part."""
    train = samples.parts["train"]
    if isinstance(samples.x, SparseRows):
        raise DataError(
            "Sparse rows cannot be standardized: their zeros would become other numbers.",
            "Choose the scale unit, which leaves rows as they are.",
        )
    if samples.is_pictures:
        offset, spread = _moments_by_level(samples.x, train)
    else:
        offset = samples.x[train].mean(0, dtype=np.float64)
        spread = samples.x[train].std(0, dtype=np.float64)
    return _with(
        samples,
        scale="standard",
        offset=offset.astype(np.float32),
        spread=np.where(spread > 1e-6, spread, 1.0).astype(np.float32),
    )


def _moments_by_level(x: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each channel, `(C, 1, 1)`, of pictures scaled to [0, 1].

    From how often each of the 256 levels occurs, so that no float copy of a set is made.
    """
    counts = np.zeros((x.shape[1], 256), np.int64)
    for start in range(0, len(rows), 1024):
        block = x[rows[start : start + 1024]]
        for channel in range(x.shape[1]):
            counts[channel] += np.bincount(block[:, channel].ravel(), minlength=256)
    share = counts / counts.sum(1, keepdims=True)  # (C, 256)
    levels = np.arange(256) / 255.0
    mean = share @ levels  # (C,)
    deviation = np.sqrt((share * (levels - mean[:, None]) ** 2).sum(1))
    return mean[:, None, None], deviation[:, None, None]


def _with(samples: SampleSet, **changes: Any) -> SampleSet:
    return SampleSet(**{**samples.__dict__, **changes})


def save_samples(artifact: Artifact, samples: SampleSet) -> None:
    """Write a sample set into its artifact; `samples.json` comes last and says it is whole."""
    for _ in saving_samples(artifact, samples):
        pass


def saving_samples(artifact: Artifact, samples: SampleSet) -> Generator[Progress, None, None]:
    """The same bit by bit, saying how far it is; closing it leaves nothing half written."""
    artifact.expect(samples.x.nbytes)
    if isinstance(samples.x, SparseRows):
        yield Progress("writing")
        write_rows(artifact, samples.x)
    else:
        with artifact.writing("x.npy") as path, path.open("wb") as file:
            yield from _writing(file, samples.x)
    if samples.vocabulary is not None:
        artifact.write_json(VOCABULARY, samples.vocabulary.to_json())
    if samples.feature_names:
        artifact.write_json(FEATURES, list(samples.feature_names))
    if samples.texts:
        artifact.write_json(TEXTS, list(samples.texts))
    for part, rows in samples.parts.items():
        artifact.write_array(f"part-{part}.npy", rows.astype(np.int64))
    if samples.labels is not None:
        artifact.write_array("labels.npy", samples.labels.astype(np.int64))
    for name, values in samples.factors.items():
        artifact.write_array(f"factor-{name}.npy", values.astype(np.float32))
    for i, column in enumerate(samples.columns.values()):
        artifact.write_array(f"column-{i}.npy", column.values.astype(np.float32))
    if samples.table is not None:
        artifact.write_json(TABLE, samples.table.to_json())
    artifact.write_array("offset.npy", np.asarray(samples.offset, np.float32))
    artifact.write_array("spread.npy", np.asarray(samples.spread, np.float32))
    artifact.write_json(
        "samples.json",
        {
            "title": samples.title,
            "scale": samples.scale,
            "label_names": list(samples.label_names),
            "names": list(samples.names),
            "factors": list(samples.factors),
            "columns": [[name, list(column.names)] for name, column in samples.columns.items()],
            "has_labels": samples.labels is not None,
            "shape": list(samples.shape),
            "n_samples": len(samples),
            "n_parts": {part: len(rows) for part, rows in samples.parts.items()},
            "framing": None if samples.framing is None else samples.framing.to_json(),
        },
    )


def _writing(file: IO[bytes], x: np.ndarray) -> Generator[Progress, None, None]:
    """One array as numpy's own format, row by row."""
    about = {"descr": dtype_to_descr(x.dtype), "fortran_order": False, "shape": x.shape}
    write_array_header_1_0(file, about)
    n_rows = max(1, _BYTES_AT_ONCE * len(x) // max(1, x.nbytes))
    for start in range(0, len(x), n_rows):
        file.write(np.ascontiguousarray(x[start : start + n_rows]).data)
        yield Progress("writing", min(start + n_rows, len(x)), len(x))


def framing_from(about: Mapping[str, Any]) -> Framing | None:
    """How pictures became samples, by what is written of a set, or of a run that it trained."""
    found = about.get("framing")  # older ones have none
    return None if found is None else Framing.from_json(found)


def load_samples(artifact: Artifact, *, mmap: bool = True) -> SampleSet:
    """Read a sample set back; with `mmap`, pictures stay on disk until they are touched.

    Raises
    ------
    ArtifactMissingError
        If the data has not been brought in yet.
    """
    found = artifact.read_json("samples.json")
    return SampleSet(
        x=read_rows(artifact, found["shape"][0], mmap=mmap)
        if has_rows(artifact)
        else artifact.read_array("x.npy", mmap=mmap),
        parts={part: artifact.read_array(f"part-{part}.npy") for part in PARTS},
        labels=artifact.read_array("labels.npy") if found["has_labels"] else None,
        label_names=tuple(found["label_names"]),
        names=tuple(found["names"]),
        scale=found["scale"],
        offset=artifact.read_array("offset.npy"),
        spread=artifact.read_array("spread.npy"),
        factors={name: artifact.read_array(f"factor-{name}.npy") for name in found["factors"]},
        title=found["title"],
        columns={
            name: Column(artifact.read_array(f"column-{i}.npy"), tuple(names))
            for i, (name, names) in enumerate(found.get("columns", ()))
        },
        table=TableColumns.from_json(artifact.read_json(TABLE)) if artifact.has(TABLE) else None,
        feature_names=tuple(artifact.read_json(FEATURES)) if artifact.has(FEATURES) else (),
        texts=tuple(artifact.read_json(TEXTS)) if artifact.has(TEXTS) else (),
        vocabulary=Vocabulary.from_json(artifact.read_json(VOCABULARY))
        if artifact.has(VOCABULARY)
        else None,
        framing=framing_from(found),
    )
