"""Public sets through torchvision and scikit-learn: read from the data folder, or fetched into it.

Files are fetched into a folder of their own and moved when whole, so that a broken download
leaves nothing behind that could be taken for a set.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from aecore.artifact import Progress
from aecore.data.sources import Raw, Source, data_folder, is_here, source
from aecore.errors import DataError, DownloadError
from aecore.files import replace_file
from aecore.sentence import Sentence

T = TypeVar("T")
_POLL_S = 0.1
_KMNIST = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
_DIGITS = tuple("0123456789")


def bringing(name: str) -> Generator[Progress, None, Raw]:
    """Read a public set, downloading it first where it is missing; yields while it waits.

    Closing the generator leaves a download to end by itself.

    Raises
    ------
    DownloadError
        If it is neither here nor reachable; the hint says which files to put where.
    DataError
        If its files are damaged.
    """
    wanted = source(name)
    if not is_here(name):
        yield from waiting(
            lambda: fetch(wanted), Sentence("downloading {title}", title=Sentence(wanted.title))
        )
    raw = yield from waiting(
        lambda: read(name), Sentence("reading {title}", title=Sentence(wanted.title))
    )
    return raw


def read(name: str) -> Raw:
    """Read a public set from the data folder.

    Raises
    ------
    DataError
        If its files are missing or damaged.
    """
    folder = data_folder()
    try:
        return _READERS[name](folder, False)
    except Exception as problem:  # readers of others fail in many ways on damaged files
        raise DataError(
            "The files of {title} in {folder} cannot be read.",
            "Remove them, so that they are fetched again: {files}.",
            title=Sentence(source(name).title),
            folder=folder,
            files=", ".join(source(name).files),
        ) from problem


def fetch(wanted: Source) -> None:
    """Download a public set into the data folder.

    Raises
    ------
    DownloadError
    """
    folder = data_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    except OSError as problem:
        raise DownloadError(
            "{title} is not here, and {folder} cannot be written.",
            "Name another folder in AECORE_DATA. {where}",
            title=Sentence(wanted.title),
            folder=folder,
            where=_where(wanted, folder),
        ) from problem
    try:
        _READERS[wanted.name](partial, True)
        for file in wanted.files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            replace_file(partial / file, folder / file)
    except Exception as problem:  # whatever it was, the set could not be had
        raise DownloadError(
            Sentence(
                "{title} is not here and could not be downloaded.", title=Sentence(wanted.title)
            ),
            _where(wanted, folder),
        ) from problem
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _where(wanted: Source, folder: Path) -> str:
    return Sentence(
        "Check the connection, or put these files into {folder} yourself: {files}.",
        folder=folder,
        files=", ".join(wanted.files),
    )


def waiting(work: Callable[[], T], phase: str) -> Generator[Progress, None, T]:
    """Do work in a thread of its own, yielding until it is done."""
    results: list[T] = []
    problems: list[Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as problem:  # noqa: BLE001 - handed over to the waiting generator
            problems.append(problem)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield Progress(phase)  # said however soon it is done
    while thread.is_alive():
        thread.join(_POLL_S)
        yield Progress(phase)
    if problems:
        raise problems[0]
    return results[0]


# Readers: a folder and whether to download into it -----------------------------------------


def _mnist_like(kind: str, label_names: tuple[str, ...]) -> Callable[[Path, bool], Raw]:
    def reader(folder: Path, download: bool) -> Raw:
        import torchvision.datasets

        dataset = getattr(torchvision.datasets, kind)
        parts = [dataset(folder, train=train, download=download) for train in (True, False)]
        return _joined(
            [part.data.numpy()[:, None] for part in parts],
            [part.targets.numpy() for part in parts],
            label_names,
        )

    return reader


def _emnist_letters(folder: Path, download: bool) -> Raw:
    from torchvision.datasets import EMNIST

    parts = [
        EMNIST(folder, split="letters", train=train, download=download) for train in (True, False)
    ]
    return _joined(
        # The files hold each picture with rows and columns exchanged, and count from 1.
        [part.data.numpy().transpose(0, 2, 1)[:, None] for part in parts],
        [part.targets.numpy() - 1 for part in parts],
        tuple("abcdefghijklmnopqrstuvwxyz"),
    )


def _cifar10(folder: Path, download: bool) -> Raw:
    from torchvision.datasets import CIFAR10

    parts = [CIFAR10(folder, train=train, download=download) for train in (True, False)]
    return _joined(
        [part.data.transpose(0, 3, 1, 2) for part in parts],
        [np.asarray(part.targets) for part in parts],
        tuple(parts[0].classes),
    )


def _svhn(folder: Path, download: bool) -> Raw:
    from torchvision.datasets import SVHN

    parts = [SVHN(folder, split=part, download=download) for part in ("train", "test")]
    return _joined([part.data for part in parts], [part.labels for part in parts], _DIGITS)


def _olivetti(folder: Path, download: bool) -> Raw:
    from sklearn.datasets import fetch_olivetti_faces

    with contextlib.redirect_stdout(sys.stderr):  # it announces a download on standard output
        found: Any = fetch_olivetti_faces(data_home=folder, download_if_missing=download)
    return Raw(
        np.rint(found.images * 255).astype(np.uint8)[:, None],
        found.target.astype(np.int64),
        tuple(f"person {i + 1}" for i in range(40)),
    )


def _joined(
    pictures: list[np.ndarray], labels: list[np.ndarray], label_names: tuple[str, ...]
) -> Raw:
    """The training part, then the official test part."""
    return Raw(
        np.ascontiguousarray(np.concatenate(pictures)),
        np.concatenate(labels).astype(np.int64),
        label_names,
        is_test=np.repeat([False, True], [len(part) for part in pictures]),
    )


_READERS: dict[str, Callable[[Path, bool], Raw]] = {
    "mnist": _mnist_like("MNIST", _DIGITS),
    "fashion-mnist": _mnist_like(
        "FashionMNIST",
        (
            "T-shirt/top",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ),
    ),
    "kmnist": _mnist_like("KMNIST", _KMNIST),
    "emnist-letters": _emnist_letters,
    "cifar10": _cifar10,
    "svhn": _svhn,
    "olivetti": _olivetti,
}
