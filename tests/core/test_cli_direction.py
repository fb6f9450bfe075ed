"""`aecore direction`: tells what the library finds, and writes the strip that it decodes."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import aecore
from aecore.cli import main
from aecore.latent.direction import direction_between


@pytest.fixture
def run(a_store):
    return aecore.train("undercomplete", "digits", n_epochs=2, store=a_store)


def called(a_store, *arguments):
    return CliRunner().invoke(
        main, ["--store", str(a_store.root), "direction", *map(str, arguments)]
    )


def test_two_classes_are_told_apart_and_a_picture_is_moved_between_them(run, a_store, tmp_path):
    out = tmp_path / "strip.npy"
    done = called(a_store, run.key, "--between", 8, 3, "--picture", 5, "-o", out, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    digits = aecore.load("digits", store=a_store)
    z = run.encode(digits.x)
    found = direction_between(z, digits.labels == 8, digits.labels == 3)
    assert told["auc"] == pytest.approx(found.told.auc.mean, abs=1e-6)
    assert np.allclose(told["vector"], found.vector, atol=1e-6)
    assert told["strength"] == "plain"
    to = np.linspace(found.low, found.high, 9)
    wanted = run.decode(found.moved(z[5], to))
    assert np.abs(np.load(out).astype(int) - wanted).max() <= 1


def test_groups_come_from_tables_and_random_ones_are_no_concept(run, a_store, tmp_path):
    rows = np.random.default_rng(0).permutation(1797)[:120]
    one, other = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text("name,row\n" + "".join(f"x,{row}\n" for row in rows[:60]))
    other.write_text("\n".join(map(str, rows[60:])))
    png = tmp_path / "strip.png"
    done = called(a_store, run.key, "--groups", one, other, "--steps", 5, "-o", png)
    assert done.exit_code == 0, done.output
    assert "No direction separates these groups" in done.stdout
    assert "60 60" in done.stdout
    picture = Image.open(io.BytesIO(png.read_bytes()))
    assert picture.width == 5 * 112 + 4 * 4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "A direction needs two groups."),
        (("--between", "8", "x"), "There is no class 'x'."),
        (("--between", "8", "3", "-o", "strip.txt"), "cannot be written"),
        (
            ("--between", "8", "3", "--picture", "99999", "-o", "strip.png"),
            "There is no row 99999.",
        ),
    ],
)
def test_what_cannot_be_is_a_sentence(run, a_store, arguments, sentence):
    done = called(a_store, run.key, *arguments)
    assert done.exit_code == 1
    assert sentence in done.output
