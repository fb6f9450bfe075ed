"""What is mine is pinned and removed in a real browser, after a question in a dialog."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from aecore.store import Store
from pages.ui import session_list
from pages.ui.shipped_model import FOLDER
from tests.browser.conftest import Server, visit
from tests.browser.test_sessions import session_of

pytestmark = pytest.mark.browser
LONG_MS = 30_000


def test_a_run_is_pinned_and_removed_from_its_card(page: Page, server: Server) -> None:
    visit(page)
    store = Store(server.store)
    run = store.adopt(FOLDER).key
    session = session_of(page.context)
    session_list.remember(store, session, run)
    visit(page)
    card = page.locator(f".st-key-card-{run}")
    pin = page.locator(f".st-key-card-{run}-pin button").first
    expect(pin).to_contain_text("keep", timeout=LONG_MS)
    pin.click()
    expect(pin).to_contain_text("keep_off", timeout=LONG_MS)
    assert store.pinned_by(run) == {session}
    page.locator(f".st-key-card-{run}-remove button").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This run will be removed", timeout=LONG_MS)
    dialog.get_by_role("button", name="Remove").click()
    expect(dialog).to_have_count(0, timeout=LONG_MS)
    expect(card).to_have_count(0, timeout=LONG_MS)
    assert session_list.keys_of(store, session) == []
