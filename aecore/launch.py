"""Start the app's server: from a checkout, or from the files that travel in the wheel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from aecore.errors import AecoreError


def app_root() -> Path:
    """The folder of `app.py`, `pages/` and `assets/`.

    Raises
    ------
    AecoreError
        If the app did not come with this installation.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "_app", package.parent):
        if (folder / "app.py").exists() and (folder / "pages").is_dir():
            return folder
    raise AecoreError("The app is not installed here.", "Install latent-lab again, whole.")


def command(*, port: int, address: str, headless: bool) -> list[str]:
    """The command line of the server, to be run in `app_root()`."""
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(app_root() / "pages" / "ui" / "server.py"),
        f"--server.port={port}",
        f"--server.address={address}",
        f"--server.headless={str(headless).lower()}",
    ]


def serve(*, port: int, address: str, headless: bool) -> int:
    """Run the server until it ends; its exit code, or no return at all where it takes our place."""
    root = app_root()
    line = command(port=port, address=address, headless=headless)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(_python_path(root))}
    if os.name == "posix":  # one process: whoever ends this one ends the server
        os.chdir(root)
        os.execve(line[0], line, environment)
    return subprocess.run(line, cwd=root, env=environment, check=False).returncode


def _python_path(root: Path) -> list[str]:
    """`pages` is found beside `app.py`."""
    before = os.environ.get("PYTHONPATH")
    return [str(root), before] if before else [str(root)]
