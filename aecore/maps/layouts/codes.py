"""The codes themselves: two or three of their dimensions, as they are."""

from __future__ import annotations

import numpy as np

from aecore.artifact import Progress
from aecore.errors import SpecError
from aecore.maps.layouts.layout import Distinct, LayingOut, Layout, Linear
from aecore.sentence import Sentence, joined, plural
from aecore.specs.maps import DimensionsSpec


def lay_out(distinct: Distinct, spec: DimensionsSpec) -> LayingOut:
    """The dimensions that were named, else those that vary the most, in that order.

    Raises
    ------
    SpecError
        If the codes have no such dimension.
    """
    yield Progress("laying out", 0, 1)
    D = distinct.z.shape[1]
    if spec.dims and max(spec.dims) >= D:
        raise SpecError(
            plural(
                "These codes have {n} dimension, counted from 0; there is no dimension {dims}.",
                "These codes have {n} dimensions, counted from 0; there is no dimension {dims}.",
                D,
                dims=max(spec.dims),
            ),
            Sentence("Name dimensions from 0 to {d}.", d=D - 1),
        )
    dims = spec.dims or tuple(
        int(dim) for dim in np.argsort(-distinct.variances, kind="stable")[: spec.n_components]
    )
    components = np.zeros((spec.n_components, D))
    components[np.arange(len(dims)), list(dims)] = 1.0
    linear = Linear(np.zeros(D), components)
    axes = tuple(Sentence("dimension {dim}", dim=dim) for dim in dims)
    return Layout(linear.place(distinct.z), *padded(axes, spec.n_components), linear)


def padded(axes: tuple[str, ...], n_components: int) -> tuple[tuple[str, ...], str]:
    """Names for all axes, and a note where the codes have too few dimensions to fill them."""
    n_missing = n_components - len(axes)
    if n_missing <= 0:
        return axes, ""
    filled = plural(
        "The codes fill one dimension only.", "The codes fill {n} dimensions only.", len(axes)
    )
    empty = plural("One axis stays empty.", "{n} axes stay empty.", n_missing)
    return (*axes, *[Sentence("(empty)")] * n_missing), joined((filled, empty))
