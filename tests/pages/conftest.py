"""The app without a browser: AppTest from `app.py`, with a store of the test's own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

import aecore
from aecore.api import lab
from aecore.data.samples import SampleSet, save_samples, split
from aecore.jobs.engines import close_engines
from aecore.jobs.turns import N_AT_ONCE
from aecore.recipes import fitted, recipe
from aecore.runs import OpenRun
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.store import Store
from pages.ui import cookie, session

ROOT = Path(__file__).resolve().parents[2]
SESSION = "0123456789abcdef01234567"
LOOK_AGAIN_S = 0.2
"""Without a rest between two looks at a job, looking takes the core that the job needs."""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store the app will use; its workers start when they are needed, and end with the test."""
    monkeypatch.setenv("AECORE_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("AECORE_SPARES", "0")
    yield Store(tmp_path / "store")
    close_engines()


def bring(root: Path, store: Store) -> None:
    """Put all that another store holds into this one."""
    shutil.copytree(root / "artifacts", store.artifacts, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def digits_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one run on the digits, trained once for all pages."""
    root = tmp_path_factory.mktemp("digits")
    aecore.train("undercomplete", "digits", n_epochs=2, store=Store(root))
    return root


@pytest.fixture
def run(digits_root: Path, store: Store) -> OpenRun:
    """That run, in the store of the test."""
    bring(digits_root, store)
    (key,) = Store(digits_root).keys("run")
    return aecore.open_run(store, key)


@pytest.fixture
def digits(run: OpenRun, store: Store) -> SampleSet:
    """What it was trained on."""
    return aecore.load("digits", store=store)


@pytest.fixture(scope="session")
def rows_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one run on rows of a table, trained once for all pages."""
    store = Store(tmp_path_factory.mktemp("rows"))
    x = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
    data = store.create(DataSpec(source="sprites", n_max=200))  # any spec: rows have no source yet
    parts = split(200, val_fraction=0.1, test_fraction=0.1, seed=0)
    save_samples(data, SampleSet(x=x, parts=parts, title="rows"))
    data.set_state(status="done")
    settings = fitted(recipe("undercomplete").settings, is_pictures=False, scale="unit")
    spec = RunSpec.of(data=data.key, **{**settings, "n_epochs": 1})
    store.create(spec, title="rows", data_title="rows")
    lab.finish(store, spec.key)
    return store.root


@pytest.fixture
def run_on_rows(rows_root: Path, store: Store) -> OpenRun:
    """That run, in the store of the test."""
    bring(rows_root, store)
    (key,) = Store(rows_root).keys("run")
    return aecore.open_run(store, key)


@pytest.fixture
def nothing_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are taken in and wait: no worker starts, whatever is asked for."""
    module = import_module("aecore.jobs.engine")  # `aecore.jobs.engine` is its function
    monkeypatch.setattr(module, "N_AT_ONCE", dict.fromkeys(N_AT_ONCE, 0))


def said(app: AppTest) -> str:
    """All that the page says in words, without the backslashes that keep Markdown away."""
    kinds = (
        *(app.subheader, app.markdown, app.caption),
        *(app.success, app.info, app.warning, app.error),
    )
    return "\n".join(str(found.value) for kind in kinds for found in kind).replace("\\", "")


def until(app: AppTest, is_true: Callable[[], bool], seconds: float = 90) -> AppTest:
    """Run the page again and again until something is true of it."""
    give_up = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < give_up, [element.value for element in app.markdown]
        time.sleep(LOOK_AGAIN_S)
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


@pytest.fixture(autouse=True, scope="session")
def installed_components_are_looked_for_once() -> Iterator[None]:
    """Each AppTest reads the metadata of all that is installed: half of what a page test takes."""
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


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
