"""Latent map: what is drawn is the map, what is selected is shown, what cannot be is told."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, patch

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import load, load_file, save_file
from scipy.stats import spearmanr
from streamlit.testing.v1 import AppTest

import aecore
from aecore.api import lab
from aecore.claims import claim
from aecore.data.samples import PARTS, SampleSet, save_samples, split
from aecore.export.thumbnails import sheet_of
from aecore.figures.payload import unpack
from aecore.figures.scatter import Groups
from aecore.figures.selection import selection_of
from aecore.latent.clumping import ClusterTendency, clumping
from aecore.latent.codes import codes_spec
from aecore.maps.inverse import inverse_of
from aecore.maps.latent_map import LatentMap, load_map
from aecore.maps.trust import load_trust
from aecore.recipes import fitted, recipe
from aecore.runs import OpenRun
from aecore.specs.data import DataSpec
from aecore.specs.maps import MapSpec, PcaSpec, UmapSpec
from aecore.specs.run import RunSpec
from aecore.specs.studies import TrustSpec
from aecore.store import Store
from pages.ui import backend, thumbnails
from pages.ui.map import downloads, own_picture, payload, selection, server_decode, view
from pages.ui.map import path as map_path
from pages.ui.map import plane as map_plane
from pages.ui.map import settings as map_settings
from pages.ui.map import trust as map_trust
from pages.ui.map.context import MapContext
from pages.ui.map.interactive import without_hidden
from tests.pages.conftest import OpenPage, bring, said, until


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, digits_root: Path) -> Path:
    """A store with one run on the digits, its codes and its PCA maps."""
    store = Store(tmp_path_factory.mktemp("trained"))
    bring(digits_root, store)
    (key,) = store.keys("run")
    codes = codes_spec(aecore.open_run(store, key))
    store.create(codes)
    lab.finish(store, codes.key)
    for n_components in (2, 3):
        spec = MapSpec(codes=codes.key, method=PcaSpec(n_components=n_components))
        store.create(spec)
        lab.finish(store, spec.key)
        if n_components == 2:
            trust = TrustSpec(map=spec.key)
            store.create(trust)
            lab.finish(store, trust.key)
    return store.root


@pytest.fixture
def run(trained: Path, store: Store) -> OpenRun:
    """That run, in the store of the test."""
    bring(trained, store)
    (key,) = store.keys("run")
    return aecore.open_run(store, key)


def the_map(store: Store, n_components: int = 2) -> LatentMap:
    """The PCA map."""
    maps = [load_map(store, key) for key in store.keys("map")]
    (found,) = (found for found in maps if found.spec.method == PcaSpec(n_components=n_components))
    return found


@contextmanager
def seen_figure() -> Iterator[MagicMock]:
    """What the chart of a solid map is asked to draw; caches of other tests hide nothing."""
    view._drawn.clear()
    with patch.object(view, "map_figure", wraps=view.map_figure) as figure:
        yield figure


@dataclass
class Sent:
    """What the flat map was told last, read as the browser reads it."""

    head: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def positions(self) -> np.ndarray:
        return self.arrays["xy"].reshape(-1, 2)


@contextmanager
def seen_map() -> Iterator[Sent]:
    """What the browser is sent of a flat map; caches of other tests hide nothing."""
    payload._packed.clear()
    sent = Sent()

    def note(message: bytes, **_: object) -> None:
        sent.head, sent.arrays = unpack(message)

    with patch.object(view, "interactive_map", note):
        yield sent


@contextmanager
def seen_pictures() -> Iterator[dict[str, tuple[np.ndarray, list[str]]]]:
    """Galleries of the right side by their key."""
    found: dict[str, tuple[np.ndarray, list[str]]] = {}

    def note(pictures: np.ndarray, captions: list[str], *, key: str, **_: object) -> None:
        found[key] = (pictures, captions)

    with patch.object(selection, "gallery", note), patch.object(own_picture, "gallery", note):
        yield found


def grey(pictures: np.ndarray) -> np.ndarray:
    return pictures.reshape(len(pictures), -1, 3)[..., 0] if pictures.shape[-1] == 3 else pictures


# Gates ---------------------------------------------------------------------------------------


def test_without_a_run_the_model_that_ships_is_shown_and_said(
    open_page: OpenPage, nothing_begins: None
) -> None:
    app = open_page("map")
    assert "Nothing is trained yet." in said(app)
    assert app.button(key="gate.train").label == "Train a model"


def test_a_run_that_ended_before_its_first_epoch_is_sent_back_to_training(
    open_page: OpenPage, store: Store
) -> None:
    spec = lab.run_spec("undercomplete", "digits", store=store)
    store.artifact(spec.key).set_state(status="stopped")
    app = open_page("map", run=spec.key)
    assert "has no finished epoch" in said(app)


# The map -------------------------------------------------------------------------------------


def test_codes_and_map_are_computed_as_soon_as_the_page_is_opened(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    for kind in ("codes", "map"):
        for key in store.keys(kind):
            store.remove(key)
    app = open_page("map", run=run.key)
    assert "Encoding the samples" in said(app)
    until(app, lambda: bool(app.metric))
    assert not app.exception
    found = the_map(store)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Trustworthiness ↑"] == f"{found.trustworthiness:.3g}"
    assert shown["Continuity ↑"] == f"{found.continuity:.3g}"


def test_every_point_of_the_map_is_drawn_and_named(
    open_page: OpenPage, store: Store, run: OpenRun, digits: SampleSet
) -> None:
    with seen_map() as sent:
        open_page("map", run=run.key)
    found = the_map(store)
    assert np.array_equal(sent.positions, found.positions)
    assert sent.head["axes"] == list(found.axes)
    assert np.array_equal(sent.arrays["group"], digits.labels[found.codes.rows])
    assert np.array_equal(sent.arrays["row"], found.codes.rows)
    assert np.array_equal(sent.arrays["label"], digits.labels[found.codes.rows])
    assert np.array_equal(sent.arrays["error"], found.codes.error)
    assert sent.head["label_names"] == list("0123456789")


def test_thumbnails_the_way_back_and_the_decoder_are_sent_along(
    open_page: OpenPage, store: Store, run: OpenRun, digits: SampleSet
) -> None:
    with seen_map() as sent:
        app = open_page("map", run=run.key)
    found = the_map(store)
    with Image.open(io.BytesIO(sent.arrays["sheet"].tobytes())) as picture:
        sheet = np.asarray(picture.convert("L"), float)
    n_columns = sent.head["sheet"]["columns"]
    for place in (0, 41, len(found) - 1):
        top, left = 8 * (place // n_columns), 8 * (place % n_columns)
        tile = sheet[top : top + 8, left : left + 8]
        assert np.abs(tile - digits.x[found.codes.rows[place], 0]).mean() < 30  # it is lossy
    assert sent.head["inverse"]["kind"] == "linear"
    assert np.allclose(sent.head["inverse"]["origin"], found.codes.z.mean(0), atol=1e-4)
    assert load(sent.arrays["decoder"].tobytes())
    trust = load_trust(store, TrustSpec(map=found.key).key)
    assert np.array_equal(sent.arrays["decoding_error"], trust.decoding_error)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Decoding error on the map ↓"] == f"{trust.decoding_error.mean():.3g}"
    assert shown["Neighbours preserved ↑"] == f"{trust.kept.mean():.3g}"


def test_colour_follows_error_part_and_any_dimension(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    app = open_page("map", run=run.key)
    codes = the_map(store).codes
    with seen_map() as sent:
        app.selectbox(key="map.colour").set_value("part").run()
        assert np.array_equal(sent.arrays["group"], codes.part)
        assert sent.head["colour"]["names"] == ["Training", "Validation", "Test"]
        for name, value in (("error", codes.error), ("dimension 9", codes.z[:, 9])):
            app.selectbox(key="map.colour").set_value(name).run()
            light = sent.arrays["rgb"].reshape(-1, 3) @ [0.3, 0.6, 0.1]
            low, high = sent.head["colour"]["low"], sent.head["colour"]["high"]
            assert (low, high) == pytest.approx(tuple(np.quantile(value, [0.01, 0.99])))
            assert spearmanr(light, np.clip(value, low, high)).statistic > 0.99
            if name == "error":
                assert "lower is better" in sent.head["colour"]["title"]


def test_chosen_dimensions_of_the_code_are_the_axes(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    app = open_page("map", run=run.key, **{"map.method": "codes"})
    until(app, lambda: bool(app.metric))
    codes = the_map(store).codes
    order = np.argsort(-codes.z.var(0), kind="stable")
    with seen_map() as sent:
        app.selectbox(key="map.dim1").set_value(int(order[4])).run()
        until(app, lambda: bool(sent.head))
    assert np.array_equal(sent.positions, codes.z[:, [order[0], order[4]]])
    assert sent.head["axes"] == [f"dimension {order[0]}", f"dimension {order[4]}"]
    app.selectbox(key="map.dim0").set_value(int(order[4])).run()
    assert "Choose different dimensions" in said(app)
    assert not app.exception


def test_three_dimensions_have_no_outlines_and_the_page_says_so(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    with seen_figure() as figure:
        app = open_page("map", run=run.key, **{"map.axes": "3"})
    assert figure.call_args.args[0].shape == (len(the_map(store)), 3)
    assert "Box and lasso work on 2-D maps only" in said(app)


def test_each_method_says_what_its_map_cannot(open_page: OpenPage, run: OpenRun) -> None:
    app = open_page("map", run=run.key)
    assert "PCA is a linear projection" in said(app)
    assert "doi:10.1007/3-540-44668-0_68" in said(app)  # of the scores


def test_a_map_that_was_stopped_is_told_and_asked_for_again(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    key = the_map(store).key
    store.artifact(key).set_state(status="stopped")
    app = open_page("map", run=run.key)
    assert "by PCA was stopped." in said(app)
    assert not app.metric
    app.button(key="asked.again.map").click().run()
    until(app, lambda: bool(app.metric))


def test_a_map_that_was_turned_away_from_is_asked_for_again_by_itself(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    key = the_map(store, n_components=3).key
    app = open_page("map", run=run.key)
    store.artifact(key).set_state(status="running", n_done=1, n_total=9)
    held = claim(store, key)
    assert held is not None
    app.segmented_control(key="map.axes").set_value("3").run()
    assert "1 of 9" in said(app)
    app.segmented_control(key="map.axes").set_value("2").run()
    assert app.metric
    store.artifact(key).set_state(status="stopped")
    held.release()
    app.segmented_control(key="map.axes").set_value("3").run()
    assert "was stopped" not in said(app)
    until(app, lambda: bool(app.metric))


def test_a_map_that_failed_says_why(open_page: OpenPage, store: Store, run: OpenRun) -> None:
    store.artifact(the_map(store).key).set_state(status="failed", error="No <b>.", hint="Do so.")
    app = open_page("map", run=run.key)
    assert "No <b>.\n\nDo so." in app.error[0].value.replace("\\", "")


# Selection -----------------------------------------------------------------------------------


def test_with_nothing_selected_each_class_shows_its_middle(
    open_page: OpenPage, store: Store, run: OpenRun, digits: SampleSet
) -> None:
    with seen_pictures() as galleries:
        app = open_page("map", run=run.key)
    assert "**Select points** to see their pictures" in said(app)
    pictures, captions = galleries["map.examples"]
    assert captions == [str(i) for i in range(10)]
    codes = the_map(store).codes
    threes = np.flatnonzero(digits.labels[codes.rows] == 3)
    apart = np.linalg.norm(codes.z[threes] - codes.z[threes].mean(0), axis=1)
    assert np.array_equal(pictures[3], digits.x[codes.rows[threes[apart.argmin()]]])


def test_a_box_of_the_link_shows_its_pictures_their_mean_and_their_spread(
    open_page: OpenPage, store: Store, run: OpenRun, digits: SampleSet
) -> None:
    found = the_map(store)
    (x0, y0), (x1, y1) = (np.quantile(found.positions, q, axis=0) for q in (0.5, 0.65))
    text = f"box:{x0:.5g},{x1:.5g},{y0:.5g},{y1:.5g}"
    x0, x1, y0, y1 = (float(value) for value in text[4:].split(","))
    inside = [i for i, (x, y) in enumerate(found.positions) if x0 <= x <= x1 and y0 <= y <= y1]
    rows = found.codes.rows[inside]
    with seen_pictures() as galleries:
        app = open_page("map", run=run.key, **{"map.sel": text})
    assert 10 < len(inside) < selection.N_SHOWN
    assert f"**{len(inside)} samples selected**" in said(app)
    assert np.array_equal(galleries["map.pictures"][0], digits.x[rows])
    assert galleries["map.pictures"][1] == [str(label) for label in digits.labels[rows]]
    mean, spread, decoded = galleries["map.common"][0]
    assert np.abs(mean[..., 0] - digits.x[rows, 0].mean(0)).max() <= 0.5
    z_mean = found.codes.z[inside].mean(0, keepdims=True)
    assert np.array_equal(decoded[..., 0], run.decode(z_mean)[0, 0])
    deviation = (digits.x[rows, 0] / 255.0).std(0)
    light = spread.astype(int).sum(-1)
    assert light.flat[deviation.argmax()] == light.max()
    assert app.query_params["map.sel"] == text


def test_what_a_hand_marked_is_shown_without_the_classes_that_were_hidden(
    store: Store, run: OpenRun, digits: SampleSet
) -> None:
    found = the_map(store)
    labels = digits.labels[found.codes.rows]
    (x0, y0), (x1, y1) = (np.quantile(found.positions, q, axis=0).tolist() for q in (0.4, 0.6))
    event = {"selection": {"box": [{"x": [x0, x1], "y": [y0, y1]}]}, "hidden": [3, "x", None]}
    chosen = selection_of(event).places(found.positions)
    held = without_hidden(chosen, event, Groups(labels, digits.label_names))
    assert held.tolist() == [place for place in chosen if labels[place] != 3]
    assert 0 < len(held) < len(chosen)


def test_a_link_begins_with_its_outline(open_page: OpenPage, run: OpenRun) -> None:
    with seen_map() as sent:
        app = open_page("map", run=run.key, **{"map.sel": "box:0,1,-2,3|points:4"})
        assert sent.head["selection"] == {
            "shapes": [{"kind": "box", "x": [0, 1], "y": [-2, 3]}],
            "points": [4],
        }
        before = sent.head["round"]
        app.button(key="map.clear").click().run()
        assert sent.head["selection"] == {"shapes": [], "points": []}
        assert sent.head["round"] > before


def test_clearing_takes_the_selection_out_of_the_address(open_page: OpenPage, run: OpenRun) -> None:
    app = open_page("map", run=run.key, **{"map.sel": "points:3,5"})
    assert "**2 samples selected**" in said(app)
    app.button(key="map.clear").click().run()
    assert "**Select points** to see their pictures" in said(app)
    assert "map.sel" not in app.query_params


def test_an_outline_is_forgotten_on_another_map(open_page: OpenPage, run: OpenRun) -> None:
    app = open_page("map", run=run.key, **{"map.sel": "box:-1,1,-1,1"})
    assert "samples selected" in said(app)
    app.segmented_control(key="map.axes").set_value("3").run()
    assert "Rotate the map." in said(app)
    app.segmented_control(key="map.axes").set_value("2").run()
    assert "**Select points** to see their pictures" in said(app)


@pytest.mark.parametrize("text", ["box:nan,1,1,1", "points:99999999", "<script>", "lasso:1,2"])
def test_a_forged_selection_selects_nothing(open_page: OpenPage, run: OpenRun, text: str) -> None:
    app = open_page("map", run=run.key, **{"map.sel": text})
    assert "**Select points** to see their pictures" in said(app)
    assert not app.exception


def test_all_points_of_a_large_set_are_offered_and_ten_thousand_are_where_it_begins(
    open_page: OpenPage, run: OpenRun
) -> None:
    assert map_settings.points_offered(70_000)[:3] == [70_000, 40_000, 20_000]
    assert map_settings.points_offered(60_000)[:3] == [70_000, 40_000, 20_000]  # takes in all
    assert map_settings.points_offered(20_000)[:2] == [20_000, 10_000]
    assert map_settings.points_offered(300) == [10_000]
    app = open_page("map", run=run.key)
    points = app.selectbox(key="map.points")
    assert points.options == ["at most 10,000", "at most 1,000", "at most 500"]
    assert points.value == "10000"
    with patch.object(map_settings, "points_offered", return_value=[40_000, 20_000, 10_000]):
        app.run()
    assert "minutes without a GPU" in app.selectbox(key="map.points").help


@pytest.mark.usefixtures("nothing_begins")
def test_umap_on_the_gpu_is_offered_where_there_is_one_and_asked_for(
    open_page: OpenPage, run: OpenRun
) -> None:
    with patch.object(map_settings.umap_on_gpu, "is_here", return_value=True):
        app = open_page("map", run=run.key, **{"map.method": "umap"})
        methods = [_asked_map(app).method]
        app.toggle(key="map.gpu").set_value(True).run()
        methods.append(_asked_map(app).method)
    assert methods == [UmapSpec(), UmapSpec(engine="gpu")]
    app = open_page("map", run=run.key, **{"map.method": "umap"})
    assert "map.gpu" not in [toggle.key for toggle in app.toggle]


def _asked_map(app: AppTest) -> MapSpec:
    spec = backend.store().artifact(app.session_state["map.asked"]).spec
    assert isinstance(spec, MapSpec)
    return spec


def test_thumbnails_are_fetched_where_somebody_answers(
    open_page: OpenPage, store: Store, run: OpenRun, digits: SampleSet
) -> None:
    wanted = sheet_of(digits, the_map(store).codes.rows)
    with patch.object(thumbnails, "_allowed", True), seen_map() as sent:
        app = open_page("map", run=run.key)
        before = sent.head["sheet"]["addresses"]
        assert before == [f"thumbnails/{wanted.digest}/0"]  # below whatever folder a proxy adds
        assert "sheet" not in sent.arrays
        app.selectbox(key="map.colour").set_value("error").run()
        assert "rgb" in sent.arrays
        assert sent.head["sheet"]["addresses"] == before
    seen = MapContext(run, digits, the_map(store), "class", None)
    page = downloads.to_page(seen)
    message = re.search(r'id="packed"[^>]*>([^<]+)<', page)
    assert message is not None
    head, arrays = unpack(base64.b64decode(message[1]))
    assert head["sheet"]["addresses"] is None
    assert arrays["sheet"].tobytes() == wanted.parts[0]


def test_forged_settings_are_dropped(open_page: OpenPage, run: OpenRun) -> None:
    forged = {
        "map.method": "../x",
        "map.axes": "9-D",
        "map.colour": "<b>",
        "map.points": "-4",
        "map.seed": "1e99",
    }
    app = open_page("map", run=run.key, **forged)
    until(app, lambda: bool(app.metric))
    assert app.segmented_control(key="map.method").value == "pca"
    assert app.selectbox(key="map.colour").value == "class"


def test_that_there_are_clusters_at_all_is_told_with_its_measure(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    app = open_page("map", run=run.key)
    ratio = clumping(the_map(store).codes.z).ratio
    assert f"Cluster tendency: {ratio:.2f} (median distance" in said(app)
    assert not app.warning
    map_trust._clumping.clear()
    with patch("aecore.latent.clumping.clumping", return_value=ClusterTendency(0.97, 100)):
        app = open_page("map", run=run.key)
    map_trust._clumping.clear()
    assert "Any clusters on this map are artefacts" in app.warning[0].value


# A plane -------------------------------------------------------------------------------------


def test_a_plane_goes_through_the_three_that_were_named(
    open_page: OpenPage, store: Store, run: OpenRun, digits: SampleSet
) -> None:
    found = aecore.latent_map(run, "plane", store=store, through=(3, 7, 12))
    shown: dict[str, Any] = {}
    with patch.object(map_plane, "gallery", lambda x, names, **_: shown.update(x=x, names=names)):
        with seen_map() as sent:
            app = open_page(
                "map", run=run.key, **{"map.method": "plane", "map.through": "3, 7, 12"}
            )
        assert np.array_equal(sent.positions, found.positions)
        places = [int(np.flatnonzero(found.codes.rows == row)[0]) for row in (3, 7, 12)]
        assert [mark["at"] for mark in sent.head["marks"]] == places
        assert np.array_equal(shown["x"], digits.x[[3, 7, 12]])
        assert shown["names"][1] == f"B · #7 · {digits.labels[7]}"
        z = sent.head["inverse"]
        assert np.allclose(z["origin"], found.codes.z[places[0]], atol=1e-6)
        assert found.share is not None
        assert f"holds {100 * found.share:.1f} % of the variance" in said(app)
        app.text_input(key="map.through").set_value("8 & 9").run()
    assert app.query_params["map.through"] == "8 & 9"
    assert not app.exception


def test_whatever_is_typed_names_three_that_are_on_the_map(
    run: OpenRun, store: Store, digits: SampleSet
) -> None:
    codes = replace(the_map(store).codes, rows=3 * np.arange(1797))
    wide = replace(digits, labels=None)
    assert map_plane.rows_of("3, 9; #6", wide, codes) == (3, 9, 6)
    assert map_plane.rows_of("10 10 10", wide, codes) == (9, 12, 6)  # the nearest that are there
    for text in ("", "<script>", "-4", "999999999999999999999", "1 2 3 4 5 6", "nan"):
        rows = map_plane.rows_of(text, wide, codes)
        assert len(set(rows)) == 3
        assert set(rows) <= set(codes.rows.tolist())


def test_through_three_selected_goes_a_plane(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    rows = the_map(store).codes.rows[[5, 40, 900]].tolist()
    aecore.latent_map(run, "plane", store=store, through=tuple(rows))
    app = open_page("map", run=run.key, **{"map.sel": "points:5,40"})
    assert not [button for button in app.button if button.key == "map.plane"]
    app = open_page("map", run=run.key, **{"map.sel": "points:5,40,900"})
    with seen_map() as sent:
        app.button(key="map.plane").click().run()
    assert sent.head["axes"][0].startswith(f"A #{rows[0]} to B #{rows[1]} (")
    assert app.query_params["map.through"] == ", ".join(map(str, rows))
    assert app.segmented_control(key="map.method").value == "plane"


# The server decodes --------------------------------------------------------------------------


def test_the_server_decodes_the_place_that_was_asked_for(
    store: Store, run: OpenRun, digits: SampleSet
) -> None:
    found = the_map(store)
    seen = MapContext(run, digits, found, "class", None)
    place = found.positions[7].astype(float)
    asked = {"key": found.key, "id": "a.1", "x": float(place[0]), "y": float(place[1])}
    head, arrays = unpack(server_decode.answer(seen, {"place": asked}))
    assert (head["id"], head["shape"]) == ("a.1", [8, 8])
    wanted = run.decode(inverse_of(found).codes_at(place[None]))[0, 0]
    assert np.array_equal(arrays["rgb"].reshape(8, 8, 3)[..., 1], wanted)
    forged: list[Any] = [{}, 3, {"place": 4}, None]
    for wrong in ({"key": "map-other"}, {"x": "1"}, {"y": float("nan")}, {"x": 1e300}, {"x": None}):
        forged.append({"place": {**asked, **wrong}})
    assert [server_decode.answer(seen, state) for state in forged] == [b""] * len(forged)


# A path --------------------------------------------------------------------------------------


def test_a_drawn_path_is_decoded_straight_round_and_along_the_data(
    open_page: OpenPage, store: Store, run: OpenRun, digits: SampleSet
) -> None:
    found = the_map(store)
    ends = found.positions[[5, 900]].astype(float).round(3)
    text = ",".join(f"{value:.5g}" for value in ends.ravel())
    rows: dict[str, np.ndarray] = {}
    with patch.object(map_path, "comparison", lambda given, **_: rows.update(given)):
        app = open_page("map", run=run.key, **{"map.path": text})
    z = found.codes.z
    plane = found.linear
    assert plane is not None
    ways = z.mean(0) + (ends - (z.mean(0) - plane.mean) @ plane.components.T) @ plane.components
    t = np.linspace(0, 1, map_path.N_STEPS)[:, None]
    straight = run.decode(((1 - t) * ways[0] + t * ways[1]).astype(np.float32))
    assert np.abs(rows["Linear"].astype(int) - straight).max() <= 1
    for name in ("Spherical", "Along the data"):
        assert np.abs(rows[name][[0, -1]].astype(int) - straight[[0, -1]]).max() <= 1
        assert np.abs(rows[name].astype(int) - straight).max() > 5
    real = {picture.tobytes() for picture in digits.x[found.codes.rows]}
    assert all(picture.tobytes() in real for picture in rows["Nearest sample"])
    assert "Mean distance to the data" in said(app)
    app.button(key="map.path_clear").click().run()
    assert "map.path" not in app.query_params


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "nan,1,2,3", "1,2,3,1e99", "<script>"])
def test_a_forged_path_is_none(open_page: OpenPage, run: OpenRun, text: str) -> None:
    app = open_page("map", run=run.key, **{"map.path": text})
    assert "Pictures along the path" not in said(app)
    assert not app.exception


# Own picture, table --------------------------------------------------------------------------


def test_the_page_to_take_away_holds_the_map(store: Store, run: OpenRun, digits: SampleSet) -> None:
    found = the_map(store)
    page = downloads.to_page(MapContext(run, digits, found, "class", None))
    packed = page.split('id="packed">')[1].split("<")[0]
    head, arrays = unpack(base64.b64decode(packed))
    assert np.array_equal(arrays["xy"].reshape(-1, 2), found.positions)
    assert head["decoder"]["shape"] == [1, 8, 8]


def test_an_own_picture_lies_where_its_code_is_and_names_its_nearest(
    open_page: OpenPage, store: Store, run: OpenRun, digits: SampleSet
) -> None:
    found = the_map(store)
    x = digits.x[found.codes.rows[40]]  # a picture that is on the map
    with (
        patch.object(own_picture.own_picture, "ask", return_value=x),
        seen_pictures() as galleries,
        seen_map() as sent,
    ):
        open_page("map", run=run.key)
    assert np.allclose(sent.head["own"], found.positions[[40]], atol=1e-4)
    pictures, captions = galleries["map.nearest"]
    assert np.array_equal(pictures[0], x)
    assert captions[0].startswith(f"{digits.labels[found.codes.rows[40]]} · ")
    apart = [float(caption.split(" · ")[1]) for caption in captions]
    assert apart == sorted(apart)


def test_the_table_has_a_line_a_point(store: Store, run: OpenRun, digits: SampleSet) -> None:
    found = the_map(store)
    seen = MapContext(run, digits, found, "class", None)
    lines = list(csv.DictReader(io.StringIO(downloads.to_csv(seen))))
    assert len(lines) == len(found)
    line, place = lines[100], 100
    assert int(line["row"]) == found.codes.rows[place]
    assert line["class"] == str(digits.labels[found.codes.rows[place]])
    assert int(line["row"]) in digits.parts[line["part"]]  # type: ignore[index]
    assert [float(line["x"]), float(line["y"])] == pytest.approx(found.positions[place], rel=1e-4)
    assert line["part"] in PARTS


# Hardly anything to map ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        (np.full((40, 1, 8, 8), 90, np.uint8), "this model does not distinguish them"),
        (np.random.default_rng(0).integers(0, 256, (6, 1, 8, 8), dtype=np.uint8), ""),
    ],
    ids=["all alike", "hardly any"],
)
def test_a_map_of_hardly_anything_is_a_sentence_and_no_traceback(
    open_page: OpenPage, store: Store, x: np.ndarray, sentence: str
) -> None:
    data = store.create(DataSpec(source="sprites", n_max=len(x)))  # any spec: the samples are ours
    parts = split(len(x), val_fraction=0.1, test_fraction=0.1, seed=0)
    labels = np.zeros(len(x), np.int64)
    save_samples(data, SampleSet(x=x, parts=parts, labels=labels, label_names=("one",)))
    data.set_state(status="done")
    spec = RunSpec.of(data=data.key, n_epochs=1, **_few())
    store.create(spec)
    lab.finish(store, spec.key)
    app = open_page("map", run=spec.key)
    until(app, lambda: bool(app.metric))
    assert not app.exception
    assert not app.error
    assert sentence in said(app)
    app.selectbox(key="map.colour").set_value("error").run()
    assert not app.exception


def _few() -> dict[str, Any]:
    settings = fitted(recipe("undercomplete").settings, is_pictures=True, scale="unit")
    return {name: value for name, value in settings.items() if name != "n_epochs"}


def test_codes_that_are_no_numbers_are_told(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    for key in store.keys("codes"):
        store.remove(key)
    path = store.artifact(run.key).path / "weights.safetensors"
    with safe_open(path, "np") as file:
        about = dict(file.metadata() or {})
    weights = {name: value.copy() for name, value in load_file(path).items()}
    weights["code.z.bias"][0] = np.nan
    save_file(weights, path, metadata=about)
    app = open_page("map", run=run.key)
    until(app, lambda: bool(app.error))
    assert "codes that are not finite numbers" in said(app)
    assert app.button(key="asked.again.codes").label == "Try again"
    assert not app.exception
