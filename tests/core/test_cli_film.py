"""`aecore film`: what it writes is the film of the run."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import aecore
from aecore.cli import main
from aecore.figures.payload import unpack


@pytest.fixture
def run(a_store):
    return aecore.train("undercomplete", "digits", n_epochs=2, store=a_store)


def called(a_store, *arguments):
    return CliRunner().invoke(main, ["--store", str(a_store.root), "film", *map(str, arguments)])


def test_a_film_is_told_and_written_as_a_page_and_as_a_gif(run, a_store, tmp_path):
    film = aecore.training_film(run, store=a_store)
    page, gif = tmp_path / "film.html", tmp_path / "film.gif"
    told = json.loads(called(a_store, run.key, "-o", page, "--json").stdout)
    assert told["n_keyframes"] == len(film) >= 2
    assert (told["first_epoch"], told["last_epoch"]) == (0, 2)
    assert told["shown"] == pytest.approx(film.shown)
    text = page.read_text(encoding="utf-8")
    assert told["bytes"] == page.stat().st_size
    packed = re.search(r'id="packed">([^<]+)<', text)
    _, arrays = unpack(base64.b64decode(packed[1]))
    assert np.array_equal(arrays["xy"], film.positions.ravel())

    done = called(a_store, run.key, "-o", gif)
    assert done.exit_code == 0, done.output
    with Image.open(gif) as opened:
        assert opened.format == "GIF"
        assert opened.n_frames > 10


def test_what_cannot_be_is_a_sentence(run, a_store, tmp_path):
    wrong = called(a_store, run.key, "-o", tmp_path / "film.mp4")
    assert wrong.exit_code == 1
    assert "Use .gif or .html." in wrong.output
    for file in (a_store.artifact(run.key).path / "film").iterdir():
        file.unlink()
    without = called(a_store, run.key)
    assert without.exit_code == 1
    assert "has no film" in without.output
    data = called(a_store, run.spec.data)
    assert data.exit_code == 1
    assert "Only a run" in data.output
