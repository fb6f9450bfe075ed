"""The codes of a run's samples, asked for as soon as a page needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui import backend, job_requests
from pages.ui.translation import _

if TYPE_CHECKING:
    from aecore.latent.codes import Codes
    from aecore.runs import OpenRun
    from aecore.specs.studies import CodesSpec


def codes_of(run: OpenRun) -> Codes:
    """The codes of a run; a job computes them, and the page stops here until they are there."""
    from aecore.latent.codes import codes_spec

    return codes_for(codes_spec(run))


def codes_for(spec: CodesSpec) -> Codes:
    """The codes a spec asks for, in the same way."""
    artifact = job_requests.require_done(spec, _("Encoding the samples"))
    return _loaded(str(artifact.path), artifact.key)


@st.cache_resource(max_entries=6, show_spinner=False)
def _loaded(path: str, key: str) -> Codes:
    """`path` tells stores apart."""
    from aecore.latent.codes import load_codes

    return load_codes(backend.store().artifact(key))
