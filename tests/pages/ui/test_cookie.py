"""The session's cookie: given by the server, taken back as it was, and never made up."""

from __future__ import annotations

from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from streamlit import config

from aecore.store import Store
from pages.ui import cookie
from tests.pages.conftest import SESSION
from tests.pages.ui.asgi import ask

PAGE = {"accept": "text/html,application/xhtml+xml"}
OTHER = "f" * 24


def _page(request: Request) -> Response:
    if "if-none-match" in request.headers:
        return Response(status_code=304)
    return HTMLResponse("<p>a page</p>")


APP = cookie.SessionCookie(
    Starlette(routes=[Route("/", _page), Route("/script.js", lambda _: PlainTextResponse("1"))])
)


@pytest.fixture(autouse=True)
def with_a_store(store: Store) -> Store:
    return store


def visit(value: str | None = None, **more: str) -> SimpleCookie:
    """Visit the page with this in the cookie; the cookie it gives."""
    headers = PAGE | {name.replace("_", "-"): text for name, text in more.items()}
    if value is not None:
        headers["cookie"] = f"{cookie.name()}={value}"
    return SimpleCookie(ask(APP, headers=headers).headers.get("set-cookie", ""))


def value_of(given: SimpleCookie) -> str:
    return given[cookie.name()].value


def session_of(given: SimpleCookie) -> str | None:
    return cookie.session_of({cookie.name(): value_of(given)})


def test_a_first_visit_is_given_a_session_that_scripts_and_other_sites_cannot_use() -> None:
    given = visit()
    assert list(given) == [cookie.name()]
    assert session_of(given) is not None
    morsel = given[cookie.name()]
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "lax", "/")
    assert not morsel["secure"]
    assert int(morsel["max-age"]) > 100 * 24 * 3600


def test_over_https_it_travels_over_https_alone() -> None:
    answer = ask(APP, headers=PAGE, scheme="https")
    assert SimpleCookie(answer.headers["set-cookie"])[cookie.name()]["secure"]


@pytest.mark.parametrize("more", [{}, {"if_none_match": '"x"'}], ids=["200", "304"])
def test_the_next_visit_finds_the_same_session(more: dict[str, str]) -> None:
    first = visit()
    assert session_of(visit(value_of(first), **more)) == session_of(first)
    assert session_of(visit(**more)) not in (None, session_of(first))


def test_what_is_no_page_is_given_nothing() -> None:
    assert "set-cookie" not in ask(APP, "/script.js", headers=PAGE).headers
    assert "set-cookie" not in ask(APP, headers={"accept": "*/*"}).headers


@pytest.mark.parametrize(
    "value",
    [
        SESSION,
        f"{SESSION}.",
        f"{SESSION}.{'0' * 64}",
        "signed-for-another",
        "",
        "é.ü",
        f"../../etc/passwd.{'0' * 64}",
    ],
)
def test_a_made_up_session_is_not_taken(value: str) -> None:
    if value == "signed-for-another":
        value = f"{SESSION}.{cookie.signed(OTHER).split('.')[1]}"
    assert cookie.session_of({cookie.name(): value}) is None
    assert session_of(visit(value)) not in (None, SESSION)


def test_the_cookie_is_for_the_folder_that_the_app_is_served_from() -> None:
    before = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", "/lab/")
    try:
        assert visit()[cookie.name()]["path"] == "/lab"
    finally:
        config.set_option("server.baseUrlPath", before)


def test_stores_have_keys_and_names_of_their_own_and_keep_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for folder in ("one", "two", "one"):
        monkeypatch.setenv("AECORE_STORE", str(tmp_path / folder))
        cookie._key.cache_clear()  # as after a restart
        found.append({cookie.name(): cookie.signed(SESSION)})
        assert cookie.session_of(found[-1]) == SESSION
        assert cookie.session_of(found[0]) == (SESSION if folder == "one" else None)
    assert found[0] == found[2]
    assert found[0].keys() != found[1].keys()


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_key_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    folder = tmp_path / "damaged"
    folder.mkdir()
    monkeypatch.setenv("AECORE_STORE", str(folder))
    (folder / cookie.KEY_FILE).write_bytes(content)
    cookie._key.cache_clear()
    value = {cookie.name(): cookie.signed(SESSION)}
    assert len((folder / cookie.KEY_FILE).read_bytes()) == 32
    assert [path.name for path in folder.iterdir()] == [cookie.KEY_FILE]
    cookie._key.cache_clear()
    assert cookie.session_of(value) == SESSION


def test_where_no_key_can_be_kept_sessions_last_as_long_as_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("AECORE_STORE", str(tmp_path / "file" / "store"))
    value = {cookie.name(): cookie.signed(SESSION)}
    assert cookie.session_of(value) == SESSION
    cookie._key.cache_clear()
    assert cookie.session_of(value) is None
