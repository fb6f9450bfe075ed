"""What a Python process that this one starts must find: this package, and how its threads wait."""

from __future__ import annotations

import os
from pathlib import Path

SPIN_TURNS = "10000"
"""How often a thread of one tensor operation looks for the others before it sleeps."""


def environment() -> dict[str, str]:
    """This process's environment, in which a checkout that is not installed is found as well."""
    home = Path(__file__).resolve().parents[1]
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if home.name not in ("site-packages", "dist-packages") and str(home) not in paths:
        paths.insert(0, str(home))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
