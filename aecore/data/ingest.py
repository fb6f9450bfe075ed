"""Bringing data in: a data spec becomes an artifact with samples, parts and a health report."""

from __future__ import annotations

import contextlib
import io
import time
from collections import OrderedDict
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from functools import partial
from threading import Lock

import numpy as np

from aecore.artifact import Artifact, Progress
from aecore.data import own, public, row_sources, shipped, sprites
from aecore.data.group_split import split_groups
from aecore.data.health import examining
from aecore.data.health_report import HealthReport
from aecore.data.memory import MemoryNeed
from aecore.data.normal import normal_only
from aecore.data.row_file import RowFiles, row_files
from aecore.data.row_sources import needs_no_decoding
from aecore.data.samples import (
    PartName,
    SampleSet,
    load_samples,
    saving_samples,
    standardized,
)
from aecore.data.sources import LostSides, Raw, source
from aecore.data.sparse_rows import taken
from aecore.data.table_upload import table_of
from aecore.errors import DataError, TooFewSamplesError
from aecore.imaging.pictures import refit
from aecore.imaging.pixels import as_image
from aecore.machine import n_machine_bytes
from aecore.sentence import Sentence
from aecore.specs.base import Spec
from aecore.specs.data import DataSpec
from aecore.store import Store

LOST = "lost-{}.png"
"""Pictures that lose most of their sides, what goes paled."""
_PALE = 200
_EVERY_S = 0.1
_CHUNK = 2**24
_BINARIZED_AT_ONCE = 1024
_UNKNOWN_FREE = 4 * 2**30
_A_BYTE_OF_TABLE = 14
"""Memory for each byte of a table of text while it is read: cells are words at first."""
_IDLE_BYTES = 120e6
"""What a worker holds that has no torch."""


def compute(spec: DataSpec, artifact: Artifact, store: Store) -> Generator[Progress, None, None]:
    """Import samples in, yielding how far it is; closing the generator stops.

    Writes `report.json` (HealthReport) and, last of all, the sample set itself.

    Raises
    ------
    TooFewSamplesError, DataError, DownloadError, ArchiveError
        Where the samples cannot be had, or too few are left; nothing is written then.
    StoreFullError
    """
    told = started = time.monotonic()
    phase = ""
    with closing(_bring(spec, artifact, store)) as steps:
        for step in steps:
            now = time.monotonic()
            if step.phase == phase and now - told < _EVERY_S:
                continue
            if step.phase != phase:
                phase, started = step.phase, now
            told = now
            yield replace(step, eta_s=_eta_s(step, now - started))


def need(spec: Spec, store: Store) -> MemoryNeed | None:
    """What bringing own samples in will need: pictures go to disk one after the other, the cells
    of a table are held together."""
    if not isinstance(spec, DataSpec) or spec.source != "own":
        return None
    with contextlib.suppress(DataError, OSError):
        if (table := table_of(store, str(spec.upload))) is not None:
            n_bytes = _IDLE_BYTES + _A_BYTE_OF_TABLE * table[0].stat().st_size
            return MemoryNeed(n_bytes, "Reading the table", "Import a part of it.")
    n_bytes = _IDLE_BYTES + own.PICTURE_BYTES / 3
    return MemoryNeed(n_bytes, "Bringing pictures in", "Close other programs.")


def _eta_s(step: Progress, since_s: float) -> float | None:
    if not step.n_done or not step.n_total or since_s < 1:
        return None
    return since_s * (step.n_total - step.n_done) / step.n_done


def _bring(spec: DataSpec, artifact: Artifact, store: Store) -> Generator[Progress, None, None]:
    with row_files(artifact.path, artifact.expect) as files:
        yield from _brought(spec, artifact, store, files)


def _brought(
    spec: DataSpec, artifact: Artifact, store: Store, files: RowFiles
) -> Generator[Progress, None, None]:
    is_read = spec.source == "own" and not needs_no_decoding(store, spec)
    raw = yield from _raw(spec, store, files, is_read=is_read)
    if not is_read and spec.source != "sprites":  # which are drawn on the way
        raw = _drawn(raw, spec)
    if raw.x.ndim == 4:
        if not is_read:  # which is made to size on the way
            raw = yield from _refitted(raw, spec, files)
        raw = yield from _binarized(raw, spec, files)
    parts = normal_only(_parts(raw, spec), raw, spec.normal)
    report = yield from examining(raw, parts["train"])
    artifact.write_json("report.json", report.model_dump(mode="json"))
    samples = SampleSet(
        x=raw.x,
        parts=parts,
        labels=raw.labels,
        label_names=raw.label_names,
        names=raw.names,
        factors=raw.factors,
        title=source(spec.source).title,
        columns=raw.columns,
        table=raw.table,
        feature_names=raw.feature_names,
        texts=raw.texts,
        vocabulary=raw.vocabulary,
        framing=raw.framing,
    )
    for number, lost in enumerate(raw.lost):
        artifact.write_bytes(LOST.format(number), _outlined(lost))
    if spec.scale == "standard":
        samples = yield from public.waiting(partial(standardized, samples), "standardizing")
    yield from saving_samples(artifact, samples)


def _raw(
    spec: DataSpec, store: Store, files: RowFiles, *, is_read: bool
) -> Generator[Progress, None, Raw]:
    """What the source gives; `is_read`: own files, and not an array."""
    if not is_read and needs_no_decoding(store, spec):
        return (yield from row_sources.bringing(store, spec))
    if is_read:
        return (yield from own.reading(store, spec, files))
    if spec.source == "sprites":
        return (yield from _sprites(spec))
    if spec.source in ("digits", "mnist-5k"):
        yield Progress(Sentence("reading {title}", title=Sentence(source(spec.source).title)))
        return shipped.digits() if spec.source == "digits" else shipped.mnist_5k()
    return (yield from public.bringing(spec.source))


def _sprites(spec: DataSpec) -> Generator[Progress, None, Raw]:
    known = sprites.factors(spec.n_max or source("sprites").n_samples or 0, spec.seed)
    size_px = spec.size_px or 64
    _check_size(len(known["shape"]) * size_px**2 * (4 if spec.colour == "rgb" else 1))
    x = np.empty((len(known["shape"]), 1, size_px, size_px), np.uint8)
    yield from sprites.drawing(known, x)
    return Raw(
        np.repeat(x, 3, axis=1) if spec.colour == "rgb" else x,
        known["shape"].astype(np.int64),
        sprites.SHAPES,
        factors=known,
    )


def _drawn(raw: Raw, spec: DataSpec) -> Raw:
    """At most `n_max` pictures, as large a share of the test part as of the rest."""
    n_samples = len(raw.x)
    if spec.n_max is None or spec.n_max >= n_samples:
        return raw
    random = np.random.default_rng(spec.seed)
    if raw.is_test is None:
        kept = random.permutation(n_samples)[: spec.n_max]
    else:
        test, rest = np.flatnonzero(raw.is_test), np.flatnonzero(~raw.is_test)
        n_test = round(spec.n_max * len(test) / n_samples)
        kept = np.concatenate(
            [
                rest[random.permutation(len(rest))[: spec.n_max - n_test]],
                test[random.permutation(len(test))[:n_test]],
            ]
        )
    kept = np.sort(kept)
    return replace(
        raw,
        x=taken(raw.x, kept),
        labels=None if raw.labels is None else raw.labels[kept],
        names=tuple(raw.names[i] for i in kept) if raw.names else (),
        texts=tuple(raw.texts[i] for i in kept) if raw.texts else (),
        is_test=None if raw.is_test is None else raw.is_test[kept],
    )


def _check_size(n_bytes: int) -> None:
    """Refuse a set that would take more of this machine's memory than a quarter."""
    n_machine = n_machine_bytes()
    n_free = _UNKNOWN_FREE if n_machine is None else n_machine // 4
    if n_bytes > n_free:
        raise DataError(
            "The set would take {needed_gb:.3g} GB of memory; {free_gb:.3g} GB may be used here.",
            "Choose a smaller size, or a smaller number of pictures.",
            needed_gb=n_bytes / 2**30,
            free_gb=n_free / 2**30,
        )


def _refitted(raw: Raw, spec: DataSpec, files: RowFiles) -> Generator[Progress, None, Raw]:
    """At the size and in the colour that were asked for."""
    n_samples, C, H, W = raw.x.shape
    size_px = spec.shape_px or (H, W)
    n_channels = {"native": C, "grey": 1, "rgb": 3}[spec.colour]
    if size_px == (H, W) and n_channels == C:
        return raw
    rows = files.new((n_channels, *size_px))
    for i in range(n_samples):
        rows.append(refit(raw.x[i], size_px, spec.colour, spec.fit, spec.ground))
        yield Progress("resizing", i + 1, n_samples)
    sizes_px = np.tile([W, H], (n_samples, 1))
    return replace(raw, x=rows.array(), sizes_px=sizes_px, fit=spec.fit)


def _binarized(raw: Raw, spec: DataSpec, files: RowFiles) -> Generator[Progress, None, Raw]:
    """Pixels that are 0 or 255, where that was asked for.

    "drawn" is how Salakhutdinov & Murray 2008 made the binary MNIST of the literature, ICML
    (with a generator of their own: their very pixels are another draw).
    """
    if spec.binarize == "no":
        return raw
    random = np.random.default_rng(spec.seed)
    binary = files.new(raw.x.shape[1:])
    n_samples = len(raw.x)
    n_rows = max(1, min(_BINARIZED_AT_ONCE, _CHUNK // max(1, raw.x[:1].nbytes)))
    for start in range(0, n_samples, n_rows):
        grey = raw.x[start : start + n_rows]
        chance: np.ndarray | float = (
            0.5 if spec.binarize == "threshold" else random.random(grey.shape, np.float32)
        )
        binary.append(np.where(grey / np.float32(255.0) > chance, 255, 0).astype(np.uint8))
        yield Progress("binarizing", binary.n_rows, n_samples)
    return replace(raw, x=binary.array())


def _parts(raw: Raw, spec: DataSpec) -> dict[PartName, np.ndarray]:
    """The parts that came with it; those that did not are drawn from the rest by seed."""
    n_samples = len(raw.x)
    taken = np.zeros(n_samples, bool)
    for given in (raw.is_test, raw.is_val):
        if given is not None:
            taken |= given
    rest = np.flatnonzero(~taken)
    groups = np.arange(n_samples) if raw.groups is None else raw.groups
    try:
        drawn = split_groups(
            groups[rest],
            val_fraction=spec.val_fraction if raw.is_val is None else 0.0,
            test_fraction=spec.test_fraction if raw.is_test is None else 0.0,
            seed=spec.seed,
        )
    except TooFewSamplesError as problem:
        if not raw.unreadable:
            raise
        names = ", ".join(name for name, _ in raw.unreadable[:3])
        raise TooFewSamplesError(
            Sentence(
                "{reason} {n_unreadable} could not be read: {names}.",
                reason=problem.message,
                n_unreadable=len(raw.unreadable),
                names=names,
            ),
            problem.hint,
        ) from problem
    return {
        "train": rest[drawn["train"]],
        "val": rest[drawn["val"]] if raw.is_val is None else np.flatnonzero(raw.is_val),
        "test": rest[drawn["test"]] if raw.is_test is None else np.flatnonzero(raw.is_test),
    }


def _outlined(lost: LostSides) -> bytes:
    """A picture with what is left out paled; a PNG."""
    _, H, W = lost.x.shape
    left, right = (round(share * W) for share in (lost.box[0], lost.box[2]))
    top, bottom = (round(share * H) for share in (lost.box[1], lost.box[3]))
    shown = (lost.x.astype(np.uint16) + 2 * _PALE) // 3
    shown[:, top:bottom, left:right] = lost.x[:, top:bottom, left:right]
    file = io.BytesIO()
    as_image(shown.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


# Reading what was brought in ---------------------------------------------------------------


_N_OPEN = 8
_open: OrderedDict[str, SampleSet] = OrderedDict()
_lock = Lock()


def open_samples(store: Store, key: str) -> SampleSet:
    """The sample set of a data artifact; the last few stay open, their pictures on disk.

    Raises
    ------
    SpecError, ArtifactMissingError
        If it is no key, or the data has not been brought in (yet).
    """
    artifact = store.artifact(key)
    name = str(artifact.path.resolve())
    with _lock:
        if name in _open and artifact.has("samples.json"):
            _open.move_to_end(name)
            return _open[name]
    samples = load_samples(artifact)
    with _lock:
        _open[name] = samples
        while len(_open) > _N_OPEN:
            _open.popitem(last=False)
    return samples


def read_report(store: Store, key: str) -> HealthReport:
    """The health report of a data artifact.

    Raises
    ------
    SpecError, ArtifactMissingError
    """
    return HealthReport.model_validate(store.artifact(key).read_json("report.json"))


def lost_sides(store: Store, key: str) -> list[bytes]:
    """PNGs of the pictures that lose most to the shape of the samples; empty where none does."""
    artifact = store.artifact(key)
    found = []
    for number in range(read_report(store, key).n_lost):
        with contextlib.suppress(OSError):
            found.append((artifact.path / LOST.format(number)).read_bytes())
    return found
