"""The film of a training in a real browser: played, scrubbed, and showing what the run recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import aecore
from aecore.artifact import Artifact
from aecore.export.film import Film, film_of
from aecore.export.film_page import film_page
from aecore.figures.colours import CLASS_COLOURS, to_rgb
from aecore.store import Store
from aecore.training.keyframes import read_keyframe
from tests.browser import windows
from tests.browser.conftest import GREY_PIXELS, Server, settled, until, visit
from tests.core.export.filmed import a_picture_run, filmed, pictures_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True

_AROUND = """(canvas, [x, y]) => {
    const ratio = canvas.width / canvas.clientWidth, g = canvas.getContext('2d');
    const [left, top] = [x, y].map(at => Math.round(at * ratio) - 1);
    return Array.from(g.getImageData(left, top, 3, 3).data);
}"""


def part_of(page: Page) -> Locator:
    return page.locator(".film")


def read(page: Page, name: str) -> Any:
    """What the component notes on itself, from JSON."""
    text = part_of(page).get_attribute(f"data-{name}")
    assert text is not None
    return json.loads(text)


def reconstructions(page: Page, n: int) -> list[np.ndarray]:
    """The painted reconstructions, in the order of their columns."""
    tiles = (page.get_by_role("img", name=f"reconstruction {i + 1}", exact=True) for i in range(n))
    return [np.array(tile.evaluate(GREY_PIXELS)) for tile in tiles]


def on_canvas(page: Page, xy: np.ndarray) -> list[float]:
    """Where a position of the film is drawn."""
    view = read(page, "view")
    return [
        view["width"] / 2 + (float(xy[0]) - view["cx"]) * view["k"],
        view["height"] / 2 - (float(xy[1]) - view["cy"]) * view["k"],
    ]


def off(page: Page, xy: np.ndarray, colour: str = CLASS_COLOURS[0]) -> float:
    """How far what is drawn at a position, and next to it, is from a colour; 0 to 255."""
    canvas = page.locator(".film .plot canvas")
    around = np.array(canvas.evaluate(_AROUND, on_canvas(page, xy))).reshape(9, 4)[:, :3]
    return float(np.abs(around - to_rgb(colour)).max(1).min())


def drawn(page: Page) -> Page:
    expect(part_of(page)).to_have_attribute("data-sheet", "ready", timeout=60_000)
    return page


# In the app ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def artifact(server: Server) -> Artifact:
    store = Store(server.store)
    run = aecore.train("undercomplete", "digits", n_epochs=5, store=store)
    return store.artifact(run.key)


@pytest.fixture
def opened(page: Page, artifact: Artifact) -> Page:
    visit(page, f"/map?run={artifact.key}&map.show=film")
    return settled(drawn(page))


def test_it_opens_at_its_end_and_every_keyframe_shows_what_was_recorded(
    opened: Page, artifact: Artifact, server: Server
) -> None:
    film = film_of(Store(server.store), artifact.key)
    expect(part_of(opened)).to_have_attribute("data-epoch", "5.000")
    expect(part_of(opened)).to_have_attribute("data-points", "1000")
    scrub = opened.get_by_role("slider", name="epoch")
    scrub.focus()
    opened.keyboard.press("Home")
    for frame, epoch in enumerate(film.epochs):
        expect(part_of(opened)).to_have_attribute("data-epoch", f"{epoch:.3f}")
        expect(part_of(opened)).to_have_attribute("data-shown", str(frame))
        expect(scrub).to_have_attribute("aria-valuetext", f"epoch {epoch:.0f} of 5")
        kept = read_keyframe(artifact, int(epoch))
        assert kept is not None
        pictures = kept.pictures if kept.pictures is not None else film.pictures[frame]
        for shown, picture in zip(reconstructions(opened, 10), pictures, strict=True):
            assert np.array_equal(shown, picture.ravel())
        opened.keyboard.press("ArrowRight")
    assert not np.array_equal(film.pictures[0], film.pictures[-1])


def test_it_plays_to_its_end_and_the_loss_is_a_place_to_scrub(opened: Page) -> None:
    part = part_of(opened)
    opened.get_by_role("button", name="Play").click()
    expect(part).to_have_attribute("data-playing", "true")
    until(opened, lambda: 0 < read(opened, "epoch") < 5)
    expect(opened.get_by_role("button", name="Pause")).to_have_count(1)
    expect(part).to_have_attribute("data-playing", "false", timeout=60_000)
    expect(part).to_have_attribute("data-epoch", "5.000")

    box = opened.locator(".film .curve").bounding_box()
    assert box is not None
    opened.mouse.move(box["x"] + box["width"] - 30, box["y"] + 40)
    opened.mouse.down()
    opened.mouse.move(box["x"] + 56 + (box["width"] - 68) * 0.4, box["y"] + 60, steps=5)
    opened.mouse.up()
    until(opened, lambda: abs(read(opened, "epoch") - 2) < 0.02)
    expect(opened.locator(".film .when")).to_have_text("Epoch 2")
    thumb = float(opened.get_by_role("slider", name="epoch").evaluate("e => e.value"))
    assert thumb == pytest.approx(2, abs=0.02)
    assert read(opened, "marker") == pytest.approx(56 + (box["width"] - 68) * 0.4, abs=3)
    expect(opened.locator(".film .now")).to_contain_text("lower is better")


def test_a_class_can_be_hidden_and_a_download_is_the_film(
    opened: Page, artifact: Artifact, tmp_path: Path
) -> None:
    threes = int((artifact.read_array("view-labels.npy") == 3).sum())
    opened.locator(".film").get_by_role("button", name="3", exact=True).click()
    expect(part_of(opened)).to_have_attribute("data-points", str(1000 - threes))
    with opened.expect_download(timeout=60_000) as download:
        opened.get_by_role("button", name="Film as a page").click()
    file = tmp_path / "film.html"
    download.value.save_as(file)
    page = opened.context.browser.new_page()
    page.goto(file.as_uri())
    expect(part_of(drawn(page))).to_have_attribute("data-epoch", "5.000")
    page.close()


# A file from disk ------------------------------------------------------------------------------


def frames_of(n_frames: int, n: int) -> dict[int, np.ndarray]:
    """Points that fly apart, the last of them, which is drawn on top, farthest."""
    rng = np.random.default_rng(0)
    way = rng.normal(size=(n, 2))
    way[-1] = [3.0, 0.5]
    start = 0.2 * rng.normal(size=(n, 2))
    return {epoch: start + way * (1 + epoch) / n_frames for epoch in range(n_frames)}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    store = Store(tmp_path_factory.mktemp("film"))
    code = aecore.GaussianCodeSpec(n_dims=2)
    return film_of(store, filmed(store, a_picture_run(code), frames_of(5, 400)).key)


def written(film: Film, folder: Path) -> Path:
    path = folder / "film.html"
    path.write_text(film_page(film, "<script>alert(1)</script>"), encoding="utf-8")
    return path


@pytest.fixture
def page_from_disk(browser: Browser, film: Film, tmp_path: Path) -> Iterator[Page]:
    with windows.page_from_disk(browser, written(film, tmp_path)) as opened:
        yield drawn(opened)


@pytest.fixture
def calm_page(browser: Browser, film: Film, tmp_path: Path) -> Iterator[Page]:
    file = written(film, tmp_path)
    with windows.page_from_disk(browser, file, is_calm_and_dark=True) as opened:
        yield drawn(opened)


def test_a_point_is_where_it_was_and_moves_on_a_straight_line_between(
    page_from_disk: Page, film: Film
) -> None:
    page = page_from_disk
    expect(page.get_by_role("heading")).to_have_text("<script>alert(1)</script>")
    page.get_by_role("slider", name="epoch").focus()
    page.keyboard.press("Home")
    for frame in range(5):
        expect(part_of(page)).to_have_attribute("data-epoch", f"{frame}.000")
        assert off(page, film.positions[frame, -1]) < 60
        if frame < 3:  # nobody else is so far out
            assert off(page, film.positions[4, -1]) > 60
        for shown, picture in zip(reconstructions(page, 4), pictures_of(frame), strict=True):
            assert np.array_equal(shown, picture.ravel())
        page.keyboard.press("ArrowRight")
    page.get_by_role("slider", name="epoch").fill("2.5")
    expect(part_of(page)).to_have_attribute("data-epoch", "2.500")
    assert off(page, film.positions[2:4, -1].mean(0)) < 60
    assert off(page, film.positions[4, -1]) > 60


def test_a_pointed_point_shows_its_whole_way(page_from_disk: Page, film: Film) -> None:
    page = page_from_disk
    x, y = on_canvas(page, film.positions[-1, -1])
    page.locator(".film .plot canvas").hover(position={"x": x, "y": y})
    expect(part_of(page)).to_have_attribute("data-hot", "399")
    expect(page.locator(".film .tip")).to_contain_text("cat")
    for frame in range(4):
        assert off(page, film.positions[frame : frame + 2, -1].mean(0)) < 60


def test_zooming_along_enlarges_what_is_small_at_first(page_from_disk: Page) -> None:
    page = page_from_disk
    page.get_by_role("slider", name="epoch").focus()
    page.keyboard.press("Home")
    small = read(page, "view")["k"]
    page.get_by_role("button", name="Auto zoom").click()
    until(page, lambda: read(page, "view")["k"] > 1.5 * small)
    page.get_by_role("slider", name="epoch").focus()
    page.keyboard.press("End")
    until(page, lambda: read(page, "view")["k"] == pytest.approx(small, rel=0.05))


def test_space_plays_and_stops(page_from_disk: Page) -> None:
    page, part = page_from_disk, part_of(page_from_disk)
    page.get_by_role("slider", name="epoch").focus()
    assert read(page, "epoch") == 4
    page.keyboard.press(" ")
    expect(part).to_have_attribute("data-playing", "true")
    until(page, lambda: read(page, "epoch") < 4)  # it begins again, with its next frame
    page.keyboard.press(" ")
    expect(part).to_have_attribute("data-playing", "false")
    assert read(page, "epoch") < 4


def test_who_wants_no_motion_is_shown_keyframes(calm_page: Page) -> None:
    page = calm_page
    seen = page.evaluate_handle(
        """() => {
            const part = document.querySelector('.film'), seen = [];
            new MutationObserver(() => seen.push(+part.dataset.pos)).observe(
                part, {attributes: true, attributeFilter: ['data-pos']});
            return seen;
        }"""
    )
    page.get_by_role("button", name="Play").click()
    expect(part_of(page)).to_have_attribute("data-playing", "true")
    expect(part_of(page)).to_have_attribute("data-playing", "false", timeout=60_000)
    until(page, lambda: 4 in seen.json_value())
    assert all(pos == round(pos) for pos in seen.json_value())
    assert len(set(seen.json_value())) >= 3


def test_sixty_frames_of_a_thousand_points_are_there_within_a_second(
    browser: Browser, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store")
    code = aecore.GaussianCodeSpec(n_dims=2)
    film = film_of(store, filmed(store, a_picture_run(code), frames_of(60, 1000)).key)
    assert film.positions.shape == (60, 1000, 2)
    with windows.page_from_disk(browser, written(film, tmp_path)) as page:
        drawn(page)
        took = []
        for _ in range(5):  # other work on the machine makes it slower, never quicker
            drawn(page)
            # a module has run once the document is loaded
            took.append(
                page.evaluate(
                    "() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
                )
            )
            page.reload()
        assert min(took) < 1000
        assert read(drawn(page), "frames") == 60
