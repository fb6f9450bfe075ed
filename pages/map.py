"""Which samples does the model see as similar?"""

import streamlit as st

from aecore.data.ingest import open_samples
from pages.ui import backend, frame, job_requests, pick_run
from pages.ui.map import film
from pages.ui.map import settings as map_settings
from pages.ui.translation import _

frame.title(_("Latent map"), _("Which samples does the model see as similar?"))

bar = st.container(horizontal=True, vertical_alignment="bottom", key="map.bar")
artifact = pick_run.require("map", bar)
with bar:
    is_film = film.is_asked_for()
if is_film:
    film.panel(artifact)
    st.stop()
pick_run.gate_no_data(artifact)

with st.spinner(_("Opening the model…")):
    from aecore.latent.codes import codes_spec
    from aecore.maps.latent_map import load_map
    from aecore.runs import open_run
    from pages.ui import pick_codes
    from pages.ui.map import downloads, own_picture, scores, view
    from pages.ui.map import trust as map_trust
    from pages.ui.map.context import MapContext

    run = open_run(backend.store(), artifact.key)
    samples = open_samples(backend.store(), run.spec.data)

with bar:
    method, n_components = map_settings.method_and_dimensions()
    colour_place = st.container(width="content")
    settings = st.popover(_("Settings"), icon=":material/tune:", key="map.settings")
dims_place = st.container(key="map.dims")
with settings:
    sample = map_settings.sample(sum(len(rows) for rows in samples.parts.values()))
pick_run.still_training(artifact, run.epochs)
wanted = codes_spec(run, n_max=sample.n_max, seed=sample.seed)
codes = pick_codes.codes_for(wanted)
with colour_place:
    colour_name, colour = map_settings.colouring(samples, codes, run.key)
with dims_place if method in ("codes", "plane") else settings:
    spec = map_settings.map_spec(samples, codes, method, n_components, sample.seed)

before = st.session_state.get("map.asked")
if before and before != spec.key:
    job_requests.give_up(before)  # what nobody looks at any more need not be finished
st.session_state["map.asked"] = spec.key
job_requests.require_done(
    spec,
    _(
        "Computing the map of {n_codes:,} codes by {METHODS}",
        n_codes=len(codes),
        METHODS=map_settings.METHODS[method],
    ),
)
found = load_map(backend.store(), spec.key)

above, middle, below = st.container(), st.container(), st.container()
own = None
if samples.is_pictures:
    with below:
        own = own_picture.placed(run, samples, found)
with middle:
    trust = map_trust.trust_of(samples, found)
    scores.scores(found)
    map_trust.verdict(found)
    map_trust.panel(trust, found.positions)
with above:
    seen = MapContext(
        run,
        samples,
        found,
        colour_name,
        colour,
        None if own is None else own.at,
        trust,
        own_picture=None if own is None else own.x,
    )
    view.view(seen)
with settings:
    downloads.download(seen)
    downloads.download_page(seen)
