"""UMAP: neighbours are drawn together, others pushed apart."""

from __future__ import annotations

import contextlib
import threading
import warnings

import numpy as np

from aecore.maps.layouts import umap_on_gpu
from aecore.maps.layouts.aside import Tell, aside
from aecore.maps.layouts.layout import Distinct, LayingOut, Layout, too_few
from aecore.maps.layouts.neighbours import Neighbours, nearest
from aecore.maps.layouts.pca import project
from aecore.sentence import Sentence
from aecore.specs.maps import UmapSpec

_one_at_a_time = threading.Lock()
"""umap-learn compiles at its first use: who comes second waits for it and does not do it again."""
N_LEAST = 5
"""Different codes that it needs at the least."""


def lay_out(distinct: Distinct, spec: UmapSpec) -> LayingOut:
    """McInnes, Healy & Melville 2018, arXiv:1802.03426. By umap-learn.

    Neighbours are searched exactly, which for so many codes is faster than umap-learn's own
    approximate search and spares its compilation, half a minute the first time. It runs on
    one thread, for only so is it the same for the same seed. Where a GPU is asked for, by
    TorchDR.
    """
    m = len(distinct)
    if m < N_LEAST:
        return too_few(distinct, "UMAP", project(distinct, spec.n_components))
    z = distinct.standard()
    n_neighbors = min(spec.n_neighbors, m - 1)
    if spec.engine == "gpu":
        positions = yield from aside(
            "laying out by UMAP on the GPU",
            lambda tell: umap_on_gpu.fit(z, spec, n_neighbors, tell),
        )
    else:
        near = yield from nearest(z, n_neighbors - 1)
        positions = yield from aside(
            "laying out by UMAP", lambda tell: _fit(z, near, spec, n_neighbors, tell)
        )
    note = ""
    if n_neighbors < spec.n_neighbors:
        note = Sentence(
            "Only {n} different codes: each keeps {n_neighbors} neighbours near.",
            n=m,
            n_neighbors=n_neighbors,
        )
    axes = tuple(f"UMAP {number}" for number in range(1, spec.n_components + 1))
    return Layout(positions, axes, note)


def _fit(
    z: np.ndarray, near: Neighbours, spec: UmapSpec, n_neighbors: int, tell: Tell
) -> np.ndarray:
    with _one_at_a_time, warnings.catch_warnings():
        # that it has no TensorFlow, that it cannot place new codes (we do), and how a start
        # was found where its first way to one failed
        warnings.simplefilter("ignore")
        try:
            return _fit_alone(z, near, spec, n_neighbors, tell)
        except BaseException:
            _let_go_of_the_bar()
            raise


def _let_go_of_the_bar() -> None:
    """Release the lock of all progress bars, which tqdm keeps where writing one raises.

    Kept, it would let the next map wait for ever: it belongs to a thread that has ended.
    """
    from umap.layouts import tqdm

    with contextlib.suppress(RuntimeError, AssertionError):  # it was not held
        tqdm.get_lock().release()


def _fit_alone(
    z: np.ndarray, near: Neighbours, spec: UmapSpec, n_neighbors: int, tell: Tell
) -> np.ndarray:
    import umap

    own = np.arange(len(z))[:, None]  # UMAP counts a point among its neighbours
    index = np.hstack([own, near.index])
    distance = np.hstack([np.zeros((len(z), 1), np.float32), near.distance])
    model = umap.UMAP(
        n_components=spec.n_components,
        n_neighbors=n_neighbors,
        min_dist=spec.min_dist,
        # a spectral start needs some more points than dimensions
        init="spectral" if len(z) > 3 * spec.n_components else "random",
        precomputed_knn=(index, distance),
        random_state=spec.seed,
        n_jobs=1,
        tqdm_kwds={"disable": False, "file": _Bar(tell), "bar_format": "{n} {total}"},
    )
    positions: np.ndarray = model.fit_transform(z).astype(np.float32)
    return positions


class _Bar:
    """The file that umap-learn's progress bar is written to."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._thread = threading.current_thread()

    def write(self, text: str) -> None:
        """Understand "12 500"."""
        words = text.split()
        # the bar is also written from a thread of its own, which must not be stopped
        if threading.current_thread() is self._thread and len(words) == 2:
            self._tell(int(words[0]), int(words[1]))

    def flush(self) -> None:
        """Nothing waits to be written."""
