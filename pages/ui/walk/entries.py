"""A quantized code one place at a time: which entry stands there, and what others would do."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from aecore.figures.exports import grid_png
from aecore.specs.codes import QuantizedCodeSpec
from aecore.units.units import entries_of
from pages.ui import backend, errors
from pages.ui.gallery import comparison
from pages.ui.translation import _
from pages.ui.walk.context import WalkContext, choose, downloads, thumbnails

N_PLACES = 6
N_ENTRIES = 10
_N_SAMPLES = 500


@st.fragment
def panel(scene: WalkContext) -> None:
    """A row a place of the grid, a column an entry: the picture with that entry set there."""
    with errors.shown():
        st.info(
            _(
                "A single dimension of this code has no meaning of its own: each position of the "
                "grid selects an entry of the codebook. So here single **positions** are changed "
                "from their own entry to others."
            ),
            icon=":material/grid_view:",
        )
        left, right = st.columns([2, 9], gap="medium")
        with left:
            base = choose(scene, "p", 0, _("Picture"), target_px=140)
        used = _used(str(backend.store().root), scene.run.key, scene.run.epochs, scene)
        _unused, H, W = scene.grid
        places = varied(used, N_PLACES)
        common = np.bincount(
            used.ravel(), minlength=scene.run.spec.code_as(QuantizedCodeSpec).codebook_size
        )
        entries = np.argsort(-common, kind="stable")[:N_ENTRIES]
        rows = {
            _("Row {row}, column {column}", row=place // W + 1, column=place % W + 1): scene.decode(
                with_entries(scene, base.z, int(place), entries)
            )
            for place in places
        }
        with right:
            names = ["itself", *(_("entry {entry}", entry=entry) for entry in entries)]
            shown = {row: thumbnails(pictures, 70) for row, pictures in rows.items()}
            comparison(shown, names, key="walk.entries", target_px=70)
        with left:
            sheet = np.concatenate(list(rows.values()))
            downloads("entries", partial(grid_png, sheet, len(names)), key="sweep")
        st.caption(
            _(
                "Shown are the {n_places} of {h} positions whose entry varies most between "
                "pictures, and the {n_entries} most used entries. An entry determines a small "
                "part of the picture and affects what is around it; the page Units shows what each "
                "stands for.",
                n_places=len(places),
                h=H * W,
                n_entries=len(entries),
            )
        )


def varied(entries: np.ndarray, n: int) -> np.ndarray:
    """Places of the grid by the entropy of what stands there over samples, the most varied first.

    Parameters
    ----------
    entries
        `(n_samples, H, W)`.
    """
    flat = entries.reshape(len(entries), -1)  # (n_samples, n_places)
    entropy = []
    for place in flat.T:
        share = np.unique(place, return_counts=True)[1] / len(place)
        entropy.append(-(share * np.log(share)).sum())
    return np.argsort(-np.array(entropy), kind="stable")[:n]


def with_entries(scene: WalkContext, z: np.ndarray, place: int, entries: np.ndarray) -> np.ndarray:
    """A code `(D,)` as it is, then with one place set to each entry; `(1 + n_entries, D)`."""
    C, H, W = scene.grid
    codebook = scene.run.model.code.get_buffer("weights").numpy()  # (n_entries, C)
    found = np.repeat(z.reshape(1, C, H * W), 1 + len(entries), axis=0)
    found[1:, :, place] = codebook[entries]
    return found.reshape(len(found), -1)


@st.cache_data(max_entries=8, show_spinner=False)
def _used(store: str, key: str, epochs: int, _scene: WalkContext) -> np.ndarray:
    rows = np.random.default_rng(0).permutation(_scene.rows)[:_N_SAMPLES]
    return entries_of(_scene.run, np.asarray(_scene.samples.x[rows]))
