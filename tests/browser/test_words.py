"""In a made-up language every word of every page is translated, and none is cut off.

`AECORE_LANGUAGE=pseudo` puts what is translated in brackets and makes it 40 % longer. What then
stands outside brackets is data, or was forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from aecore.api.lab import train
from aecore.store import Store
from tests.browser.conftest import Server, running_server, settled, visit, watched_page
from tests.browser.test_frame import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DATA: dict[str, str] = {
    r"mnist-5k|features-28": "a set and a model by name",
    r"latent-lab": "the app by name",
    r"Latent Lab": "the name of the app",
    r"Skip to main content|Link to heading|Choose an option|Clear all": "words of Streamlit",
    r"^Open$|Help for|progress|Increment|Decrement": "words of Streamlit",
    r"[\w, ()&'-]+ \d{4}[^⟦]*": "a reference to a paper",
    r"\b(px|min|kB|dB|nats|labels\.csv|train|val|test|csv|file|label)\b": "units and file names",
    r"PCA, \d+": "a baseline, by name",
    r"after Denouden[^⟦]*": "a reference to a paper",
    r"^Help$": "the sign of a help text, of Streamlit",
    r"PNG, JPEG[^⟦]*": "names of formats",
    r"https?://\S+|arXiv\S*|doi:\S+": "addresses",
    r"\b[\w.-]+\.(csv|zip|html|gif|png|npy)\b": "names of files",
    r"aecore [\w ]+": "a command",
}
"""What may stand outside brackets, with the reason."""

WORDS = Path(__file__).with_name("outside_brackets.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server that speaks the made-up language, with one small run; and its key."""
    folder = tmp_path_factory.mktemp("words")
    run = train("vae", "digits", n_epochs=1, store=Store(folder / "store"))
    with running_server(folder, AECORE_LANGUAGE="pseudo") as server:
        yield server, run.key


def _outside(found: list[str]) -> list[str]:
    """What no reason covers."""
    forgotten = []
    for line in dict.fromkeys(found):
        where, _, text = line.partition(": ")
        for pattern in DATA:
            text = re.sub(pattern, "", text)
        if re.search(r"[a-z]{2}", text):
            forgotten.append(f"{where}: {line.partition(': ')[2]}")
    return forgotten


@pytest.mark.parametrize("path", PAGES)
def test_every_word_is_translated_and_none_is_cut_off(
    browser: Browser, made_up: tuple[Server, str], path: str
) -> None:
    server, run = made_up
    with watched_page(browser, server.url) as page:
        visit(page, f"/{'' if path == 'start' else path}?run={run}")
        _until_all_is_there(page)
        found = page.evaluate(WORDS)
    assert _outside(found["left"]) == []
    assert found["cut"] == []


def _until_all_is_there(page: Page) -> None:
    """Jobs that the page asks for are done, and its components drawn."""
    for _ in range(240):
        settled(page)
        if page.locator("[class*=st-key-watch-]").count() == 0:
            break
        page.wait_for_timeout(500)
    page.wait_for_timeout(800)


def test_the_browser_names_its_language_where_the_server_does_not(
    browser: Browser, tmp_path: Path
) -> None:
    """English is shown where there is no catalogue of it."""
    with (
        running_server(tmp_path) as server,
        watched_page(browser, server.url) as page,
    ):
        visit(page, "/jobs")
        assert page.locator("h1").first.inner_text().strip() == "Jobs"
