"""`aecore denoise` says and writes what the library computes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from aecore.cli import main
from aecore.data.samples import SampleSet
from aecore.denoise.denoise import denoise
from aecore.denoise.levels import CLEANED, levels_spec, load_levels
from aecore.runs import OpenRun
from aecore.specs.run import CorruptionSpec
from aecore.store import Store
from aecore.studies.evaluation import rows_of
from tests.core.denoise.conftest import NOISE

Call = Callable[..., Result]


@pytest.fixture
def call(trained_store: Store, trained: OpenRun) -> Call:
    def call_it(*arguments: str, code: int = 0) -> Result:
        asked = ["--store", str(trained_store.root), "denoise", trained.key, *arguments]
        found = CliRunner().invoke(main, asked)
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        assert found.exit_code == code, found.output
        return found

    return call_it


def test_test_samples_under_the_noise_of_the_run(
    call: Call, trained: OpenRun, samples: SampleSet
) -> None:
    found = json.loads(call("--seed", "3", "--filter", "median", "--json").stdout)
    by_hand = denoise(trained, np.asarray(samples.x[rows_of(samples, "test", 1000)]), NOISE, 3)
    assert found["n"] == len(by_hand.clean)
    assert found["scores"]["cleaned"] == pytest.approx(by_hand.after.means())
    assert found["scores"]["noisy"] == pytest.approx(by_hand.before.means())
    assert set(found["scores"]) == {"noisy", "cleaned", "median"}
    assert "px window" in found["strengths"]["median"]


def test_own_pictures_and_a_sheet_of_rows(
    call: Call, trained: OpenRun, samples: SampleSet, tmp_path: Path
) -> None:
    x = samples.x[samples.parts["test"][:2]]
    for i in range(2):
        Image.fromarray(x[i, 0]).save(tmp_path / f"{i}.png")
    names = [str(tmp_path / f"{i}.png") for i in range(2)]
    out = tmp_path / "out.png"
    told = call(*names, "--noise", "masking", "--level", "0.5", "-o", str(out), "--json").stdout
    noise = CorruptionSpec(kind="masking", level=0.5)
    by_hand = denoise(trained, x, noise)
    assert json.loads(told)["scores"]["cleaned"] == pytest.approx(by_hand.after.means())
    sheet = np.asarray(Image.open(out))
    assert sheet.shape == (3 * 64 + 2 * 4, 2 * 64 + 4, 3)
    assert np.array_equal(sheet[136:200:8, 0:64:8, 0], x[0, 0])  # the last row is the clean one
    assert np.array_equal(sheet[68:132:8, 68:132:8, 0], by_hand.cleaned[1, 0])


def test_over_levels(call: Call, trained: OpenRun, trained_store: Store) -> None:
    found = json.loads(call("--levels", "--json").stdout)
    kept = load_levels(trained_store.artifact(levels_spec(trained).key))
    assert found["psnr_db"][CLEANED] == pytest.approx(list(kept.psnr[CLEANED]))
    assert "cleaned" in call("--levels").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--filter", "magic"], "There is no filter 'magic'"),
        (["--noise", "masking", "--level", "1.5"], "at most 1"),
        (["--levels", "-o", "x.png"], "goes over test samples"),
    ],
)
def test_what_does_not_fit_is_a_sentence(call: Call, arguments: list[str], words: str) -> None:
    assert words in call(*arguments, code=1).stderr
