"""What the README says of the house is so."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import aecore

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_layers_are_those_of_the_import_contract():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    diagram = README.split("imports from lines below its own")[1].split("```")[1]
    shown = [
        re.split(r"\s{2,}|(?<=child_process) ", line)[0] for line in diagram.split("\n") if line
    ]
    assert shown == [layer.replace("aecore.", "") for layer in layers]


def test_every_layer_and_every_folder_is_there():
    packages = {
        path.name for path in (ROOT / "aecore").iterdir() if (path / "__init__.py").exists()
    }
    diagram = README.split("imports from lines below its own")[1].split("```")[1]
    assert all(re.search(rf"^(.* \| )?{name}\b", diagram, re.M) for name in packages - {"figures"})
    for page in (ROOT / "pages").glob("[!_]*.py"):
        assert f"pages/{page.name}" in (ROOT / "app.py").read_text(encoding="utf-8")


def test_no_public_name_is_that_of_a_module():
    """Else the module takes its place once something imports it."""
    assert [name for name in aecore.__all__ if find_spec(f"aecore.{name}") is not None] == []
