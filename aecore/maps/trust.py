"""How far a map can be believed, place by place: what decoding a place would get wrong there."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from aecore.artifact import Artifact, Progress
from aecore.data.ingest import open_samples
from aecore.data.samples import SampleSet
from aecore.errors import DataError
from aecore.maps.inverse import LinearInverse, LocalInverse, inverse_of
from aecore.maps.latent_map import LatentMap, load_map
from aecore.maps.round_trip import RoundTrip, round_trip_steps
from aecore.metrics.neighbourhood import kept_neighbours
from aecore.metrics.pictures import mse
from aecore.runs import OpenRun, open_run_at
from aecore.sentence import Sentence
from aecore.specs.studies import TrustSpec
from aecore.store import Store

N_TRIED = 3000
"""Points that are decoded from where they lie on the map, at the most."""
K_KEPT = 10
"""Neighbours of each point that the map should keep."""
_CHUNK = 256
_CHUNK_KEPT = 4096


@dataclass(frozen=True)
class TrustAt:
    """What is to be expected at places of a map.

    Parameters
    ----------
    trust
        float64 `(m,)`, in [0, 1], high is good: 1 where a picture decoded from the place is as
        good as the model's own reconstruction, 0 where it is no better than the mean of all
        pictures; times `presence`.
    expected
        float64 `(m,)`, mean squared error of the picture of the place, values in [0, 1].
    presence
        float64 `(m,)`, in [0, 1]: 1 where points lie as densely as they do elsewhere, and
        falling with the distance to them.
    strayed
        float64 `(m,)`, how many steps from the place its picture comes back to the map when it
        is encoded again, see `RoundTrip`; low is good.
    """

    trust: np.ndarray
    expected: np.ndarray
    presence: np.ndarray
    strayed: np.ndarray


@dataclass(frozen=True)
class Trust:
    """What a map of pictures was found to get wrong at its own points.

    Each point was decoded from its place on the map as the *others* tell what lies there, and
    the result compared with its picture.

    Parameters
    ----------
    decoding_error
        float32 `(n,)`, mean squared error found there; low is good.
    kept
        float32 `(n,)`, share of the point's ten nearest codes that are neighbours on the map.
    floor
        Mean error of the model's reconstructions: a map cannot do better.
    ceiling
        Mean error of the mean picture: whoever knows nothing does so well.
    reach
        Distance on the map within which 95 % of the points find their neighbours.
    trip
        How far places come back from where they began.
    """

    decoding_error: np.ndarray
    kept: np.ndarray
    floor: float
    ceiling: float
    reach: float
    trip: RoundTrip

    def at(self, positions: np.ndarray, places: np.ndarray) -> TrustAt:
        """What to expect at places `(m, 2)` of the map whose points lie at `positions`."""
        weights = LocalInverse(positions, np.empty((len(positions), 0))).weights_at(places)
        expected = (weights.nearness * self.decoding_error[weights.index]).sum(1)
        with np.errstate(divide="ignore"):
            presence = np.minimum(1.0, self.reach / weights.reach)
        span = max(self.ceiling - self.floor, 1e-12)
        known = np.clip(1.0 - (expected - self.floor) / span, 0.0, 1.0)
        return TrustAt(known * presence, expected, presence, self.trip.at(places))


def compute(spec: TrustSpec, artifact: Artifact, store: Store) -> Generator[Progress, None, None]:
    """Decode the points of a map from where they lie, and keep how far off they are.

    Raises
    ------
    DataError
        If it is not a flat map, or not one of pictures.
    JobError
        If the run has been trained on since.
    """
    found = load_map(store, spec.map)
    run = open_run_at(store, found.codes.run, found.codes.epochs, Sentence("codes"))
    samples = open_samples(store, run.spec.data)
    trust = yield from trust_steps(run, samples, found)
    artifact.write_array("decoding_error.npy", trust.decoding_error)
    artifact.write_array("kept.npy", trust.kept)
    artifact.write_array("strayed.npy", trust.trip.strayed)
    artifact.write_json(
        "trust.json",
        {
            "floor": trust.floor,
            "ceiling": trust.ceiling,
            "reach": trust.reach,
            "low": trust.trip.low.tolist(),
            "high": trust.trip.high.tolist(),
            "step": trust.trip.step,
        },
    )


def trust_steps(
    run: OpenRun, samples: SampleSet, found: LatentMap, among: np.ndarray | None = None
) -> Generator[Progress, None, Trust]:
    """The same, outside the store.

    Parameters
    ----------
    among
        Positions in the codes of the points that may be known; None: all. `decoding_error` and
        `kept` are of these.
    """
    if found.positions.shape[1] != 2 or not samples.is_pictures:
        raise DataError(
            "Reliability is measured for two-dimensional maps of pictures only.",
            "Choose a map in two dimensions, of a run trained on pictures.",
        )
    among = np.arange(len(found)) if among is None else among
    inverse = inverse_of(found, among)
    positions = found.positions[among]
    tried = np.sort(np.random.default_rng(0).permutation(len(among))[:N_TRIED])
    error = np.empty(len(tried), np.float32)
    for start in range(0, len(tried), _CHUNK):
        here = tried[start : start + _CHUNK]
        x = np.asarray(samples.x[found.codes.rows[among[here]]])
        error[start : start + _CHUNK] = mse(x, run.decode(_codes(inverse, positions, here)))
        yield Progress("decoding positions", start + len(here), len(tried))
    trip = yield from round_trip_steps(run, found, inverse, among)
    k = min(K_KEPT, len(among) - 1)
    codes = found.codes.z[among]
    kept = np.ones(len(among), np.float32)
    for start in range(0, len(among) if k else 0, _CHUNK_KEPT):
        yield Progress("finding neighbours", start, len(among))
        here = np.arange(start, min(len(among), start + _CHUNK_KEPT))
        kept[here] = kept_neighbours(codes, positions, k, here)
    return Trust(
        decoding_error=_spread_out(positions, tried, error),
        kept=kept,
        floor=float(found.codes.error[among].mean()),
        ceiling=_of_knowing_nothing(samples, found.codes.rows[among[tried]]),
        reach=_reach(positions),
        trip=trip,
    )


def load_trust(store: Store, key: str) -> Trust:
    """Read it back.

    Raises
    ------
    SpecError, ArtifactMissingError
        If it is no such key, or has not been computed yet.
    """
    artifact = store.artifact(key)
    about = artifact.read_json("trust.json")
    low, high = np.array(about.pop("low")), np.array(about.pop("high"))
    trip = RoundTrip(artifact.read_array("strayed.npy"), low, high, about.pop("step"))
    decoding_error, kept = (
        artifact.read_array("decoding_error.npy"),
        artifact.read_array("kept.npy"),
    )
    return Trust(decoding_error, kept, **about, trip=trip)


def _codes(
    inverse: LinearInverse | LocalInverse, positions: np.ndarray, points: np.ndarray
) -> np.ndarray:
    """What the map says lies at the positions of some points, without asking them."""
    if isinstance(inverse, LocalInverse):
        return inverse.codes_without(points)
    return inverse.codes_at(positions[points])


def _spread_out(positions: np.ndarray, tried: np.ndarray, error: np.ndarray) -> np.ndarray:
    """The errors of those tried, for all: float32 `(n,)`; of others that of the tried near them."""
    decoding_error = np.empty(len(positions), np.float32)
    decoding_error[tried] = error
    others = np.setdiff1d(np.arange(len(positions)), tried)
    if len(others):
        near = LocalInverse(positions[tried], np.empty((len(tried), 0)))
        weights = near.weights_at(positions[others])
        decoding_error[others] = (weights.nearness * error[weights.index]).sum(1)
    return decoding_error


def _of_knowing_nothing(samples: SampleSet, rows: np.ndarray) -> float:
    x = np.asarray(samples.x[rows], np.float32) / np.float32(255.0)
    return float(x.var(axis=0, dtype=np.float64).mean())


def _reach(positions: np.ndarray) -> float:
    """Within what distance 95 % of the points have as many others as are asked at a place."""
    points = np.arange(len(positions))
    weights = LocalInverse(positions, np.empty((len(positions), 0))).weights_at(positions, points)
    return float(np.quantile(weights.reach, 0.95))
