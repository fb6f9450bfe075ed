"""Start the app's server: from a checkout, or from the files that travel in the wheel."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from aecore.errors import AecoreError

LOCAL, EVERYWHERE = "127.0.0.1", "0.0.0.0"
"""Addresses to listen on: for this machine alone, and for others too."""


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


HOSTS = "AECORE_HOSTS"
"""Names under which a reverse proxy serves the app, with commas between: `lab.school.example`."""


def named_hosts() -> list[str]:
    """The names of `AECORE_HOSTS`, in lower case; `*.school.example` names all below, `*` any."""
    return os.environ.get(HOSTS, "").lower().replace(",", " ").split()


EMBED = "AECORE_EMBED"
"""Origins whose pages may show the app in a frame, with commas: `https://moodle.school.example`."""
_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9.-]+(:\d+)?\Z")


def embedding_origins() -> list[str]:
    """The origins of `AECORE_EMBED` that are some; what is none is left out."""
    asked = os.environ.get(EMBED, "").lower().replace(",", " ").split()
    return [origin.rstrip("/") for origin in asked if _ORIGIN.match(origin.rstrip("/"))]


def command(*, port: int, address: str, headless: bool) -> list[str]:
    """The command line of the server, to be run in `app_root()`."""
    origins = [f"https://{name}" for name in named_hosts() if "*" not in name]
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(app_root() / "pages" / "ui" / "app" / "server.py"),
        f"--server.port={port}",
        f"--server.address={address}",
        f"--server.headless={str(headless).lower()}",
        # For a class we print its address ourselves: Streamlit would ask another host for one.
        f"--logger.hideWelcomeMessage={str(address != LOCAL).lower()}",
        *(f"--server.corsAllowedOrigins={origin}" for origin in origins),
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
