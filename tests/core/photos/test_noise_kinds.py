"""Six kinds of noise are what they say, and `bench restore --kinds` measures on each."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from skimage.data import astronaut

from aecore.bench.restore.noise_kinds import KINDS, SIGMA_255, noisy
from aecore.cli import main
from aecore.photos.noise_map import measured_map

CLEAN = np.ascontiguousarray(astronaut()[:192, 100:292].transpose(2, 0, 1)) / 255


def _map(kind: str) -> np.ndarray:
    noise = noisy(CLEAN, kind) / 255 - CLEAN
    found = measured_map(torch.from_numpy(noise)[None].float())
    return np.asarray(255 * found.square().mean((0, 2, 3)).sqrt())


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_seeded_and_about_as_strong_as_it_says(kind: str) -> None:
    x = noisy(CLEAN, kind, 3)
    assert x.dtype == np.uint8
    assert np.array_equal(x, noisy(CLEAN, kind, 3))
    assert not np.array_equal(x, noisy(CLEAN, kind, 4))
    rms = 255 * float(np.sqrt(np.square(x / 255 - CLEAN).mean()))
    assert rms == pytest.approx(SIGMA_255[kind], rel=0.6)


def test_what_sets_each_kind_apart_is_there() -> None:
    white, coarse, camera = _map("white"), _map("coarse"), _map("camera")
    assert white.max() < 1.2 * white.min()
    assert coarse[1] > 1.6 * coarse[0]
    assert camera[4] > 1.6 * camera[3]
    assert camera[3] < camera[0]
    by_light = np.abs(noisy(CLEAN, "light") / 255 - CLEAN)
    inside = (CLEAN > 0.1) & (CLEAN < 0.8)
    dark, light = inside & (CLEAN < 0.3), inside & (CLEAN > 0.6)
    assert by_light[light].mean() > 1.3 * by_light[dark].mean()
    rows = noisy(CLEAN, "rows") / 255 - CLEAN
    assert rows.mean((0, 2)).std() > 3 * rows.mean((0, 1)).std()


@pytest.mark.slow
def test_the_bench_tells_of_every_kind(tmp_path: Path) -> None:
    Image.fromarray(astronaut()[:192, 100:292]).save(tmp_path / "a.png")
    words = ["bench", "restore", str(tmp_path), "--kinds", "--crop", "128", "--json"]
    found = CliRunner().invoke(main, [*words, "--method", "input", "--method", "app"])
    rows = json.loads(found.stdout)["figures"]
    assert len(rows) == 4 * len(KINDS)
    by_name = {row["name"]: row["figure"] for row in rows}
    for kind in KINDS:
        gained = by_name[f"{kind}: the app, blind"] - by_name[f"{kind}: as it came"]
        assert by_name[f"{kind}: least gain"] == pytest.approx(gained, abs=1e-6)
