"""The Photos page in a real browser: pixels are blended as told, hands and keys move them."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from aecore.bench.attack.pictures import png, zeros
from aecore.imaging.photo_writing import blended
from aecore.photos.adjust import amount_of
from aecore.photos.jobs.clean import pixels_of, restore_spec
from aecore.photos.jobs.repair import mask_of
from aecore.photos.kept import keep_photo, keep_sample, open_photo
from aecore.store import Store
from tests.browser.conftest import Server, painted, settled, until, visit, watched_page
from tests.pages.test_photos import FILES, cleaned

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True

LONG_MS = 60_000


@pytest.fixture(scope="module")
def store(server: Server) -> Store:
    """The server's store, where all that is looked at here is cleaned already."""
    found = Store(server.store)
    cleaned(found, keep_sample(found, "chelsea"))
    for data in FILES.values():
        cleaned(found, keep_photo(found, data))
    return found


@pytest.fixture
def stage(page: Page, store: Store) -> Locator:
    visit(page, "/photos")
    part = page.locator(".st-key-photos-view .part")
    expect(part).to_have_attribute("data-painted", "cleaned", timeout=LONG_MS)
    return part


def _canvas(stage: Locator) -> np.ndarray:
    """What is painted, `(H, W, 3)`."""
    url = stage.locator("canvas").evaluate("c => c.toDataURL('image/png')")
    content = base64.b64decode(url.split(",")[1])
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def _middle(x: np.ndarray) -> np.ndarray:
    """`(C, H, W)` as it stands in the canvas."""
    return x.transpose(1, 2, 0).astype(int)


def _strength(stage: Locator, value: float) -> None:
    stage.locator(".blend input").fill(str(value))
    expect(stage).to_have_attribute("data-strength", str(value))


def test_the_blend_is_that_of_the_download_pixel_by_pixel(
    page: Page, stage: Locator, store: Store
) -> None:
    key = keep_sample(store, "chelsea")
    x = open_photo(store, key).photo.x
    x_hat = pixels_of(store.artifact(restore_spec(key).key))
    stage.locator(".one").click()
    expect(stage.locator(".zoom")).to_have_text("100 %")
    for strength in (1.0, 0.35):
        if strength != 1.0:
            _strength(stage, strength)
        painted = _canvas(stage).astype(int)
        H, W = painted.shape[:2]
        top, left = (H - 300) // 2, round((W - 451) / 2)
        seen = painted[top : top + 300, left : left + 451]
        split = round(0.5 * W) - left
        assert np.abs(seen[:, :split] - _middle(x)[:, :split]).max() == 0
        apart = np.abs(seen[:, split:] - _middle(blended(x, x_hat, strength))[:, split:])
        assert apart.max() <= 2
        assert np.abs(seen[:, split:] - _middle(x)[:, split:]).mean() > 3
    expect(page).to_have_url(re.compile(r"photos\.strength=0\.35"))
    page.reload()
    settled(page)
    expect(stage).to_have_attribute("data-strength", "0.35", timeout=LONG_MS)


def test_in_the_dark_what_stands_below_the_photograph_is_light(
    browser: Browser, server: Server, store: Store
) -> None:
    with watched_page(browser, server.url, dark=True) as page:
        visit(page, "/photos")
        part = page.locator(".st-key-photos-view .part")
        expect(part).to_have_attribute("data-painted", "cleaned", timeout=LONG_MS)
        assert painted(page.get_by_test_id("stApp"))[0] < 0.2
        assert painted(part)[1] > 0.7


def test_hands_and_keys_zoom_pan_divide_and_turn_layers(page: Page, stage: Locator) -> None:
    canvas, divider = stage.locator("canvas"), stage.locator(".divider")
    box = canvas.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2

    def view() -> str:
        return str(stage.get_attribute("data-view"))

    assert view() == "fit"
    page.mouse.move(*middle)
    page.mouse.wheel(0, -400)
    expect(stage).not_to_have_attribute("data-view", "fit")
    k, x, _ = map(float, view().split())
    page.mouse.down()
    page.mouse.move(middle[0] - 60, middle[1], steps=4)
    page.mouse.up()
    panned = list(map(float, view().split()))
    assert panned[0] == k
    assert panned[1] == pytest.approx(x + 60 / k, abs=0.01)
    canvas.focus()
    page.keyboard.press("0")
    expect(stage).to_have_attribute("data-view", "fit")
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    expect(stage).not_to_have_attribute("data-view", "fit")
    expect(divider).to_have_attribute("aria-valuenow", "50")
    divider.focus()
    page.keyboard.press("ArrowLeft")
    expect(divider).to_have_attribute("aria-valuenow", "48")
    page.keyboard.press("End")
    expect(divider).to_have_attribute("aria-valuenow", "100")
    page.keyboard.press("Home")
    expect(divider).to_have_attribute("aria-valuenow", "0")
    for title, name in (("Removed", "taken"), ("Uncertain", "uncertainty"), ("Original", "clean")):
        stage.get_by_role("button", name=title).click()
        expect(stage).to_have_attribute("data-painted", name)
    assert _canvas(stage).std() > 10


def test_files_are_dropped_looked_at_and_taken_home(
    page: Page, stage: Locator, store: Store, tmp_path: Path
) -> None:
    page.get_by_text("Upload", exact=True).click()
    expect(page.get_by_text("No photograph yet")).to_be_visible(timeout=LONG_MS)
    paths = []
    for name, data in FILES.items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(data)
    page.locator(".st-key-photos-files input[type=file]").set_input_files(paths)
    thumbs = page.locator(".st-key-photos-thumbs .part")
    expect(thumbs).to_have_attribute("data-pictures", "2", timeout=LONG_MS)
    expect(stage).to_have_attribute("data-painted", "cleaned", timeout=LONG_MS)
    thumbs.get_by_role("button").nth(1).click()
    two = restore_spec(keep_photo(store, FILES["two.jpg"])).key
    expect(stage).to_have_attribute("data-rev", two, timeout=LONG_MS)
    with page.expect_download() as loading:
        page.get_by_role("button", name="Download JPEG").click()
    assert loading.value.suggested_filename == "two-cleaned.jpg"
    with Image.open(loading.value.path()) as image:
        assert (image.format, image.size) == ("JPEG", (48, 64))
    with page.expect_download() as loading:
        page.get_by_role("button", name="All 2 as a zip").click()
    with zipfile.ZipFile(loading.value.path()) as archive:
        assert archive.namelist() == ["one-cleaned.png", "two-cleaned.jpg"]
    page.reload()
    settled(page)
    expect(stage).to_have_attribute("data-rev", two, timeout=LONG_MS)


def test_stop_stops_several_and_go_on_goes_on(page: Page, stage: Locator, tmp_path: Path) -> None:
    page.get_by_text("Upload", exact=True).click()
    expect(page.get_by_text("No photograph yet")).to_be_visible(timeout=LONG_MS)
    paths = [tmp_path / f"new-{side_px}.jpg" for side_px in (2000, 2100, 2200)]
    for path in paths:  # so large that none is cleaned before it is stopped
        side_px = int(path.stem.removeprefix("new-"))
        Image.effect_noise((side_px, 1500), 40).convert("RGB").save(path)
    page.locator(".st-key-photos-files input[type=file]").set_input_files(paths)
    button = page.locator(".st-key-photos-stop button")
    for words in ("Stop", "Resume", "Stop", "Resume"):
        expect(button).to_contain_text(words, timeout=LONG_MS)
        settled(page)
        assert button.inner_text().endswith(words)
        if words == "Resume":
            expect(page.get_by_text("Cleaning: new-2000.jpg was stopped.")).to_be_visible()
        button.click()
    expect(button).to_contain_text("Stop", timeout=LONG_MS)
    button.click()
    expect(button).to_contain_text("Resume", timeout=LONG_MS)


def test_what_the_brush_marks_arrives_where_it_was_drawn(
    page: Page, stage: Locator, store: Store
) -> None:
    page.goto("/photos?photos.then=fill")
    settled(page)
    expect(stage).to_have_attribute("data-painted", "cleaned", timeout=LONG_MS)
    fill = stage.get_by_role("button", name="Fill it")
    expect(fill).to_be_disabled()
    stage.locator(".one").click()
    box = stage.locator("canvas").bounding_box()
    assert box is not None
    left, top = box["x"] + (box["width"] - 451) / 2, box["y"] + (box["height"] - 300) / 2
    stage.get_by_role("button", name="Rectangle").click()
    for tool, a, b in (("Rectangle", (40, 50), (100, 90)), ("Erase", (60, 70), (61, 70))):
        stage.get_by_role("button", name=tool).click()
        page.mouse.move(left + a[0], top + a[1])
        page.mouse.down()
        page.mouse.move(left + b[0], top + b[1], steps=4)
        page.mouse.up()
    expect(fill).to_be_enabled()
    fill.click()
    expect(page).to_have_url(re.compile(r"photos\.mask=photo-[0-9a-f]{24}"), timeout=LONG_MS)
    key = re.search(r"photos\.mask=(photo-[0-9a-f]{24})", page.url)
    assert key is not None
    marked = mask_of(store, key.group(1), (300, 451))
    assert marked[55, 45] and marked[85, 95]
    assert not marked[70, 60]  # erased
    assert not marked[:45].any() and not marked[:, 110:].any()
    expect(page.get_by_text("Filling: A cat")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name="Stop").first.click()
    expect(page.get_by_text("was stopped")).to_be_visible(timeout=LONG_MS)
    (repaired,) = store.keys("repaired")
    kept = {path.name for path in store.artifact(repaired).path.iterdir()}
    assert kept <= {"spec.json", "state.json", "stop"}


def test_where_to_clean_more_and_less_arrives_and_is_done(
    page: Page, stage: Locator, store: Store
) -> None:
    page.goto("/photos?photos.then=adjust")
    settled(page)
    expect(stage).to_have_attribute("data-painted", "cleaned", timeout=LONG_MS)
    stage.locator(".one").click()
    box = stage.locator("canvas").bounding_box()
    assert box is not None
    left, top = box["x"] + (box["width"] - 451) / 2, box["y"] + (box["height"] - 300) / 2
    for tool, x in (("Clean more", 100), ("Clean less", 300)):
        stage.get_by_role("button", name=tool).click()
        page.mouse.move(left + x, top + 100)
        page.mouse.down()
        page.mouse.move(left + x, top + 160, steps=4)
        page.mouse.up()
    stage.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Cleaned more:")).to_be_visible(timeout=LONG_MS)
    key = re.search(r"photos\.mask=(photo-[0-9a-f]{24})", page.url)
    assert key is not None
    amount = amount_of(open_photo(store, key.group(1)).photo.x, (300, 451))
    assert amount[130, 100] > 0.9 and amount[130, 300] < -0.9
    assert (amount[:80] == 0).all() and (amount[:, 150:250] == 0).all()
    expect(stage).to_have_attribute("data-marked", "true")  # more can be marked


def test_the_camera_takes_a_photograph_that_is_kept(page: Page, store: Store) -> None:
    visit(page, "/photos?photos.way=camera")
    take = page.get_by_role("button", name="Take Photo")
    expect(take).to_be_enabled(timeout=LONG_MS)
    video = page.locator("video")
    until(page, lambda: video.evaluate("v => v.readyState > 1 && v.videoWidth > 0"))
    take.click()
    expect(page).to_have_url(re.compile(r"photos\.of=photo-[0-9a-f]{24}"), timeout=LONG_MS)
    key = re.search(r"photos\.of=(photo-[0-9a-f]{24})", page.url)
    assert key is not None
    x = open_photo(store, key.group(1)).photo.x
    assert x.shape[0] == 3 and min(x.shape[1:]) >= 200
    assert x.std() > 10  # not a black picture
    expect(page.get_by_text("Cleaning:")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name="Stop").first.click()
    expect(page.get_by_text("was stopped")).to_be_visible(timeout=LONG_MS)


def slow_file() -> bytes:
    """A small picture with two gigabytes too much behind its pixels."""
    return png(bits=16, pixels=zeros(2**31))


def test_a_file_that_takes_long_is_told_of_and_can_be_given_up(
    page: Page, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "slow.png").write_bytes(slow_file())
    (tmp_path / "one.png").write_bytes(FILES["one.png"])
    visit(page, "/photos?photos.way=upload")
    chooser = page.locator("input[type=file]")
    chooser.set_input_files([tmp_path / "slow.png", tmp_path / "one.png"])
    expect(page.get_by_text("Reading slow.png…")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("slow.png was not read.")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    settled(page)
