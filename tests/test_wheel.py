"""The wheel alone, in an empty environment, holds the whole app and the model that ships."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it; what it depends on is lent by this one."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)],
        check=True,
    )
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    (site,) = (folder / "env").rglob("site-packages")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True)
    lent = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    (site / "zz-lent.pth").write_text("\n".join(dict.fromkeys(lent)))
    # This checkout is installed in what is lent: the wheel must come first, and alone.
    assert _run(python, folder, "import aecore; print(aecore.__file__)").startswith(str(site))
    return python


def _run(python: Path, cwd: Path, code: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [python, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
def test_the_shipped_model_opens_from_the_wheel(installed, tmp_path):
    code = (
        "from aecore.launch import app_root; from aecore.store import Store; "
        "from aecore.runs import open_run; import numpy as np; "
        f"store = Store({str(tmp_path)!r}); "
        "run = store.adopt(app_root() / 'assets' / 'models' / 'vae-plane'); "
        "print(open_run(store, run.key).decode(np.zeros((1, 2))).shape, app_root())"
    )
    shape, _, root = _run(installed, tmp_path, code).rpartition(") ")
    assert shape == "(1, 1, 28, 28"
    assert root.endswith("_app")
    assert str(ROOT) not in root


@pytest.mark.slow
def test_the_feature_space_opens_from_the_wheel(installed, tmp_path):
    code = (
        "from aecore.studies.feature_space import features_28, folder; import numpy as np; "
        "print(features_28().features(np.zeros((2, 3, 40, 30), np.uint8)).shape, folder())"
    )
    shape, _, where = _run(installed, tmp_path, code).rpartition(") ")
    assert shape == "(2, 64"
    assert str(ROOT) not in where


@pytest.mark.slow
def test_what_measures_stays_in_the_checkout_and_its_command_says_so(installed, tmp_path):
    done = subprocess.run(
        [installed, "-m", "aecore.cli", "bench", "speed"],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Run it in a checkout" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_app_starts_from_the_wheel(installed, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    server = subprocess.Popen(
        # not headless, and of a person who never had Streamlit: nothing is asked for first
        [installed, "-m", "aecore.cli", "app", "--port", str(port)],
        cwd=tmp_path,
        env={
            **environment,
            "AECORE_STORE": str(tmp_path / "store"),
            "HOME": str(tmp_path),
            "BROWSER": "true",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        give_up = time.monotonic() + 60
        while True:
            assert server.poll() is None
            assert time.monotonic() < give_up
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as answer:
                    assert b"Streamlit" in answer.read()
                    policy = answer.headers["Content-Security-Policy"]
                break
            except OSError:
                time.sleep(0.1)
        assert "default-src 'self'" in policy
    finally:
        server.terminate()
        server.wait(15)
