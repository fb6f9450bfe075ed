"""Windows of the browser that one test after another uses: to open one takes Chromium a second."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

# On an address like /train Streamlit's own front end first asks whether the app lives below it.
PROBE = re.compile(r"/\w+/_stcore/(health|host-config)$")


@dataclass
class Complaints:
    """What a page must not do: say an error, throw, or ask another host."""

    home: str
    found: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"page error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        probe = "404" in message.text and PROBE.search(message.location["url"])
        if message.type == "error" and not probe:
            self.found.append(f"console: {message.text} ({message.location})")

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)
        socket_home = self.home.replace("http", "ws", 1)
        if not request.url.startswith((self.home, socket_home, "data:", "blob:")):
            self.found.append(f"asked another host: {request.url}")


DISK = "file:"


@dataclass
class Window:
    """A page in a context of its own, for one server, or for files without any network."""

    browser: Browser
    home: str
    page: Page
    complaints: Complaints

    @classmethod
    def opened(cls, browser: Browser, home: str) -> Window:
        is_offline = home == DISK
        context = browser.new_context(base_url=None if is_offline else home, offline=is_offline)
        window = cls(browser, home, context.new_page(), Complaints(home))
        window.complaints.watch(window.page)
        return window

    def forget(self) -> None:
        """Be as new but for what the browser has in its cache: no cookie, storage or route left."""
        self.page.unroute_all(behavior="ignoreErrors")
        self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        self.page.goto("about:blank")  # with a server, its session ends
        self.page.mouse.move(0, 0)
        context = self.page.context
        context.clear_cookies()
        context.clear_permissions()
        for other in context.pages:
            if other is not self.page:
                other.close()
        self.complaints.found.clear()
        self.complaints.asked.clear()


_idle: list[Window] = []


@contextmanager
def _lent(browser: Browser, home: str, *, is_new: bool = False) -> Iterator[Window]:
    """A window that nobody uses, until it is given back; whoever fails in it leaves none."""
    found = [window for window in _idle if (window.browser, window.home) == (browser, home)]
    if is_new or not found:
        while not is_new and _idle:  # of servers that are gone
            _idle.pop().page.context.close()
        window = Window.opened(browser, home)
    else:
        window = found[0]
        _idle.remove(window)
    try:
        yield window
        if not is_new:
            window.forget()
            _idle.append(window)
    finally:
        if window not in _idle:
            window.page.context.close()


@contextmanager
def watched_page(
    browser: Browser, home: str, *, dark: bool = False, height: int = 800, is_new: bool = False
) -> Iterator[Page]:
    """A page of a browser without cookies or storage, 1280 wide; any complaint fails in the end.

    Where it `is_new` nothing is in the browser's cache either, and what a test does to the page
    for good (a script that runs in every document) reaches no other test.
    """
    with _lent(browser, home, is_new=is_new) as window:
        page = window.page
        page.set_viewport_size({"width": 1280, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        yield page
        assert page.get_by_test_id("stException").count() == 0, page.inner_text("body")
        assert not window.complaints.found, "\n".join(window.complaints.found)


@contextmanager
def page_from_disk(
    browser: Browser, file: Path, *, is_calm_and_dark: bool = False
) -> Iterator[Page]:
    """A file opened in a browser that can reach nothing else; any complaint fails in the end."""
    with _lent(browser, DISK) as window:
        window.complaints.home = file.as_uri()
        window.page.set_viewport_size({"width": 1280, "height": 800})
        window.page.emulate_media(
            color_scheme="dark" if is_calm_and_dark else "light",
            reduced_motion="reduce" if is_calm_and_dark else "no-preference",
        )
        window.page.goto(file.as_uri())
        yield window.page
        assert not window.complaints.found, "\n".join(window.complaints.found)
