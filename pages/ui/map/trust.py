"""How far each place of a map can be believed: asked for by itself, told as soon as it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from aecore.data.samples import SampleSet
from aecore.specs.studies import TrustSpec
from pages.ui import backend, job_requests
from pages.ui.score import Score, metric
from pages.ui.translation import _

if TYPE_CHECKING:
    from aecore.latent.clumping import ClusterTendency
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
    if not job_requests.request_all([(spec, _("Measuring the reliability of this map"))]):
        return None
    return load_trust(backend.store(), spec.key)


def verdict(found: LatentMap) -> None:
    """Says so where the codes are a shapeless cloud, and what was measured where they are not."""
    from aecore.latent.clumping import N_LEAST, THRESHOLD

    if len(found) < N_LEAST or found.trustworthiness is None:
        return
    seen = _clumping(found.codes.key, found.codes)
    measured = _(
        "Cluster tendency: {ratio:.2f} (median distance to the nearest code, relative to a "
        "Gaussian of the same principal directions and spread; above {threshold:g} there are no "
        "clusters).",
        ratio=seen.ratio,
        threshold=THRESHOLD,
    )
    if seen.is_cloud:
        st.warning(
            _(
                "**Any clusters on this map are artefacts.** The codes form one cloud without "
                "clusters, as pure noise does. {measured}",
                measured=measured,
            ),
            icon=":material/blur_on:",
        )
    else:
        st.caption(measured)


@st.cache_resource(max_entries=16, show_spinner=False)
def _clumping(codes_key: str, _codes: Codes) -> ClusterTendency:
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
    st.markdown(_("**How reliable is each position?**"))
    columns = st.columns(4)
    told = (
        (
            Score(_("Decoding error on the map"), float(trust.decoding_error.mean()), "", "low"),
            _(
                "Mean squared error of pictures decoded from their position on the map alone, "
                "using the other points. Pixel values are from 0 to 1."
            ),
        ),
        (
            Score(_("Reconstruction error"), trust.floor, "", "low"),
            _(
                "Mean squared error of the model's own reconstructions: the best that a map of its "
                "codes can reach."
            ),
        ),
        (
            Score(
                _("Round-trip distance"),
                float(np.median(trust.trip.at(positions))),
                _("steps"),
                "low",
            ),
            _(
                "The picture decoded at a point's position is encoded again: how far from that "
                "position it is placed on the map. Median over all points. A step is the distance "
                "to a point's tenth neighbour on the map."
            ),
        ),
        (
            Score(_("Neighbours preserved"), float(trust.kept.mean()), "", "high"),
            _(
                "Share of the ten nearest codes of a point that are among its ten nearest on the "
                "map. From 0 to 1."
            ),
        ),
    )
    for column, (score, words) in zip(columns, told, strict=True):
        with column:
            metric(score, help=words)
    st.caption(
        _(
            "Each point was decoded from its position alone. Trust is 1 where that is as good as "
            "the model's own reconstruction, and 0 where it is no better than the mean picture; it "
            "is low where there are no points. The button “Trust” above the map shows it. “Round "
            "trip” shows where a picture, decoded and encoded again, returns to a different "
            "position."
        )
    )
