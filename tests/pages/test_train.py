"""The Train page: settings, a run to its end, and every way it can go wrong."""

from __future__ import annotations

import pytest

import aecore
from aecore.api import lab
from aecore.api.run_file import export_run
from aecore.artifact import Artifact
from aecore.claims import claim
from aecore.errors import JobError
from aecore.jobs.view import look
from aecore.models.plan import plan, plan_of
from aecore.recipes import GENERAL, RECIPES
from aecore.specs.data import DataSpec
from aecore.specs.run import NetworkSpec, OptimizerSpec
from aecore.training import LAST, WEIGHTS
from pages.ui import session_list
from pages.ui.shipped_model import FOLDER
from tests.pages.conftest import SESSION, said, until


def the_runs(store):
    """All but the run that ships."""
    return [key for key in store.keys("run") if key != Artifact(FOLDER).spec.key]


def test_the_page_opens_on_a_vae_for_the_digits_that_ship(open_page):
    app = open_page("train")
    assert app.selectbox(key="train.recipe").value == "vae"
    assert "MNIST, 5,000 digits" in said(app)
    assert "652,824 weights compress each sample into 20 dimensions" in said(app)
    assert not app.button(key="train.start").disabled


@pytest.mark.parametrize("name", GENERAL)
def test_every_recipe_opens_with_its_reference_and_can_be_started(open_page, name):
    app = open_page("train")
    app.selectbox(key="train.recipe").set_value(name).run()
    assert not app.exception
    chosen = app.selectbox(key="train.recipe")
    assert chosen.options[GENERAL.index(name)] == RECIPES[name].title
    assert RECIPES[name].summary in app.caption[0].value + app.caption[1].value
    assert any(RECIPES[name].reference[:20] in caption.value for caption in app.caption)
    laid = plan_of(RECIPES[name].spec(DataSpec().key), (1, 28, 28))
    assert f"{laid.n_params:,} weights compress" in said(app)
    assert not app.button(key="train.start").disabled


@pytest.mark.slow
def test_a_run_is_trained_to_its_end_and_trained_further(open_page, store):
    data = store.create(DataSpec(source="digits"))
    app = open_page("train", data=data.key)
    app.number_input(key="train.vae.n_epochs").set_value(2).run()
    app.button(key="train.start").click().run()
    (key,) = the_runs(store)
    assert app.query_params["run"] == key
    until(app, lambda: look(store, key).status == "done")
    app.run()
    assert app.get("progress")[0].proto.text.startswith("epoch 2 of 2")
    assert ":green-badge[:material/check: done]" in said(app)
    history = lab.history(store, key)
    assert [r["epoch"] for r in history if r["whole"]] == [1, 2]
    app.button(key="train.further").click().run()
    (further,) = set(the_runs(store)) - {key}
    assert store.artifact(further).spec.start_from == key
    until(app, lambda: look(store, further).status == "done")


def test_the_shipped_model_can_be_looked_at_though_it_has_no_checkpoint(open_page, store):
    run = store.adopt(FOLDER)
    app = open_page("train", run=run.key)
    assert not run.has(LAST)
    assert "train.film" not in [button.key for button in app.button]  # it kept none
    app.button(key="train.look").click().run()
    assert app.title[0].value == "Reconstruct"


def test_an_exported_run_can_be_looked_at_from_its_training(open_page, store, tmp_path, run):
    folder = export_run(store, run.key, tmp_path / "exported")
    store.remove(run.key)
    store.adopt(folder)
    app = open_page("train", run=run.key)
    assert app.button(key="train.look")


def test_a_setting_that_does_not_fit_is_named_and_nothing_is_started(open_page, store):
    app = open_page("train")
    app.text_input(key="train.vae.widths").set_value("many").run()
    assert "are no widths" in app.error[0].value
    assert app.button(key="train.start").disabled
    assert the_runs(store) == []
    app.text_input(key="train.vae.widths").set_value("64, 32").run()
    assert not app.error
    assert not app.button(key="train.start").disabled


def test_values_that_no_widget_would_send_do_not_get_through(open_page, store):
    app = open_page("train")
    app.number_input(key="train.vae.n_epochs").set_value(10**8).run()
    assert app.number_input(key="train.vae.n_epochs").value <= 10_000
    app.text_input(key="train.vae.widths").set_value(", ".join(["4096"] * 8)).run()
    assert "million parameters" in app.error[0].value
    app.text_input(key="train.vae.widths").set_value(", ".join(["4"] * 9)).run()
    assert "widths: Tuple should have at most 8 items" in said(app)
    assert app.button(key="train.start").disabled
    assert the_runs(store) == []


def test_settings_that_exclude_each_other_say_so(open_page):
    app = open_page("train")
    app.selectbox(key="train.vae.network.output").set_value("linear").run()
    assert "needs the sigmoid output" in app.error[0].value


def test_settings_that_do_not_fit_the_data_say_so_before_anything_starts(open_page, store):
    data = store.create(DataSpec(source="digits", scale="standard"))
    app = open_page("train", data=data.key)
    app.selectbox(key="train.recipe").set_value("undercomplete").run()
    assert not app.button(key="train.start").disabled
    app.selectbox(key="train.undercomplete.term").set_value("ssim").run()
    assert "these samples are standardized" in app.error[0].value
    assert app.button(key="train.start").disabled
    app.selectbox(key="train.undercomplete.term").set_value("mse").run()
    app.selectbox(key="train.undercomplete.network.output").set_value("sigmoid").run()
    assert "The sigmoid output" in app.error[0].value
    assert app.button(key="train.start").disabled


def test_a_second_encoder_has_widths_of_its_own(open_page):
    app = open_page("train")
    first = NetworkSpec(kind="dense", widths=(400,))
    for kind, usual in (("conv", (32, 64)), ("dense", (128, 64))):
        app.selectbox(key="train.vae.beside").set_value(kind).run()
        for widths in (usual, (8,)):
            app.text_input(key=f"train.vae.beside.{kind}.widths").set_value(
                ", ".join(map(str, widths))
            ).run()
            second = NetworkSpec(kind=kind, widths=widths)
            laid = plan(first, RECIPES["vae"].settings["code"], (1, 28, 28), beside=second)
            assert f"{laid.n_params:,} weights compress" in said(app)
    app.selectbox(key="train.vae.code.kind").set_value("quantized").run()
    assert not [box for box in app.selectbox if box.key == "train.vae.beside"]


def test_a_bad_setting_keeps_the_last_run(open_page, store, run):
    app = open_page("train", run=run.key)
    assert "Undercomplete" in said(app)
    app.text_input(key="train.vae.widths").set_value("0").run()
    assert app.error
    assert "Undercomplete" in said(app)
    assert app.button(key="train.further")


def test_a_run_that_stopped_early_says_which_weights_it_has(open_page, store):
    settings = {"network": NetworkSpec(widths=(256,)), "batch_size": 8, "n_epochs": 99}
    settings |= {"optimizer": OptimizerSpec(lr=0.01), "patience": 2}
    run = aecore.train("vae", "digits", store=store, data_settings={"n_max": 300}, **settings)
    n_epochs = len([r for r in lab.history(store, run.key) if r["whole"]])
    app = open_page("train", run=run.key)
    (told,) = [str(p.text) for p in app.get("progress")]
    assert told.startswith(f"epoch {n_epochs} of 99")
    assert f"the weights are those of epoch {n_epochs - 2}, the best" in told


def test_a_run_without_weights_is_not_trained_further(open_page, store, run):
    app = open_page("train", run=run.key)
    for name in (WEIGHTS, LAST):
        (store.artifact(run.key).path / name).unlink()
    app.button(key="train.further").click().run()
    assert "no finished epoch" in app.error[0].value
    assert the_runs(store) == [run.key]


def test_the_data_of_an_open_run_is_the_data_of_the_next(open_page, store, run):
    app = open_page("train", run=run.key)
    assert "1,797 samples, 8 × 8 px" in said(app)


def test_a_run_that_diverged_says_what_to_change_and_can_be_tried_again(open_page, store):
    spec = lab.run_spec(
        "undercomplete",
        "digits",
        store=store,
        network=NetworkSpec(kind="linear", output="linear"),
        optimizer=OptimizerSpec(name="sgd", lr=10.0),
        batch_size=8,
    )
    with pytest.raises(JobError, match="Lower the learning rate"):
        lab.finish(store, spec.key)
    app = open_page("train", run=spec.key)
    assert "Lower the learning rate from 10 to 1" in app.error[0].value
    assert app.button(key="train.resume").label == "Start again"


def test_an_interrupted_run_is_named_and_can_be_resumed(open_page, store):
    spec = lab.run_spec("undercomplete", "digits", store=store)
    store.artifact(spec.key).set_state(status="running", phase="training")
    app = open_page("train", run=spec.key)
    assert "interrupted" in said(app)
    assert app.button(key="train.resume")


def test_a_run_trained_further_that_has_yet_to_begin_is_waited_for_calmly(open_page, store, run):
    spec = run.spec.model_copy(update={"start_from": run.key})
    store.create(spec, title="Further").set_state(status="running", phase="starting")
    held = claim(store, spec.key)
    with held.keep():
        app = open_page("train", run=spec.key)  # a page that runs again and again never opens
        assert "Further" in said(app)
        assert app.button(key="train.stop")


def test_a_link_that_leads_nowhere_gets_a_sentence_and_a_way_on(open_page):
    app = open_page("train", run="run-" + "0" * 24)
    assert "leads to nothing" in app.error[0].value
    app.button(key="session.forget_run").click().run()
    assert not app.error
    assert app.button(key="train.start")


def test_a_forged_key_is_no_path(open_page):
    app = open_page("train", run="../../etc/passwd")
    assert "is no key" in app.error[0].value


def test_rows_get_a_network_that_reads_rows(open_page, run_on_rows):
    app = open_page("train", data=run_on_rows.spec.data)
    assert "200 samples, 6 features" in said(app)
    app.selectbox(key="train.recipe").set_value("conv").run()
    assert not app.error
    kinds = [box for box in app.selectbox if (box.key or "").endswith(".network.kind")]
    assert [box.value for box in kinds] == ["dense"]


@pytest.mark.usefixtures("nothing_begins")
def test_a_run_is_on_the_list_of_the_session_that_asked_for_it(open_page, store):
    app = open_page("train")
    app.number_input(key="train.vae.n_epochs").set_value(1).run()
    app.button(key="train.start").click().run()
    (key,) = the_runs(store)
    assert session_list.keys_of(store, SESSION) == [key]
