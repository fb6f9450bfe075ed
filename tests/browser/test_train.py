"""Training as a person does it: watched, stopped, reloaded, resumed, and never lost."""

from __future__ import annotations

import io
import json
import time
import zipfile
from urllib.parse import unquote

import pytest
from PIL import Image
from playwright.sync_api import expect

from aecore.data.sprites import draw, factors
from aecore.jobs.askers import ask_to_stop
from aecore.jobs.view import look
from aecore.store import Store
from aecore.training import HISTORY
from tests.browser.conftest import settled, until, visit

pytestmark = pytest.mark.browser
SPARES = 1  # as the app has it: a training starts in a worker that waits warm
CURVES = ".st-key-train-curves .part"
CODES = ".st-key-train-codes .part"


def points(page) -> int:
    return int(page.locator(CURVES).get_attribute("data-points"))


def run_of(page) -> str:
    return page.url.split("run=")[1].split("&")[0]


def status(server, page) -> str:
    return look(Store(server.store), run_of(page)).status


@pytest.mark.slow
def test_a_training_is_watched_stopped_reloaded_and_resumed(page, server):
    visit(page, "/train?train.vae.n_epochs=400&train.vae.widths=4,8")
    page.locator(".st-key-train-start button").click()
    page.wait_for_selector(f'{CURVES}:not([data-points="0"])', timeout=60_000)
    first = points(page)
    until(page, lambda: points(page) > first + 2)
    page.wait_for_selector(CODES, timeout=60_000)

    # Zoom in, and see that it survives the next updates.
    box = page.locator(f"{CURVES} canvas").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.4, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, middle, steps=4)
    page.mouse.up()
    zoomed = page.locator(CURVES).get_attribute("data-view")
    before = points(page)
    until(page, lambda: points(page) > before)
    assert page.locator(CURVES).get_attribute("data-view") == zoomed
    page.locator(f"{CURVES} canvas").dblclick()

    page.locator(".st-key-train-stop button").click()
    asked = time.monotonic()
    until(page, lambda: status(server, page) == "stopped", 10)
    assert time.monotonic() - asked < 2.5  # two seconds, and what the test itself takes to look
    page.wait_for_selector(".st-key-train-resume button")
    run = Store(server.store).artifact(run_of(page))
    kept = [r["epoch"] for r in run.read_history(HISTORY)[0] if r["whole"]]
    assert kept

    page.reload()
    settled(page)
    page.wait_for_selector(".st-key-train-resume button")
    assert points(page) > 0
    page.locator(".st-key-train-resume button").click()
    until(page, lambda: status(server, page) == "running")
    wanted = max(kept[-1] + 1, 8)
    until(page, lambda: run.read_history(HISTORY)[0][-1]["epoch"] >= wanted)
    page.locator(".st-key-train-stop button").click()
    until(page, lambda: status(server, page) == "stopped", 10)


@pytest.mark.slow
def test_a_training_goes_on_while_its_tab_is_closed_and_another_session_may_watch(browser, server):
    from tests.browser.conftest import watched_page

    with watched_page(browser, server.url) as page:
        visit(page, "/train?train.undercomplete.n_epochs=400&train.recipe=undercomplete")
        page.locator(".st-key-train-start button").click()
        page.wait_for_selector(f'{CURVES}:not([data-points="0"])', timeout=60_000)
        key = run_of(page)
    store = Store(server.store)
    seen = len(store.artifact(key).read_history(HISTORY)[0])
    with watched_page(browser, server.url) as other:
        visit(other, f"/train?run={key}")
        other.wait_for_selector(f'{CURVES}:not([data-points="0"])', timeout=60_000)
        until(other, lambda: len(store.artifact(key).read_history(HISTORY)[0]) > seen)
        assert look(store, key).status == "running"
        other.locator(".st-key-train-stop button").click()
        settled(other)  # the engine has been told by now
        artifact, n_before = store.artifact(key), len(store.artifact(key).read_history(HISTORY)[0])
        until(other, lambda: len(artifact.read_history(HISTORY)[0]) > n_before + 20)
        assert look(store, key).status == "running"  # who started it still asks for it
        ask_to_stop(store, key)
        until(other, lambda: look(store, key).status == "stopped", 10)


@pytest.mark.slow
def test_own_pictures_are_uploaded_trained_on_and_looked_at(page, server, tmp_path):
    pictures = draw(factors(90, seed=0))
    with zipfile.ZipFile(tmp_path / "shapes.zip", "w") as archive:
        for index, picture in enumerate(pictures):
            file = io.BytesIO()
            Image.fromarray(picture.reshape(64, 64)).save(file, "PNG")
            archive.writestr(
                f"shapes/{'odd' if index % 2 else 'even'}/{index}.png", file.getvalue()
            )
    visit(page, "/data")
    page.get_by_role("radio", name="Your own").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "shapes.zip")
    page.get_by_test_id("stFileUploader").get_by_text("shapes.zip").wait_for()
    page.get_by_role("button", name="Import these pictures").click()
    page.get_by_role("heading", name="Own pictures: shapes.zip").wait_for(timeout=60_000)
    settled(page)
    page.get_by_role("button", name="Train on this").click()
    page.wait_for_url("**/train?**")
    settled(page)
    expect(page.get_by_text("90 samples, 64 × 64 px, grey")).to_have_count(1)
    epochs = page.get_by_label("Epochs", exact=True)
    epochs.fill("5")
    epochs.press("Enter")
    settled(page)
    page.locator(".st-key-train-start button").click()
    page.wait_for_selector(f'{CURVES}:not([data-points="0"])', timeout=60_000)
    page.locator(".st-key-train-further button").first.wait_for(timeout=60_000)
    settled(page)
    first = run_of(page)
    page.locator(".st-key-train-further button").first.click()
    until(page, lambda: run_of(page) != first)
    until(page, lambda: status(server, page) == "done")
    # One curve over both runs: the second begins where the first ended.
    until(page, lambda: json.loads(page.locator(CURVES).get_attribute("data-view"))[1] > 9)
    page.locator(".st-key-train-further button").first.wait_for()
    settled(page)
    page.locator(".st-key-train-look button").first.click()
    page.wait_for_url("**/reconstruct?**")
    page.wait_for_selector(".st-key-reconstruct-wall .part[data-pictures]", timeout=60_000)


def test_the_network_is_drawn_and_follows_the_settings(page):
    visit(page, "/train?train.recipe=conv")
    drawn = page.locator(".st-key-train-network .part")
    drawn.wait_for()
    before = int(drawn.get_attribute("data-layers"))
    page.get_by_text("Network", exact=True).click()
    widths = page.locator(".st-key-train-conv-widths input")
    widths.fill("16, 32, 64")
    widths.press("Enter")
    until(page, lambda: int(drawn.get_attribute("data-layers")) == before + 2)
    assert "train.conv.widths=16" in unquote(page.url)
