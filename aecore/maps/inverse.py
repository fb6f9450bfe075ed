"""From any place of a map back to a code, which the decoder then turns into a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from aecore.errors import DataError

if TYPE_CHECKING:
    from aecore.maps.latent_map import LatentMap

N_NEAR = 16
"""Points of a map that tell what lies at a place between them."""
RIDGE = 0.3
"""How far the slope of the local fit is held back, in spreads of the neighbours."""


class Inverse(Protocol):
    """A map read backwards."""

    def codes_at(self, places: np.ndarray) -> np.ndarray:
        """Places `(m, d)` to codes, float32 `(m, D)`."""


@dataclass(frozen=True)
class LinearInverse:
    """Of a map that is a projection: the point of its plane, the same code for the same place.

    Parameters
    ----------
    origin
        float64 `(D,)`, a code that the plane goes through.
    at
        float64 `(d,)`, where that code lies on the map.
    components
        float64 `(d, D)`, orthonormal directions; zero where an axis of the map is empty.
    """

    origin: np.ndarray
    at: np.ndarray
    components: np.ndarray

    def codes_at(self, places: np.ndarray) -> np.ndarray:
        """Places `(m, d)` to codes, float32 `(m, D)`."""
        codes: np.ndarray = self.origin + (_checked(places, len(self.at)) - self.at) @ (
            self.components
        )
        return codes.astype(np.float32)


@dataclass(frozen=True)
class Weights:
    """How much each of the nearest points has to say at places.

    Parameters
    ----------
    index
        int64 `(m, k)`, the points.
    nearness
        float64 `(m, k)`, from 0 to 1 and summing to 1; falls smoothly to 0 at the next point.
    share
        float64 `(m, k)`, summing to 1: coefficients of the local fit, some of them negative.
    reach
        float64 `(m,)`, distance on the map to the next point after these.
    """

    index: np.ndarray
    nearness: np.ndarray
    share: np.ndarray
    reach: np.ndarray


@dataclass(frozen=True)
class LocalInverse:
    """Of any map: at each place a weighted, affine fit of the codes of the nearest points.

    Local linear regression (Cleveland 1979, JASA 74, doi:10.1080/01621459.1979.10481038) of
    the codes on the positions: the nearest `k` points are weighted by `(1 - (d / r)²)²`, `r`
    the distance of the one after them, so that codes change smoothly as a place moves. The
    slope is held back by a ridge, and beyond the neighbours the fit does not run on.

    Parameters
    ----------
    positions
        float32 `(n, 2)`.
    z
        float32 `(n, D)`, the codes that lie there.
    k
        Points that are asked, where there are more than so many.
    """

    positions: np.ndarray
    z: np.ndarray
    k: int = N_NEAR

    def codes_at(self, places: np.ndarray) -> np.ndarray:
        """Places `(m, 2)` to codes, float32 `(m, D)`."""
        weights = self.weights_at(places)
        return self._mixed(weights)

    def codes_without(self, points: np.ndarray) -> np.ndarray:
        """Codes at the positions of some points as the others tell them, float32 `(m, D)`.

        Parameters
        ----------
        points
            int `(m,)`.
        """
        return self._mixed(self.weights_at(self.positions[points], without=points))

    def weights_at(self, places: np.ndarray, without: np.ndarray | None = None) -> Weights:
        """Which points speak at each of the places `(m, 2)`, and how loud.

        Parameters
        ----------
        without
            int `(m,)`, a point for each place that is not asked.
        """
        from scipy.spatial import KDTree

        places = _checked(places, self.positions.shape[1])
        n = len(self.positions)
        k = max(1, min(self.k, n - 1 - (without is not None)))
        n_asked = min(n, k + 1 + (without is not None))
        far, index = KDTree(self.positions).query(places, n_asked)  # (m, k + 1)
        far, index = far.reshape(len(places), -1), index.reshape(len(places), -1)
        if without is not None and n > 1:
            is_other = index != without[:, None]
            is_other[is_other.all(1), -1] = False  # others lie on the same place
            far = far[is_other].reshape(len(places), -1)
            index = index[is_other].reshape(len(places), -1)
        reach = far[:, -1]
        index, far = index[:, :k], far[:, :k]
        with np.errstate(divide="ignore", invalid="ignore"):
            loud = np.where(reach[:, None] > 0, (1 - (far / reach[:, None]) ** 2) ** 2, 1.0)
        loud += 1e-9  # where all are equally far, all are asked alike
        nearness = loud / loud.sum(1, keepdims=True)
        return Weights(index, nearness, self._shares(places, index, nearness), reach)

    def _shares(self, places: np.ndarray, index: np.ndarray, nearness: np.ndarray) -> np.ndarray:
        """What each neighbour's code counts in the affine fit, `(m, k)`."""
        around = self.positions[index].astype(np.float64)  # (m, k, 2)
        middle = np.einsum("mk,mkd->md", nearness, around)
        around = around - middle[:, None]
        scatter = np.einsum("mk,mkd,mke->mde", nearness, around, around)  # (m, 2, 2)
        spread = np.einsum("mdd->m", scatter)  # squared, of the neighbours
        d = scatter.shape[-1]
        held = scatter + (RIDGE * spread[:, None, None] / d + 1e-30) * np.eye(d)
        step = places - middle  # (m, 2)
        length = np.linalg.norm(step, axis=1)
        within = np.minimum(1.0, np.sqrt(spread) / np.maximum(length, 1e-30))
        slope = np.linalg.solve(held, (step * within[:, None])[..., None])[..., 0]  # (m, 2)
        shares: np.ndarray = nearness * (1.0 + np.einsum("mkd,md->mk", around, slope))
        return shares

    def _mixed(self, weights: Weights) -> np.ndarray:
        z: np.ndarray = np.einsum("mk,mkD->mD", weights.share, self.z[weights.index])
        return z.astype(np.float32)


def inverse_of(
    latent_map: LatentMap, among: np.ndarray | None = None
) -> LinearInverse | LocalInverse:
    """How to read a map backwards: exactly where it is a projection, else by its points.

    On a map of chosen dimensions the others are at their mean; a plane through three codes is
    that plane itself, so that each of the three is decoded from its own code.

    Parameters
    ----------
    among
        Places in the codes of the points that may be asked; None: all.

    Raises
    ------
    DataError
        If it is a map in three dimensions that is no projection.
    """
    asked = np.arange(len(latent_map)) if among is None else among
    if latent_map.linear is not None and latent_map.spec.method.name == "plane":
        here = np.zeros(len(latent_map.linear.components))
        return LinearInverse(latent_map.linear.mean, here, latent_map.linear.components)
    if latent_map.linear is not None:
        origin = latent_map.codes.z[asked].mean(0, dtype=np.float64)
        components = latent_map.linear.components
        at = (origin - latent_map.linear.mean) @ components.T
        return LinearInverse(origin, at, components)
    if latent_map.positions.shape[1] != 2:
        raise DataError(
            "Only two-dimensional maps can be inverted.", "Choose a map in two dimensions."
        )
    return LocalInverse(latent_map.positions[asked], latent_map.codes.z[asked])


def _checked(places: np.ndarray, d: int) -> np.ndarray:
    places = np.asarray(places, np.float64)
    if places.ndim != 2 or places.shape[1] != d or not np.isfinite(places).all():
        raise DataError(
            "Positions of shape {shape} do not fit this map.",
            "Give finite numbers of shape (m, {d}).",
            shape=places.shape,
            d=d,
        )
    return places
