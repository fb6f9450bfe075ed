"""Keyframes of a run's film: codes and reconstructions now and then, a bounded number of them."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import numpy as np

from aecore.artifact import Artifact
from aecore.files import discard

N_KEPT = 120
"""Keyframes of a run, at the most."""
N_NUMBERS = 256
"""Numbers of a code that are kept, at the most: see `sketch`."""
TILE_PX = 64
"""Longer side of a picture that is kept, at the most about."""
FOLDER = "film"
_NAME = re.compile(r"(\d{6})\.npz\Z")
_LARGEST_HALF = 65_504.0
_ROWS_AT_ONCE = 64


@dataclass(frozen=True)
class Keyframe:
    """What was seen of a model after whole epochs.

    Parameters
    ----------
    epoch
        Whole epochs done; 0 before the first step.
    codes
        float32 `(n, D)`, D at most `N_NUMBERS`, of the fixed sample (`view-rows.npy`).
    pictures
        uint8 `(m, C, H, W)`, reconstructions of the fixed pictures (`strip.npy`), made smaller
        where they are large; None for rows, or where it was not time for new ones.
    """

    epoch: int
    codes: np.ndarray
    pictures: np.ndarray | None = None


class Keyframes:
    """The film of one run as it is recorded: never more than `N_KEPT`, thinned as it grows."""

    def __init__(self, artifact: Artifact) -> None:
        self._artifact = artifact
        self._epochs = kept_epochs(artifact)
        self._dropped: set[int] = set()
        """Epochs whose files are to go; Windows refuses while a page reads one."""

    def keep(self, epoch: int, codes: np.ndarray, strip: np.ndarray | None) -> None:
        """Add one; of the same epoch, the later replaces the earlier.

        Parameters
        ----------
        codes
            float32 `(n, D)`.
        strip
            See `aecore.training.records.TrainRecord`.
        """
        found = {"codes": np.clip(sketch(codes), -_LARGEST_HALF, _LARGEST_HALF).astype(np.float16)}
        if strip is not None and strip.ndim == 5:
            found["pictures"] = shrunk(strip[-1])
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, **found)
        self._artifact.write_bytes(_name(epoch), file.getvalue())
        self._dropped.discard(epoch)
        staying = thinned(sorted({*self._epochs, epoch}), N_KEPT)
        self._drop({*self._epochs, epoch} - {*staying})
        self._epochs = staying

    def forget_after(self, epoch: int) -> None:
        """Drop those of later epochs, which are trained again or given up."""
        self._drop({known for known in self._epochs if known > epoch})
        self._epochs = [known for known in self._epochs if known <= epoch]

    def _drop(self, epochs: set[int]) -> None:
        self._dropped |= epochs
        self._dropped -= {e for e in self._dropped if discard(self._artifact.path / _name(e))}


def kept_epochs(artifact: Artifact) -> list[int]:
    """Epochs of a run that there are keyframes of, rising; none for a run of an older version."""
    folder = artifact.path / FOLDER
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return sorted(int(found[1]) for name in names if (found := _NAME.match(name)))


def read_keyframe(artifact: Artifact, epoch: int) -> Keyframe | None:
    """One of them; None where thinning has just dropped it."""
    try:
        with np.load(artifact.path / _name(epoch), allow_pickle=False) as file:
            return Keyframe(epoch, file["codes"].astype(np.float32), file.get("pictures"))
    except FileNotFoundError:
        return None


def thinned(epochs: list[int], n_max: int) -> list[int]:
    """At most `n_max` of rising epochs: the first, the last, and denser where codes move most.

    One after the other that epoch goes whose neighbours are nearest to each other in the square
    root of the epoch, so that early epochs, in which most happens, keep more.

    Examples
    --------
    >>> thinned(list(range(60)), 8)
    [0, 1, 3, 11, 19, 27, 43, 59]
    """
    staying = list(epochs)
    while len(staying) > max(2, n_max):
        root = np.sqrt(np.array(staying) - staying[0])
        staying.pop(1 + int(np.argmin(root[2:] - root[:-2])))
    return staying


def sketch(codes: np.ndarray) -> np.ndarray:
    """Codes `(n, D)` as they are, or, where they are long, as `N_NUMBERS` sums of their numbers.

    Each number goes with a fixed random sign into one of the sums (count sketch: Weinberger et
    al. 2009, arXiv:0902.2206). That is linear, so that a code that stays keeps its sketch, and it
    keeps distances between codes to within about a tenth.

    Returns
    -------
    ndarray
        `(n, min(D, N_NUMBERS))`.
    """
    n, D = codes.shape
    if D <= N_NUMBERS:
        return codes
    rng = np.random.default_rng(0)
    order, sign = rng.permutation(D), rng.choice(np.array([-1.0, 1.0], np.float32), D)
    depth = -(-D // N_NUMBERS)
    found = np.empty((n, N_NUMBERS), np.float32)
    padded = np.zeros((_ROWS_AT_ONCE, N_NUMBERS * depth), np.float32)
    for start in range(0, n, _ROWS_AT_ONCE):
        part = codes[start : start + _ROWS_AT_ONCE]
        padded[: len(part), :D] = (part * sign)[:, order]
        sums = padded[: len(part)].reshape(len(part), N_NUMBERS, depth).sum(2)
        found[start : start + len(part)] = sums
    return found


def shrunk(pictures: np.ndarray) -> np.ndarray:
    """Pictures `(m, C, H, W)` of at most about `TILE_PX`: means over whole blocks of pixels."""
    m, C, H, W = pictures.shape
    step = -(-max(H, W) // TILE_PX)
    if step == 1:
        return pictures
    h, w = max(1, H // step), max(1, W // step)
    cut = pictures[:, :, : h * step, : w * step]
    blocks = cut.reshape(m, C, h, cut.shape[2] // h, w, cut.shape[3] // w)
    found: np.ndarray = np.rint(blocks.mean((3, 5), dtype=np.float32)).astype(np.uint8)
    return found


def _name(epoch: int) -> str:
    return f"{FOLDER}/{epoch:06d}.npz"
