"""The map in a real browser: drawn around, clicked, coloured anew, and found again by its link."""

from __future__ import annotations

import re
import urllib.request
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

import aecore
from aecore.data.samples import SampleSet
from aecore.export.thumbnails import sheet_of
from aecore.figures.selection import selection_from_text
from aecore.maps.inverse import inverse_of
from aecore.maps.latent_map import LatentMap
from aecore.maps.trust import load_trust
from aecore.runs import OpenRun
from aecore.specs.studies import TrustSpec
from aecore.store import Store
from tests.browser.conftest import (
    GREY_PIXELS,
    Server,
    painted,
    settled,
    until,
    visit,
    watched_page,
)
from tests.browser.living import drag, loneliest, on_screen, part_of, point_at, read

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True

LONG_MS = 90_000


def trained(store: Store) -> OpenRun:
    """The run of this module, trained once: others share the store."""
    return aecore.train("undercomplete", "digits", n_epochs=2, store=store)


@pytest.fixture(scope="module")
def run_key(server: Server) -> str:
    """A run whose maps are there, and how far the flat one can be believed."""
    store = Store(server.store)
    run = trained(store)
    aecore.latent_map(run, "pca", store=store, n_components=3)
    aecore.living_page(aecore.latent_map(run, "pca", store=store), store=store)
    return run.key


@pytest.fixture(scope="module")
def digits(server: Server, run_key: str) -> SampleSet:
    return aecore.load("digits", store=Store(server.store))


@pytest.fixture
def opened(page: Page, run_key: str) -> Page:
    visit(page, f"/map?run={run_key}")
    return drawn(page)


def drawn(page: Page) -> Page:
    """The page, once its map can be pointed at."""
    expect(part_of(page)).to_have_attribute("data-engine", "ready", timeout=LONG_MS)
    expect(part_of(page)).to_have_attribute("data-sheet", "ready")
    page.get_by_text("How reliable is each position?").wait_for(timeout=LONG_MS)
    settled(page)
    expect(part_of(page)).to_have_count(1)
    expect(part_of(page)).to_have_attribute("data-engine", "ready")
    return page


def the_map(server: Server) -> LatentMap:
    store = Store(server.store)
    return aecore.latent_map(trained(store), "pca", store=store)


def drag_box(page: Page, low: tuple[float, float], high: tuple[float, float]) -> None:
    """Drag a box between two positions of the map."""
    page.get_by_role("button", name="Box").click()
    drag(page, [low, high])


def pictures_of(page: Page, n: int) -> list[np.ndarray]:
    """The selected pictures that are painted, once there are so many."""
    part = page.locator(".st-key-map-pictures .part")
    expect(part).to_have_attribute("data-pictures", str(n), timeout=LONG_MS)
    return [np.array(canvas.evaluate(GREY_PIXELS)) for canvas in part.locator("canvas").all()]


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
    expect(part_of(opened)).to_have_attribute("data-chosen", str(len(inside)))
    for pixels, place in zip(shown, inside, strict=True):
        assert np.array_equal(pixels, digits.x[found.codes.rows[place]].ravel())
    expect(opened.get_by_text(f"{len(inside)} samples selected")).to_be_visible()


def test_a_hidden_class_is_not_among_the_selected(
    opened: Page, server: Server, digits: SampleSet
) -> None:
    found = the_map(server)
    opened.get_by_role("button", name="3", exact=True).click()
    low, high = (tuple(np.quantile(found.positions, q, axis=0)) for q in (0.45, 0.6))
    drag_box(opened, low, high)
    expect(opened).to_have_url(re.compile(r"map\.sel=box"))
    inside = selection_from_text(in_address(opened, "map.sel")).places(found.positions)
    labels = digits.labels[found.codes.rows[inside]]  # type: ignore[index]
    assert (labels == 3).sum() > 0
    shown = pictures_of(opened, int((labels != 3).sum()))
    for pixels, place in zip(shown, inside[labels != 3], strict=True):
        assert np.array_equal(pixels, digits.x[found.codes.rows[place]].ravel())


def test_a_link_finds_the_selection_and_the_colour_again(opened: Page, server: Server) -> None:
    found = the_map(server)
    low, high = (tuple(np.quantile(found.positions, q, axis=0)) for q in (0.4, 0.55))
    drag_box(opened, low, high)
    expect(opened).to_have_url(re.compile(r"map\.sel=box"))
    n = len(selection_from_text(in_address(opened, "map.sel")).places(found.positions))
    before = pictures_of(opened, n)
    opened.locator(".st-key-map-colour").get_by_role("combobox").click()
    opened.get_by_role("option", name="Error").click()
    expect(opened).to_have_url(re.compile(r"map\.colour=error"))
    opened.goto(opened.url)
    drawn(opened)
    assert all(map(np.array_equal, pictures_of(opened, n), before))
    expect(part_of(opened)).to_have_attribute("data-chosen", str(n))
    expect(part_of(opened).get_by_text("mean squared error (lower is better)")).to_be_visible()


def test_a_click_shows_the_picture_of_the_point_and_clear_takes_it_back(
    opened: Page, server: Server, digits: SampleSet
) -> None:
    found = the_map(server)
    place = loneliest(found.positions)
    opened.mouse.click(*on_screen(opened, found.positions[place]))
    (pixels,) = pictures_of(opened, 1)
    assert np.array_equal(pixels, digits.x[found.codes.rows[place]].ravel())
    assert in_address(opened, "map.sel") == f"points:{place}"
    opened.goto(opened.url)
    drawn(opened)
    expect(part_of(opened)).to_have_attribute("data-chosen", "1")
    (pixels,) = pictures_of(opened, 1)
    assert np.array_equal(pixels, digits.x[found.codes.rows[place]].ravel())
    opened.locator(".st-key-map-clear button").click()
    expect(opened.locator(".st-key-map-examples .part")).to_have_attribute("data-pictures", "10")
    assert "map.sel" not in opened.url
    expect(part_of(opened)).to_have_attribute("data-chosen", "0")


def test_the_pointer_is_told_what_lies_there_and_what_the_model_makes_of_it(
    opened: Page, server: Server
) -> None:
    found = the_map(server)
    place = loneliest(found.positions)
    at = point_at(opened, found.positions[place])
    told = part_of(opened).locator(".seen figcaption")
    expect(told).to_contain_text(f"#{found.codes.rows[place]}")
    expect(told).to_contain_text(f"error {found.codes.error[place]:.3g}")
    store = Store(server.store)
    run = aecore.open_run(store, found.codes.run)
    wanted = run.decode(inverse_of(found).codes_at(at))[0, 0].ravel().astype(int)
    painted = np.array(part_of(opened).locator(".made canvas").evaluate(GREY_PIXELS))
    assert np.abs(painted - wanted).max() <= 2
    trust = load_trust(store, TrustSpec(map=found.key).key).at(found.positions, at).trust[0]
    assert read(opened, "trust") == pytest.approx(trust, abs=1e-4)


def test_a_plane_through_three_that_were_clicked_decodes_them(opened: Page, server: Server) -> None:
    found = the_map(server)
    far = np.linalg.norm(found.positions[:, None] - found.positions[None], axis=2)
    np.fill_diagonal(far, np.inf)
    chosen = sorted(int(place) for place in np.argsort(far.min(1))[-3:])  # each alone
    store, rows = Store(server.store), tuple(found.codes.rows[chosen].tolist())
    plane = aecore.latent_map(found.codes.run, "plane", store=store, through=rows)
    aecore.living_page(plane, store=store)  # so that the page waits for no worker
    for n, place in enumerate(chosen, 1):
        opened.keyboard.down("Control")
        opened.mouse.click(*on_screen(opened, found.positions[place]))
        opened.keyboard.up("Control")
        expect(part_of(opened)).to_have_attribute("data-chosen", str(n))
    opened.get_by_role("button", name="Plane through these three").click()
    label = f"A #{found.codes.rows[chosen[0]]} to B"
    expect(opened.get_by_text("the plane through the codes of the three pictures")).to_be_visible(
        timeout=LONG_MS
    )
    drawn(opened)
    assert plane.axes[0].startswith(label)
    at = point_at(opened, plane.positions[chosen[1]])
    run = aecore.open_run(store, found.codes.run)
    painted = np.array(part_of(opened).locator(".made canvas").evaluate(GREY_PIXELS))
    wanted = run.decode(inverse_of(plane).codes_at(at))[0, 0].ravel().astype(int)
    assert np.abs(painted - wanted).max() <= 2
    itself = run.decode(found.codes.z[[chosen[1]]])[0, 0].ravel().astype(int)
    assert np.abs(painted - itself).mean() < 3  # a pixel beside it, at the most
    assert in_address(opened, "map.through") == ", ".join(map(str, rows))


_SLOW = """ms => { const Real = Worker; window.Worker = class extends Real {
    set onmessage(heard) {
        super.onmessage = e => heard(e.data.what === 'open' ? {data: {...e.data, ms}} : e);
    }
}; }"""


@pytest.mark.parametrize(
    ("ms", "words"), [("999", "This decoder is slow here"), ("null", "This decoder is large")]
)
def test_the_server_decodes_where_the_pointer_rests_if_the_browser_cannot(
    new_page: Page, run_key: str, server: Server, ms: str, words: str
) -> None:
    page = new_page
    page.add_init_script(f"({_SLOW})({ms})")  # what the trial at opening found
    visit(page, f"/map?run={run_key}")
    drawn(page)
    expect(page.get_by_text(words)).to_be_visible()
    found = the_map(server)
    run = aecore.open_run(Store(server.store), found.codes.run)
    part, painted = part_of(page), []
    for n, quantile in enumerate((0.3, 0.7), 1):
        x, y = on_screen(page, np.quantile(found.positions, quantile, axis=0))
        page.mouse.move(x - 9, y)
        page.mouse.move(x, y)
        expect(part).to_have_attribute("data-served", str(n), timeout=LONG_MS)
        expect(part.locator(".made")).not_to_have_class(re.compile("stale"))
        at = np.array([read(page, "at")])
        assert on_screen(page, at[0]) == pytest.approx((x, y), abs=1)
        painted.append(np.array(part.locator(".made canvas").evaluate(GREY_PIXELS)))
        wanted = run.decode(inverse_of(found).codes_at(at))[0, 0].ravel()
        assert np.array_equal(painted[-1], wanted)
    assert np.abs(painted[0] - painted[1]).max() > 20
    assert part.get_attribute("data-decoded") == "0"  # the browser itself decoded nothing
    expect(part.locator(".made figcaption")).to_contain_text("round-trip distance")


def test_a_quick_decoder_asks_no_server(opened: Page, server: Server) -> None:
    point_at(opened, np.quantile(the_map(server).positions, 0.4, axis=0))
    assert 0 <= read(opened, "trial-ms") < 100
    assert part_of(opened).get_attribute("data-served") is None
    expect(part_of(opened).locator(".note")).to_be_hidden()


def test_zoom_and_tool_stay_when_something_is_selected(opened: Page, server: Server) -> None:
    found = the_map(server)
    opened.get_by_role("button", name="+", exact=True).click()
    expect(part_of(opened)).not_to_have_attribute("data-draws", "1")
    middle = np.quantile(found.positions, 0.5, axis=0)
    opened.get_by_role("button", name="Box").click()
    before = read(opened, "frame")["k"]
    drag(opened, [middle, middle + np.ptp(found.positions, axis=0) / 12])
    expect(opened).to_have_url(re.compile(r"map\.sel=box"))
    pictures_of(opened, len(selected(opened, found)))
    settled(opened)
    assert read(opened, "frame")["k"] == before
    pressed = opened.get_by_role("button", name="Box")
    expect(pressed).to_have_attribute("aria-pressed", "true")


def selected(page: Page, found: LatentMap) -> np.ndarray:
    return selection_from_text(in_address(page, "map.sel")).places(found.positions)


_FETCHED = """() => performance.getEntriesByType('resource')
    .filter(({name}) => name.includes('/thumbnails/'))
    .map(({name, transferSize, decodedBodySize}) => [name, transferSize, decodedBodySize])"""


def test_a_path_that_is_drawn_shows_the_way_and_stands_in_the_address(
    opened: Page, server: Server
) -> None:
    found = the_map(server)
    a, b = (np.quantile(found.positions, q, axis=0) for q in (0.35, 0.65))
    opened.get_by_role("button", name="Path", exact=True).click()
    drag(opened, [a, b])
    expect(opened).to_have_url(re.compile(r"map\.path="))
    ends = np.array([float(end) for end in in_address(opened, "map.path").split(",")])
    pixel = 1 / read(opened, "frame")["k"]
    assert np.abs(ends - np.concatenate([a, b])).max() <= pixel
    way = opened.locator(".st-key-map-path_pictures .part")
    expect(way).to_have_attribute("data-pictures", "48", timeout=LONG_MS)  # 4 rows of 12
    run = aecore.open_run(Store(server.store), found.codes.run)
    first, last = run.decode(inverse_of(found).codes_at(ends.reshape(2, 2)))[:, 0]
    painted = [np.array(canvas.evaluate(GREY_PIXELS)) for canvas in way.locator("canvas").all()]
    assert np.abs(painted[0] - first.ravel().astype(int)).max() <= 1
    assert np.abs(painted[11] - last.ravel().astype(int)).max() <= 1
    opened.locator(".st-key-map-path_clear button").click()
    expect(way).to_have_count(0)
    assert "map.path" not in opened.url


def test_a_round_trip_is_painted_in_its_colour_where_asked(opened: Page) -> None:
    expect(part_of(opened)).not_to_have_attribute("data-field", re.compile("."))
    before = reds(opened)
    button = part_of(opened).get_by_role("button", name="Round trip")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(part_of(opened)).to_have_attribute("data-field", re.compile("."))
    until(opened, lambda: reds(opened) > before + 1000)
    button.click()
    until(opened, lambda: reds(opened) == before)


def reds(page: Page) -> int:
    """How many pixels of the map have the hue of a round trip, (213, 94, 0), however faint."""
    found: int = (
        part_of(page)
        .locator("canvas.points")
        .evaluate(
            """canvas => {
            const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let n = 0;
            for (let i = 0; i < data.length; i += 4) {
                const [r, g, b, a] = data.slice(i, i + 4);
                const isRed = Math.abs(r - 213) < 30 && Math.abs(g - 94) < 30 && b < 30;
                if (a > 8 && a < 100 && isRed) n++;
            }
            return n;
        }"""
        )
    )
    return found


def test_thumbnails_travel_once_and_a_reload_finds_them_in_the_browser(
    new_page: Page, run_key: str, server: Server, digits: SampleSet
) -> None:
    visit(new_page, f"/map?run={run_key}")
    opened = drawn(new_page)
    sheet = sheet_of(digits, the_map(server).codes.rows)
    address = f"{server.url}/thumbnails/{sheet.digest}/0"
    ((name, sent, size),) = opened.evaluate(_FETCHED)
    assert name == address
    assert sent > size == len(sheet.parts[0])
    opened.locator(".st-key-map-colour").get_by_role("combobox").click()
    opened.get_by_role("option", name="Error").click()
    expect(part_of(opened).get_by_text("mean squared error (lower is better)")).to_be_visible()
    settled(opened)
    assert len(opened.evaluate(_FETCHED)) == 1  # another colour asks for nothing
    opened.reload()
    drawn(opened)
    assert opened.evaluate(_FETCHED) == [[address, 0, size]]
    with urllib.request.urlopen(address) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.read() == sheet.parts[0]


def test_a_map_whose_thumbnails_are_gone_lives_without_them(
    page: Page, run_key: str, server: Server
) -> None:
    page.route("**/thumbnails/**", lambda route: route.fulfill(status=204))
    visit(page, f"/map?run={run_key}")
    expect(part_of(page)).to_have_attribute("data-sheet", "missing", timeout=LONG_MS)
    expect(part_of(page)).to_have_attribute("data-engine", "ready", timeout=LONG_MS)
    found = the_map(server)
    point_at(page, found.positions[loneliest(found.positions)])
    expect(part_of(page).locator(".seen figcaption")).to_contain_text("error")
    expect(part_of(page).locator(".seen canvas")).to_be_hidden()


def test_in_the_dark_the_map_is_written_on_in_light_ink(
    browser: Browser, server: Server, run_key: str
) -> None:
    with watched_page(browser, server.url, dark=True) as page:
        visit(page, f"/map?run={run_key}")
        drawn(page)
        assert painted(page.get_by_test_id("stApp"))[0] < 0.2
        assert painted(part_of(page))[1] > 0.7
        axis = part_of(page).locator("canvas.points").evaluate(GREY_PIXELS)
        assert max(axis) > 150


def test_a_map_in_three_dimensions_is_drawn_and_says_what_it_cannot(opened: Page) -> None:
    opened.get_by_role("radio", name="3-D").click()
    words = opened.get_by_text("Box and lasso work on 2-D maps only")
    expect(words).to_be_visible(timeout=LONG_MS)
    plot = opened.locator(".js-plotly-plot")
    expect(plot.locator(".gl-container canvas").first).to_be_visible(timeout=LONG_MS)
    assert plot.evaluate("plot => plot._fullData.map(trace => trace.type)") == ["scatter3d"] * 10
    expect(opened).to_have_url(re.compile(r"map\.axes=3"))
