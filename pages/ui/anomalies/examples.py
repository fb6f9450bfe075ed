"""Three lessons, one click each: a digit in, a digit out, and photographs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from aecore.api import lab
from aecore.specs.run import RunSpec
from pages.ui import backend, errors, session
from pages.ui.translation import _, mark

DIGITS = tuple("0123456789")
N_EPOCHS = 30
RECIPE = "undercomplete"


@dataclass(frozen=True)
class Lesson:
    """What a button begins.

    Parameters
    ----------
    label, words
        On the button, and what is to be learnt.
    normal
        Classes that are normal.
    """

    label: str
    words: str
    normal: tuple[str, ...]


LESSONS: dict[str, Lesson] = {
    "in": Lesson(
        mark("Only digit 0 is normal"),
        mark("The easy case that most papers report: nine kinds of anomalies, all unlike a 0."),
        ("0",),
    ),
    "out": Lesson(
        mark("Digit 1 left out"),
        mark(
            "The hard case: a model that learnt nine digits reconstructs a 1 better than what it "
            "learnt, so that its error ranks anomalies below normal digits: worse than a coin."
        ),
        tuple(name for name in DIGITS if name != "1"),
    ),
    "photos": Lesson(
        mark("A photograph left out"),
        mark(
            "Pieces of four photographs are normal, those of a cat anomalies. The error says how "
            "rough a piece is, not what it shows: about as good as a coin."
        ),
        ("astronaut", "coffee", "rocket", "motorcycles"),
    ),
}


def examples_card() -> None:
    """What anomalies teach, as trainings of a minute."""
    with st.container(border=True, key="anomalies.examples"):
        st.markdown(_("**Three honest lessons** &nbsp; :gray[each trains a small model first]"))
        columns = st.columns(len(LESSONS))
        for column, (name, lesson) in zip(columns, LESSONS.items(), strict=True):
            with column:
                st.button(
                    _(lesson.label),
                    key=f"anomalies.lesson_{name}",
                    icon=":material/school:",
                    on_click=_begin,
                    args=(name,),
                )
                st.caption(_(lesson.words))


def _begin(name: str) -> None:
    with errors.shown():
        spec = _of_photos() if name == "photos" else _of_digits(name)
        backend.engine().submit(spec, session.session_id())
        session.remember(spec.key)
        session.choose("run", spec.key)


def _of_digits(name: str) -> RunSpec:
    data = {"normal": LESSONS[name].normal}
    return lab.run_spec(
        RECIPE, "mnist-5k", store=backend.store(), data_settings=data, n_epochs=N_EPOCHS
    )


def _of_photos() -> RunSpec:
    from aecore.api.photo_pieces import photo_pieces

    pieces = photo_pieces()
    data: dict[str, Any] = {"normal": LESSONS["photos"].normal}
    return lab.run_spec(
        RECIPE,
        pieces.x,
        labels=pieces.labels,
        data_title=mark("Pieces of photographs"),
        store=backend.store(),
        data_settings=data,
        is_suited=False,  # which would wait here until the pieces are imported
        n_epochs=N_EPOCHS,
    )
