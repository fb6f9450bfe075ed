"""A session is a browser's and no address: it stays over reloads, and no link copies it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from aecore.recipes import recipe
from aecore.specs.data import DataSpec
from aecore.store import Store
from pages.ui import session_list
from tests.browser.conftest import Server, settled, visit, watched_page

pytestmark = pytest.mark.browser
SHARES_SERVER = True


@pytest.fixture(scope="module")
def run(server: Server) -> str:
    """A run that was asked for and never began, titled as the recipe has it."""
    store = Store(server.store)
    data = store.create(DataSpec(source="digits"), title="Digits")
    return store.create(recipe("vae").spec(data.key), title="A run of mine").key


def session_of(context: BrowserContext) -> str:
    (value,) = [
        found["value"] for found in context.cookies() if found["name"].startswith("latent-lab-")
    ]
    return value.split(".")[0]


def listed(page: Page) -> int:
    """How many runs Start lists for whoever looks."""
    visit(page)
    expect(page.get_by_role("heading", name="Your runs")).to_be_visible()
    return page.get_by_text("A run of mine").count()


def test_a_session_stays_over_page_switch_and_reload_and_is_in_no_address(
    page: Page, server: Server, run: str
) -> None:
    visit(page)
    session = session_of(page.context)
    session_list.remember(Store(server.store), session, run)
    assert listed(page) == 1
    page.get_by_role("link", name="Data", exact=True).first.click()
    expect(page).to_have_url(re.compile(r"/data$"))
    page.reload()
    settled(page)
    assert listed(page) == 1
    assert session_of(page.context) == session
    assert page.evaluate("document.cookie").count("latent-lab") == 0  # no script reads it


def test_a_copied_address_shows_what_is_looked_at_and_not_whose_it_is(
    browser: Browser, server: Server, run: str
) -> None:
    with (
        watched_page(browser, server.url) as teacher,
        watched_page(browser, server.url) as pupil,
    ):
        visit(teacher, f"/train?run={run}")
        session_list.remember(Store(server.store), session_of(teacher.context), run)
        address = teacher.url
        visit(pupil, address.removeprefix(server.url))
        for page in (teacher, pupil):
            expect(page.get_by_text("A run of mine").first).to_be_visible()
            expect(page).to_have_url(address)
        assert session_of(pupil.context) != session_of(teacher.context)
        assert (listed(teacher), listed(pupil)) == (1, 0)


@pytest.mark.parametrize("forged", ["0123456789abcdef01234567", "x.y"])
def test_a_made_up_session_is_not_taken(
    browser: Browser, server: Server, run: str, forged: str
) -> None:
    session_list.remember(Store(server.store), "0123456789abcdef01234567", run)
    with watched_page(browser, server.url) as page:
        visit(page)
        name = next(c["name"] for c in page.context.cookies() if "latent-lab" in c["name"])
        value = f"{forged}.{'0' * 64}"
        page.context.add_cookies([{"name": name, "value": value, "url": server.url}])
        assert listed(page) == 0
        assert session_of(page.context) != forged
        visit(page, "/train?s=0123456789abcdef01234567")
        expect(page).to_have_url(re.compile(r"/train$"))
        assert listed(page) == 0


def test_a_browser_that_refuses_cookies_is_told_that_its_list_ends_with_the_page(
    browser: Browser, server: Server
) -> None:
    """The cookie goes as soon as it came: before the script of the page opens the websocket."""

    def refuse(route: Route) -> None:
        route.request.frame.page.context.clear_cookies(name=re.compile("^latent-lab-"))
        route.continue_()

    with watched_page(browser, server.url) as page:
        page.route("**/static/js/index.*", refuse)
        visit(page)
        expect(page.get_by_text("Your browser sent no cookie of this server")).to_be_visible()
        page.unroute_all()
        visit(page, "/data")
        expect(page.locator("h1").first).to_have_text("Data")
        expect(page.get_by_text("Your browser sent no cookie of this server")).to_have_count(0)
