"""What is slow is loaded once, after the first page of a process, where the server allows it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from pages.ui.app import preload


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of the threads that loaded; nothing is loaded in truth."""
    names: list[str] = []
    monkeypatch.setattr(preload, "_load", lambda: names.append(threading.current_thread().name))
    monkeypatch.setattr(preload, "_DELAY_S", 0.0)
    monkeypatch.setattr(preload, "_timer", None)
    monkeypatch.setattr(preload, "_allowed", False)
    yield names
    preload.stop()


def test_only_the_first_page_starts_the_loading_and_in_a_thread_of_its_own(
    loaded: list[str],
) -> None:
    preload.allow()
    preload.after_first_paint()
    timer = preload._timer
    preload.after_first_paint()
    assert preload._timer is timer is not None
    timer.join(10)
    assert len(loaded) == 1
    assert loaded[0] != threading.current_thread().name


def test_nothing_is_loaded_where_the_server_did_not_allow_it(loaded: list[str]) -> None:
    preload.after_first_paint()
    assert preload._timer is None
    assert not loaded


def test_what_has_not_begun_does_not_begin_as_the_server_goes_down(
    loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preload, "_DELAY_S", 60.0)
    preload.allow()
    preload.after_first_paint()
    preload.stop()
    assert preload._timer is not None
    preload._timer.join(10)
    assert not loaded
