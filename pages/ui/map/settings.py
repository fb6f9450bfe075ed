"""What a person asks of a map: method, dimensions, colour, and the folded settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import streamlit as st

from aecore.data.row_values import column_names, column_values
from aecore.data.samples import PARTS, SampleSet
from aecore.figures.scatter import Colouring, Groups, Values
from aecore.maps.layouts import umap_on_gpu
from aecore.specs.maps import MapMethod, MapSpec
from pages.ui.map import plane
from pages.ui.map.anomaly_colour import NAME as ANOMALY
from pages.ui.map.anomaly_colour import anomaly_values
from pages.ui.markdown import escape
from pages.ui.samples import PART_NAMES
from pages.ui.translation import _, mark
from pages.ui.url_state import choice

if TYPE_CHECKING:
    from aecore.latent.codes import Codes

METHODS: dict[MapMethod, str] = {
    "pca": "PCA",
    "umap": "UMAP",
    "tsne": "t-SNE",
    "plane": mark("Plane"),
    "codes": mark("Codes"),
}
_N_AXES = {"2": "2-D", "3": "3-D"}
N_POINTS = (70_000, 40_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500)
N_AT_FIRST = 10_000
_AXES = ("x", "y", "z")
_N_DIMS_LISTED = 256


@dataclass(frozen=True)
class Sample:
    """Which of the samples are laid out."""

    n_max: int
    seed: int


def method_and_dimensions() -> tuple[MapMethod, Literal[2, 3]]:
    """Two controls in the bar."""
    method = choice(
        _("Method"),
        METHODS,
        "map.method",
        widget=st.segmented_control,
        help=_(
            "PCA is a linear projection and takes no time; UMAP and t-SNE preserve "
            "neighbourhoods; Plane goes through three pictures of your choice; Codes shows "
            "latent dimensions of your choice, unchanged."
        ),
    )
    axes = choice(
        _("Axes"),
        _N_AXES,
        "map.axes",
        widget=st.segmented_control,
        disabled=method == "plane",
        help=_("A plane has two dimensions.") if method == "plane" else None,
    )
    return method, 3 if axes == "3" and method != "plane" else 2


def sample(n_samples: int) -> Sample:
    """How many samples, and which; in the folded settings."""
    offered = points_offered(n_samples)
    words = {str(n): _("at most {n:,}", n=n) for n in offered}
    if offered[0] >= n_samples > N_AT_FIRST:
        words = {"all": _("all {n_samples:,}", n_samples=n_samples)} | {
            str(n): words[str(n)] for n in offered[1:]
        }
    n_max = choice(
        _("Points"),
        words,
        "map.points",
        default=str(N_AT_FIRST),
        help=_("Drawn at random from all parts, by the seed. Fewer points are faster")
        + (
            _(
                ": for 70,000, PCA, Plane and Codes take seconds, UMAP and t-SNE minutes without a "
                "GPU. You see the progress and can stop."
            )
            if offered[0] > N_AT_FIRST
            else "."
        ),
    )
    seed = st.number_input(
        _("Seed"),
        0,
        2**31 - 1,
        0,
        key="map.seed",
        bind="query-params",
        help=_(
            "Determines which samples are drawn and how UMAP and t-SNE are initialized. The "
            "same seed gives the same map."
        ),
    )
    return Sample(offered[0] if n_max == "all" else int(n_max), int(seed))


def points_offered(n_samples: int) -> list[int]:
    """How many points there can be, most first: up to the number that takes in all samples.

    Examples
    --------
    >>> points_offered(15_000), points_offered(700)
    ([20000, 10000, 5000, 2000, 1000, 500], [10000, 500])
    """
    takes_in_all = min((n for n in N_POINTS if n >= n_samples), default=N_POINTS[0])
    return [
        n
        for n in N_POINTS
        if n == N_AT_FIRST or n < n_samples or (n == takes_in_all and n > N_AT_FIRST)
    ]


def map_spec(
    samples: SampleSet,
    codes: Codes,
    method: MapMethod,
    n_components: Literal[2, 3],
    seed: int,
) -> MapSpec:
    """The map asked for, with the settings of its method; in the folded settings.

    Raises
    ------
    SpecError
        If they do not fit each other.
    """
    settings: dict[str, Any] = {"name": method}
    if method != "plane":
        settings["n_components"] = n_components
    if method == "umap":
        settings["n_neighbors"] = int(
            st.slider(
                _("Neighbours"),
                2,
                200,
                15,
                key="map.neighbours",
                bind="query-params",
                help=_(
                    "Number of neighbours of a point to preserve: few show fine structure, "
                    "many show global structure."
                ),
            )
        )
        settings["min_dist"] = float(
            st.slider(
                _("Minimum distance"),
                0.0,
                0.99,
                0.1,
                0.01,
                key="map.min_dist",
                bind="query-params",
                help=_("How close together points may be."),
            )
        )
        if umap_on_gpu.is_here() and st.toggle(
            _("Use the GPU"),
            key="map.gpu",
            bind="query-params",
            help=_("A different layout of similar quality, by TorchDR, in seconds."),
        ):
            settings["engine"] = "gpu"
    if method == "tsne":
        settings["perplexity"] = float(
            st.slider(
                _("Perplexity"),
                2.0,
                200.0,
                30.0,
                1.0,
                key="map.perplexity",
                bind="query-params",
                help=_(
                    "Effective number of neighbours of a point. Try several values: true "
                    "structure shows in most of them."
                ),
            )
        )
    if method in ("umap", "tsne"):
        settings["seed"] = seed  # the others have no chance in them: one map for all seeds
    if method == "codes":
        settings["dims"] = _dims(codes, n_components)
    if method == "plane":
        settings["through"] = plane.three(samples, codes)
    return MapSpec.of(codes=codes.key, method=settings)


def _dims(codes: Codes, n_components: int) -> tuple[int, ...]:
    """Which dimensions of the code; the default, those that vary the most, is asked for as ()."""
    variances = codes.z.var(axis=0)
    order = [int(dim) for dim in np.argsort(-variances, kind="stable")[:_N_DIMS_LISTED]]
    if len(order) < n_components:
        return ()
    chosen = []
    with st.container(horizontal=True):
        for i in range(n_components):
            dim = st.selectbox(
                _("{i}: dimension", i=_AXES[i]),
                order,
                index=i,
                key=f"map.dim{i}",
                bind="query-params",
                width=150,
                help=_("Sorted by variance, largest first.") if i == 0 else None,
            )
            chosen.append(int(order[i] if dim is None else dim))
    if len(set(chosen)) < n_components:
        st.caption(
            _(":orange[Choose different dimensions. Shown are those with the largest variance.]")
        )
        return ()
    return () if chosen == order[:n_components] else tuple(chosen)


def colouring(samples: SampleSet, codes: Codes, run_key: str) -> tuple[str, Colouring | None]:
    """One control in the bar; its name, and how points are coloured."""
    dims = [int(dim) for dim in np.argsort(-codes.z.var(axis=0), kind="stable")[:_N_DIMS_LISTED]]
    names = ["class"] if samples.label_names else []
    names += ["error", "part", *[_("dimension {dim}", dim=dim) for dim in dims]]
    words = {name: name.capitalize() for name in names}
    odd = anomaly_values(codes, run_key)
    words |= {} if odd is None else {ANOMALY: _("Anomaly score")}
    words |= {_("column {i}", i=i): escape(name) for i, name in enumerate(samples.columns)}
    if not samples.is_pictures:
        words |= {
            _("learnt {i}", i=i): escape(name) for i, name in enumerate(column_names(samples))
        }
    name = choice(
        _("Colour"),
        words,
        "map.colour",
        width=150,
        help=_(
            "Class, reconstruction error, part of the data, a column of a table, or one latent "
            "dimension (the {n_dims} with the largest variance).",
            n_dims=len(dims),
        )
        if len(dims) < codes.n_dims
        else _(
            "Class, reconstruction error, part of the data, a column of a table, or one latent "
            "dimension."
        ),
    )
    if name == ANOMALY and odd is not None:
        return _("anomaly score"), odd
    return name, colours_of(name, samples, codes)


def colours_of(name: str, samples: SampleSet, codes: Codes) -> Colouring:
    """Groups or values for a name of the control."""
    if name == "class" and samples.labels is not None:
        return Groups(samples.labels[codes.rows], samples.label_names, _("unlabelled"))
    if name == "error":
        return Values(codes.error, _("mean squared error (lower is better)"))
    if name.startswith("column ") and samples.columns:
        title, column = list(samples.columns.items())[int(name.split(" ")[1])]
        return _of_column(title, column.values[codes.rows], column.names)
    if name.startswith("learnt ") and not samples.is_pictures:
        title = column_names(samples)[int(name.split(" ")[1])]
        return _of_column(title, *column_values(samples, title, codes.rows))
    if name.startswith("dimension "):
        dim = int(name.split(" ")[1])
        return Values(codes.z[:, dim], _("dimension {dim}", dim=dim))
    return Groups(codes.part, tuple(_(PART_NAMES[part]) for part in PARTS))


def _of_column(title: str, values: np.ndarray, words: tuple[str, ...]) -> Colouring:
    return Groups(values.astype(np.int64), words) if words else Values(values, title)
