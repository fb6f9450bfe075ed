"""Do codes fall into the classes by themselves? Groups of k-means, seen, and their agreement."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.metrics.clusters import Clusters
from pages.ui import errors
from pages.ui.features.context import FeaturesContext
from pages.ui.gallery import comparison
from pages.ui.markdown import escape
from pages.ui.translation import _, mark
from pages.ui.url_state import choice

N_SHOWN = 12
N_NEAREST = 3
_ROW_NAMES = (mark("Nearest"), mark("Second"), mark("Third"))


@st.fragment
def clusters_card(seen: FeaturesContext) -> None:
    """One column a group: the mean of its pictures, and those nearest to its centre."""
    with st.container(border=True, key="features.clusters"), errors.shown():
        if not seen.found.clusters:
            st.caption(_("Too few samples for one cluster per class."))
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                _("**Clusters, without labels** &nbsp; {told}", told=told(seen)), width="stretch"
            )
            source = choice(
                _("Clusters of"),
                {name: words.partition(",")[0] for name, words in seen.names.items()},
                "features.source",
                default="run",
                widget=st.segmented_control,
                label_visibility="collapsed",
            )
        groups = seen.found.clusters[source]
        shown = order(seen, groups)
        if seen.samples.is_pictures:
            comparison(
                pictures(seen, groups, shown),
                [caption(seen, groups, cluster) for cluster in shown],
                key="features.groups",
                target_px=84,
            )
        else:
            st.markdown(" &nbsp;·&nbsp; ".join(escape(caption(seen, groups, c)) for c in shown))
        st.caption(words(seen, groups, shown))


def told(seen: FeaturesContext) -> str:
    """NMI and ARI of codes, PCA and pixels."""
    found = []
    best = max(seen.found.agreement.values(), key=lambda agreed: agreed.nmi)
    for name, agreed in seen.found.agreement.items():
        nmi = f"**{agreed.nmi:.2f}**" if agreed == best else f"{agreed.nmi:.2f}"
        found.append(f"{escape(seen.names[name])}: NMI {nmi}, ARI {agreed.ari:.2f}")
    return f":gray[{' &nbsp;·&nbsp; '.join(found)} ↑]"


def order(seen: FeaturesContext, groups: Clusters) -> list[int]:
    """The largest groups, in the order of the class that most of their samples have."""
    sizes = np.bincount(groups.assigned, minlength=groups.n_clusters)
    largest = np.argsort(-sizes, kind="stable")[:N_SHOWN]
    return sorted(map(int, largest), key=lambda cluster: (majority(seen, groups, cluster), cluster))


def majority(seen: FeaturesContext, groups: Clusters, cluster: int) -> tuple[int, float]:
    """The most frequent class of a group, and less its share (the purest group first)."""
    labels = seen.samples.labels
    if labels is None:
        raise TypeError("clusters are compared with labels")
    inside = labels[seen.found.rows[groups.assigned == cluster]]
    names, counts = np.unique(inside, return_counts=True)
    return int(names[counts.argmax()]), -float(counts.max() / counts.sum())


def caption(seen: FeaturesContext, groups: Clusters, cluster: int) -> str:
    """Which class most of a group have, and how many: "7 · 83 %"."""
    label, share = majority(seen, groups, cluster)
    return f"{seen.class_names[label]} · {-100 * share:.0f} %"


def pictures(seen: FeaturesContext, groups: Clusters, shown: list[int]) -> dict[str, np.ndarray]:
    """Rows of pictures, a column a group; black where a group has no more samples."""
    rows = seen.found.rows
    blank = np.zeros(seen.samples.shape, np.uint8)
    found = {_("Mean"): [_mean(seen, rows[groups.assigned == cluster]) for cluster in shown]}
    nearest = [rows[groups.nearest(cluster, N_NEAREST)] for cluster in shown]
    for i, name in enumerate(_ROW_NAMES):
        found[name] = [
            np.asarray(seen.samples.x[some[i]]) if i < len(some) else blank for some in nearest
        ]
    return {name: np.stack(column) for name, column in found.items()}


def _mean(seen: FeaturesContext, rows: np.ndarray) -> np.ndarray:
    mean = np.asarray(seen.samples.x[rows]).mean(0, dtype=np.float64)
    rounded: np.ndarray = np.rint(mean).astype(np.uint8)
    return rounded


def words(seen: FeaturesContext, groups: Clusters, shown: list[int]) -> str:
    """What is shown, and what the scores mean."""
    n = groups.n_clusters
    some = _("the {n_shown} largest of {n}", n_shown=len(shown), n=n) if len(shown) < n else str(n)
    what = (
        _("the mean picture of each, and the pictures nearest to its centre")
        if seen.samples.is_pictures
        else _("for each the most frequent class")
    )
    return _(
        "K-means with as many clusters as classes, {some}: {what}. Percent: "
        "the share of a cluster's samples that have its most frequent class. NMI (normalized "
        "mutual information) and ARI (adjusted Rand index): 0 for chance, 1 if the clusters are "
        "the classes.",
        some=some,
        what=what,
    )
