"""The curve over noise levels: computed as a job, equal to what denoising by hand gives."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from aecore.api import lab
from aecore.data.samples import SampleSet
from aecore.denoising.denoise import denoise
from aecore.denoising.levels import (
    CLEANED,
    NOISY,
    Levels,
    _mean,
    default_noise,
    is_trained_for,
    levels_spec,
    load_levels,
)
from aecore.errors import ArtifactMissingError, DataError, JobError
from aecore.figures.levels import LevelCurve, levels_figure
from aecore.runs import OpenRun
from aecore.specs.data import DataSpec
from aecore.specs.run import CorruptionSpec
from aecore.specs.studies import DenoiseSpec
from aecore.store import Store
from aecore.studies.evaluation import rows_of
from tests.core.denoising.conftest import NOISE


@pytest.fixture(scope="module")
def found(trained_store: Store, trained: OpenRun) -> Levels:
    spec = levels_spec(trained, n_pictures=40)
    trained_store.create(spec)
    seen = []
    artifact = lab.finish(trained_store, spec.key, watch=lambda key, p: seen.append(p))
    assert artifact.state.status == "done"
    assert len(seen) > 10
    assert all(a.n_done <= b.n_done for a, b in pairwise(seen))
    return load_levels(artifact)


def test_each_point_is_the_mean_of_denoising_by_hand(
    found: Levels, trained: OpenRun, samples: SampleSet
) -> None:
    x = np.asarray(samples.x[rows_of(samples, "test", 40)])
    at = list(found.levels).index(0.4)
    seen = denoise(trained, x, NOISE, found.spec.seed)
    assert found.psnr[NOISY][at] == pytest.approx(seen.before.psnr.mean())
    assert found.psnr[CLEANED][at] == pytest.approx(seen.after.psnr.mean())
    assert found.ssim[CLEANED][at] == pytest.approx(seen.after.ssim.mean())
    assert found.n_pictures == 40


def test_more_noise_is_harder_and_the_model_wins_where_it_was_trained(found: Levels) -> None:
    assert (np.diff(found.psnr[NOISY]) < 0).all()
    assert found.psnr[NOISY][0] == 100  # no noise: identical
    at = list(found.levels).index(0.4)
    assert found.psnr[CLEANED][at] > found.psnr[NOISY][at]
    assert found.psnr[CLEANED][0] < found.psnr[NOISY][0]  # a clean picture only gets worse
    assert {"gaussian", "median", "tv", "nl_means"} <= set(found.psnr)
    assert not set(found.left_out) & set(found.psnr)


def test_the_trained_level_is_among_those_asked_for_and_the_level_itself_does_not_matter(
    trained: OpenRun,
) -> None:
    spec = levels_spec(trained, NOISE)
    assert 0.4 in spec.levels
    other = levels_spec(trained, NOISE.model_copy(update={"level": 0.77}))
    assert other.key == spec.key
    salt = CorruptionSpec(kind="salt_pepper", level=0.2)
    assert max(levels_spec(trained, salt).levels) <= 1
    assert default_noise(trained) == NOISE
    assert is_trained_for(trained, NOISE)
    assert not is_trained_for(trained, salt)
    assert not is_trained_for(trained, NOISE.model_copy(update={"mean": 0.5}))


def test_a_run_that_was_trained_on_is_told(trained_store: Store, trained: OpenRun) -> None:
    spec = DenoiseSpec(run=trained.key, epochs=999, noise=NOISE, levels=(0.1,))
    trained_store.create(spec)
    with pytest.raises(JobError, match="trained on"):
        lab.finish(trained_store, spec.key)


def test_what_is_not_there_yet_is_told(trained_store: Store, trained: OpenRun) -> None:
    spec = DenoiseSpec(run=trained.key, epochs=8, noise=NOISE, levels=(0.17,))
    with pytest.raises(ArtifactMissingError):
        load_levels(trained_store.create(spec))
    with pytest.raises(DataError, match="is not curves over levels of noise"):
        load_levels(trained_store.create(DataSpec()))


def test_the_figure_shows_each_curve_and_where_the_model_was_trained(found: Levels) -> None:
    curves = [
        LevelCurve("noisy", found.psnr[NOISY], "input"),
        LevelCurve("m", found.psnr[CLEANED], "model"),
    ]
    figure = levels_figure(
        found.levels, curves, title="PSNR", level_title="level", trained_at=0.4, now_at=0.2
    )
    assert [trace.name for trace in figure.data] == ["noisy", "m"]
    assert np.array_equal(figure.data[1].y, found.psnr[CLEANED])
    assert [shape.x0 for shape in figure.layout.shapes] == [0.4, 0.2]
    assert figure.layout.annotations[0].text == "trained here"


def test_a_score_that_is_not_finite_is_none_and_never_zero(
    found: Levels, trained_store: Store, tmp_path: Path
) -> None:
    kept = trained_store.artifact(found.spec.key).read_json("levels.json")
    kept["psnr"][CLEANED][2] = _mean(np.array([30.0, np.nan]))
    kept["psnr"]["tv"][:2] = [_mean(np.array([np.inf])), _mean(np.array([-np.inf, 1.0]))]
    other = Store(tmp_path).create(found.spec)
    other.write_json("levels.json", kept)
    again = load_levels(other)
    assert np.isnan(again.psnr[CLEANED][2])
    assert np.isnan(again.psnr["tv"]).sum() == 2
    assert np.isfinite(np.delete(again.psnr[CLEANED], 2)).all()
    k = len(found.levels)
    assert again.left_out[CLEANED] == f"The model: no score at 1 of {k} levels."
    assert again.left_out["tv"] == f"Total variation: no score at 2 of {k} levels."
    assert _mean(np.array([1.0, 2.0])) == 1.5
