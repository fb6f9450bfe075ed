"""`aecore denoise` for photographs: files and folders in, the same kind of files out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import numpy as np

from aecore.artifact import Progress
from aecore.cli.terminal import progress_bar
from aecore.errors import AecoreError, DataError, SpecError
from aecore.files import writing_whole
from aecore.imaging.photo_writing import SUFFIXES, blended, write_photo
from aecore.imaging.photos import read_photo_file
from aecore.imaging.private_photos import without_place_and_camera
from aecore.metrics.pictures import PSNR_MAX_DB
from aecore.specs.photos import BY_NETWORK, RestoreMethod

if TYPE_CHECKING:
    from aecore.photos.restorer import Restored

T = TypeVar("T")
_WRITTEN = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp")
_NOT_WRITTEN = (".heic", ".heif", ".avif", ".bmp", ".pgm", ".ppm")
ENDINGS = (*_WRITTEN, *_NOT_WRITTEN)
"""Of files that are taken from a folder."""
RAW_ENDINGS = (".dng", ".nef", ".cr2", ".cr3", ".arw", ".orf", ".raf", ".rw2", ".pef", ".srw")
"""Of cameras' raw files, which are told of and not taken."""


@dataclass(frozen=True)
class CleaningOptions:
    """How photographs are cleaned.

    Parameters
    ----------
    strength
        0 to 1; None: as much as the noise of each asks for.
    sigma
        Deviation of the noise in steps of 255; None: estimated.
    is_private
        Whether to leave out what its notes tell of place, camera and owner.
    luma, chroma, coarse
        How much more noise the network is told than is estimated, times.
    with_uncertainty
        Whether to write beside each, as `NAME-uncertainty.png`, where it is uncertain.
    adjust
        A picture that says where to clean more or less, of one photograph.
    """

    method: RestoreMethod = "restorer"
    strength: float | None = None
    sigma: float | None = None
    is_private: bool = False
    luma: float = 1.0
    chroma: float = 1.0
    coarse: float = 1.0
    with_uncertainty: bool = False
    adjust: Path | None = None


def denoise_photos(
    names: Sequence[str], out: Path | None, how: CleaningOptions, as_json: bool
) -> bool:
    """Clean photographs and write them; whether all of them could be.

    Raises
    ------
    SpecError
        If it is not clear what to write where.
    """
    if how.strength is not None and not 0 <= how.strength <= 1:
        raise SpecError(f"A strength of {how.strength:g} is asked for.", "Choose 0 to 1.")
    pairs = list(planned([Path(name) for name in names], out))
    if (how.luma, how.chroma, how.coarse) != (1.0, 1.0, 1.0) and (
        how.method not in BY_NETWORK or how.sigma is not None
    ):
        raise SpecError(
            "--luma, --chroma and --coarse turn what the network estimates.",
            "Leave --sigma out, and take the method restorer or thorough.",
        )
    if how.adjust is not None and len(pairs) > 1:
        raise SpecError("--adjust is of one photograph.", "Name one photograph.")
    if how.with_uncertainty:
        _check_uncertainty(pairs, how.method)
    summaries, problems = [], []
    with progress_bar(as_json, "Stopping; what is written stays.") as (watch, stop):
        for number, (source, target) in enumerate(pairs, 1):
            if stop():
                break
            of_all = f"{number} of {len(pairs)}: " if len(pairs) > 1 else ""
            try:
                result = _one(source, target, how, of_all, watch, stop)
            except Exception as problem:  # noqa: BLE001 - a defect of one file stops no other
                words = _told(problem)
                problems.append({"in": str(source), "problem": words})
                click.secho(f"{source}: {words}", fg="red", err=True)
                continue
            if result is not None:
                summaries.append(result)
                if not as_json:
                    click.echo(_line(result))
    if as_json:
        click.echo(json.dumps({"photographs": summaries, "problems": problems}))
    return len(summaries) == len(pairs)


def _told(problem: Exception) -> str:
    if isinstance(problem, AecoreError):
        return str(problem)
    return f"This is a defect of ours, please tell it: {type(problem).__name__}: {problem}"


def planned(sources: Sequence[Path], out: Path | None) -> Iterator[tuple[Path, Path]]:
    """Each photograph and where its cleaned one goes: no file twice, and none over its source.

    Raises
    ------
    SpecError, DataError
        If that cannot be told, or there is nothing to clean.
    """
    if out is None:
        raise SpecError("It is not said where to write.", "Name a file or a folder: -o clean/")
    if len(sources) == 1 and sources[0].is_file() and not out.is_dir() and out.suffix:
        yield from _unlike_sources([(sources[0], out)])
        return
    if out.is_file():
        raise SpecError(f"{out} is a file, but several are written.", "Name a folder.")
    pairs: list[tuple[Path, Path]] = []
    for source in sources:
        if source.is_dir():
            taken = (*ENDINGS, *RAW_ENDINGS)  # of raw files it is told that they are none
            inside = sorted(path for path in source.rglob("*") if path.suffix.lower() in taken)
            pairs += [(path, out / path.relative_to(source)) for path in inside if path.is_file()]
        elif source.is_file():
            pairs.append((source, out / source.name))
        else:
            raise DataError(f"{source} is not there.", "Name files or folders.")
    if not pairs:
        raise DataError("There is no photograph in it.", f"Looked for {', '.join(ENDINGS)}.")
    yield from _unlike_sources(pairs)


def _unlike_sources(pairs: list[tuple[Path, Path]]) -> Iterator[tuple[Path, Path]]:
    sources = {source.resolve() for source, _ in pairs}
    taken: set[Path] = set()
    for source, asked in pairs:
        target, n = asked, 1
        while target.resolve() in taken:
            n += 1
            target = asked.with_stem(f"{asked.stem}-{n}")
        if target.resolve() in sources:
            raise SpecError(f"{target} would be written over.", "Name another folder with -o.")
        taken.add(target.resolve())
        yield source, target


def uncertainty_path(target: Path) -> Path:
    """Where the map of uncertainty goes, for a cleaned photograph that is written there."""
    return target.with_name(f"{target.stem}-uncertainty.png")


def _check_uncertainty(pairs: list[tuple[Path, Path]], method: RestoreMethod) -> None:
    from aecore.photos.jobs.uncertainty import NOT_KNOWN
    from aecore.photos.methods import METHODS

    if method in NOT_KNOWN:
        raise SpecError(
            f"{METHODS[method].title}: its uncertainty cannot be computed.",
            "Leave --uncertainty out, or choose another method.",
        )
    others = {path.resolve() for pair in pairs for path in pair}
    maps = [uncertainty_path(target) for _, target in pairs]
    for path in maps:
        if path.resolve() in others or maps.count(path) > 1:
            raise SpecError(
                f"{path} would be written over.", "Name another folder, or clean fewer at once."
            )


def _one(
    source: Path,
    target: Path,
    how: CleaningOptions,
    of_all: str,
    watch: Callable[[str, Progress], None],
    stop: Callable[[], bool],
) -> dict[str, Any] | None:
    """Clean one; what is told of it, or None where it was stopped."""
    from aecore.photos.camera_net import turned_by
    from aecore.photos.invention import invention_steps, nothing_to_tell, uncertain
    from aecore.photos.jobs.layers import uncertainty_map
    from aecore.photos.methods import cleaning_by

    began = time.monotonic()
    photo = read_photo_file(source)
    photo = without_place_and_camera(photo) if how.is_private else photo
    endings = {"JPEG": ENDINGS[:4], "TIFF": (".tif", ".tiff")}
    known = endings.get(photo.format, (SUFFIXES[photo.format],))
    if target.name == source.name and target.suffix.lower() in _NOT_WRITTEN:
        # IMG_1.HEIC lies beside IMG_1.JPG in many a folder
        stem = f"{target.stem}-{target.suffix[1:].lower()}"
        target = target.with_name(f"{stem}{SUFFIXES[photo.format]}")
    if target.suffix.lower() not in known:
        raise SpecError(
            f"It is a {photo.format}, which {target.name!r:.60} is no name for.",
            f"Name it {target.stem}{SUFFIXES[photo.format]}: the format is kept.",
        )
    sigma = None if how.sigma is None else how.sigma / 255
    turned = turned_by(how.luma, how.chroma, how.coarse)
    steps = cleaning_by(how.method, photo.x, sigma, turned=turned)
    cleaned = _ended(steps, of_all, watch, stop)
    if cleaned is None:
        return None
    uncertainty, why_not = None, ""
    if how.with_uncertainty and cleaned.restorer is not None:
        about = cleaned.given, cleaned.restorer, cleaned.sigma, cleaned.noise
        asked = _ended(invention_steps(*about), of_all, watch, stop)
        if asked is None:
            return None
        uncertainty = asked.uncertainty(cleaned.sigma)
        why_not = nothing_to_tell(uncertain(uncertainty))
    strength = cleaned.strength if how.strength is None else how.strength
    x_hat = blended(photo.x, cleaned.restored.x_hat, strength)
    if how.adjust is not None:
        adjusted = _ended(_adjusting(photo.x, x_hat, how.adjust), of_all, watch, stop)
        if adjusted is None:
            return None
        x_hat = adjusted.x_hat
    content = write_photo(photo, x_hat)
    _write(target, content)
    if uncertainty is not None:
        _write(uncertainty_path(target), uncertainty_map(uncertainty))
    quality = cleaned.quality(strength)
    C, H, W = photo.x.shape
    return {
        "in": str(source),
        "out": str(target),
        "format": photo.format,
        "width": W,
        "height": H,
        "channels": C,
        "bits": 8 * photo.x.itemsize,
        "method": how.method,
        "sigma_255": round(255 * cleaned.sigma, 3),
        "looks_clean": cleaned.looks_clean,
        "strength": strength,
        "expected": None
        if quality is None
        else {
            "psnr_db": round(quality.psnr_db, 3),
            "low_db": round(quality.low_db, 3),
            "high_db": round(quality.high_db, 3),
        },
        "uncertainty": None if uncertainty is None else str(uncertainty_path(target)),
        "uncertain": None if uncertainty is None else round(uncertain(uncertainty), 4),
        "said": [*photo.said, *cleaned.said, *([why_not] if why_not else [])],
        "seconds": round(time.monotonic() - began, 3),
    }


def _adjusting(x: np.ndarray, x_hat: np.ndarray, path: Path) -> Generator[Progress, None, Restored]:
    from aecore.photos.adjust import adjusting, amount_of
    from aecore.photos.restorer import shipped_restorer

    amount = amount_of(read_photo_file(path).x, (x.shape[1], x.shape[2]))
    return (yield from adjusting(x, x_hat, amount, shipped_restorer()))


def _write(target: Path, content: bytes) -> None:
    """All or nothing: under another name first."""
    try:
        with writing_whole(target) as temporary:
            temporary.write_bytes(content)
    except OSError as problem:
        raise DataError(f"{target} cannot be written: {problem.strerror}.") from problem


def _ended(
    steps: Generator[Progress, None, T],
    of_all: str,
    watch: Callable[[str, Progress], None],
    stop: Callable[[], bool],
) -> T | None:
    """What steps give in the end; None where they were stopped."""
    with closing(steps):
        while True:
            try:
                progress = next(steps)
            except StopIteration as end:
                result: T = end.value
                return result
            if stop():
                return None
            watch("", Progress(of_all + progress.phase, progress.n_done, progress.n_total))


def _line(result: dict[str, Any]) -> str:
    words = f"{result['in']} → {result['out']}  strength {100 * result['strength']:.0f} %"
    if (expected := result["expected"]) is not None:
        high = expected["high_db"]
        words += f", Expected PSNR {expected['psnr_db']:.1f} dB ({expected['low_db']:.1f} " + (
            "or more)" if high >= PSNR_MAX_DB else f"to {high:.1f})"
        )
    if (share := result["uncertain"]) is not None:
        words += f", {100 * share:.1f} % of the area uncertain ({result['uncertainty']})"
    return f"{words}. {' '.join(result['said'])}"
