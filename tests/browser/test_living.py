"""The living map without a server: recipes decode as in torch, and a file from disk answers."""

from __future__ import annotations

import base64
import io
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

import aecore
from aecore.export import thumbnails
from aecore.export.living import InteractiveMap
from aecore.export.portable import portable
from aecore.export.single_file import single_file
from aecore.export.thumbnails import sheet_of
from aecore.figures.scatter import Groups
from aecore.maps.inverse import inverse_of
from aecore.maps.trust import Trust, trust_steps
from aecore.recipes import GENERAL
from aecore.runs import OpenRun
from aecore.store import Store
from tests.browser.conftest import GREY_PIXELS, ROOT, until
from tests.browser.living import drag, loneliest, on_screen, part_of, point_at, read
from tests.browser.windows import page_from_disk
from tests.core.export.untrained import codes_for, untrained

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHARED = ROOT / "assets" / "components" / "shared"
ENGINE = (SHARED / "decoder.js").read_text(encoding="utf-8")
_DECODE = """({layers, weights, codes}) => {
    const bytes = Uint8Array.from(atob(weights), c => c.charCodeAt(0));
    const decode = decoderKit().openDecoder(layers, bytes), took = [];
    const found = codes.map(z => {
        const begin = performance.now(), x = Array.from(decode(z));
        took.push(performance.now() - begin);
        return x;
    });
    return {found, took};
}"""


# The decoder -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.add_script_tag(content=ENGINE)
    yield page
    page.close()


@pytest.mark.parametrize("name", GENERAL)
def test_every_recipe_decodes_in_the_browser_as_torch_does(engine: Page, name: str) -> None:
    run = untrained(name)
    z = codes_for(run, 6)
    told = portable(run, z)
    answer = engine.evaluate(
        _DECODE,
        {
            "layers": list(told.layers),
            "weights": base64.b64encode(told.weights).decode(),
            "codes": z.tolist(),
        },
    )
    found = 255 * np.clip(np.array(answer["found"]).reshape(6, *run.shape), 0, 1)
    assert np.abs(found - run.decode(z)).max() <= 2
    assert median(answer["took"]) < 200  # ten times what it takes; a bench measures it


# A file from disk --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("living"))


@pytest.fixture(scope="module")
def run(store: Store) -> OpenRun:
    return aecore.train("undercomplete", "digits", n_epochs=3, store=store)


@pytest.fixture(scope="module")
def living(run: OpenRun, store: Store) -> InteractiveMap:
    """A flat map that is read backwards by its points alone, as one by UMAP is."""
    digits = aecore.load("digits", store=store)
    found = replace(aecore.latent_map(run, "pca", store=store), linear=None)
    return InteractiveMap(
        found,
        digits,
        Groups(digits.labels[found.codes.rows], tuple("0123456789")),
        sheet_of(digits, found.codes.rows),
        portable(run, found.codes.z),
        ended(trust_steps(run, digits, found)),
    )


def ended(steps: Generator[Any, None, Trust]) -> Trust:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Trust = end.value
            return found


@pytest.fixture
def opened(browser: Browser, living: InteractiveMap, tmp_path: Path) -> Iterator[Page]:
    """The page, opened from disk in a browser that can reach nothing else."""
    file = tmp_path / "map.html"
    file.write_text(single_file(living, "<script>alert(1)</script>"), encoding="utf-8")
    assert file.stat().st_size < 2_000_000
    with page_from_disk(browser, file) as page:
        part = page.locator(".living")
        expect(part).to_have_attribute("data-engine", "ready")
        expect(part).to_have_attribute("data-sheet", "ready")
        yield page


def made(page: Page) -> np.ndarray:
    return np.array(page.locator(".made canvas").evaluate(GREY_PIXELS)).reshape(8, 8)


def test_a_place_is_decoded_as_the_library_decodes_it_and_trusted_alike(
    opened: Page, living: InteractiveMap, run: OpenRun
) -> None:
    found, trust = living.map, living.trust
    assert trust is not None
    inverse = inverse_of(found)
    expect(opened.locator(".living")).to_have_attribute("data-points", "1797")
    for xy in np.quantile(found.positions, [0.3, 0.5, 0.7], axis=0):
        at = point_at(opened, xy)
        wanted = run.decode(inverse.codes_at(at))[0, 0].astype(int)
        assert np.abs(made(opened) - wanted).max() <= 2
        assert np.ptp(wanted) > 60
        expected = trust.at(found.positions, at)
        assert read(opened, "trust") == pytest.approx(expected.trust[0], abs=1e-4)
        assert read(opened, "strayed") == pytest.approx(expected.strayed[0], abs=1e-3)
        steps = opened.locator(".made figcaption")
        expect(steps).to_contain_text(f"round-trip distance {expected.strayed[0]:.1f} steps")
    expect(opened.locator(".made figcaption")).to_contain_text("error here about")


def test_a_projection_is_decoded_exactly(
    browser: Browser, living: InteractiveMap, run: OpenRun, store: Store, tmp_path: Path
) -> None:
    found = aecore.latent_map(run, "pca", store=store)
    file = tmp_path / "pca.html"
    file.write_text(single_file(replace(living, map=found), "PCA"), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    expect(page.locator(".living")).to_have_attribute("data-engine", "ready")
    at = point_at(page, np.quantile(found.positions, 0.4, axis=0))
    wanted = run.decode(inverse_of(found).codes_at(at))[0, 0].astype(int)
    assert np.abs(made(page) - wanted).max() <= 2
    page.close()


def test_a_point_shows_its_own_picture_and_what_is_known_of_it(
    opened: Page, living: InteractiveMap
) -> None:
    found = living.map
    place = loneliest(found.positions)
    point_at(opened, found.positions[place])
    expect(part_of(opened)).to_have_attribute("data-hot", str(place))
    told = opened.locator(".seen figcaption")
    row = found.codes.rows[place]
    expect(told).to_contain_text(f"#{row}")
    assert living.samples.labels is not None
    expect(told).to_contain_text(f"class {living.samples.labels[row]}")
    expect(told).to_contain_text(f"error {found.codes.error[place]:.3g}")
    shown = np.array(opened.locator(".seen canvas").evaluate(GREY_PIXELS)).reshape(8, 8)
    picture = living.samples.x[row, 0].astype(float)
    assert np.abs(shown - picture).mean() < 25  # thumbnails are lossy
    others = [np.abs(shown - living.samples.x[r, 0]).mean() for r in found.codes.rows[:200:7]]
    assert np.abs(shown - picture).mean() < min(others)


def test_thumbnails_in_several_sheets_are_each_points_own(
    browser: Browser, living: InteractiveMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "PART_PX", 160)  # 400 tiles each
    sheet = sheet_of(living.samples, living.map.codes.rows)
    assert len(sheet.parts) == 5
    file = tmp_path / "parts.html"
    file.write_text(single_file(replace(living, sheet=sheet), "Parts"), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    expect(part_of(page)).to_have_attribute("data-engine", "ready")
    expect(part_of(page)).to_have_attribute("data-sheet", "ready")
    positions, rows = living.map.positions, living.map.codes.rows
    apart = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    alone = apart.min(1)
    for first in (0, 800, 1600):  # of three parts, the point that no other hides
        place = first + int(alone[first : first + 400].argmax())
        point_at(page, positions[place])
        expect(part_of(page)).to_have_attribute("data-hot", str(place))
        shown = np.array(page.locator(".seen canvas").evaluate(GREY_PIXELS)).reshape(8, 8)
        assert np.abs(shown - living.samples.x[rows[place], 0]).mean() < 25
        others = [np.abs(shown - living.samples.x[r, 0]).mean() for r in rows[:200:7]]
        assert np.abs(shown - living.samples.x[rows[place], 0]).mean() <= min(others)
    page.close()


def test_lasso_click_and_keys_select(opened: Page, living: InteractiveMap) -> None:
    found = living.map
    low, high = np.quantile(found.positions, [0.45, 0.6], axis=0)
    opened.get_by_role("button", name="Box").click()
    drag(opened, [low, high])
    inside = ((found.positions >= low) & (found.positions <= high)).all(1).sum()
    until(opened, lambda: abs(read(opened, "chosen") - inside) <= 5)
    assert opened.locator(".wall canvas").count() == min(240, read(opened, "chosen"))
    opened.keyboard.press("Escape")
    expect(part_of(opened)).to_have_attribute("data-chosen", "0")
    opened.get_by_role("button", name="Lasso").click()
    corners = [low, (low[0], high[1]), high, (high[0], low[1]), low]
    drag(opened, corners)
    until(opened, lambda: abs(read(opened, "chosen") - inside) <= 5)
    place = loneliest(found.positions)
    opened.mouse.click(*on_screen(opened, found.positions[place]))
    expect(part_of(opened)).to_have_attribute("data-chosen", "1")
    opened.locator(".over").dblclick(position={"x": 30, "y": 30})
    expect(part_of(opened)).to_have_attribute("data-chosen", "0")
    point_at(opened, found.positions[place])
    opened.keyboard.press("Enter")
    expect(part_of(opened)).to_have_attribute("data-chosen", "1")


def test_near_by_points_become_their_pictures_and_far_off_again_points(opened: Page) -> None:
    part = opened.locator(".living")
    expect(part).to_have_attribute("data-thumbs", "false")
    opened.locator(".over").hover()
    for _ in range(12):
        opened.mouse.wheel(0, -200)
    expect(part).to_have_attribute("data-thumbs", "true")
    assert 0 < read(opened, "seen") < 1000
    opened.keyboard.press("Tab")
    opened.locator(".over").focus()
    opened.keyboard.press("0")
    expect(part).to_have_attribute("data-thumbs", "false")


def pixels(page: Page) -> np.ndarray:
    """What is drawn of the map, `(H, W)`: of each pixel all four numbers in one."""
    url = page.locator("canvas.points").evaluate("canvas => canvas.toDataURL()")
    picture = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGBA")
    return np.array(picture).view(np.uint32)[..., 0]


def rested(page: Page) -> None:
    """Wait until what a hand did is drawn."""
    page.evaluate("() => new Promise(done => setTimeout(() => requestAnimationFrame(done), 300))")


def test_a_panned_and_zoomed_map_is_drawn_on_the_way_and_then_as_if_afresh(opened: Page) -> None:
    opened.get_by_role("button", name="Move").click()
    box = opened.locator(".over").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before, n_draws = pixels(opened), read(opened, "draws")
    opened.mouse.move(x, y)
    opened.mouse.down()
    opened.mouse.move(x + 90, y - 40, steps=30)
    opened.mouse.up()
    rested(opened)
    assert read(opened, "draws") - n_draws > 10
    panned = pixels(opened)
    shifted = panned[40:540, 130:1000] == before[80:580, 40:910]
    assert shifted.mean() > 0.999  # all but what is rounded otherwise
    for _ in range(3):
        opened.mouse.wheel(0, -150)
    rested(opened)
    zoomed = pixels(opened)
    assert (zoomed == panned).mean() < 0.99
    frame = read(opened, "frame")
    three = opened.get_by_role("button", name="3", exact=True)
    three.click()  # hidden, and then drawn afresh
    rested(opened)
    assert (pixels(opened) != zoomed).any()
    three.click()
    rested(opened)
    assert read(opened, "frame") == frame
    assert np.array_equal(pixels(opened), zoomed)


def test_on_a_fine_display_a_slow_map_moves_in_coarse_pixels_and_rests_in_fine_ones(
    browser: Browser, living: InteractiveMap, tmp_path: Path
) -> None:
    told = single_file(living, "Fine")
    slow = told.replace("MOVING_MS = 10", "MOVING_MS = 0")  # any drawing is too slow for a hand
    assert slow != told
    (file := tmp_path / "fine.html").write_text(slow, encoding="utf-8")
    page = browser.new_page(device_scale_factor=2)
    page.goto(file.as_uri())
    expect(part_of(page)).to_have_attribute("data-sheet", "ready")
    canvas, width = page.locator("canvas.points"), read(page, "frame")["w"]
    before = pixels(page)
    assert before.shape[1] == 2 * width
    widths = page.locator(".over").evaluate("""async over => {
        const canvas = over.parentElement.querySelector('.points'), found = [];
        for (const to of ['Left', 'Left', 'Left', 'Right', 'Right', 'Right']) {
            over.dispatchEvent(new KeyboardEvent('keydown', {key: `Arrow${to}`, shiftKey: true}));
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            found.push(canvas.width);
        }
        return found;
    }""")
    assert width in widths
    until(page, lambda: canvas.evaluate("canvas => canvas.width") == 2 * width)
    rested(page)
    assert (pixels(page) == before).mean() > 0.999
    page.close()


def test_a_hidden_class_is_neither_drawn_nor_found(opened: Page, living: InteractiveMap) -> None:
    assert living.samples.labels is not None
    threes = (living.samples.labels[living.map.codes.rows] == 3).sum()
    opened.get_by_role("button", name="3", exact=True).click()
    expect(part_of(opened)).to_have_attribute("data-points", str(len(living.map) - threes))


def test_trust_is_painted_where_asked_as_deep_as_it_is(
    opened: Page, living: InteractiveMap
) -> None:
    for name in "0123456789":  # no points in the way
        opened.get_by_role("button", name=name, exact=True).click()
    opened.get_by_role("button", name="Trust").click()
    expect(part_of(opened)).to_have_attribute("data-field", "1")
    rested(opened)
    assert living.trust is not None
    positions = living.map.positions
    offered = positions[::9]
    trust = living.trust.at(positions, offered).trust
    deep = []
    for place in (trust.argmax(), np.abs(trust - np.median(trust)).argmin(), trust.argmin()):
        r, g, b, alpha = painted_at(opened, offered[place])
        assert abs(alpha - 150 * trust[place]) < 20  # it is painted in cells, and smoothed
        if alpha > 20:
            assert np.abs(np.array([r, g, b]) - (0, 114, 178)).max() < 12
        deep.append(alpha)
    assert deep[0] > deep[1] + 20 > deep[2] + 40


def painted_at(page: Page, xy: np.ndarray) -> list[int]:
    """Red, green, blue and alpha of what is painted at a position of the map."""
    frame = read(page, "frame")
    x = frame["w"] / 2 + (float(xy[0]) - frame["x"]) * frame["k"]
    y = frame["h"] / 2 - (float(xy[1]) - frame["y"]) * frame["k"]
    found: list[int] = page.locator("canvas.points").evaluate(
        """(canvas, [x, y]) => {
            const k = canvas.width / canvas.clientWidth, g = canvas.getContext('2d');
            return Array.from(g.getImageData(Math.round(x * k), Math.round(y * k), 1, 1).data);
        }""",
        [x, y],
    )
    return found


def test_pictures_of_all_places_lie_behind_the_points(
    opened: Page, living: InteractiveMap, run: OpenRun
) -> None:
    opened.get_by_role("button", name="Pictures").click()
    expect(part_of(opened)).to_have_attribute("data-wall", "1", timeout=30_000)
    frame = read(opened, "frame")
    nx, ny = round(frame["w"] / 42), round(frame["h"] / 42)
    middle = np.array([[frame["x"], frame["y"]]])
    trust = living.trust
    assert trust is not None
    assert trust.at(living.map.positions, middle).presence[0] > 0.35
    column, line = nx // 2, ny // 2
    across, up = (column + 0.5) / nx - 0.5, 0.5 - (line + 0.5) / ny
    xy = middle + np.array([across * frame["w"], up * frame["h"]]) / frame["k"]
    wanted = run.decode(inverse_of(living.map).codes_at(xy))[0, 0].astype(int)
    # no points in the way: all classes are hidden
    for name in "0123456789":
        opened.get_by_role("button", name=name, exact=True).click()
    rested(opened)
    seen = np.array(
        opened.locator("canvas.points").evaluate(
            """(canvas, [nx, ny, column, line]) => {
            const w = canvas.width / nx, h = canvas.height / ny, g = canvas.getContext('2d');
            return Array.from({length: 64}, (_, i) => g.getImageData(
                (column + (i % 8 + 0.5) / 8) * w, (line + (Math.floor(i / 8) + 0.5) / 8) * h, 1, 1
            ).data[0]);
        }""",
            [nx, ny, column, line],
        )
    ).reshape(8, 8)
    assert np.abs(seen - wanted).mean() < 8
    assert np.ptp(wanted) > 60


def test_other_peoples_text_is_no_markup(opened: Page) -> None:
    expect(opened.get_by_role("heading")).to_have_text("<script>alert(1)</script>")
