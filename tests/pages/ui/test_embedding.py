"""Who may show the app in a frame, and where a browser gives the camera."""

from __future__ import annotations

import pytest

from aecore.launch import EMBED, embedding_origins
from pages.ui import camera, cookie
from pages.ui.app import middleware


def policy() -> str:
    found = middleware.headers()["Content-Security-Policy"]
    return next(part for part in found.split("; ") if part.startswith("frame-ancestors"))


def test_no_other_site_shows_the_app_in_a_frame_unless_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(EMBED, raising=False)
    assert policy() == "frame-ancestors 'self'"
    assert "samesite=lax" in cookie._header("s", True).lower()
    monkeypatch.setenv(EMBED, "https://moodle.school.example, http://localhost:9000/")
    assert policy() == (
        "frame-ancestors 'self' https://moodle.school.example http://localhost:9000"
    )
    assert "samesite=none; secure" in cookie._header("s", True).lower()
    assert "samesite=lax" in cookie._header("s", False).lower()


@pytest.mark.parametrize(
    "text",
    ["*", "moodle.example", "https://a.example; script-src *", "javascript:x", "https://a b'"],
)
def test_what_is_no_origin_is_left_out(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(EMBED, text)
    assert all(origin == "https://a" for origin in embedding_origins())
    assert ";" not in policy()


@pytest.mark.parametrize(
    ("url", "is_given"),
    [
        ("", True),
        ("http://localhost:8501/", True),
        ("http://127.0.0.1:8501/photos", True),
        ("http://[::1]:8501/photos", True),
        ("https://lab.example/photos", True),
        ("http://lab.example/photos", False),
        ("http://192.168.1.9:8501/photos", False),
        ("http://lab.local:8501", False),
    ],
)
def test_a_browser_gives_the_camera_to_https_and_to_this_machine(url: str, is_given: bool) -> None:
    assert camera.is_given(url) == is_given
