"""Walk's new samples judged: nearest training pictures, and scores beside what they are held to."""

from __future__ import annotations

import shutil
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

import aecore
from aecore.api import lab
from aecore.data.samples import SampleSet
from aecore.latent.codes import codes_spec, load_codes
from aecore.latent.samplers import Prior
from aecore.runs import OpenRun
from aecore.specs.codes import GaussianCodeSpec
from aecore.store import Store
from aecore.studies.generation import generation_scores
from aecore.studies.nearest import NearestPictures
from pages.ui.walk import samples, scores
from tests.pages.conftest import OpenPage

LINK = {"walk.part": "samples", "walk.seed": "7"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a VAE of two numbers and its codes."""
    root = tmp_path_factory.mktemp("trained")
    store = Store(root)
    two = GaussianCodeSpec(n_dims=2)
    run = aecore.train("vae", "digits", n_epochs=2, store=store, code=two)
    lab.finish(store, store.create(codes_spec(run)).key)
    return root


@pytest.fixture
def run(trained: Path, store: Store) -> OpenRun:
    shutil.copytree(trained / "artifacts", store.artifacts, dirs_exist_ok=True)
    (key,) = store.keys("run")
    return aecore.open_run(store, key)


@pytest.fixture
def digits(run: OpenRun, store: Store) -> SampleSet:
    return aecore.load("digits", store=store)


def test_each_new_picture_stands_over_the_nearest_of_the_training_part(
    open_page: OpenPage, run: OpenRun, digits: SampleSet
) -> None:
    with patch.object(scores, "comparison") as drawn:
        app = open_page("walk", run=run.key, **LINK, **{"walk.beside": "nearest"})
    shown = {call.kwargs["key"]: call.args for call in drawn.call_args_list}
    assert set(shown) == {"walk.nearest_prior", "walk.nearest_gaussian", "walk.nearest_mixture"}
    rows, captions = shown["walk.nearest_prior"]
    new = run.decode(Prior(2).sample(samples.N_SHOWN, 7))
    found = NearestPictures(digits).of(new)
    assert np.array_equal(rows["new"], new)
    assert np.array_equal(rows["nearest"], digits.x[found.rows])
    assert list(captions) == [f"{ratio:.1f} ×" for ratio in found.ratio]
    said = " ".join(str(caption.value) for caption in app.caption)
    assert "it is as close as a copy" in said


def test_a_copy_is_named(open_page: OpenPage, run: OpenRun, digits: SampleSet) -> None:
    copies = digits.x[digits.parts["train"][: samples.N_SHOWN]]
    with patch.object(OpenRun, "decode", return_value=copies):
        app = open_page("walk", run=run.key, **LINK, **{"walk.beside": "nearest"})
    said = [str(caption.value) for caption in app.caption]
    assert sum("12 of 12 as close as a copy" in words for words in said) == 3


def test_samples_are_scored_when_asked_for(
    open_page: OpenPage, run: OpenRun, digits: SampleSet, store: Store
) -> None:
    app = open_page("walk", run=run.key, **LINK)
    assert not app.metric
    app.segmented_control(key="walk.beside").set_value("scores").run()
    (key,) = store.keys("codes")
    expected = generation_scores(run, digits, load_codes(store.artifact(key)))
    wanted = [*expected.samples.values(), expected.floor, expected.reconstructions, expected.pca]
    shown = [float(metric.value) for metric in app.metric]
    assert shown == pytest.approx(wanted, rel=0.006)
    assert app.metric[0].label == "Frechet distance in features-28 ↓"
    said = " ".join(str(caption.value) for caption in app.caption)
    assert (
        "two distributions of 179 pictures" in said or "two distributions of 180 pictures" in said
    )
    assert "It is not FID" in said
