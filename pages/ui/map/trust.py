"""How far each place of a map can be believed: asked for by itself, told as soon as it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from aecore.data.samples import SampleSet
from aecore.specs import TrustSpec
from pages.ui import backend, job_requests
from pages.ui.score import Score, metric

if TYPE_CHECKING:
    from aecore.latent.clumping import Clumping
    from aecore.latent.codes import Codes
    from aecore.maps.latent_map import LatentMap
    from aecore.maps.trust import Trust


def trust_of(samples: SampleSet, found: LatentMap) -> Trust | None:
    """What is known of a flat map of pictures; None until it is, or where nothing can be."""
    from aecore.maps.trust import load_trust

    if not samples.is_pictures or found.positions.shape[1] != 2 or found.trustworthiness is None:
        return None
    spec = TrustSpec(map=found.key)
    before = st.session_state.get("map.trusted")
    if before and before != spec.key:
        job_requests.give_up(before)
    st.session_state["map.trusted"] = spec.key
    if not job_requests.all_finished(
        [(spec, "Decoding places to see how far to believe this map")]
    ):
        return None
    return load_trust(backend.store(), spec.key)


def verdict(found: LatentMap) -> None:
    """Says so where the codes are a shapeless cloud, and what was measured where they are not."""
    from aecore.latent.clumping import N_LEAST, THRESHOLD

    if len(found) < N_LEAST or found.trustworthiness is None:
        return
    seen = _clumping(found.codes.key, found.codes)
    measured = (
        f"A code's nearest neighbour is {seen.ratio:.2f} times as far as in a shapeless cloud of "
        f"the same directions and spread; above {THRESHOLD:g} there is nothing but a cloud."
    )
    if seen.is_cloud:
        st.warning(
            "**The clusters that this map may show are not there.** These codes are one "
            f"shapeless cloud, as those of pure noise are. {measured}",
            icon=":material/blur_on:",
        )
    else:
        st.caption(f"Is there anything but noise? {measured}")


@st.cache_resource(max_entries=16, show_spinner=False)
def _clumping(codes_key: str, _codes: Codes) -> Clumping:
    from aecore.latent.clumping import clumping

    return clumping(_codes.z)


def panel(trust: Trust | None, positions: np.ndarray) -> None:
    """What decoding a place of this map gets wrong, beside what it could.

    Parameters
    ----------
    positions
        `(n, 2)`, where the points of the map lie.
    """
    if trust is None:
        return
    st.markdown("**How far can a place be believed?**")
    columns = st.columns(4)
    told = (
        (
            Score("Error of a place", float(trust.doubt.mean()), "", "low"),
            "Mean squared error of pictures decoded from where they lie on the map, as the other "
            "points tell it. Values are from 0 to 1.",
        ),
        (
            Score("Error of the model", trust.floor, "", "low"),
            "Mean squared error of the model's own reconstructions: no map of its codes does "
            "better.",
        ),
        (
            Score("Round trip", float(np.median(trust.trip.at(positions))), "steps", "low"),
            "How far from a point's place the picture that is decoded there comes back to the map "
            "when it is encoded again, in the middle of all points. A step is the distance to a "
            "point's tenth neighbour on the map.",
        ),
        (
            Score("Neighbours kept", float(trust.kept.mean()), "", "high"),
            "Share of the ten nearest codes of a point that are among its ten nearest on the map. "
            "From 0 to 1.",
        ),
    )
    for column, (score, words) in zip(columns, told, strict=True):
        with column:
            metric(score, help=words)
    st.caption(
        "Each point was decoded from its place alone. Trust is 1 where that is as good as the "
        "model's own reconstruction, and 0 where the mean of all pictures would do as well; it "
        "falls where there are no points. “Trust” above the map paints it. “Round trip” paints "
        "where a picture does not come back: decoded, encoded and set on the map again, it lies "
        "elsewhere."
    )
