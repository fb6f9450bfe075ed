"""`aecore denoise IN... -o OUT`: files and folders in, the same kind of files out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from aecore.cli import main
from aecore.cli.photos import planned
from aecore.errors import DataError, SpecError
from aecore.photos import restorer
from aecore.photos.cleaning import clean_photo
from aecore.photos.invention import invention
from aecore.photos.jobs.layers import uncertainty_map
from aecore.photos.restorer import Restorer
from tests.core.photos.conftest import random_net

Call = Callable[..., Result]
SMALL = Restorer(random_net(), bfloat16=False)


@pytest.fixture(autouse=True)
def small_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restorer, "shipped_restorer", lambda *_: SMALL)


@pytest.fixture
def call(tmp_path: Path) -> Call:
    def call_it(*arguments: object, code: int = 0) -> Result:
        asked = ["--store", str(tmp_path / "store"), "denoise", *map(str, arguments)]
        found = CliRunner().invoke(main, asked)
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        assert found.exit_code == code, found.output
        return found

    return call_it


def picture(path: Path, seed: int = 0, **options: object) -> np.ndarray:
    """Write a small noisy photograph; its pixels `(H, W, 3)`."""
    rng = np.random.default_rng(seed)
    smooth = np.add.outer(np.linspace(40, 150, 40), np.linspace(0, 60, 36))[..., None]
    x = (smooth + rng.normal(0, 12, (40, 36, 3))).clip(0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(x).save(path, **options)
    return x


def test_a_file_is_cleaned_as_the_library_cleans_it(call: Call, tmp_path: Path) -> None:
    x = picture(tmp_path / "a.png").transpose(2, 0, 1)
    out = tmp_path / "out.png"
    told = json.loads(call(tmp_path / "a.png", "-o", out, "--json").stdout)
    by_hand = clean_photo(x, SMALL)
    assert np.array_equal(np.asarray(Image.open(out)).transpose(2, 0, 1), by_hand.x_hat)
    (found,) = told["photographs"]
    assert found["sigma_255"] == pytest.approx(255 * by_hand.sigma, abs=1e-3)
    assert found["strength"] == by_hand.strength
    quality = by_hand.quality()
    assert quality is None or found["expected"]["psnr_db"] == pytest.approx(
        quality.psnr_db, abs=1e-2
    )
    assert told["problems"] == []


def test_a_strength_blends_and_a_sigma_is_taken_as_told(call: Call, tmp_path: Path) -> None:
    x = picture(tmp_path / "a.png").transpose(2, 0, 1)
    out = tmp_path / "out.png"
    call(tmp_path / "a.png", "-o", out, "--strength", 0.5, "--sigma", 12)
    by_hand = clean_photo(x, SMALL, 12 / 255).restored.at(0.5)
    assert np.array_equal(np.asarray(Image.open(out)).transpose(2, 0, 1), by_hand)
    call(tmp_path / "a.png", "-o", out, "--strength", 0)
    assert np.array_equal(np.asarray(Image.open(out)).transpose(2, 0, 1), x)


def test_the_map_of_uncertainty_stands_beside_the_cleaned_one(call: Call, tmp_path: Path) -> None:
    x = picture(tmp_path / "a.png").transpose(2, 0, 1)
    out = tmp_path / "out"
    (found,) = json.loads(call(tmp_path / "a.png", "-o", out, "--uncertainty", "--json").stdout)[
        "photographs"
    ]
    by_hand = clean_photo(x, SMALL)
    uncertainty = invention(by_hand.given, SMALL, by_hand.sigma, by_hand.noise).uncertainty(
        by_hand.sigma
    )
    assert found["uncertainty"] == str(out / "a-uncertainty.png")
    assert (out / "a-uncertainty.png").read_bytes() == uncertainty_map(uncertainty)
    assert found["uncertain"] == round(float((uncertainty > 0.5).mean()), 4)
    assert "uncertain" in call(tmp_path / "a.png", "-o", out, "--uncertainty").stdout
    (plain,) = json.loads(call(tmp_path / "a.png", "-o", out, "--json").stdout)["photographs"]
    assert plain["uncertainty"] is None


def test_a_folder_gives_a_folder_and_a_bad_file_costs_itself(call: Call, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    picture(folder / "a.jpg", quality=95)
    picture(folder / "trip" / "b.webp", seed=1, lossless=True)
    (folder / "trip" / "c.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("not asked for")
    found = call(folder, "-o", out, "--method", "tv", code=1)
    assert {path.relative_to(out).as_posix() for path in out.rglob("*.*")} == {
        "a.jpg",
        "trip/b.webp",
    }
    assert "c.png" in found.stderr
    for name, kind in (("a.jpg", "JPEG"), ("trip/b.webp", "WEBP")):
        with Image.open(out / name) as image:
            assert image.format == kind


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{a}"], "not said where"),
        (["{a}", "-o", "{a}"], "written over"),
        (["{a}", "-o", "{folder}/x.jpg"], "x.png"),
        (["{a}", "-o", "{folder}/x.png", "--strength", "2"], "strength of 2"),
        (["{a}", "-o", "{folder}/x.png", "--level", "0"], "--level: for runs"),
        (["nowhere.png", "-o", "{folder}"], "not there"),
        (
            ["{a}", "-o", "{folder}/x.png", "--uncertainty", "--method", "zero_shot"],
            "cannot be computed",
        ),
        (
            ["{a}", "{b}", "-o", "{folder}/out", "--uncertainty"],
            "a-uncertainty.png would be written over",
        ),
        (["run-" + "0" * 24, "--uncertainty"], "--uncertainty: for photographs"),
        (["run-" + "0" * 24, "--strength", "1"], "--strength: for photographs"),
    ],
)
def test_what_does_not_fit_is_a_sentence(
    call: Call, tmp_path: Path, arguments: list[str], words: str
) -> None:
    files = {"a": tmp_path / "a.png", "b": tmp_path / "a-uncertainty.png"}
    for path in files.values():
        picture(path)
    asked = [text.format(**files, folder=tmp_path) for text in arguments]
    assert words in call(*asked, code=1).stderr
    assert {path.name for path in tmp_path.glob("*.*")} == {"a.png", "a-uncertainty.png"}


def test_no_file_is_written_twice(tmp_path: Path) -> None:
    for name in ("x/a.png", "y/a.png"):
        picture(tmp_path / name)
    sources = [tmp_path / "x" / "a.png", tmp_path / "y"]
    pairs = [(s.parent.name, t.name) for s, t in planned(sources, tmp_path / "out")]
    assert pairs == [("x", "a.png"), ("y", "a-2.png")]
    with pytest.raises(SpecError, match="written over"):
        list(planned([tmp_path / "x"], tmp_path / "x"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no photograph"):
        list(planned([tmp_path / "empty"], tmp_path / "out"))


def test_help_tells_of_both(call: Call) -> None:
    words = call("--help").stdout
    assert "IN are files and folders" in words
    assert "KEY is that of a run" in words


def test_a_photograph_is_given_back_where_a_picture_says_so(tmp_path: Path, call: Call) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(120, 12, (64, 96, 3)).clip(0, 255).astype(np.uint8)
    noisy, marked, out = (tmp_path / name for name in ("noisy.png", "marked.png", "clean.png"))
    Image.fromarray(x).save(noisy)
    marks = np.full((32, 48), 128, np.uint8)
    marks[:, 30:] = 0
    Image.fromarray(marks).save(marked)
    call(noisy, "-o", out, "--strength", 1, "--adjust", marked)
    clean = np.asarray(Image.open(out))
    assert np.array_equal(clean[:, 64:], x[:, 64:])
    assert (clean[:, :50] != x[:, :50]).mean() > 0.5
    Image.fromarray(x[:32]).save(tmp_path / "other.png")
    both = noisy, tmp_path / "other.png", "-o", tmp_path / "out"
    assert "--adjust is of one photograph" in call(*both, "--adjust", marked, code=1).output
