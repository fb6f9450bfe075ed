"""There and back: what a place of a map becomes when its picture is encoded and set on the map."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np

from aecore.artifact import Progress
from aecore.maps.inverse import Inverse
from aecore.maps.latent_map import LatentMap, place
from aecore.runs import OpenRun

N_SIDE = 48
"""Places across and up that are sent on the trip."""
K_STEP = 10
"""The neighbour whose distance is a step of the map, in the middle of all points."""
_MARGIN = 0.04
_CHUNK = 256


@dataclass(frozen=True)
class RoundTrip:
    """How far places of a flat map come back from where they began.

    Each place is read back to a code, decoded, encoded again, and set on the map as a new
    picture is. Where the decoder and the encoder agree it comes back to itself.

    Parameters
    ----------
    strayed
        float32 `(ny, nx)`, distances on the map in steps, not negative, low is good; rows from
        the lowest place up, evenly between `low` and `high`.
    low, high
        float64 `(2,)`, the corners of the window.
    step
        Distance on the map to a point's tenth neighbour, in the middle of all points.
    """

    strayed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    step: float

    def at(self, places: np.ndarray) -> np.ndarray:
        """Steps at places `(m, 2)`, float64 `(m,)`, between the four that were tried around.

        Outside of the window they are those of its edge.
        """
        ny, nx = self.strayed.shape
        last = np.array([nx - 1, ny - 1])
        span = np.maximum(self.high - self.low, 1e-30)
        at = np.clip((np.asarray(places, float) - self.low) / span, 0, 1) * last
        corner = np.minimum(at.astype(int), last - 1)
        (x, y), (fx, fy) = corner.T, (at - corner).T
        below = (1 - fx) * self.strayed[y, x] + fx * self.strayed[y, x + 1]
        above = (1 - fx) * self.strayed[y + 1, x] + fx * self.strayed[y + 1, x + 1]
        interpolated: np.ndarray = (1 - fy) * below + fy * above
        return interpolated


def round_trip_steps(
    run: OpenRun, latent_map: LatentMap, inverse: Inverse, among: np.ndarray
) -> Generator[Progress, None, RoundTrip]:
    """Send places all over a flat map there and back.

    Parameters
    ----------
    inverse
        How the map is read backwards.
    among
        Places in the codes of the points that may be known.
    """
    known = _only(latent_map, among)
    low, high = known.positions.min(0).astype(float), known.positions.max(0).astype(float)
    margin = _MARGIN * (high - low)
    low, high = low - margin, high + margin
    across, up = (np.linspace(low[axis], high[axis], N_SIDE) for axis in (0, 1))
    places = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    far = np.empty(len(places))
    for start in range(0, len(places), _CHUNK):
        here = slice(start, start + _CHUNK)
        back = came_back(run, known, inverse, places[here])
        far[here] = np.linalg.norm(back - places[here], axis=1)
        yield Progress(
            "decoding and encoding positions", min(len(places), start + _CHUNK), len(far)
        )
    step = _step(known.positions)
    return RoundTrip((far / step).reshape(N_SIDE, N_SIDE).astype(np.float32), low, high, step)


def came_back(
    run: OpenRun, latent_map: LatentMap, inverse: Inverse, places: np.ndarray
) -> np.ndarray:
    """Where places `(m, 2)` come back to, float32 `(m, 2)`."""
    return place(latent_map, run.encode(run.decode(inverse.codes_at(places))))


def _only(latent_map: LatentMap, among: np.ndarray) -> LatentMap:
    """A map that knows no other points than these."""
    codes = latent_map.codes
    fewer = replace(
        codes,
        rows=codes.rows[among],
        z=codes.z[among],
        logvar=None,
        error=codes.error[among],
        part=codes.part[among],
    )
    return replace(latent_map, codes=fewer, positions=latent_map.positions[among])


def _step(positions: np.ndarray) -> float:
    """Distance to the tenth neighbour, in the middle of all points."""
    from scipy.spatial import KDTree

    k = min(K_STEP, len(positions) - 1)
    far, _ = KDTree(positions).query(positions, [k + 1])  # the nearest is the point itself
    step = float(np.median(far))
    size = float(np.ptp(positions, axis=0).max())
    return max(step, 1e-6 * size) or 1.0
