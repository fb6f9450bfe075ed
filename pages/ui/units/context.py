"""The units of a layer as a page sees them: answers to samples, pictures, the one looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from aecore.data.samples import PartName, SampleSet
from pages.ui import backend, url_state
from pages.ui.translation import _

if TYPE_CHECKING:
    from aecore.runs import OpenRun
    from aecore.units.pictures import UnitPictures
    from aecore.units.units import UnitLayer, UnitsResult

N_SAMPLES = 1000


@dataclass(frozen=True)
class UnitsContext:
    """What the page looks at.

    Parameters
    ----------
    rows
        int64 `(n,)`, rows of the sample set that were shown to the units.
    units
        How each unit answers to them.
    pictures
        One signed picture a unit (weights, or what a number of the code does); None where
        there are none.
    order
        int64 `(n_units,)`, units by how often they are active, the most active first, the dead
        last; dimensions of a code by KL (gaussian) or variance; entries by how often they are
        chosen.
    """

    run: OpenRun
    samples: SampleSet
    layer: UnitLayer
    rows: np.ndarray
    units: UnitsResult
    pictures: UnitPictures | None
    order: np.ndarray

    @property
    def noun(self) -> str:
        """What to call one unit of this layer."""
        if self.layer.is_codebook:
            return _("entry")
        if self.layer.is_code:
            return _("dimension")
        return _("channel") if self.layer.has_places else _("unit")

    @property
    def nouns(self) -> str:
        """The same of several."""
        if self.layer.is_codebook:
            return _("entries")
        if self.layer.is_code:
            return _("dimensions")
        return _("channels") if self.layer.has_places else _("units")


def pick_layer(run: OpenRun) -> UnitLayer:
    """The control of the layer; the code is open first."""
    from aecore.units.units import layers_of

    layers = {layer.name: layer for layer in layers_of(run)}
    names = ["code", *[name for name in layers if name != "code"]]
    name = url_state.choice(
        _("Layer"),
        {name: layers[name].label for name in names},
        "units.layer",
        on_change=lambda: url_state.write("units.unit", ""),  # its units are others
        width=330,
    )
    return layers[name]


def seen_units(run: OpenRun, samples: SampleSet, layer: UnitLayer, part: PartName) -> UnitsContext:
    """The units of a layer, shown at most `N_SAMPLES` of a part, evenly drawn."""
    rows = samples.parts[part]
    if len(rows) > N_SAMPLES:
        rows = rows[np.linspace(0, len(rows) - 1, N_SAMPLES).astype(int)]
    at = str(backend.store().artifact(run.key).path)
    what = f"{at} {run.epochs} {layer.name} {part}"
    units, pictures = _looked_at(what, run, samples, layer, rows)
    by = units.kl
    if by is None:
        by = units.variance if layer.is_code else units.active
    if layer.is_codebook:
        by = units.answers.mean(axis=0)
    order = np.lexsort((-units.variance, -by, units.is_dead))
    return UnitsContext(run, samples, layer, rows, units, pictures, order)


@st.cache_resource(max_entries=8, show_spinner=False)
def _looked_at(
    what: str, _run: OpenRun, _samples: SampleSet, _layer: UnitLayer, _rows: np.ndarray
) -> tuple[UnitsResult, UnitPictures | None]:
    """`what` names all that the answers depend on."""
    from aecore.units.pictures import decoded_differences, entry_pictures, weight_pictures
    from aecore.units.units import look_at_units

    x = np.asarray(_samples.x[_rows])
    units = look_at_units(_run, x, _layer)
    if _layer.is_codebook:
        return units, entry_pictures(_run, x)
    pictures = weight_pictures(_run, _layer)
    if pictures is None and _layer.is_code:
        pictures = decoded_differences(_run, units.answers)
    return units, pictures


def unit_of(seen: UnitsContext) -> int:
    """The unit of the address, `?units.unit=`, else the most active one."""
    asked = url_state.number("units.unit")
    return asked if asked is not None and asked < seen.layer.n_units else int(seen.order[0])


def open_unit(unit: int) -> None:
    """Look at this unit from now on."""
    url_state.write("units.unit", str(unit))
