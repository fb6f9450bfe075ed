"""The map in a real browser: drawn around, clicked, coloured anew, and found again by its link."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from scipy.spatial.distance import cdist

import aecore
from aecore.data.samples import SampleSet
from aecore.figures.selection import selection_from_text
from aecore.latent.maps import LatentMap, load_map
from aecore.store import Store
from tests.browser.conftest import Server, settled, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG_MS = 90_000
_PLACES_SELECTED = """plot => plot._fullData.flatMap(trace =>
    (trace.selectedpoints || []).map(i => trace.customdata[i]))"""
_PIXELS = """canvas => Array.from(
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
).filter((_, i) => i % 4 === 0)"""
_ON_SCREEN = """(plot, xy) => {
    const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
    return [box.x + xaxis._offset + xaxis.l2p(xy[0]), box.y + yaxis._offset + yaxis.l2p(xy[1])];
}"""


@pytest.fixture(scope="module")
def run_key(server: Server) -> str:
    return aecore.train("undercomplete", "digits", n_epochs=2, store=Store(server.store)).key


@pytest.fixture(scope="module")
def digits(server: Server, run_key: str) -> SampleSet:
    return aecore.load("digits", store=Store(server.store))


@pytest.fixture
def opened(page: Page, run_key: str) -> Page:
    visit(page, f"/map?run={run_key}")
    plot_of(page)
    return page


def plot_of(page: Page) -> Locator:
    """The chart, once it can be pointed at."""
    plot = page.locator(".js-plotly-plot")
    plot.locator(".nsewdrag").first.wait_for(timeout=LONG_MS)
    settled(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    return plot


def the_map(server: Server) -> LatentMap:
    store = Store(server.store)
    (key,) = (key for key in store.keys("map") if store.artifact(key).spec.method == "pca")  # type: ignore[attr-defined]
    return load_map(store, key)


def loneliest(positions: np.ndarray) -> int:
    """Place of the point that is farthest from any other, so that a pointer finds no other."""
    apart = cdist(positions, positions)
    np.fill_diagonal(apart, np.inf)
    return int(apart.min(1).argmax())


def point_at(page: Page, xy: list[float]) -> Locator:
    """Move the pointer over a position of the map; what it is told there."""
    plot = page.locator(".js-plotly-plot")
    x, y = plot.evaluate(_ON_SCREEN, xy)
    page.mouse.move(x - 30, y)
    page.mouse.move(x, y, steps=5)
    told = plot.locator(".hovertext")
    told.wait_for()
    return told


def tool(page: Page, name: str) -> Locator:
    """Choose what a drag does, in the toolbar of the chart; the chart."""
    plot = page.locator(".js-plotly-plot")
    plot.locator(f".modebar-btn[data-val={name}]").click()
    return plot


def drag_box(page: Page, low: tuple[float, float], high: tuple[float, float]) -> None:
    """Drag a box between two positions of the map."""
    plot = tool(page, "select")
    (x0, y0), (x1, y1) = (
        plot.evaluate(_ON_SCREEN, [float(value) for value in xy]) for xy in (low, high)
    )
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2, steps=4)
    page.mouse.move(x1, y1, steps=4)
    page.mouse.up()


def pictures_of(page: Page, n: int) -> list[np.ndarray]:
    """The selected pictures that are painted, once there are so many."""
    part = page.locator(".st-key-map-pictures .part")
    expect(part).to_have_attribute("data-pictures", str(n), timeout=LONG_MS)
    return [np.array(canvas.evaluate(_PIXELS)) for canvas in part.locator("canvas").all()]


def in_address(page: Page, name: str) -> str:
    return parse_qs(urlsplit(page.url).query).get(name, [""])[0]


def test_a_box_shows_the_pictures_of_the_points_it_holds(
    opened: Page, server: Server, digits: SampleSet
) -> None:
    found = the_map(server)
    low, high = (tuple(np.quantile(found.positions, q, axis=0)) for q in (0.5, 0.65))
    drag_box(opened, low, high)
    expect(opened).to_have_url(re.compile(r"map\.sel=box"))
    inside = selection_from_text(in_address(opened, "map.sel")).places(found.positions)
    n_wanted = (found.positions >= low) & (found.positions <= high)
    assert 10 < len(inside) <= 120
    assert abs(len(inside) - n_wanted.all(1).sum()) <= 5  # a pixel more or less
    shown = pictures_of(opened, len(inside))
    chosen = sorted(opened.locator(".js-plotly-plot").evaluate(_PLACES_SELECTED))
    assert chosen == inside.tolist()
    for pixels, place in zip(shown, chosen, strict=True):
        assert np.array_equal(pixels, digits.x[found.codes.rows[place]].ravel())
    expect(opened.get_by_text(f"{len(inside)} samples selected")).to_be_visible()


def test_a_link_finds_the_selection_and_the_colour_again(opened: Page, server: Server) -> None:
    found = the_map(server)
    low, high = (tuple(np.quantile(found.positions, q, axis=0)) for q in (0.4, 0.55))
    drag_box(opened, low, high)
    expect(opened).to_have_url(re.compile(r"map\.sel=box"))
    n = len(selection_from_text(in_address(opened, "map.sel")).places(found.positions))
    before = pictures_of(opened, n)
    opened.locator(".st-key-map-colour").get_by_role("combobox").click()
    opened.get_by_role("option", name="Error").click()
    expect(opened).to_have_url(re.compile(r"map\.colour=Error"))
    opened.goto(opened.url)
    plot = plot_of(opened)
    assert all(map(np.array_equal, pictures_of(opened, n), before))
    assert len(plot.evaluate("plot => plot._fullLayout.selections")) == 1
    assert plot.evaluate("plot => plot._fullData.length") == 1  # one colour scale, no classes


def test_a_click_shows_the_picture_of_the_point_and_clear_takes_it_back(
    opened: Page, server: Server, digits: SampleSet
) -> None:
    found = the_map(server)
    place = loneliest(found.positions)
    plot = tool(opened, "pan").element_handle()
    opened.wait_for_function("plot => plot._fullLayout.clickmode === 'event+select'", arg=plot)
    point_at(opened, found.positions[place].tolist())
    opened.mouse.down()
    opened.mouse.up()
    (pixels,) = pictures_of(opened, 1)
    assert np.array_equal(pixels, digits.x[found.codes.rows[place]].ravel())
    assert in_address(opened, "map.sel") == f"points:{place}"
    opened.goto(opened.url)
    assert plot_of(opened).evaluate(_PLACES_SELECTED) == [place]
    (pixels,) = pictures_of(opened, 1)
    assert np.array_equal(pixels, digits.x[found.codes.rows[place]].ravel())
    opened.locator(".st-key-map-clear button").click()
    expect(opened.locator(".st-key-map-examples .part")).to_have_attribute("data-pictures", "10")
    assert "map.sel" not in opened.url
    assert not plot_of(opened).evaluate(_PLACES_SELECTED)


def test_the_pointer_is_told_the_name_of_a_point(opened: Page, server: Server) -> None:
    found = the_map(server)
    place = loneliest(found.positions)
    told = point_at(opened, found.positions[place].tolist())
    expect(told).to_contain_text(f"#{found.codes.rows[place]}")
    expect(told).to_contain_text(f"error {found.codes.error[place]:.3g}")


def test_a_map_in_three_dimensions_is_drawn_and_says_what_it_cannot(opened: Page) -> None:
    opened.get_by_role("radio", name="3-D").click()
    words = opened.get_by_text("Plotly's three-dimensional chart has none")
    expect(words).to_be_visible(timeout=LONG_MS)
    plot = opened.locator(".js-plotly-plot")
    expect(plot.locator(".gl-container canvas").first).to_be_visible()
    assert plot.evaluate("plot => plot._fullData.map(trace => trace.type)") == ["scatter3d"] * 10
    expect(opened).to_have_url(re.compile(r"map\.axes=3-D"))
