"""What stands in the address: ids, never labels, and where a person arrives they decide."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from aecore.store import Store
from tests.pages.conftest import ROOT

LABELS = {"one": "The first", "two": "The second", "three": "The third"}


def _page(labels: dict[str, str]) -> None:
    import streamlit as st

    from pages.ui import session, url_state

    session.begin()
    one = url_state.choice("One", labels, "here.one", default="two", widget=st.segmented_control)
    some = url_state.choices("Some", labels, "here.some", default=["three", "one"])
    mark = url_state.read("here.mark")
    st.text_input(
        "Mark",
        **url_state.linked_widget("here.text", mark, lambda t: url_state.write("here.mark", t)),
    )
    st.markdown(f"{one} | {','.join(some)} | {mark} | {url_state.whole_number('here.n', 4, 0, 9)}")


def opened(labels: dict[str, str] = LABELS, **address: str) -> AppTest:
    app = AppTest.from_function(_page, default_timeout=60, kwargs={"labels": labels})
    for name, value in address.items():
        app.query_params[f"here.{name}"] = value
    return app.run()


def shown(app: AppTest) -> str:
    assert not app.exception
    return str(app.markdown[0].value)


@pytest.fixture(autouse=True)
def kept(store: Store) -> Store:
    return store


def test_what_is_chosen_at_first_leaves_the_address_alone() -> None:
    app = opened()
    assert shown(app) == "two | three,one |  | 4"
    assert not [name for name in app.query_params if name.startswith("here.")]


def test_what_a_person_chooses_is_written_by_its_id() -> None:
    app = opened()
    app.segmented_control(key="here.one").set_value("three")
    app.multiselect(key="here.some").set_value(["two"])
    app.text_input(key="here.text").set_value("x").run()
    assert shown(app) == "three | two | x | 4"
    assert app.query_params["here.one"] == "three"
    assert app.query_params["here.some"] == "two"
    assert app.query_params["here.mark"] == "x"
    app.multiselect(key="here.some").set_value([]).run()
    assert shown(app) == "three |  | x | 4"
    assert shown(opened(one="three", some=app.query_params["here.some"])) == "three |  |  | 4"


def test_a_link_opens_what_it_says_whatever_options_are_called_by_now() -> None:
    address = {"one": "one", "some": "one,two", "mark": "m", "n": "7"}
    reworded = {"two": "Zwei", "one": "Eins"}
    assert shown(opened(**address)) == "one | one,two | m | 7"
    assert shown(opened(reworded, **address)) == "one | one,two | m | 7"


@pytest.mark.parametrize("forged", ["The first", "<b>", "../x", "one,", "ONE", "none", "²"])
def test_what_is_no_id_is_passed_over(forged: str) -> None:
    app = opened(one=forged, some=f"{forged},nothing", n=forged)
    one, some, _, n = shown(app).split(" | ")
    assert one == "two"
    assert set(some.split(",")) <= {"one", ""}
    assert n == "4"


def test_what_was_chosen_is_back_in_the_address_after_a_turn_of_the_page_dropped_it() -> None:
    app = opened()
    app.segmented_control(key="here.one").set_value("three").run()
    app.query_params.clear()
    app.run()
    assert shown(app).startswith("three")
    assert app.query_params["here.one"] == "three"


def test_a_step_back_shows_what_the_address_says_also_by_what_it_does_not_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = opened(one="one", mark="m")
    app.segmented_control(key="here.one").set_value("three")
    app.multiselect(key="here.some").set_value(["two"]).run()
    assert shown(app) == "three | two | m | 4"
    reset = ScriptRunContext.reset

    def step(self: ScriptRunContext, *args: object, **kwargs: object) -> None:
        reset(self, *args, **kwargs)  # type: ignore[arg-type]
        self.is_history_navigation = True

    app.query_params.clear()
    app.query_params["here.one"] = "one"
    with monkeypatch.context() as patched:
        patched.setattr(ScriptRunContext, "reset", step)
        app.run()
    assert shown(app) == "one | three,one |  | 4"
    app.run()
    assert shown(app) == "one | three,one |  | 4"
    assert "here.some" not in app.query_params


def _calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_streamlit_binds_no_widget_whose_options_are_words() -> None:
    """It writes what an option is called: such a widget is `link.choice`."""
    n_bound, wrong = 0, []
    for path in [*ROOT.glob("pages/*.py"), *ROOT.glob("pages/ui/**/*.py")]:
        for call in _calls(path):
            given = {each.arg for each in call.keywords}
            if "bind" not in given:
                continue
            n_bound += 1
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if "format_func" in given or name in ("segmented_control", "multiselect", "radio"):
                wrong.append(f"{path.name}:{call.lineno}")
    assert n_bound > 20
    assert not wrong
