"""Denoise: what is shown is what the model makes of the noise, and its scores are true."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import MagicMock, patch

import numpy as np
import pytest
from PIL import Image

import aecore
from aecore.api import lab
from aecore.data.samples import SampleSet
from aecore.denoise.denoise import as_it_is, clean, denoise
from aecore.denoise.levels import levels_spec
from aecore.metrics.pictures import psnr
from aecore.recipes import recipe
from aecore.runs import OpenRun
from aecore.specs.data import DataSpec
from aecore.specs.run import CorruptionSpec, NetworkSpec, RunSpec
from aecore.store import Store
from pages.ui import session_list
from pages.ui.denoise import own_picture, training, wall
from tests.pages.conftest import SESSION, OpenPage, bring, said, until

NOISE = CorruptionSpec(kind="gaussian", level=0.4)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a denoising run on the digits and its curve, and a run that met no noise."""
    root = tmp_path_factory.mktemp("trained")
    store = Store(root)
    small = NetworkSpec(kind="dense", widths=(64,), batch_norm=True)
    run = aecore.train("denoising", "digits", store=store, network=small, n_epochs=3)
    aecore.train("undercomplete", "digits", store=store, n_epochs=1)
    for noise in (NOISE, CorruptionSpec(kind="salt_pepper")):
        spec = levels_spec(run, noise)
        store.create(spec)
        lab.finish(store, spec.key)
    return root


def _runs(store: Store) -> dict[bool, OpenRun]:
    found = [aecore.open_run(store, key) for key in store.keys("run")]
    return {run.spec.corruption.kind != "none": run for run in found}


@pytest.fixture
def run(trained: Path, store: Store) -> OpenRun:
    bring(trained, store)
    return _runs(store)[True]


@pytest.fixture
def without_noise(run: OpenRun, store: Store) -> OpenRun:
    return _runs(store)[False]


@pytest.fixture
def digits(run: OpenRun, store: Store) -> SampleSet:
    return aecore.load("digits", store=store)


@contextmanager
def seen_wall() -> Iterator[MagicMock]:
    with patch.object(wall, "comparison", return_value=None) as comparison:
        yield comparison


# Gates and training on the spot --------------------------------------------------------------


@pytest.mark.slow
def test_without_a_run_one_is_trained_on_the_spot_and_opened(
    open_page: OpenPage, store: Store
) -> None:
    app = open_page("denoise")
    assert "Nothing is trained yet." in said(app)
    quick = RunSpec.of(
        data=store.create(DataSpec(source="digits")).key,
        network=NetworkSpec(widths=(16,)),
        corruption=NOISE,
        n_epochs=1,
    )
    with patch.object(training, "spec_for", return_value=quick) as asked:
        app.button(key="denoise.train").click().run()
    asked.assert_called_once_with(DataSpec().key)
    until(app, lambda: bool(app.metric))
    assert not app.exception
    assert app.query_params["run"] == quick.key
    assert "denoise.training" not in app.query_params
    assert session_list.keys_of(store, SESSION, "run") == [quick.key]


def test_what_is_trained_on_the_spot_is_the_recipe_fitted_to_the_data(store: Store) -> None:
    unit = training.spec_for(store.create(DataSpec()).key)
    assert unit.corruption == recipe("denoising").settings["corruption"]
    standard = training.spec_for(store.create(DataSpec(scale="standard")).key)
    assert standard.network.output == "linear"


def test_a_run_that_never_met_noise_is_told_and_shown_and_a_better_one_offered(
    open_page: OpenPage, without_noise: OpenRun
) -> None:
    app = open_page("denoise", run=without_noise.key)
    assert "was not trained on noisy pictures" in said(app)
    assert app.button(key="denoise.train").label.startswith("Train a denoising model on Digits")
    assert app.metric


def test_a_training_that_is_gone_is_no_obstacle(open_page: OpenPage, run: OpenRun) -> None:
    for forged in ("run-" + "0" * 24, "../x"):
        app = open_page("denoise", **{"run": run.key, "denoise.training": forged})
        assert app.metric
        assert "denoise.training" not in app.query_params


def test_a_run_before_its_first_epoch_is_sent_to_its_training(
    open_page: OpenPage, store: Store
) -> None:
    spec = lab.run_spec("denoising", "digits", store=store)
    store.artifact(spec.key).set_state(status="stopped")
    app = open_page("denoise", run=spec.key)
    assert "has no finished epoch" in said(app)


def test_a_run_on_rows_of_numbers_is_a_sentence(open_page: OpenPage, run_on_rows: OpenRun) -> None:
    app = open_page("denoise", run=run_on_rows.key)
    assert "rows of a table" in said(app)
    assert not app.metric


# What is shown -------------------------------------------------------------------------------


def test_rows_and_captions_are_what_the_model_makes_of_the_noise(
    open_page: OpenPage, run: OpenRun, digits: SampleSet
) -> None:
    with seen_wall() as comparison:
        app = open_page("denoise", run=run.key)
    rows, captions = comparison.call_args.args
    assert list(rows) == ["Noisy", "Denoised", "Clean", "Non-local means"]
    clean_ones = rows["Clean"][..., :1].transpose(0, 3, 1, 2)
    assert all((digits.x[digits.parts["test"]] == x).all((1, 2, 3)).any() for x in clean_ones)
    cleaned = rows["Denoised"][..., :1].transpose(0, 3, 1, 2)
    decibels = psnr(clean_ones, cleaned)
    after = [float(re.search(r"→ ([-\d.]+) dB", words).group(1)) for words in captions]
    assert after == pytest.approx(decibels, abs=0.06)
    assert app.slider(key="denoise.level").value == 0.4  # what the run was trained with


def test_the_scores_are_those_of_denoising_by_hand(
    open_page: OpenPage, run: OpenRun, digits: SampleSet
) -> None:
    from aecore.studies.evaluation import rows_of

    app = open_page("denoise", run=run.key)
    x = np.asarray(digits.x[rows_of(digits, "test", 100)])
    found = denoise(run, x, NOISE, 0)
    assert app.metric[0].label.startswith("PSNR")
    assert app.metric[0].value == f"{found.after.psnr.mean():.3g} dB"
    won = found.after.psnr.mean() - found.before.psnr.mean()
    assert app.metric[0].delta.startswith(f"{won:+.3g} dB")
    assert f"{found.before.psnr.mean():.1f}&nbsp;dB" in said(app)


def test_noise_can_be_drawn_again_and_the_link_remembers_which(
    open_page: OpenPage, run: OpenRun
) -> None:
    def noise(app_rows: MagicMock) -> np.ndarray:
        found: np.ndarray = app_rows.call_args.args[0]["Noisy"]
        return found

    with seen_wall() as comparison:
        app = open_page("denoise", run=run.key)
        first = noise(comparison)
        app.button(key="denoise.again").click().run()
        second = noise(comparison)
        assert app.query_params["denoise.seed"] == "1"
        open_page("denoise", **{"run": run.key, "denoise.seed": "1"})
        linked = noise(comparison)
    assert not np.array_equal(first, second)
    assert np.array_equal(second, linked)


def test_each_kind_and_level_of_noise_is_what_it_says(open_page: OpenPage, run: OpenRun) -> None:
    app = open_page("denoise", run=run.key)
    with seen_wall() as comparison:
        app.segmented_control(key="denoise.noise").set_value("salt_pepper")
        app.slider(key="denoise.level").set_value(1.0).run()
        noisy = comparison.call_args.args[0]["Noisy"]
        assert set(np.unique(noisy)) == {0, 255}
        app.segmented_control(key="denoise.noise").set_value("masking").run()
        assert comparison.call_args.args[0]["Noisy"].max() == 0
    assert not app.exception


def test_filters_stand_beside_the_model_where_they_are_asked_for(
    open_page: OpenPage, run: OpenRun
) -> None:
    app = open_page("denoise", run=run.key)
    with seen_wall() as comparison:
        app.multiselect(key="denoise.filters").set_value(["median", "gaussian"]).run()
        assert list(comparison.call_args.args[0])[3:] == ["Gaussian blur", "Median"]
        assert "Median, 3 px window" in said(app)
        app.multiselect(key="denoise.filters").set_value([]).run()
        assert list(comparison.call_args.args[0]) == ["Noisy", "Denoised", "Clean"]


def test_forged_values_in_the_address_are_dropped(open_page: OpenPage, run: OpenRun) -> None:
    forged = {
        "denoise.seed": "-1; drop",
        "denoise.level": "99",
        "denoise.mean": "nan",
        "denoise.noise": "none",
        "denoise.part": "secret",
        "denoise.filters": "../x",
        "denoise.page": "10000",
    }
    app = open_page("denoise", run=run.key, **forged)
    assert app.slider(key="denoise.level").value == 0.4
    assert app.metric


# The curve -----------------------------------------------------------------------------------


def test_the_curve_is_drawn_where_it_is_known(open_page: OpenPage, run: OpenRun) -> None:
    app = open_page("denoise", run=run.key)
    assert len(app.get("plotly_chart")) == 1
    assert "Mean over 100 pictures." in said(app)
    app.segmented_control(key="denoise.noise").set_value("salt_pepper").run()
    assert len(app.get("plotly_chart")) == 1


@pytest.mark.slow
def test_another_noise_is_tried_over_all_levels_when_asked(
    open_page: OpenPage, run: OpenRun, store: Store
) -> None:
    app = open_page("denoise", run=run.key)
    n = len(store.keys("denoise"))
    app.segmented_control(key="denoise.noise").set_value("masking").run()
    assert not app.get("plotly_chart")
    assert len(store.keys("denoise")) == n
    app.button(key="denoise.levels").click().run()
    until(app, lambda: bool(app.get("plotly_chart")))
    assert len(store.keys("denoise")) == n + 1


# Own picture ---------------------------------------------------------------------------------


def test_an_own_picture_is_cleaned_with_noise_and_as_it_is(
    open_page: OpenPage, run: OpenRun, digits: SampleSet
) -> None:
    x = digits.x[digits.parts["test"][0]]
    file = io.BytesIO()
    Image.fromarray(x[0]).save(file, "PNG")
    app = open_page("denoise", run=run.key)
    with patch.object(own_picture, "gallery") as gallery:
        app.file_uploader(key="denoise.own.file").upload("d.png", file.getvalue()).run()
        pictures, captions = gallery.call_args.args
        found = denoise(run, x[None], NOISE, 0)
        assert np.array_equal(pictures[0, ..., 0], found.noisy.shown[0, 0])
        assert np.array_equal(pictures[1, ..., 0], found.cleaned[0, 0])
        assert np.array_equal(pictures[-1, ..., 0], x[0])
        assert captions[1] == f"Denoised, {found.after.psnr[0]:.1f} dB"
        assert len(app.metric) == 4
        app.toggle(key="denoise.already").set_value(True).run()
        pictures, captions = gallery.call_args.args
    assert captions == ["Your picture", "Denoised", "Non-local means"]
    assert np.array_equal(pictures[1, ..., 0], clean(run, as_it_is(x[None]))[0, 0])
    assert len(app.metric) == 2  # no clean one to score against
    assert not app.exception
