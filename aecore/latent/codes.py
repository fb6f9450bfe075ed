"""The codes of a run's samples, computed once for the weights it has and kept."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aecore.artifact import Artifact, Progress
from aecore.data.ingest import open_samples
from aecore.data.samples import PARTS, PartName, SampleSet
from aecore.errors import DataError
from aecore.metrics.pictures import mse
from aecore.sentence import Sentence
from aecore.specs.studies import CodesSpec
from aecore.store import Store

if TYPE_CHECKING:
    from aecore.runs import OpenRun

_CHUNK = 512


@dataclass(frozen=True, repr=False)
class Codes:
    """Where samples lie in the latent space of a run.

    Parameters
    ----------
    key
        Of the artifact that holds them.
    run, epochs
        Key of the run, and the whole epochs its weights had seen.
    rows
        int64 `(n,)`, rows of the run's sample set, ascending.
    z
        float32 `(n, D)`, the codes: means where the code is gaussian.
    logvar
        float32 `(n, D)`, natural logarithm of the variances of a gaussian code; else None.
    error
        float32 `(n,)`, mean squared error of each reconstruction; values in [0, 1] for
        pictures, scaled as the model sees them for rows of a table. Low is good.
    part
        int8 `(n,)`, index into `aecore.data.samples.PARTS`.
    """

    key: str
    run: str
    epochs: int
    rows: np.ndarray
    z: np.ndarray
    logvar: np.ndarray | None
    error: np.ndarray
    part: np.ndarray

    @property
    def n_dims(self) -> int:
        """Latent dimension D."""
        return int(self.z.shape[1])

    def __len__(self) -> int:
        return len(self.z)

    def __repr__(self) -> str:
        return f"Codes({self.key}, {len(self):,} of {self.n_dims} dimensions)"


def codes_spec(run: OpenRun, *, n_max: int = 10_000, seed: int = 0) -> CodesSpec:
    """What asks for the codes of a run as its weights stand now.

    Raises
    ------
    SpecError
        If a setting is out of bounds.
    """
    return CodesSpec.of(run=run.key, epochs=run.epochs, n_max=n_max, seed=seed)


def drawn(
    parts: Mapping[PartName, np.ndarray], n_max: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """At most `n_max` samples from all parts, each part by its share.

    Returns
    -------
    rows, part
        `(n,)` ascending rows of the set, and `(n,)` the part of each as an index into PARTS.

    Examples
    --------
    >>> parts = {"train": np.arange(80), "val": np.arange(80, 90), "test": np.arange(90, 100)}
    >>> rows, part = drawn(parts, 50, seed=0)
    >>> len(rows), np.bincount(part).tolist()
    (50, [40, 5, 5])
    """
    rows = np.concatenate([parts[name] for name in PARTS]).astype(np.int64)
    part = np.repeat(np.arange(len(PARTS), dtype=np.int8), [len(parts[name]) for name in PARTS])
    if len(rows) > n_max:
        random = np.random.default_rng(seed)
        # each sample has its place within its part, in [0, 1): the first n_max places of all
        # parts together are drawn evenly from each
        place = np.empty(len(rows))
        for index in range(len(PARTS)):
            here = np.flatnonzero(part == index)
            place[here] = (random.permutation(len(here)) + 0.5) / max(1, len(here))
        chosen = np.argsort(place, kind="stable")[:n_max]
        rows, part = rows[chosen], part[chosen]
    order = np.argsort(rows)
    return rows[order], part[order]


def compute(spec: CodesSpec, artifact: Artifact, store: Store) -> Generator[Progress, None, None]:
    """Encode the samples of a run, on the CPU, and decode them again for the error of each.

    Raises
    ------
    JobError
        If the run's weights are others than those that were asked about.
    DataError
        If a code is not a finite number.
    """
    from aecore.runs import open_run_at

    run = open_run_at(store, spec.run, spec.epochs, Sentence("codes"))
    samples = open_samples(store, run.spec.data)
    rows, part = drawn(samples.parts, spec.n_max, spec.seed)
    has_logvar = run.spec.code.kind == "gaussian"
    z = np.empty((len(rows), run.n_dims), np.float32)
    logvar = np.empty_like(z) if has_logvar else None
    error = np.empty(len(rows), np.float32)
    begin = time.monotonic()
    yield Progress("encoding", 0, len(rows))
    for start in range(0, len(rows), _CHUNK):
        here = slice(start, start + _CHUNK)
        x = np.asarray(samples.x[rows[here]])  # (B, *shape)
        found = run.encode_fully(x)
        _check_finite(found.point, found.logvar)
        z[here] = found.point
        if logvar is not None and found.logvar is not None:
            logvar[here] = found.logvar
        error[here] = _errors(samples, x, run.decode(found.point))
        n_done = min(len(rows), start + _CHUNK)
        eta_s = (time.monotonic() - begin) / n_done * (len(rows) - n_done)
        yield Progress("encoding", n_done, len(rows), eta_s)
    artifact.write_array("rows.npy", rows)
    artifact.write_array("part.npy", part)
    artifact.write_array("z.npy", z)
    artifact.write_array("error.npy", error)
    if logvar is not None:
        artifact.write_array("logvar.npy", logvar)
    artifact.write_json(
        "codes.json", {"run": spec.run, "epochs": spec.epochs, "has_logvar": has_logvar}
    )


def load_codes(artifact: Artifact) -> Codes:
    """Read codes back.

    Raises
    ------
    ArtifactMissingError
        If they have not been computed yet.
    """
    about = artifact.read_json("codes.json")
    return Codes(
        key=artifact.key,
        run=about["run"],
        epochs=about["epochs"],
        rows=artifact.read_array("rows.npy"),
        z=artifact.read_array("z.npy"),
        logvar=artifact.read_array("logvar.npy") if about["has_logvar"] else None,
        error=artifact.read_array("error.npy"),
        part=artifact.read_array("part.npy"),
    )


def _check_finite(*found: np.ndarray | None) -> None:
    if not all(values is None or np.isfinite(values).all() for values in found):
        raise DataError(
            "This model gives codes that are not finite numbers: its weights have diverged.",
            "Train it again with a smaller learning rate.",
        )


def _errors(samples: SampleSet, x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """`(B,)`, mean squared error over all values of each sample."""
    if samples.is_pictures:
        return mse(x, x_hat)
    difference = samples.to_scaled(x) - samples.to_scaled(x_hat)
    error: np.ndarray = (difference.astype(np.float64) ** 2).mean(1)
    return error
