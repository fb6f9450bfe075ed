"""All units of a layer at once: one picture each, the dead ones named, and what is shown."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.figures.colours import diverging
from aecore.figures.pictures import as_rgb
from pages.ui import units_seen
from pages.ui.gallery import gallery
from pages.ui.units_seen import Seen

N_SHOWN = 48
_N_NAMED = 12


def told(seen: Seen) -> None:
    """How many units there are, how many are active, and which are dead, in a sentence."""
    dead = np.flatnonzero(seen.units.is_dead)
    n, noun = seen.layer.n_units, seen.noun
    n_shown = f"{len(seen.rows):,} samples"
    if not len(dead):
        words = f"All {n:,} {noun}s answer" if n > 1 else f"The one {noun} answers"
        st.markdown(f":green[:material/check_circle:] {words} to some of {n_shown}: none is dead.")
        return
    named = ", ".join(map(str, dead[:_N_NAMED]))
    named += f" and {len(dead) - _N_NAMED} more" if len(dead) > _N_NAMED else ""
    state = "collapsed: it varies by no more than 0.01" if seen.units.kl is not None else "dead"
    if len(dead) > 1:
        state = state.replace("it varies", "they vary")
    verb = "is" if len(dead) == 1 else "are"
    st.markdown(
        f":orange[:material/warning:] **{len(dead):,} of {n:,} {noun}s {verb} {state}** over "
        f"{n_shown}: {named}."
    )


def weights_as_rgb(pictures: np.ndarray, top: float) -> np.ndarray:
    """Signed pictures `(n, C, H, W)` in the diverging map, uint8 `(n, H, W, 3)`.

    Channels of a colour picture are shown as their mean: a sign has no colour of its own.
    """
    return diverging(pictures.mean(axis=1) / top)


def tiles(seen: Seen, units: np.ndarray) -> np.ndarray:
    """One picture a unit: its weights, else the sample that drives it most; uint8 RGB."""
    if seen.pictures is not None:
        return weights_as_rgb(seen.pictures.pictures[units], seen.pictures.top)
    favourites = [seen.rows[seen.units.most(int(unit), 1)[0]] for unit in units]
    return as_rgb(np.asarray(seen.samples.x[favourites]))


def caption(seen: Seen, unit: int) -> str:
    """Number of a unit, and how active it is."""
    if seen.units.kl is not None:
        return f"{unit} · {seen.units.kl[unit]:.2g} nats"
    if seen.units.is_dead[unit]:
        return f"{unit} · dead"
    if seen.layer.is_code:
        return f"{unit} · σ {np.sqrt(seen.units.variance[unit]):.2g}"
    return f"{unit} · {100 * seen.units.active[unit]:.0f} %"


def gallery_of_units(seen: Seen) -> None:
    """A gallery of units, the most active first; a click opens one."""
    page = _page(seen)
    units = seen.order[page * N_SHOWN : (page + 1) * N_SHOWN]
    if not seen.samples.is_pictures:
        _table(seen, units)
        return
    chosen = np.flatnonzero(units == units_seen.unit_of(seen))
    rgb = tiles(seen, units)
    picked = gallery(
        rgb,
        [caption(seen, int(unit)) for unit in units],
        key="units.all",
        target_px=84 if len(units) > 12 else 112,
        clickable=True,
        picked=int(chosen[0]) if len(chosen) else None,
    )
    if picked is not None and int(units[picked]) != units_seen.unit_of(seen):
        units_seen.open_unit(int(units[picked]))
        st.rerun()


def _page(seen: Seen) -> int:
    n_pages = -(-seen.layer.n_units // N_SHOWN)
    if n_pages == 1:
        return 0
    page = st.slider(
        f"Of {seen.layer.n_units:,} {seen.noun}s, {N_SHOWN} at a time",
        1,
        n_pages,
        key=f"units.page.{seen.layer.name}",
        bind="query-params",
        format=f"%d of {n_pages}",
    )
    return min(n_pages, max(1, int(page))) - 1


def _table(seen: Seen, units: np.ndarray) -> None:
    """For samples that are rows of a table."""
    st.dataframe(
        [
            {
                seen.noun: int(unit),
                "active, share": float(seen.units.active[unit]),
                "variance": float(seen.units.variance[unit]),
                "dead": bool(seen.units.is_dead[unit]),
            }
            for unit in units
        ],
        hide_index=True,
        key="units.table",
    )


def words(seen: Seen) -> None:
    """What the pictures are, and what active means, below."""
    lines = []
    if not seen.samples.is_pictures:
        lines.append("These samples are rows of numbers: units have no pictures.")
    elif seen.pictures is None:
        lines.append(
            "Each is shown by the picture that drives it most: the weights of a deeper layer read "
            "other units, not pixels."
        )
    else:
        lines.append(
            f"{seen.pictures.what} Rust is positive, blue negative, grey is 0; full colour at "
            f"{seen.pictures.top:.2g}, the same for all."
        )
        if seen.samples.shape[0] == 3:
            lines.append("Shown is the mean over the three colours.")
    if seen.layer.has_places:
        lines.append(
            "A channel answers at every place of a picture: its answer is the largest of them."
        )
    if seen.units.kl is not None:
        lines.append(
            "KL says how many nats a dimension tells of a sample on average: one near 0 is not "
            "used. Active is a dimension whose mean varies by more than 0.01 over samples "
            "(Burda, Grosse & Salakhutdinov 2016, arXiv:1509.00519)."
        )
    elif seen.layer.activation in ("identity", "tanh"):
        lines.append(
            "Active: the answer is larger, of either sign, than a tenth of the largest in the "
            "layer. σ is the standard deviation of the answers."
        )
    else:
        lines.append(
            "Percent: the share of samples on which the unit is active, its weighted input above "
            "0. Dead: never active, or the same answer to every sample."
        )
    st.caption(" ".join(lines))
