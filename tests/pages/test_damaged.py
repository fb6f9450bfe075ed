"""What a power cut left empty of a run is a sentence on its page, and hides nothing else."""

from __future__ import annotations

import pytest

from aecore.runs import OpenRun
from aecore.store import Store
from pages.ui import session_list
from tests.pages.conftest import SESSION, OpenPage, said

FILES = [
    "about.json",
    "history.jsonl",
    "last.safetensors",
    "model.json",
    "spec.json",
    "state.json",
    "weights.safetensors",
]


@pytest.mark.parametrize("content", [b"", b"{\n"], ids=["empty", "cut short"])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_of_a_run_breaks_no_page(
    open_page: OpenPage, store: Store, run: OpenRun, name: str, content: bytes
) -> None:
    session_list.remember(store, SESSION, run.key)
    (store.artifact(run.key).path / name).write_bytes(content)
    for page in ("start", "train", "reconstruct"):
        app = open_page(page, run=run.key)
        assert app.title
    if name in ("spec.json", "weights.safetensors"):  # the model's shape was read before
        assert f"{name} is damaged" in said(app)
