"""Two lessons, one click each: a digit in, and a digit out."""

from __future__ import annotations

import streamlit as st

from aecore.api import lab
from pages.ui import backend, errors, session
from pages.ui.translation import _, mark

DIGITS = tuple("0123456789")
LESSONS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "in": (
        mark("Only digit 0 is normal"),
        ("0",),
        mark("The easy case that most papers report: nine kinds of anomalies, all unlike a 0."),
    ),
    "out": (
        mark("Digit 1 left out"),
        tuple(name for name in DIGITS if name != "1"),
        mark(
            "The hard case: a model that learnt nine digits rebuilds a 1 better than what it "
            "learnt, so that its error ranks anomalies below normal digits: worse than a coin."
        ),
    ),
}
N_EPOCHS = 30


def examples_card() -> None:
    """What anomalies teach, as trainings of a minute."""
    with st.container(border=True, key="anomalies.examples"):
        st.markdown(_("**Two honest lessons** &nbsp; :gray[each trains a small model first]"))
        for column, (name, (label, normal, words)) in zip(
            st.columns(2), LESSONS.items(), strict=True
        ):
            with column:
                st.button(
                    label,
                    key=f"anomalies.lesson_{name}",
                    icon=":material/school:",
                    on_click=_begin,
                    args=(normal,),
                )
                st.caption(words)


def _begin(normal: tuple[str, ...]) -> None:
    with errors.shown():
        spec = lab.run_spec(
            "undercomplete",
            "mnist-5k",
            store=backend.store(),
            data_settings={"normal": normal},
            n_epochs=N_EPOCHS,
        )
        backend.engine().submit(spec, session.session_id())
        session.remember(spec.key)
        session.choose("run", spec.key)
