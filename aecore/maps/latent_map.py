"""Maps of codes: laid out once, scored, kept; and new codes placed on a map that stays."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import cast

import numpy as np

from aecore.artifact import Artifact, Progress
from aecore.errors import DataError
from aecore.latent.codes import Codes, load_codes
from aecore.maps.layouts.layout import Distinct, LayingOut, Layout, Linear
from aecore.metrics.neighbourhood import continuity, n_scored, trustworthiness
from aecore.sentence import Sentence
from aecore.specs.maps import MapSpec, MethodSpec, PlaneSpec
from aecore.store import Store

N_NEIGHBOURS = 10
"""Neighbours that a map's scores look at (k), where there are enough points."""
N_PLACED_BY = 10
"""Nearest codes that tell where a new one lies on a map that is no projection."""


@dataclass(frozen=True, repr=False)
class LatentMap:
    """Codes laid out in two or three dimensions.

    Parameters
    ----------
    spec
        What was asked for.
    codes
        What is laid out.
    positions
        float32 `(n, d)`, d 2 or 3, one position a code.
    axes
        Name of each of the d axes.
    trustworthiness, continuity
        See `aecore.metrics.neighbourhood`; 0 to 1, high is good. None where all codes are
        alike or there are fewer than three.
    n_scored, k
        Points, and neighbours of each, that the scores look at; 0 where there are none.
    note
        What must be known of this map beside the usual; mostly empty.
    seconds
        That laying out took, without scoring.
    linear
        The projection, where the map is one.
    """

    spec: MapSpec
    codes: Codes
    positions: np.ndarray
    axes: tuple[str, ...]
    trustworthiness: float | None
    continuity: float | None
    n_scored: int
    k: int
    note: str
    seconds: float
    linear: Linear | None = None

    @property
    def key(self) -> str:
        """Of the artifact that holds it."""
        return self.spec.key

    @property
    def through(self) -> tuple[int, ...]:
        """Rows of the three samples that a plane goes through; () of other maps."""
        method = self.spec.method
        return method.through if isinstance(method, PlaneSpec) else ()

    @property
    def share(self) -> float | None:
        """Part of the codes' variance that a projection holds, from 0 to 1; None of others.

        High is good: little is left out. Of PCA it is the highest that there is.
        """
        total = self.codes.z.var(0, dtype=np.float64).sum()
        if self.linear is None or not total:
            return None
        return float(self.positions.var(0, dtype=np.float64).sum() / total)

    def __len__(self) -> int:
        return len(self.positions)

    def __repr__(self) -> str:
        return f"LatentMap({self.spec.method.name}, {len(self):,} points, {len(self.axes)}-D)"


def compute(spec: MapSpec, artifact: Artifact, store: Store) -> Generator[Progress, None, None]:
    """Lay codes out and score the map.

    Raises
    ------
    DataError
        If a code is not a finite number.
    SpecError
        If the codes have no such dimensions.
    """
    codes = load_codes(store.artifact(spec.codes))
    begin = time.monotonic()
    distinct = Distinct.of(codes.z, codes.rows)
    layout = yield from lay_out(distinct, spec.method)
    positions = layout.positions[distinct.index]
    seconds = time.monotonic() - begin
    yield Progress("scoring", 0, 2)
    k = min(N_NEIGHBOURS, (len(codes) - 1) // 2) if len(distinct) > 1 else 0
    scores: list[float | None] = [None, None]
    for index, score in enumerate((trustworthiness, continuity)):
        if k:
            order = np.argsort(distinct.index, kind="stable")  # scores do not hang on the order
            scores[index] = score(codes.z[order], positions[order], k)
            yield Progress("scoring", index + 1, 2)
    if layout.linear is not None:
        artifact.write_array("mean.npy", layout.linear.mean)
        artifact.write_array("components.npy", layout.linear.components)
    artifact.write_array("positions.npy", positions)
    artifact.write_json(
        "map.json",
        {
            "axes": layout.axes,
            "trustworthiness": scores[0],
            "continuity": scores[1],
            "n_scored": n_scored(len(codes)) if k else 0,
            "k": k,
            "note": layout.note,
            "seconds": seconds,
            "is_linear": layout.linear is not None,
        },
    )


def lay_out(distinct: Distinct, method: MethodSpec) -> LayingOut:
    """Lay different codes out by a method; the note tells if all are alike."""
    module = importlib.import_module(method.layout)
    compute_layout = cast(Callable[[Distinct, MethodSpec], LayingOut], module.lay_out)
    layout = yield from compute_layout(distinct, method)
    if len(distinct) > 1 or distinct.counts[0] == 1:
        return layout
    note = Sentence(
        "All samples have the same code, so the map is one point: this model does not "
        "distinguish them."
    )
    return Layout(layout.positions, layout.axes, note, layout.linear)


def load_map(store: Store, key: str) -> LatentMap:
    """Read a map back, with its codes.

    Raises
    ------
    SpecError, ArtifactMissingError
        If it is no key of a map, or has not been computed yet.
    """
    artifact = store.artifact(key)
    spec = artifact.spec_as(MapSpec)
    about = artifact.read_json("map.json")
    linear = (
        Linear(artifact.read_array("mean.npy"), artifact.read_array("components.npy"))
        if about.pop("is_linear")
        else None
    )
    return LatentMap(
        spec=spec,
        codes=load_codes(store.artifact(spec.codes)),
        positions=artifact.read_array("positions.npy"),
        axes=tuple(about.pop("axes")),
        linear=linear,
        **about,
    )


def place(found: LatentMap, z: np.ndarray) -> np.ndarray:
    """Where new codes lie on a map, which does not move: float `(m, D)` to float32 `(m, d)`.

    A projection places them as it placed its own. On a map by UMAP or t-SNE a code lies at
    the mean of the positions of the nearest codes, weighted by 1 / distance² (Shepard 1968,
    ACM National Conference, doi:10.1145/800186.810616; UMAP begins so with new points); a code
    that the map has lies on its point.

    Raises
    ------
    DataError
        If the codes have another dimension, or are not finite.
    """
    z = np.asarray(z, np.float32)
    known = found.codes.z
    if z.ndim != 2 or z.shape[1] != known.shape[1] or not np.isfinite(z).all():
        raise DataError(
            "Codes of shape {shape} do not fit this map.",
            "Give finite numbers of shape (m, {d}).",
            shape=z.shape,
            d=known.shape[1],
        )
    if found.linear is not None:
        return found.linear.place(z)
    placed = np.empty((len(z), found.positions.shape[1]), np.float32)
    for row, near in enumerate(_nearest(known, z)):
        difference = known[near] - z[row]  # (k, D)
        squared = np.einsum("kd,kd->k", difference, difference, dtype=np.float64)  # (k,)
        if not squared.min():
            placed[row] = found.positions[near[squared.argmin()]]
            continue
        placed[row] = np.average(found.positions[near], axis=0, weights=squared.min() / squared)
    return placed


def _nearest(known: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The codes that tell where new ones lie, int64 `(m, k)`; all of them at once, in one go."""
    from sklearn.neighbors import NearestNeighbors

    n_near = min(N_PLACED_BY, len(known))
    search = NearestNeighbors(n_neighbors=n_near, algorithm="brute").fit(known)
    found: np.ndarray = search.kneighbors(z, return_distance=False)
    return found
