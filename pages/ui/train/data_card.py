"""The data that the next training learns from: what it is, before a network is laid out for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from aecore.artifact import Artifact
from aecore.data.facts import facts_of
from aecore.data.sources import SOURCES
from aecore.errors import ArtifactMissingError
from aecore.recipe_rules import SetFacts
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from pages.ui import session
from pages.ui.backend import store
from pages.ui.markdown import escape
from pages.ui.translation import _, ngettext


@dataclass(frozen=True)
class Data:
    """What the form and the drawing need to know of the data."""

    key: str
    title: str
    shape: tuple[int, ...]
    scale: Literal["unit", "standard"]
    n_train: int = 0
    """Samples to learn from; as many as there are about, where the data was never brought in."""
    is_drawn: bool = False
    can_mirror: bool = False
    is_sparse: bool = False
    is_texts: bool = False
    has_words: bool = False

    @property
    def facts(self) -> SetFacts:
        """What the rules of the recipes ask of it."""
        facts = (self.is_drawn, self.can_mirror, self.is_sparse, self.is_texts, self.has_words)
        return SetFacts(self.n_train, self.shape, *facts)


def about_data(run: Artifact | None) -> Data:
    """The open data set, else that of the open run, else the set that ships; with a link to change.

    Data that was never brought in is known by its source; training brings it in.
    """
    artifact = session.chosen("data") or _of_run(run) or store().create(DataSpec())
    spec = artifact.spec
    if not isinstance(spec, DataSpec):
        artifact = store().create(DataSpec())
        spec = DataSpec()
    data, words = _read(artifact, spec)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape(_(data.title))}**  \n:gray[{words}]", width="stretch")
        if st.button(_("Change"), key="train.change_data", icon=":material/photo_library:"):
            session.go_to("data")
    return data


def _of_run(run: Artifact | None) -> Artifact | None:
    if run is None:
        return None
    spec = run.spec
    if isinstance(spec, RunSpec) and spec.data in store():
        return store().artifact(spec.data)
    return None


def _read(artifact: Artifact, spec: DataSpec) -> tuple[Data, str]:
    try:
        found = artifact.read_json("samples.json")
        shape, title, n = tuple(found["shape"]), found["title"], found["n_samples"]
        n_train = found["n_parts"]["train"]
    except ArtifactMissingError:
        source = SOURCES[spec.source]
        shape = source.shape or (3, 64, 64)
        if len(shape) == 3:
            C, H, W = shape
            C = {"native": C, "grey": 1, "rgb": 3}[spec.colour]
            shape = (C, spec.size_px or H, spec.size_px or W)
        title, n = source.title, source.n_samples or 0
        n_train = min(n, spec.n_max or n) or 1000
    kind = (
        _("{n} features", n=shape[0])
        if len(shape) == 1
        else _("{width} × {height} px", width=shape[2], height=shape[1])
    )
    colour = "" if len(shape) == 1 else _("grey") if shape[0] == 1 else _("colour")
    facts = facts_of(artifact) or SetFacts(n_train, shape)
    known = Data(
        artifact.key,
        title or spec.source,
        shape,
        spec.scale,
        n_train,
        facts.is_drawn,
        facts.can_mirror,
        facts.is_sparse,
        facts.is_texts,
        facts.has_words,
    )
    words = (ngettext("{n:,} sample", "{n:,} samples", n), kind, colour)
    return known, ", ".join(filter(None, words))
