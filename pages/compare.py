"""Which model is better, and is the difference significant?"""

import streamlit as st

from aecore.data.ingest import open_samples
from aecore.data.samples import PartName
from pages.ui import backend, frame, pick_run, session, url_state
from pages.ui.compare import runs as compare_runs
from pages.ui.markdown import escape
from pages.ui.pick_part import pick_part
from pages.ui.translation import _

frame.title(_("Compare"), _("Which model is better, and is the difference significant?"))

bar = st.container(horizontal=True, vertical_alignment="bottom", key="compare.bar")
with bar:
    artifacts = compare_runs.pick()
if not artifacts and not st.session_state.get("compare.chosen") and not session.remembered("run"):
    pick_run.gate_no_run(
        _("which of two models is better, and whether the difference is significant")
    )
chosen = compare_runs.comparable(artifacts)
if not chosen:
    st.info(
        _("Choose two or more runs. They are compared on the same samples."), icon=":material/info:"
    )
    st.stop()
pick_run.gate_no_data(chosen[0].artifact)

with st.spinner(_("Opening the models…")):
    from aecore.runs import open_run
    from aecore.studies.evaluation import rows_of
    from pages.ui.compare import charts, wall
    from pages.ui.compare import scores as compare_scores

    runs = [open_run(backend.store(), item.artifact.key) for item in chosen]
    samples = open_samples(backend.store(), runs[0].spec.data)

UNSEEN: tuple[PartName, ...] = ("test", "val")
parts = [part for part in UNSEEN if len(samples.parts[part])]
if not parts:
    st.info(
        _("This data set has no validation or test samples to compare models on."),
        icon=":material/info:",
    )
    st.stop()
if len(chosen) == 1:
    with st.container(border=True, key="compare.one"):
        st.markdown(
            _(
                "**Only one run is selected; it is compared with PCA.** Train another on "
                "{title}, or choose a second run above.",
                title=escape(_(samples.title)),
            )
        )
        if st.button(_("Train another"), key="compare.train", icon=":material/model_training:"):
            session.go_to("train")

with bar:
    part = pick_part(
        "compare",
        samples,
        _(
            "No model was trained on either part; settings may have been chosen on the validation "
            "part."
        ),
        parts,
    )
    seen = wall.CompareContext(chosen, runs, samples, rows_of(samples, part))
    names = compare_scores.names_of(seen)
    reference = url_state.choice(
        _("Reference"),
        names,
        "compare.reference",
        width=220,
        help=_("Baseline: all differences are measured from it."),
    )
st.markdown(
    " &nbsp;·&nbsp; ".join(f"**{item.letter}** :gray[{escape(_(item.title))}]" for item in chosen)
)

if samples.is_pictures:
    wall.wall(seen)
scores = compare_scores.scores_of(seen, part)
if scores is None:
    st.stop()
table = compare_scores.table_of(seen, scores, names[reference])
compare_scores.table_card(table)
charts.charts(table)
charts.words(seen, table)
