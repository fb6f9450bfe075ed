"""The small model that ships with the app, taken into the store like any other run."""

from __future__ import annotations

from pathlib import Path

from aecore.artifact import Artifact
from aecore.data.sources import SOURCES
from aecore.errors import StoreError
from aecore.specs.data import DataSpec
from pages.ui.backend import store
from pages.ui.translation import mark

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "models" / "vae-plane"
TITLE = mark("VAE with two numbers")
"""As its `about.json` has it."""


def shipped_run() -> Artifact:
    """The shipped VAE with two numbers; its data is brought in when somebody asks for it."""
    store().create(DataSpec(), title=SOURCES["mnist-5k"].title)
    return store().adopt(FOLDER)


def shipped_run_to_see() -> Artifact:
    """The same to look at; where the store can take nothing in, as it came."""
    try:
        return shipped_run()
    except StoreError:
        return Artifact(FOLDER)
