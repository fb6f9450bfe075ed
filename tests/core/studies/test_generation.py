"""Scores of samplers: what each cloud is, and that an untrained model is far from real."""

from __future__ import annotations

import numpy as np
import pytest

import aecore
from aecore.api import lab
from aecore.latent.codes import Codes, codes_spec, load_codes
from aecore.latent.samplers import Mixture
from aecore.metrics.frechet import frechet_distance
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import NetworkSpec
from aecore.store import Store
from aecore.studies.evaluation import PCABaseline
from aecore.studies.feature_space import features_28
from aecore.studies.generation import fitted_samplers, generation_scores
from aecore.studies.sample_quality import held_out


def _codes(store: Store, run: aecore.OpenRun) -> Codes:
    key = store.create(codes_spec(run)).key
    lab.finish(store, key)
    return load_codes(store.artifact(key))


@pytest.mark.slow
def test_each_cloud_is_what_it_is_called_and_training_brings_it_nearer(a_store):
    network, code = NetworkSpec(kind="dense", widths=(128,)), PlainCodeSpec(n_dims=8)
    asked = {"network": network, "code": code, "store": a_store}
    samples = aecore.load("mnist-5k", store=a_store)
    late = aecore.train("undercomplete", "mnist-5k", n_epochs=6, **asked)
    codes = _codes(a_store, late)
    scores = generation_scores(late, samples, codes, n=300, seed=1)

    halves, space = held_out(samples, 300, seed=1), features_28()
    real = space.features(halves.real)
    z = codes.z[codes.part == 0]
    clouds = {
        "mixture": late.decode(Mixture(z).sample(300, 1)),
        "reconstructions": late.reconstruct(halves.others),
        "pca": PCABaseline(samples, 8).reconstruct(halves.others),
    }
    expected = {
        name: frechet_distance(space.features(cloud), real) for name, cloud in clouds.items()
    }
    assert scores.samples["mixture"] == pytest.approx(expected["mixture"], rel=1e-6)
    assert scores.reconstructions == pytest.approx(expected["reconstructions"], rel=1e-6)
    assert scores.pca == pytest.approx(expected["pca"], rel=1e-4)
    assert set(scores.samples) == {"prior", "gaussian", "mixture"}
    assert scores.n == 300
    assert scores.floor < scores.reconstructions < scores.samples["prior"]
    assert scores.floor < scores.samples["mixture"] < scores.samples["prior"]

    late.model.load_state_dict(_untrained(late))
    before = generation_scores(late, samples, codes, n=300, seed=1)
    assert before.reconstructions > 1.5 * scores.reconstructions


def _untrained(run: aecore.OpenRun) -> dict[str, object]:
    from aecore.models.autoencoder import Autoencoder

    return Autoencoder(run.spec, run.shape).state_dict()


def test_samplers_are_fitted_to_codes_of_the_training_part_alone():
    random = np.random.default_rng(0)
    z = np.concatenate([random.normal(0, 1, (300, 2)), random.normal(50, 1, (100, 2))])
    part = np.repeat([0, 2], [300, 100]).astype(np.int8)
    codes = Codes("codes", "run", 1, np.arange(400), z.astype(np.float32), None, z[:, 0], part)
    prior, gaussian, mixture = fitted_samplers(codes)
    assert (prior.name, gaussian.name, mixture.name) == ("prior", "gaussian", "mixture")
    for sampler in (gaussian, mixture):
        assert np.abs(sampler.sample(500, 0)).max() < 10
    alone = Codes(
        "codes", "run", 1, np.arange(400), z.astype(np.float32), None, z[:, 0], np.full(400, 1)
    )
    assert fitted_samplers(alone)[1].sample(500, 0).max() > 30
