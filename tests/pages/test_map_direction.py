"""Directions on the Map page: groups kept in the address, the verdict told, a picture moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

import aecore
from aecore.api import lab
from aecore.figures.index_text import places_to_text
from aecore.figures.payload import unpack
from aecore.latent.direction import direction_between
from aecore.maps.latent_map import LatentMap, load_map
from aecore.runs import OpenRun
from aecore.specs.studies import TrustSpec
from aecore.store import Store
from pages.ui.map import groups as map_groups
from pages.ui.map import moved_picture, payload, view
from pages.ui.map.direction_view import N_STOPS, message, n_places
from tests.pages.conftest import OpenPage, bring, said


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, digits_root: Path) -> Path:
    """A store with one run on the digits, its PCA map, and how far that can be believed."""
    store = Store(tmp_path_factory.mktemp("trained"))
    bring(digits_root, store)
    (key,) = store.keys("run")
    run = aecore.open_run(store, key)
    trust = TrustSpec(map=aecore.latent_map(run, "pca", store=store).key)
    store.create(trust)
    lab.finish(store, trust.key)
    return store.root


@pytest.fixture
def run(trained: Path, store: Store) -> OpenRun:
    bring(trained, store)
    (key,) = store.keys("run")
    return aecore.open_run(store, key)


def the_map(store: Store) -> LatentMap:
    (key,) = store.keys("map")
    return load_map(store, key)


def labels_of(store: Store) -> np.ndarray:
    found = aecore.load("digits", store=store).labels
    assert found is not None
    labels: np.ndarray = found[the_map(store).codes.rows]
    return labels


def marked(store: Store, places: np.ndarray) -> str:
    """A group as the address holds it."""
    return f"{the_map(store).codes.key[-8:]}:{places_to_text(places)}"


@contextmanager
def seen_view() -> Iterator[dict[str, Any]]:
    """What the strip's component was told last."""
    seen: dict[str, Any] = {}

    def view(pictures: np.ndarray, places: np.ndarray, marks: Any, **more: Any) -> None:
        seen.update(pictures=pictures, places=places, marks=marks, **more)

    with patch.object(moved_picture, "direction_view", view):
        yield seen


def test_two_classes_of_the_link_are_told_apart_and_the_most_typical_of_b_is_moved(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    with seen_view() as seen:
        app = open_page("map", run=run.key, **{"map.a": "class:8", "map.b": "class:3"})
    z, labels = the_map(store).codes.z, labels_of(store)
    found = direction_between(z, labels == 8, labels == 3)
    (shown,) = (m.value for m in app.metric if m.label.startswith("Separability"))
    assert float(shown) == pytest.approx(found.told.auc.mean, abs=1e-3)
    assert "The groups are clearly separable." in said(app)
    threes = z[labels == 3]
    typical = threes[np.linalg.norm(threes - threes.mean(0), axis=1).argmin()]
    places = np.linspace(found.low, found.high, len(seen["places"]))
    assert np.allclose(seen["places"], places)
    wanted = run.decode(found.moved(typical, places))
    assert np.abs(seen["pictures"].astype(int) - wanted).max() <= 1
    assert seen["at"] == pytest.approx(found.first)
    at = {mark.name.split(" ")[0]: mark.at for mark in seen["marks"]}
    assert at["A"] > 0 > at["B"]
    assert at["original"] == pytest.approx(found.at(typical[None])[0], abs=1e-4)


def test_groups_are_chosen_by_class_and_stay_in_the_address(
    open_page: OpenPage, run: OpenRun
) -> None:
    app = open_page("map", run=run.key)
    assert "group A" in said(app)
    app.selectbox(key="map.group_a").set_value("4").run()
    app.selectbox(key="map.group_b").set_value("9").run()
    assert app.query_params["map.a"] == "class:4"
    assert app.query_params["map.b"] == "class:9"
    assert any(m.label.startswith("Separability") for m in app.metric)
    app.button(key="map.groups_clear").click().run()
    assert "map.a" not in app.query_params
    assert not any(m.label.startswith("Separability") for m in app.metric)


def test_one_click_sets_two_classes_that_lie_near_each_other(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    app = open_page("map", run=run.key)
    z, labels = the_map(store).codes.z, labels_of(store)
    means = np.stack([z[labels == label].mean(0) for label in range(10)])
    apart = np.linalg.norm(means[:, None] - means[None], axis=2) + 1e9 * np.tri(10)
    one, other = np.unravel_index(apart.argmin(), (10, 10))
    offer = app.button(key="map.offer_0")
    assert offer.label == f"{one} vs. {other}"
    offer.click().run()
    assert app.query_params["map.a"] == f"class:{one}"
    assert app.query_params["map.b"] == f"class:{other}"


def test_what_is_selected_becomes_a_group_that_outlives_the_selection(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    found = the_map(store)
    (x0, y0), (x1, y1) = (np.quantile(found.positions, q, axis=0) for q in (0.3, 0.6))
    box = f"box:{x0:.5g},{x1:.5g},{y0:.5g},{y1:.5g}"
    app = open_page("map", run=run.key, **{"map.sel": box})
    app.button(key="map.make_a").click().run()
    app.button(key="map.clear").click().run()
    x0, x1, y0, y1 = (float(value) for value in box[4:].split(","))
    xy = found.positions
    inside = (xy[:, 0] >= x0) & (xy[:, 0] <= x1) & (xy[:, 1] >= y0) & (xy[:, 1] <= y1)
    assert app.query_params["map.a"] == marked(store, np.flatnonzero(inside))
    assert app.selectbox(key="map.group_a").value == map_groups.MARKED
    assert f"{inside.sum()} pictures." in said(app)


def test_random_groups_are_no_concept(open_page: OpenPage, store: Store, run: OpenRun) -> None:
    order = np.random.default_rng(1).permutation(len(the_map(store)))
    groups = {"map.a": marked(store, order[:80]), "map.b": marked(store, order[80:160])}
    app = open_page("map", run=run.key, **groups)
    assert "No direction separates these groups." in app.warning[0].value
    assert "whether the direction has a meaning" in said(app)


def test_groups_too_small_or_the_same_are_a_sentence(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    few = {"map.a": marked(store, np.arange(3)), "map.b": "class:3"}
    app = open_page("map", run=run.key, **few)
    assert "too small for a direction" in app.error[0].value
    app = open_page("map", run=run.key, **{"map.a": "class:3", "map.b": "class:3"})
    assert "too small for a direction" in app.error[0].value


@pytest.mark.parametrize(
    "text", ["class:99", "class:-1", "class:", "<script>", "deadbeef:AAAA", "class:9999999999999"]
)
def test_a_forged_group_is_none(open_page: OpenPage, run: OpenRun, text: str) -> None:
    app = open_page("map", run=run.key, **{"map.a": text, "map.b": "class:3"})
    assert app.selectbox(key="map.group_a").value == map_groups.NONE
    assert not app.exception


@pytest.mark.parametrize("value", ["nan", "1e99", "<b>", "-7", "99999999"])
def test_a_forged_picture_or_place_is_brought_within_bounds(
    open_page: OpenPage, run: OpenRun, value: str
) -> None:
    asked = {"map.a": "class:8", "map.b": "class:3", "map.moved": value, "map.moved_to": value}
    with seen_view() as seen:
        app = open_page("map", run=run.key, **asked)
    assert not app.exception
    assert seen["places"][0] <= seen["at"] <= seen["places"][-1]
    assert 0 <= app.number_input(key="map.moved_row").value < 1797


def test_a_picture_is_chosen_by_number_and_by_a_click_on_the_map(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    digits = aecore.load("digits", store=store)
    classes = {"map.a": "class:8", "map.b": "class:3"}
    with seen_view() as seen:
        app = open_page("map", run=run.key, **classes)
        app.number_input(key="map.moved_row").set_value(700).run()
        assert app.query_params["map.moved"] == "700"
        own = next(mark.at for mark in seen["marks"] if mark.is_own)
        labels = labels_of(store)
        found = direction_between(the_map(store).codes.z, labels == 8, labels == 3)
        assert own == pytest.approx(found.at(run.encode(digits.x[700:701]))[0], abs=1e-4)
        app = open_page("map", run=run.key, **classes, **{"map.sel": "points:12"})
        assert app.number_input(key="map.moved_row").value == the_map(store).codes.rows[12]


def test_an_own_picture_is_moved_too(open_page: OpenPage, store: Store, run: OpenRun) -> None:
    from pages.ui.map import own_picture

    x = aecore.load("digits", store=store).x[40]
    with patch.object(own_picture.own_picture, "ask", return_value=x), seen_view() as seen:
        app = open_page("map", run=run.key, **{"map.a": "class:8", "map.b": "class:3"})
    assert app.toggle(key="map.moved_own").value
    assert any(mark.name == "original (your own)" for mark in seen["marks"])


def test_the_arrow_goes_from_the_middle_of_b_to_that_of_a_as_the_direction_does(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    heads: list[dict[str, Any]] = []

    def mount(data: bytes, **_: Any) -> None:
        heads.append(unpack(data)[0])

    payload._packed.clear()
    with patch.object(view, "living_map", mount):
        open_page("map", run=run.key, **{"map.a": "class:8", "map.b": "class:3"})
    found, labels = the_map(store), labels_of(store)
    x0, y0, x1, y1 = heads[-1]["arrow"]
    assert [x0, y0] == pytest.approx(found.positions[labels == 3].mean(0), abs=1e-4)
    assert [x1, y1] == pytest.approx(found.positions[labels == 8].mean(0), abs=1e-4)
    assert found.linear is not None
    vector = direction_between(found.codes.z, labels == 8, labels == 3).vector
    projected = vector @ found.linear.components.T
    leads = np.array([x1 - x0, y1 - y0])
    assert leads @ projected == pytest.approx(
        np.linalg.norm(leads) * np.linalg.norm(projected), rel=1e-4
    )


def test_the_strip_is_cut_evenly_from_all_places() -> None:
    n = n_places(28, 28)
    pictures = np.repeat(np.arange(n, dtype=np.uint8), 16).reshape(n, 1, 4, 4)
    head, _ = unpack(message(pictures, np.linspace(-2, 3, n), [], of="x", at=0.0, label="l"))
    assert len(head["stops"]) == N_STOPS
    assert head["stops"][0] == 0
    assert head["stops"][-1] == n - 1
    assert np.ptp(np.diff(head["stops"])) == 0
    assert head["places"][head["stops"][3]] == pytest.approx(0.5)


def test_names_of_files_are_plain(open_page: OpenPage, run: OpenRun) -> None:
    names: list[str] = []
    with patch.object(
        moved_picture.st, "download_button", lambda *_, file_name, **__: names.append(file_name)
    ):
        asked = {"map.a": "class:8", "map.b": "class:3", "map.direction_name": "../a b"}
        open_page("map", run=run.key, **asked)
    assert "---a-b.png" in names


def test_hardly_anything_to_order_has_no_pairs() -> None:
    assert map_groups.nearest_classes(np.zeros((3, 2)), np.array([-1, -1, -1])) == []
    assert map_groups.nearest_classes(np.eye(3), np.array([0, 0, 5])) == [(0, 5)]
