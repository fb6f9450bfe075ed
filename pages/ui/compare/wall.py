"""The same pictures through every run: one row each, PCA among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.data.samples import SampleSet
from aecore.figures.pictures import absolute_error, as_rgb, error_map
from aecore.metrics.pictures import mse
from aecore.runs import OpenRun
from aecore.studies.evaluation import PCABaseline
from pages.ui.compare.runs import Chosen
from pages.ui.gallery import comparison
from pages.ui.pager import pager
from pages.ui.samples import captions
from pages.ui.translation import _, mark

_PAGE_PX, _GAP_PX = 1016, 10
"""What pictures have of a page 1280 wide, beside the names of the rows."""


@dataclass(frozen=True)
class CompareContext:
    """Runs, opened, and the pictures they are compared on.

    Parameters
    ----------
    rows
        `(n,)`, which samples of the set.
    """

    chosen: Sequence[Chosen]
    runs: Sequence[OpenRun]
    samples: SampleSet
    rows: np.ndarray

    @property
    def components(self) -> list[int]:
        """Numbers of components that PCA is shown with: those of the runs, each once."""
        return list(dict.fromkeys(n_components(run, self.samples) for run in self.runs))

    def pca(self, n: int) -> PCABaseline:
        """PCA with so many components, fitted once."""
        return _pca(self.runs[0].spec.data, n, self.samples)


def n_components(run: OpenRun, samples: SampleSet) -> int:
    """Of the PCA beside a run: as many as its code has numbers, at most what there are."""
    n_train = min(len(samples.parts["train"]), 10_000)
    return min(run.n_numbers, int(np.prod(samples.shape)), n_train)


@st.cache_resource(max_entries=8, show_spinner=mark("Fitting PCA…"))
def _pca(data_key: str, n: int, _samples: SampleSet) -> PCABaseline:
    return PCABaseline(_samples, n)


@st.fragment
def wall(seen: CompareContext) -> None:
    """Original, every run, and PCA; a slider through all pictures, error maps on demand."""
    n_rows = 1 + len(seen.runs) + len(seen.components)
    target_px = 128 if n_rows <= 5 else 96
    n_columns = _n_columns(seen.samples.shape[-1], target_px)
    page, with_errors = _pager(-(-len(seen.rows) // n_columns))
    mixed = np.random.default_rng(0).permutation(len(seen.rows))  # sets are often sorted by class
    shown = mixed[(page - 1) * n_columns : page * n_columns]
    x = np.asarray(seen.samples.x[seen.rows[shown]])
    made = {
        item.label: run.reconstruct(x) for item, run in zip(seen.chosen, seen.runs, strict=True)
    }
    made |= {_("PCA, {n:,} components", n=n): seen.pca(n).reconstruct(x) for n in seen.components}
    errors = {name: mse(x, x_hat) for name, x_hat in made.items()}
    top = None
    if with_errors:
        spread = np.quantile([absolute_error(x, x_hat) for x_hat in made.values()], 0.99)
        top = float(np.clip(np.ceil(10 * spread) / 10, 0.1, 1.0))
    rows = {_("Original"): as_rgb(x)}
    for name, x_hat in made.items():
        rows[name] = as_rgb(x_hat) if top is None else error_map(x, x_hat, top=top)
    nearest = [min(errors, key=lambda name: errors[name][i]) for i in range(len(shown))]
    names = captions(seen.samples, seen.rows[shown])
    comparison(
        rows,
        [
            _("{name} · best {best}", name=name, best=best.partition(" · ")[0].partition(",")[0])
            for name, best in zip(names, nearest, strict=True)
        ],
        key="compare.wall",
        target_px=target_px,
        error_top=top,
    )


def _n_columns(width_px: int, target_px: int) -> int:
    """So many pictures, enlarged by a whole factor, fill the page."""
    shown_px = width_px * max(1, target_px // width_px)
    return int(np.clip(_PAGE_PX // (shown_px + _GAP_PX), 3, 10))


def _pager(n_pages: int) -> tuple[int, bool]:
    """The page, from 1; and whether errors are shown."""
    with st.container(horizontal=True, vertical_alignment="center", key="compare.pager"):
        page = pager("compare", n_pages)
        with_errors = st.toggle(
            _("Error maps"),
            key="compare.errors",
            bind="query-params",
            help=_("Where each differs from the original; dark is right. One scale for all."),
        )
    return page, bool(with_errors)
