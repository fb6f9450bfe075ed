"""Finds a Chromium to measure and test in, and as a program installs one where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoChromiumError(RuntimeError):
    """No Chromium was found, and none could be installed."""


def find_chromium() -> Path:
    """The Chromium to use: `CHROMIUM`, the system's, or Playwright's own.

    Raises
    ------
    NoChromiumError
    """
    named = os.environ.get("CHROMIUM")
    if named:
        if not shutil.which(named):
            raise NoChromiumError(f"CHROMIUM names {named}, which cannot be run.")
        return Path(named)
    for name in NAMES:
        found = shutil.which(name)
        if found and _starts(found):
            return Path(found)
    own = _of_playwright()
    if own and _starts(str(own)):
        return own
    raise NoChromiumError(
        "No Chromium was found. Install one with your system's packages, run "
        "`python -m playwright install --with-deps chromium`, or name one in CHROMIUM."
    )


def install_chromium() -> Path:
    """Install one: Playwright's build, else Debian's package where we may.

    Raises
    ------
    NoChromiumError
    """
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        ways += [
            [sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"],
            ["apt-get", "update"],
            ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"],
        ]
    for way in ways:
        sys.stderr.write(f"No Chromium yet: trying `{' '.join(way)}`.\n")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(way, check=False, env=quiet)
        try:
            return find_chromium()
        except NoChromiumError:
            continue
    return find_chromium()


def _of_playwright() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def _starts(program: str) -> bool:
    """Whether it runs at all: some systems put a stub there that only points to an installer."""
    try:
        answer = subprocess.run(
            [program, "--version"], check=False, capture_output=True, timeout=60, text=True
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "Chrom" in answer.stdout


def main() -> int:
    """Make sure there is a Chromium; say where."""
    try:
        try:
            found = find_chromium()
        except NoChromiumError:
            found = install_chromium()
    except NoChromiumError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write(f"Chromium: {found}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
