"""All units of a layer at once: one picture each, the dead ones named, and what is shown."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.figures.colours import diverging
from aecore.figures.pictures import as_rgb
from aecore.sentence import listed
from pages.ui.gallery import gallery
from pages.ui.translation import _, ngettext
from pages.ui.units import context
from pages.ui.units.context import UnitsContext

N_SHOWN = 48
_N_NAMED = 12


def told(seen: UnitsContext) -> None:
    """How many units there are, how many are active, and which are dead, in a sentence."""
    dead = np.flatnonzero(seen.units.is_dead)
    n, noun, nouns = seen.layer.n_units, seen.noun, seen.nouns
    n_shown = _("{n_rows:,} samples", n_rows=len(seen.rows))
    if seen.units.perplexity is not None:
        _told_of_codebook(seen, dead)
        return
    if not len(dead):
        words = (
            _(
                "All {n:,} {nouns} are active on some of {n_shown}: none is dead.",
                n=n,
                nouns=nouns,
                n_shown=n_shown,
            )
            if n > 1
            else _("The one {noun} is active on some of {n_shown}.", noun=noun, n_shown=n_shown)
        )
        st.markdown(f":green[:material/check_circle:] {words}")
        return
    named = _named(dead)
    about = {"n_units": n, "nouns": nouns, "n_shown": n_shown, "named": named}
    if seen.units.kl is None:
        words = ngettext(
            "**{n:,} of {n_units:,} {nouns} is dead** on {n_shown}: {named}.",
            "**{n:,} of {n_units:,} {nouns} are dead** on {n_shown}: {named}.",
            len(dead),
            **about,
        )
    else:
        words = ngettext(
            "**{n:,} of {n_units:,} {nouns} is collapsed: it varies by no more than 0.01** on "
            "{n_shown}: {named}.",
            "**{n:,} of {n_units:,} {nouns} are collapsed: they vary by no more than 0.01** on "
            "{n_shown}: {named}.",
            len(dead),
            **about,
        )
    st.markdown(f":orange[:material/warning:] {words}")


def _named(dead: np.ndarray) -> str:
    return _(listed([str(number) for number in dead], _N_NAMED))


def _told_of_codebook(seen: UnitsContext, dead: np.ndarray) -> None:
    """How evenly entries are used, and which nothing chose."""
    n, even = seen.layer.n_units, seen.units.perplexity or 0.0
    is_good = even >= 0.5 * n
    mark = ":green[:material/check_circle:]" if is_good else ":orange[:material/warning:]"
    unused = (
        _("Never used: {n_dead:,} ({named}).", n_dead=len(dead), named=_named(dead))
        if len(dead)
        else ""
    )
    st.markdown(
        _(
            "{mark} **Perplexity {even:.1f} of {n} ↑**: the effective number of entries in use, on "
            "{n_rows:,} samples. {unused}",
            mark=mark,
            even=even,
            n=n,
            n_rows=len(seen.rows),
            unused=unused,
        )
    )


def rgb_of(seen: UnitsContext, units: np.ndarray | list[int]) -> np.ndarray:
    """The pictures of some units, uint8 `(n, H, W, 3)`; for layers that have pictures."""
    if seen.pictures is None:
        raise TypeError("this layer has no pictures")
    chosen = seen.pictures.pictures[units]
    if not seen.pictures.is_signed:
        return as_rgb(np.rint(255 * chosen).astype(np.uint8))
    return weights_as_rgb(chosen, seen.pictures.top)


def weights_as_rgb(pictures: np.ndarray, top: float) -> np.ndarray:
    """Signed pictures `(n, C, H, W)` in the diverging map, uint8 `(n, H, W, 3)`.

    Channels of a colour picture are shown as their mean: a sign has no colour of its own.
    """
    return diverging(pictures.mean(axis=1) / top)


def tiles(seen: UnitsContext, units: np.ndarray) -> np.ndarray:
    """One picture a unit: its weights, else the sample that drives it most.

    Parameters
    ----------
    units
        int `(n,)`, which units.

    Returns
    -------
    numpy.ndarray
        uint8 `(n, H, W, 3)`.
    """
    if seen.pictures is not None:
        return rgb_of(seen, units)
    favourites = [seen.rows[seen.units.most(int(unit), 1)[0]] for unit in units]
    return as_rgb(np.asarray(seen.samples.x[favourites]))


def caption(seen: UnitsContext, unit: int) -> str:
    """Number of a unit, and how active it is."""
    if seen.units.kl is not None:
        return _("{unit} · {kl:.2g} nats", unit=unit, kl=seen.units.kl[unit])
    if seen.units.is_dead[unit]:
        return f"{unit} · {'unused' if seen.layer.is_codebook else 'dead'}"
    if seen.layer.is_codebook:
        return f"{unit} · {100 * seen.units.answers[:, unit].mean():.2g} %"
    if seen.layer.is_code:
        return f"{unit} · σ {np.sqrt(seen.units.variance[unit]):.2g}"
    return f"{unit} · {100 * seen.units.active[unit]:.0f} %"


def gallery_of_units(seen: UnitsContext) -> None:
    """A gallery of units, the most active first; a click opens one."""
    page = _page(seen)
    units = seen.order[page * N_SHOWN : (page + 1) * N_SHOWN]
    if not seen.samples.is_pictures:
        _table(seen, units)
        return
    chosen = np.flatnonzero(units == context.unit_of(seen))
    rgb = tiles(seen, units)
    picked = gallery(
        rgb,
        [caption(seen, int(unit)) for unit in units],
        key="units.all",
        target_px=84 if len(units) > 12 else 112,
        clickable=True,
        picked=int(chosen[0]) if len(chosen) else None,
    )
    if picked is not None and int(units[picked]) != context.unit_of(seen):
        context.open_unit(int(units[picked]))
        st.rerun()


def _page(seen: UnitsContext) -> int:
    n_pages = -(-seen.layer.n_units // N_SHOWN)
    if n_pages == 1:
        return 0
    page = st.slider(
        _(
            "Of {n_units:,} {nouns}, {n_shown} at a time",
            n_units=seen.layer.n_units,
            nouns=seen.nouns,
            n_shown=N_SHOWN,
        ),
        1,
        n_pages,
        key=f"units.page.{seen.layer.name}",
        bind="query-params",
        format=_("%d of {n_pages}", n_pages=n_pages),
    )
    return min(n_pages, max(1, int(page))) - 1


def _table(seen: UnitsContext, units: np.ndarray) -> None:
    """For samples that are rows of a table: numbers, and a click opens a unit."""
    event = st.dataframe(
        [
            {
                seen.noun: int(unit),
                _("active, share"): float(seen.units.active[unit]),
                "variance": float(seen.units.variance[unit]),
                "dead": bool(seen.units.is_dead[unit]),
            }
            for unit in units
        ],
        hide_index=True,
        key="units.table",
        height=min(420, 38 + 35 * len(units)),
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            _("active, share"): st.column_config.NumberColumn(format="%.2f"),
            "variance": st.column_config.NumberColumn(format="%.3g"),
        },
    )
    picked = event.selection.rows[0] if event.selection.rows else None
    before = st.session_state.get("units.picked")
    st.session_state["units.picked"] = picked
    if picked is not None and picked != before and int(units[picked]) != context.unit_of(seen):
        context.open_unit(int(units[picked]))
        st.rerun()


def words(seen: UnitsContext) -> None:
    """What the pictures are, and what active means, below."""
    lines = []
    if not seen.samples.is_pictures:
        lines.append(
            _(
                "Correlation is Pearson's, over the samples that the units got: at 1 or -1 the "
                "activation follows the column exactly; near 0, it does not."
            )
        )
    elif seen.pictures is None:
        lines.append(
            _(
                "Each is represented by the picture with the highest activation: the weights of a "
                "deeper layer act on other units, not on pixels."
            )
        )
    elif not seen.pictures.is_signed:
        lines.append(_(seen.pictures.what))
    else:
        lines.append(
            _(
                "{what} Rust is positive, blue negative, grey 0; the scale, up to "
                "{top:.2g}, is the same for all.",
                what=_(seen.pictures.what),
                top=seen.pictures.top,
            )
        )
        if seen.samples.shape[0] == 3:
            lines.append(_("Shown is the mean over the three colour channels."))
    if seen.layer.has_places:
        lines.append(
            _("A channel has an activation at every position of a picture: the largest one counts.")
        )
    if seen.layer.is_codebook:
        lines.append(
            _(
                "Percent: the share of all positions that use the entry. Perplexity is exp(H) of "
                "these shares, from 1 to the size of the codebook; far below that, the codebook "
                "has collapsed (van den Oord, Vinyals & Kavukcuoglu 2017, arXiv:1711.00937)."
            )
        )
    elif seen.units.kl is not None:
        lines.append(
            _(
                "KL is the information that a dimension carries on average, in nats: near 0, it is "
                "not used. A dimension is active if the variance of its mean over samples is above "
                "0.01 (Burda, Grosse & Salakhutdinov 2016, arXiv:1509.00519)."
            )
        )
    elif seen.layer.activation in ("identity", "tanh"):
        lines.append(
            _(
                "Active: the absolute activation is above a tenth of the largest in the layer. σ "
                "is the standard deviation of the activation."
            )
        )
    else:
        lines.append(
            _(
                "Percent: the share of samples on which the unit is active (its weighted input is "
                "above 0). Dead: never active, or the same activation for every sample."
            )
        )
    st.caption(" ".join(lines))
