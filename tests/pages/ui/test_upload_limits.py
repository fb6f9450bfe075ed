"""Uploads in memory: what is too much is refused unread, and what was read is let go."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit import runtime
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from pages.ui import upload_limits
from tests.pages.ui.asgi import Answer, ask

ENDPOINT = "/_stcore/upload_file"


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    """Streamlit's manager of uploads, as it stands behind a running server."""
    manager = MemoryUploadedFileManager(ENDPOINT)
    here = SimpleNamespace(uploaded_file_mgr=manager)
    monkeypatch.setattr(runtime, "get_instance", lambda: here)
    upload_limits.mark_what_is_asked_for()
    monkeypatch.setenv(upload_limits.OF_SESSION, "0.001")
    monkeypatch.setenv(upload_limits.IN_ALL, "0.0025")
    return manager


@pytest.fixture
def server(held: MemoryUploadedFileManager) -> upload_limits.UploadLimit:
    """The limits, before a server that keeps what arrives."""

    async def keep(request: Request) -> Response:
        session, file = request.path_params["session"], request.path_params["file"]
        data = await request.body()
        held.add_file(session, UploadedFileRec(file, "a.png", "image/png", data))
        return Response(status_code=204)

    route = Route(ENDPOINT + "/{session}/{file}", keep, methods=["PUT", "DELETE"])
    return upload_limits.UploadLimit(Starlette(routes=[route]))


def asked_for(held: MemoryUploadedFileManager, session: str) -> str:
    return held.get_upload_urls(session, ["a.png"])[0].upload_url


def put(server: upload_limits.UploadLimit, url: str, n_bytes: int, **headers: str) -> Answer:
    length = {"content-length": str(n_bytes)} | headers
    return ask(server, url, method="PUT", headers=length, body=bytes(n_bytes))


def test_a_session_may_hold_so_much_and_no_more(
    server: upload_limits.UploadLimit, held: MemoryUploadedFileManager
) -> None:
    assert put(server, asked_for(held, "a"), 600_000).status == 204
    refused = put(server, asked_for(held, "a"), 400_001)
    assert refused.status == 413
    assert "0.001 GB may wait here" in refused.text
    assert put(server, asked_for(held, "a"), 400_000).status == 204
    assert upload_limits.held_in_all() == 1_000_000


def test_a_file_that_takes_the_place_of_another_counts_once(
    server: upload_limits.UploadLimit, held: MemoryUploadedFileManager
) -> None:
    url = asked_for(held, "a")
    assert [put(server, url, 900_000).status for _ in range(3)] == [204] * 3


def test_all_sessions_together_may_hold_so_much_and_no_more(
    server: upload_limits.UploadLimit, held: MemoryUploadedFileManager
) -> None:
    found = [put(server, asked_for(held, session), 900_000) for session in "abc"]
    assert [answer.status for answer in found] == [204, 204, 413]
    assert "Try again later." in found[2].text
    held.remove_session_files("a")
    assert put(server, asked_for(held, "c"), 900_000).status == 204


def test_what_is_on_its_way_counts_too(
    held: MemoryUploadedFileManager,
) -> None:
    inner: list[Answer] = []

    async def busy(request: Request) -> Response:
        if not inner:  # while this one is being read, another arrives
            inner.append(put(server, asked_for(held, "a"), 500_000))
        return Response(status_code=204)

    route = Route(ENDPOINT + "/{session}/{file}", busy, methods=["PUT"])
    server = upload_limits.UploadLimit(Starlette(routes=[route]))
    assert put(server, asked_for(held, "a"), 600_000).status == 204
    assert [answer.status for answer in inner] == [413]
    assert not server.coming
    assert put(server, asked_for(held, "a"), 600_000).status == 204


def test_the_number_of_files_is_bounded_too(
    server: upload_limits.UploadLimit,
    held: MemoryUploadedFileManager,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upload_limits, "N_FILES", 3)
    found = [put(server, asked_for(held, "a"), 0).status for _ in range(4)]
    assert found == [204, 204, 204, 413]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_an_address_that_no_page_asked_for_is_refused(
    server: upload_limits.UploadLimit, held: MemoryUploadedFileManager, n: int
) -> None:
    url = asked_for(held, "a")
    forged = (f"{ENDPOINT}/a/anything", f"{url[:-1]}{'0' if url[-1] != '0' else '1'}", f"{url}é")
    others = url.replace("/a/", "/b/")
    assert [put(server, path, 10).status for path in (forged[n], others)] == [400, 400]
    assert upload_limits.held_in_all() == 0


def test_a_file_without_its_length_is_not_read(
    server: upload_limits.UploadLimit, held: MemoryUploadedFileManager
) -> None:
    url = asked_for(held, "a")
    for length in ("", "-1", "many"):
        assert put(server, url, 10, **{"content-length": length}).status == 411


def test_other_requests_pass(
    server: upload_limits.UploadLimit, held: MemoryUploadedFileManager
) -> None:
    held.add_file("a", UploadedFileRec("old", "a.png", "image/png", bytes(2_000_000)))
    assert ask(server, f"{ENDPOINT}/a/old", method="DELETE").status == 204
    assert ask(server, "/elsewhere", method="PUT").status == 404


def test_without_a_setting_a_session_may_hold_a_gigabyte_and_all_a_quarter_of_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for value in (None, "", "much"):
        for name in (upload_limits.OF_SESSION, upload_limits.IN_ALL):
            monkeypatch.delenv(name, raising=False)
            if value is not None:
                monkeypatch.setenv(name, value)
        assert upload_limits.limit_of_session() == 10**9
        assert upload_limits.limit_in_all() == upload_limits.machine_bytes() // 4


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="no /proc here")
def test_the_memory_of_the_machine_is_what_linux_says_or_less() -> None:
    kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
    assert 10**8 < upload_limits.machine_bytes() <= kilobytes * 1024


def test_a_file_that_was_let_go_holds_no_bytes() -> None:
    file = UploadedFile(UploadedFileRec("x", "a.png", "image/png", bytes(1000)), FileURLs())
    file.read(10)
    upload_limits.let_go([file])
    assert (file.getvalue(), file.file_id, file.size) == (b"", "x", 1000)
    assert isinstance(file, io.BytesIO)
