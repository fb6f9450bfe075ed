"""The app without a browser: AppTest from `app.py`, with a store of the test's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from aecore.jobs.engine import close_engines
from aecore.store import Store
from pages.ui import cookie, session

ROOT = Path(__file__).resolve().parents[2]
SESSION = "0123456789abcdef01234567"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store the app will use; its workers start when they are needed, and end with the test."""
    monkeypatch.setenv("AECORE_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("AECORE_SPARES", "0")
    yield Store(tmp_path / "store")
    close_engines()


def until(app: AppTest, is_true: Callable[[], bool], seconds: float = 90) -> AppTest:
    """Run the page again and again until something is true of it."""
    give_up = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < give_up, [element.value for element in app.markdown]
        app.run()
    return app


@pytest.fixture(autouse=True)
def pages_run_in_their_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `aecore app` does once, and AppTest undoes at each run: see `frame.title`.

    Else every run of a page begins with the page alone and again in its frame, where a click is
    forgotten.
    """
    begin = PagesManager.__init__

    def begin_without_folder(self: PagesManager, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begin_without_folder)


Visitor = Callable[[str | None], None]


@pytest.fixture(autouse=True)
def visitor(monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Whose cookie comes with each visit: SESSION's, until the test names another, or None.

    AppTest has no browser, and so no cookies; what is signed and checked is as in the server.
    """
    who: list[str | None] = [SESSION]

    def cookies() -> dict[str, str]:
        return {} if who[0] is None else {cookie.name(): cookie.signed(who[0])}

    def name_another(session_id: str | None) -> None:
        who[0] = session_id

    monkeypatch.setattr(session, "_cookies", cookies)
    return name_another


OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page(store: Store) -> OpenPage:
    """Open the app on a page, with what the address holds.

    A switch alone still shows the page before: `open_page` runs the app again.
    """

    def open_it(page: str = "start", **address: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        if page != "start":
            app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, app.exception
        return app

    return open_it
