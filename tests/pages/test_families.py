"""Every family is at home in every page: nothing breaks, and what makes no sense is said.

Tests named smoke open pages and look for an error, and for little else: what a page shows of a run
is held by the tests of that page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import aecore
from aecore.api import lab
from aecore.data.samples import SampleSet
from aecore.denoising.levels import levels_spec
from aecore.latent.codes import codes_spec
from aecore.runs import OpenRun
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.maps import MapSpec
from aecore.specs.run import NetworkSpec
from aecore.specs.studies import TrustSpec
from aecore.store import Store
from aecore.units.units import entries_of
from pages.ui.denoise import curve, wall
from pages.ui.train import run_panel, snapshot
from pages.ui.units import overview, unit
from pages.ui.walk import entries as walk_entries
from tests.pages.conftest import OpenPage, bring, said

pytestmark = pytest.mark.slow

CONV = NetworkSpec(kind="conv", widths=(8, 16), batch_norm=True)
RESNET = NetworkSpec(kind="resnet", widths=(8, 16), batch_norm=True)
DENSE = NetworkSpec(kind="dense", widths=(32,))
FAMILIES: dict[str, tuple[str, dict[str, object]]] = {
    "stacked": ("stacked", {"pretrain_epochs": 1, "network": DENSE}),
    "residual": ("residual", {"network": RESNET}),
    "k-sparse": ("k-sparse", {}),
    "sparse-kl": ("sparse-kl", {}),
    "inpainting": ("inpainting", {"network": CONV}),
    "super-resolving": ("super-resolving", {"network": CONV}),
    "vq-vae": ("vq-vae", {"network": RESNET}),
    "vae-gan": ("vae-gan", {"network": CONV}),
    "joined": (
        "undercomplete",
        {"network": DENSE, "beside": CONV, "code": PlainCodeSpec(n_dims=8)},
    ),
}
MENDS = ("inpainting", "super-resolving")
WALKS = ("between", "samples", "sweep", "plane", "corners", "sums")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A store with a run of each family on few digits, its codes, its map and its levels."""
    root = tmp_path_factory.mktemp("families")
    store, keys = Store(root), {}
    few = {"n_max": 200, "val_fraction": 0.15, "test_fraction": 0.15}
    for name, (recipe_name, settings) in FAMILIES.items():
        run = aecore.train(
            recipe_name, "mnist-5k", store=store, data_settings=few, n_epochs=1, **settings
        )
        codes = store.create(codes_spec(run)).key
        lab.finish(store, codes)
        seen = store.create(MapSpec(codes=codes)).key
        lab.finish(store, seen)
        lab.finish(store, store.create(TrustSpec(map=seen)).key)
        if name in MENDS:
            lab.finish(store, store.create(levels_spec(run, n_pictures=30)).key)
        keys[name] = run.key
    return root, keys


@pytest.fixture
def keys(trained: tuple[Path, dict[str, str]], store: Store) -> dict[str, str]:
    """Key of the run of each family, in the store of the test."""
    root, keys = trained
    bring(root, store)
    return keys


def fine(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    assert not app.error, [error.value for error in app.error]
    return app


@contextmanager
def drawn(*modules: object, name: str = "gallery") -> Iterator[dict[str, tuple]]:
    found: dict[str, tuple] = {}

    def note(pictures: object, captions: object = None, *, key: str, **_: object) -> None:
        found[key] = (pictures, captions)

    with patch.object(modules[0], name, note):
        if len(modules) == 1:
            yield found
        else:
            with patch.object(modules[1], name, note):
                yield found


@pytest.mark.parametrize("family", FAMILIES)
def test_smoke_each_family_opens_in_reconstruct_map_and_units(
    open_page: OpenPage, keys: dict[str, str], family: str
) -> None:
    app = fine(open_page("reconstruct", run=keys[family]))
    assert ("trained to restore corrupted pictures" in said(app)) == (family in MENDS)
    app.switch_page("pages/map.py").run()
    fine(app)
    app.switch_page("pages/units.py").run()
    fine(app)
    assert app.selectbox(key="units.layer").value == "code"


@pytest.mark.parametrize("family", FAMILIES)
def test_smoke_each_family_opens_in_every_walk(
    open_page: OpenPage, keys: dict[str, str], family: str
) -> None:
    app = fine(open_page("walk", run=keys[family]))
    for part in WALKS[1:]:
        app.segmented_control(key="walk.part").set_value(part).run()
        fine(app)


@pytest.mark.parametrize("family", FAMILIES)
def test_smoke_each_family_opens_in_denoise(
    open_page: OpenPage, keys: dict[str, str], family: str
) -> None:
    with patch.object(curve, "watch"):
        app = fine(open_page("denoise", run=keys[family]))
        assert ("was not trained on noisy pictures" in said(app)) == (family not in MENDS)
        if family != "stacked":
            return
        with drawn(wall, name="comparison") as seen:
            for kind in ("dropout", "occlusion", "downscale", "blur"):
                app.segmented_control(key="denoise.noise").set_value(kind).run()
                fine(app)
                assert len(seen["denoise.wall"][0]) >= 3


def test_every_layer_of_joined_and_residual_encoders_is_shown(
    open_page: OpenPage, keys: dict[str, str], store: Store
) -> None:
    for family, names in (
        ("joined", ["layer-1", "beside-1", "beside-2"]),
        ("residual", ["layer-1", "layer-2", "layer-3", "layer-4"]),
    ):
        for name in names:
            app = fine(open_page("units", run=keys[family], **{"units.layer": name}))
            assert app.selectbox(key="units.layer").value == name
    assert "residual block, 16 channels of 7×7" in str(app.selectbox(key="units.layer").options)


def test_units_of_a_quantized_code_are_the_entries_of_its_codebook(
    open_page: OpenPage, keys: dict[str, str], store: Store
) -> None:
    run = aecore.open_run(store, keys["vq-vae"])
    x = _test_pictures(run, store)
    entries = entries_of(run, x)
    share = np.bincount(entries.ravel(), minlength=128) / entries.size
    even = np.exp(-(share[share > 0] * np.log(share[share > 0])).sum())
    with drawn(overview, unit) as seen:
        app = fine(open_page("units", run=run.key))
    assert f"Perplexity {even:.1f} of 128" in said(app)
    n_unused = int((share == 0).sum())
    assert (f"Never used: {n_unused}" in said(app)) == (n_unused > 0)
    pictures, captions = seen["units.all"]
    first = int(captions[0].split(" · ")[0])
    assert first == share.argmax()
    assert pictures.shape[1:] == (12, 12, 3)  # a cell of 4 px with a cell around it


def _test_pictures(run: OpenRun, store: Store) -> np.ndarray:
    from aecore.data.ingest import open_samples

    samples: SampleSet = open_samples(store, run.spec.data)
    return np.asarray(samples.x[samples.parts["test"]])


def test_a_quantized_code_is_swept_by_entries_of_single_places(
    open_page: OpenPage, keys: dict[str, str], store: Store
) -> None:
    run = aecore.open_run(store, keys["vq-vae"])
    with drawn(walk_entries, name="comparison") as seen:
        app = fine(open_page("walk", run=run.key, **{"walk.part": "sweep"}))
    rows, names = seen["walk.entries"]
    assert "A single dimension of this code has no meaning of its own" in said(app)
    assert names[0] == "itself"
    own = {pictures[0].tobytes() for pictures in rows.values()}
    assert len(own) == 1  # each row begins with the picture as it is
    assert len(rows) == walk_entries.N_PLACES
    assert all(len(pictures) == 1 + walk_entries.N_ENTRIES for pictures in rows.values())
    assert any(not np.array_equal(pictures[1], pictures[2]) for pictures in rows.values())


def test_a_walk_through_a_quantized_code_says_that_it_snaps(
    open_page: OpenPage, keys: dict[str, str]
) -> None:
    app = fine(open_page("walk", run=keys["vq-vae"]))
    assert "is rounded to the nearest of 128 entries" in said(app)
    assert "snaps" not in said(open_page("walk", run=keys["residual"]))


def test_samples_of_a_quantized_code_are_said_to_be_nonsense(
    open_page: OpenPage, keys: dict[str, str]
) -> None:
    link = {"walk.part": "samples"}
    assert "Random codes make no sense here" in said(open_page("walk", run=keys["vq-vae"], **link))
    assert "nonsense" not in said(open_page("walk", run=keys["vae-gan"], **link))


def test_inpainting_stands_beside_biharmonic_filling_and_says_what_its_level_is(
    open_page: OpenPage, keys: dict[str, str]
) -> None:
    with drawn(wall, name="comparison") as seen:
        app = fine(open_page("denoise", run=keys["inpainting"]))
    assert list(seen["denoise.wall"][0]) == ["Part hidden", "Filled in", "Clean", "Biharmonic"]
    slider = app.slider(key="denoise.occlusion_level")
    assert slider.value == 0.15
    assert slider.label == "Level, share of the picture hidden"
    assert "trained to restore pictures (Occlusion)" in said(app)


def test_super_resolution_is_scored_against_the_bicubic_input(
    open_page: OpenPage, keys: dict[str, str]
) -> None:
    app = fine(open_page("denoise", run=keys["super-resolving"]))
    assert app.slider(key="denoise.downscale_level").value == 1.0
    assert "Bicubic (input)" in said(app)
    assert "the baseline to beat" in said(app)


def test_reconstruct_counts_a_quantized_code_in_bits(
    open_page: OpenPage, keys: dict[str, str]
) -> None:
    app = open_page("reconstruct", run=keys["vq-vae"])
    assert "The code is 49 entries of a codebook of 128: 343 bits instead of 6,272" in said(app)


def test_the_train_page_shows_perplexity_and_layers_that_were_trained_alone(
    open_page: OpenPage, keys: dict[str, str]
) -> None:
    assert "of 128 ↑" in said(fine(open_page("train", run=keys["vq-vae"])))
    fine(open_page("train", run=keys["stacked"]))


def test_dangerous_settings_are_warned_about_before_training(open_page: OpenPage) -> None:
    app = open_page("train")
    assert not app.warning
    app.number_input(key="train.vae.lr").set_value(0.5).run()
    assert "learning rate of 0.5 is high for adam" in app.warning[0].value
    assert not app.button(key="train.start").disabled


def test_while_layers_are_trained_alone_the_page_says_which() -> None:
    state = SimpleNamespace(phase="", n_done=0, n_total=20_000, eta_s=42.0)
    view = SimpleNamespace(status="running", is_live=True, state=state)
    records = [
        {"epoch": epoch, "whole": False, "train": {name: 0.1}, "n_per_s": 1.0}
        for epoch, name in ((-5.0, "layer 1"), (-4.0, "layer 2"))
    ]
    told = run_panel._how_far(view, records)
    assert told.startswith("Training each layer alone: layer 2, 2 of 6 epochs")
    assert "then all layers together" in told
    assert [mark.label for mark in snapshot.marks(records)] == ["all layers together"]
