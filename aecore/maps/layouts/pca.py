"""Principal components: the directions in which the codes vary the most."""

from __future__ import annotations

import numpy as np

from aecore.artifact import Progress
from aecore.maps.layouts.codes import padded
from aecore.maps.layouts.layout import Distinct, LayingOut, Layout, Linear
from aecore.sentence import Sentence
from aecore.specs.maps import PcaSpec


def lay_out(distinct: Distinct, spec: PcaSpec) -> LayingOut:
    """Pearson 1901, Philosophical Magazine 2(11): 559-572; Hotelling 1933. By scikit-learn."""
    yield Progress("laying out", 0, 1)
    return project(distinct, spec.n_components)


def project(distinct: Distinct, n_components: int) -> Layout:
    """The first components, in the units of the codes; axes are named with their share.

    Where the codes have fewer dimensions, or fewer differ, the axes that are left are empty.
    """
    D = distinct.z.shape[1]
    mean = distinct.mean
    if len(distinct) == 1:
        linear = Linear(mean, np.eye(n_components, D))
        return Layout(linear.place(distinct.z), *padded((), n_components), linear)

    from sklearn.decomposition import PCA

    z = np.repeat(distinct.standard(), distinct.counts, axis=0)  # (n, D)
    pca = PCA(min(n_components, *z.shape), random_state=0).fit(z)
    shares = pca.explained_variance_ratio_
    n_filled = max(1, int((shares > 1e-9).sum()))
    components = np.zeros((n_components, D))
    components[:n_filled] = pca.components_[:n_filled]
    linear = Linear(mean, components)
    axes = tuple(
        Sentence(
            "component {number} ({percent:.1f} % of the variance)",
            number=number,
            percent=100 * share,
        )
        for number, share in enumerate(shares[:n_filled], 1)
    )
    return Layout(linear.place(distinct.z), *padded(axes, n_components), linear)
