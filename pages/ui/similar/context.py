"""What the Similar page looks at: a run, how samples are compared, and the search."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from aecore.data.samples import SampleSet
from aecore.latent.search import Measure
from aecore.runs import OpenRun
from aecore.studies.similar.search import SimilarSamples, Space
from aecore.studies.similar.study import SimilarResult, load_similar, similar_spec
from aecore.units.units import layers_of
from pages.ui import backend, job_requests
from pages.ui.translation import _, mark
from pages.ui.url_state import choice

MEASURES: dict[Measure, str] = {
    "euclid": mark("Euclidean distance"),
    "cosine": mark("Cosine"),
    "mahalanobis": mark("Mahalanobis distance"),
}


@dataclass(frozen=True)
class SimilarContext:
    """What the page looks at."""

    samples: SampleSet
    found: SimilarResult
    layer: str

    @property
    def search(self) -> SimilarSamples:
        """What finds the nearest."""
        return self.found.search

    @property
    def noun(self) -> str:
        """What to call several samples."""
        return _("pictures") if self.samples.is_pictures else _("rows")

    @property
    def titles(self) -> dict[Space, str]:
        """What to call each search."""
        of_code = _("Code") if self.found.spec.layer == "code" else self.layer.split(" · ")[0]
        n_numbers = self.search.vectors("pca").shape[1]
        return {
            "code": of_code,
            "pca": _("PCA, {n_numbers} components", n_numbers=n_numbers),
            "pixels": self.pixels,
        }

    @property
    def pixels(self) -> str:
        """What the values of a sample are called."""
        return _("Pixels") if self.samples.is_pictures else _("Values")


def ask(run: OpenRun) -> tuple[str, str, Measure]:
    """Layer (its name and label) and distance, in the open container."""
    layers = {layer.name: layer.label for layer in layers_of(run)}
    names = ["code", *[name for name in layers if name != "code"]]
    layer = choice(
        _("Compare by"),
        {name: layers[name] for name in names},
        "similar.layer",
        width=330,
        help=_(
            "The code, or a hidden layer of the encoder (of a convolution the mean of each "
            "channel)."
        ),
    )
    measure = choice(
        _("Distance"),
        MEASURES,
        "similar.measure",
        width=210,
        help=_(
            "Cosine: the angle between two codes, whatever their lengths. Mahalanobis: every "
            "direction of the code counts alike, however much it varies. Pixels are compared by "
            "Euclidean distance or cosine."
        ),
    )
    return layer, layers[layer], measure


def prepared(
    run: OpenRun, samples: SampleSet, settings: tuple[str, str, Measure]
) -> SimilarContext:
    """The search; a job prepares it, and the page stops here until it is done."""
    layer, label, measure = settings
    spec = similar_spec(run, layer=layer, measure=measure)
    job_requests.replace_request("similar.asked", spec.key)
    artifact = job_requests.require_done(spec, _("Preparing the search, and judging it"))
    found = _loaded(str(artifact.path), artifact.key, run, samples)
    return SimilarContext(samples, found, label)


@st.cache_resource(max_entries=6, show_spinner=mark("Opening the search…"))
def _loaded(path: str, key: str, _run: OpenRun, _samples: SampleSet) -> SimilarResult:
    """`path` tells stores apart."""
    found = load_similar(backend.store().artifact(key), _run, _samples)
    found.search.codes()
    return found
