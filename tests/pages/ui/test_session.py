"""What a session remembers, and what happens with links that lead nowhere."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from aecore.errors import SpecError
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.store import Store
from pages.ui import cookie, session, session_list
from tests.pages.conftest import SESSION


def _page_with_a_chosen_run() -> None:
    import streamlit as st

    from pages.ui import session

    session.begin()
    artifact = session.chosen("run")
    st.markdown(f"open: {artifact and artifact.key}")


def _opened(key: str | None) -> AppTest:
    app = AppTest.from_function(_page_with_a_chosen_run, default_timeout=60)
    if key is not None:
        app.query_params["run"] = key
    return app.run()


def test_nothing_is_open_without_a_key(store: Store) -> None:
    assert _opened(None).markdown[0].value == "open: None"


def test_a_link_opens_its_run(store: Store) -> None:
    data = store.create(DataSpec())
    run = store.create(RunSpec(data=data.key))
    assert _opened(run.key).markdown[0].value == f"open: {run.key}"


@pytest.mark.parametrize(
    "key", ["run-" + "a" * 24, "../../secret", "data-" + "a" * 24, "run-<b>x</b>", "run-"]
)
def test_a_link_that_leads_nowhere_is_told_and_can_be_dropped(store: Store, key: str) -> None:
    app = _opened(key)
    assert not app.exception
    assert len(app.error) == 1
    assert not app.markdown  # the page stopped before its content
    app.button(key="session.forget_run").click().run()
    assert not app.error
    assert app.markdown[0].value == "open: None"
    assert "run" not in app.query_params


def test_what_was_asked_for_last_comes_first_and_once(store: Store) -> None:
    keys = [store.create(DataSpec(seed=seed)).key for seed in range(3)]
    for key in (*keys, keys[0]):
        session_list.remember(store, SESSION, key)
    assert session_list.keys_of(store, SESSION) == [keys[0], keys[2], keys[1]]


def test_what_is_no_longer_kept_is_not_listed(store: Store) -> None:
    data = store.create(DataSpec())
    run = store.create(RunSpec(data=data.key))
    for key in (data.key, run.key):
        session_list.remember(store, SESSION, key)
    assert session_list.keys_of(store, SESSION, "run") == [run.key]
    store.remove(run.key)
    assert session_list.keys_of(store, SESSION) == [data.key]


def test_nobody_sees_the_list_of_another_session(store: Store) -> None:
    session_list.remember(store, SESSION, store.create(DataSpec()).key)
    assert session_list.keys_of(store, session_list.new_session()) == []


@pytest.mark.parametrize("session", ["../x", "", "a" * 23, "A" * 24, SESSION + "\n"])
def test_a_session_id_that_is_none_becomes_no_path(store: Store, session: str) -> None:
    with pytest.raises(SpecError):
        session_list.remember(store, session, store.create(DataSpec()).key)
    assert not (store.root / "sessions").exists()


def test_what_is_no_key_in_the_folder_is_not_listed(store: Store) -> None:
    key = store.create(DataSpec()).key
    session_list.remember(store, SESSION, key)
    for name in (".hidden", "notes.txt", "run-"):
        (store.root / "sessions" / SESSION / name).touch()
    assert session_list.keys_of(store, SESSION) == [key]


def test_two_servers_that_write_one_list_lose_no_entry(store: Store) -> None:
    keys = [store.create(DataSpec(seed=seed)).key for seed in range(60)]
    script = (
        "import sys; from aecore.store import Store; from pages.ui import cookie, session_list\n"
        "for key in sys.argv[3:]: session_list.remember(Store(sys.argv[1]), sys.argv[2], key)"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(store.root), SESSION, *keys[i::2]])
        for i in range(2)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert sorted(session_list.keys_of(store, SESSION)) == sorted(keys)


def test_the_list_is_bounded_and_the_oldest_go(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_list, "N_KEPT", 3)
    keys = [store.create(DataSpec(seed=seed)).key for seed in range(5)]
    for key in keys:
        session_list.remember(store, SESSION, key)
    assert session_list.keys_of(store, SESSION) == keys[:1:-1]


@pytest.mark.skipif(os.name != "posix", reason="rights of files are those of POSIX")
def test_lists_and_uploads_are_the_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        store = Store(tmp_path / "new")
        (store.root / "sessions").mkdir()  # as an earlier version made it
        store.uploads.chmod(0o755)
        Store(store.root)
        session_list.remember(store, SESSION, store.create(DataSpec()).key)
        cookie._key(store.root)
    finally:
        os.umask(before)
    sessions = store.root / "sessions"
    folders = (store.root, store.artifacts, store.uploads, sessions, sessions / SESSION)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700] * 5
    assert stat.S_IMODE((store.root / cookie.KEY_FILE).stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="rights of files are those of POSIX")
def test_a_store_that_a_group_shares_stays_shared(tmp_path: Path) -> None:
    root = tmp_path / "shared"
    root.mkdir()
    root.chmod(0o2770)
    (root / "uploads").mkdir()
    (root / "uploads").chmod(0o2770)
    Store(root)
    assert stat.S_IMODE(root.stat().st_mode) == 0o2770
    assert stat.S_IMODE((root / "uploads").stat().st_mode) == 0o2770


def _page_with_a_link() -> None:
    import streamlit as st

    from pages.ui import session

    session.begin()
    st.markdown(session.share_link("train", run="run-" + "0" * 24))


@pytest.mark.parametrize("base", ["", "lab", "/lab/", "a/b"])
def test_a_link_for_others_leads_into_the_folder_that_the_app_is_served_from(
    store: Store, base: str
) -> None:
    before = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", base)
    try:
        app = AppTest.from_function(_page_with_a_link, default_timeout=60).run()
    finally:
        config.set_option("server.baseUrlPath", before)
    folder = f"/{base.strip('/')}" if base else ""
    path, _, query = app.markdown[0].value.removeprefix("http://localhost:8501").partition("?")
    assert path == f"{folder}/train"
    assert query == "run=run-" + "0" * 24


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("", ""),
        ("/", ""),
        ("/map", ""),
        ("/lab/", "/lab"),
        ("/lab", "/lab"),
        ("/user/eve/proxy/8501/photos", "/user/eve/proxy/8501"),
        ("/lab/train/", "/lab"),
    ],
)
def test_the_app_lies_where_the_browser_finds_it(path: str, root: str) -> None:
    assert session._root(path) == root


def test_every_page_of_the_app_is_known_by_its_path() -> None:
    frame = Path(__file__).parents[3] / "app.py"
    named = set(re.findall(r"pages/(\w+)\.py", frame.read_text(encoding="utf-8")))
    assert named == session.PAGES
