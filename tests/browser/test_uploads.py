"""Uploads in a running server: what is kept leaves memory, and a flood is refused."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, running_server, until, visit
from tests.pages.test_photos import FILES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG_MS = 60_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server where a session may hold 2 MB."""
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, AECORE_UPLOADS_GB="0.002") as started:
        yield started


def held_bytes(server: Server) -> int:
    """What Streamlit says it holds of uploads; it looks again every five seconds."""
    with urllib.request.urlopen(f"{server.url}/_stcore/metrics") as answer:
        found = re.search(r'UploadedFileManager",cache=""} (\d+)', answer.read().decode())
    return int(found[1]) if found else 0


def test_a_photograph_that_is_kept_leaves_the_memory_and_stays_on_the_page(
    page: Page, server: Server, tmp_path: Path
) -> None:
    visit(page, "/photos?photos.way=upload")
    paths = []
    for name, data in FILES.items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(data)
    chosen = page.locator(".st-key-photos-files input[type=file]")
    with page.expect_response(re.compile("upload_file")) as answer:
        chosen.set_input_files(paths[:1])
    assert answer.value.status == 204
    address = re.compile(r"photos\.of=photo-[0-9a-f]{24}(&|$)")
    expect(page).to_have_url(address, timeout=LONG_MS)
    one = page.url.split("photos.of=")[1].split("&")[0]
    until(page, lambda: held_bytes(server) == 0)
    # Any other click: the uploader's value has lost its bytes, and the page keeps the photograph.
    page.locator(".st-key-photos-method").get_by_role("combobox").click()
    page.get_by_role("option").nth(1).click()
    expect(page).to_have_url(re.compile(r"photos\.method="), timeout=LONG_MS)
    assert "photos.of=photo-" in page.url
    chosen.set_input_files(paths[1:])
    expect(page).to_have_url(re.compile(r"photos\.of=(photo-[0-9a-f]{24}(,|%2C)?){2}"))
    assert one in page.url
    page.locator(".st-key-photos-files").get_by_role(
        "button", name=re.compile("Remove")
    ).first.click()
    expect(page).not_to_have_url(re.compile("photo-.*photo-"))
    until(page, lambda: held_bytes(server) == 0)


def test_too_much_is_refused_told_and_taken_once_there_is_room(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    big, small = tmp_path / "big.png", tmp_path / "small.png"
    big.write_bytes(bytes(3_000_000))
    small.write_bytes(FILES["one.png"])
    page = browser.new_page(base_url=server.url)  # unwatched: it is to complain of the refusal
    try:
        page.on("response", lambda r: answers.append(r.status) if "upload_file" in r.url else None)
        answers: list[int] = []
        visit(page, "/data")
        page.get_by_role("radio", name="Your own").click()
        chosen = page.locator("input[type=file]")
        chosen.set_input_files([big])
        until(page, lambda: answers == [413])
        bring = page.get_by_role("button", name="Import these pictures")
        bring.click()
        expect(page.get_by_text("0.002 GB may wait here to be imported")).to_be_visible()
        chosen.set_input_files([small])
        until(page, lambda: answers == [413, 204])
        bring.click()
        expect(page).to_have_url(re.compile("data=data-"))
        until(page, lambda: held_bytes(server) == 0)
    finally:
        page.close()
