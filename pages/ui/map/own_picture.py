"""A person's own picture on a map: where it lies, and which pictures are nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from aecore.data.samples import SampleSet
from pages.ui import errors, own_picture
from pages.ui.gallery import gallery
from pages.ui.samples import captions
from pages.ui.translation import _

if TYPE_CHECKING:
    from aecore.maps.latent_map import LatentMap
    from aecore.runs import OpenRun

N_NEAREST = 12


@dataclass(frozen=True)
class Own:
    """A picture, uint8 `(C, H, W)`, and its position `(1, 2)` or `(1, 3)` on the map."""

    x: np.ndarray
    at: np.ndarray


def placed(run: OpenRun, samples: SampleSet, found: LatentMap) -> Own | None:
    """Ask for a picture and set it on the map; None without one."""
    from aecore.latent.groups import nearest
    from aecore.maps.latent_map import place

    st.subheader(_("Your own picture on this map"), anchor=False)
    left, right = st.columns([4, 8], gap="large")
    with left, errors.shown():
        x = own_picture.ask("map", samples.shape, framing=samples.framing)
    with right, errors.shown():
        if x is None:
            st.caption(
                _(
                    "It is encoded by this model and shown on the map as a star; the map stays as "
                    "it is. The pictures with the nearest codes are shown beside it."
                )
            )
            return None
        z = run.encode(x[None])
        near = nearest(found.codes.z, z[0], N_NEAREST)
        apart = np.linalg.norm(found.codes.z[near] - z[0], axis=1)
        rows = found.codes.rows[near]
        st.markdown(
            _("The star on the map. **Nearest pictures**, with the distance between the codes:")
        )
        gallery(
            np.asarray(samples.x[rows]),
            [
                f"{name} · {far:.2g}"
                for name, far in zip(captions(samples, rows), apart, strict=True)
            ],
            key="map.nearest",
            target_px=84,
        )
        return Own(x, place(found, z))
    return None
