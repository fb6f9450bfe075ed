"""The Start page: a living model, one click to train, and this session's runs."""

from __future__ import annotations

import numpy as np
import pytest

import aecore
from aecore.api import lab
from aecore.artifact import Artifact
from aecore.jobs.view import look
from aecore.runs import open_run
from aecore.specs.data import DataSpec
from aecore.specs.run import OptimizerSpec, RunSpec
from aecore.specs.terms import TERM_SPECS
from aecore.training import HISTORY
from pages.ui import backend, session_list
from pages.ui.shipped_model import FOLDER
from pages.ui.start import latent_plane
from pages.ui.start.latent_plane import plane_of
from tests.pages.conftest import SESSION, said


def test_the_shipped_model_is_there_on_the_first_visit(open_page, store):
    app = open_page("start")
    assert app.title[0].value == "See what an autoencoder sees"
    key = Artifact(FOLDER).spec.key
    assert look(store, key).status == "done"
    assert open_run(store, key).epochs == lab.history(store, key)[-1]["epoch"] > 0
    assert "The models you train appear here" in " ".join(c.value for c in app.caption)


def test_the_shipped_model_is_what_its_spec_says_and_learned_on_data_that_ships():
    spec = Artifact(FOLDER).spec
    assert isinstance(spec, RunSpec)
    assert spec.data == DataSpec().key
    assert spec.code.n_dims == 2
    assert (FOLDER / "README.md").exists()


def test_what_the_browser_decodes_is_what_torch_decodes(store):
    """The plane's message, run by a plain loop here as the page runs it, against the model."""
    artifact = store.adopt(FOLDER)
    spec = artifact.spec
    layers, bits = latent_plane._decoder(artifact, spec, (1, 28, 28))
    weights, at = bits.view(np.float16).astype(np.float32), 0
    z = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    x = z
    acts = {"silu": lambda v: v / (1 + np.exp(-v)), "sigmoid": lambda v: 1 / (1 + np.exp(-v))}
    for layer in layers:
        n_in, n_out = layer["n_in"], layer["n_out"]
        w, b = weights[at : at + n_in * n_out], weights[at + n_in * n_out :][:n_out]
        at += n_in * n_out + n_out
        x = acts[layer["act"]](x @ w.reshape(n_out, n_in).T + b)
    assert at == len(weights)
    expected = open_run(store, artifact.key).decode(z)
    assert np.abs(np.rint(255 * x.reshape(expected.shape)) - expected).max() <= 1


def test_the_plane_knows_the_class_of_each_dot(store):
    plane = plane_of(store.adopt(FOLDER))
    assert plane.xy.shape == (1000, 2)
    samples = aecore.load("mnist-5k", store=store)
    rows = store.adopt(FOLDER).read_array("view-rows.npy")
    assert np.array_equal(plane.labels, samples.labels[rows])
    codes = open_run(store, Artifact(FOLDER).spec.key).encode(samples.x[rows])
    assert np.abs(codes - plane.xy).max() < 0.05  # weights travel as halves


@pytest.mark.usefixtures("nothing_begins")
def test_one_click_asks_for_a_vae_on_digits(open_page, store):
    app = open_page("start")
    app.button(key="start.train").click().run()
    (key,) = set(store.keys("run")) - {Artifact(FOLDER).spec.key}
    assert store.artifact(key).about["recipe"] == "vae"
    assert backend.engine().view(key).status == "queued"
    assert session_list.keys_of(store, SESSION, "run") == [key]
    assert app.query_params["run"] == key
    assert app.title[0].value == "Train"


def test_runs_of_the_session_are_cards_and_open_where_they_should(open_page, store, run):
    session_list.remember(store, SESSION, run.key)
    app = open_page("start")
    words = " ".join(m.value for m in app.markdown)
    assert "Undercomplete" in words
    assert "validation squared error" in words
    app.button(key=f"card.{run.key}.Open").click().run()
    assert app.title[0].value == "Train"
    assert app.query_params["run"] == run.key


@pytest.mark.parametrize(
    ("name", "words"),
    [("iwae", "validation importance-weighted bound"), ("vae", "validation cross-entropy")],
)
def test_a_card_tells_the_error_of_the_weights_that_were_kept(open_page, store, name, words):
    settings = {"batch_size": 8, "n_epochs": 90, "patience": 9, "optimizer": OptimizerSpec(lr=0.01)}
    data = {"n_max": 100}
    run = aecore.train(name, "digits", store=store, data_settings=data, is_suited=False, **settings)
    whole = [record["val"] for record in lab.history(store, run.key) if record["whole"]]
    best = min(whole, key=lambda val: val["loss"])
    term = run.spec.objective[0].name
    kept, given_up = (f"**{val[term]:.3g} nats**" for val in (best, whole[-1]))
    assert kept != given_up
    session_list.remember(store, SESSION, run.key)
    told = " ".join(m.value for m in open_page("start").markdown)
    assert words in told
    assert kept in told
    assert given_up not in told


def app_cards(app):
    """Keys of the runs that have a card."""
    keys = [button.key for button in app.button if (button.key or "").startswith("card.")]
    return list(dict.fromkeys(key.split(".")[1] for key in keys))


def test_a_run_that_was_removed_since_is_left_out(open_page, store, run):
    session_list.remember(store, SESSION, run.key)
    assert app_cards(open_page("start")) == [run.key]
    store.remove(run.key)
    app = open_page("start")
    assert not app.error
    assert app_cards(app) == []


@pytest.mark.parametrize(
    ("recipe", "term", "label"),
    [
        ("iwae", "iwae", "validation importance-weighted bound"),
        ("undercomplete", "l1", "validation absolute error"),
        ("undercomplete", "huber", "validation Huber error"),
        ("undercomplete", "ssim", "validation structural dissimilarity"),
        ("undercomplete", "bce", "validation cross-entropy"),
    ],
)
def test_a_run_is_a_card_whatever_its_pictures_are_compared_by(
    open_page, store, recipe, term, label
):
    spec = lab.run_spec(recipe, "digits", store=store)
    first = TERM_SPECS[term](reduction=spec.objective[0].reduction)
    spec = spec.model_copy(update={"objective": (first, *spec.objective[1:])})
    values = {"loss": 1.5, term: 1.25}
    record = {"epoch": 1.0, "step": 1, "whole": True, "last": True, "train": values, "val": values}
    run = store.create(spec)
    run.append(HISTORY, [record])
    run.set_state(status="done")
    session_list.remember(store, SESSION, run.key)
    app = open_page("start")
    words = said(app)
    assert f"1 of {spec.n_epochs} epochs" in words
    assert label in words
    assert ("1.25 nats" in words) == (term in ("iwae", "bce"))
