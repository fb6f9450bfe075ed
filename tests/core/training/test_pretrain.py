"""Layers that are trained one by one, outermost first."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch.utils._python_dispatch import TorchDispatchMode

from aecore.data.samples import SampleSet
from aecore.models.autoencoder import new_model
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import NetworkSpec, OptimizerSpec
from aecore.training.begin import begin
from aecore.training.feed import DeviceDataset
from aecore.training.fit import fit
from aecore.training.pretrain import pretrain, stages_of
from tests.core.conftest import a_run

SPEC = {
    "network": NetworkSpec(widths=(24, 12), activation="sigmoid"),
    "code": PlainCodeSpec(n_dims=6),
    "optimizer": OptimizerSpec(lr=1e-2),
    "n_epochs": 1,
}


def test_each_stage_rebuilds_what_it_is_shown():
    model = new_model(a_run(**SPEC), (1, 8, 8))
    x = torch.rand(3, 1, 8, 8)
    widths = []
    for stage in stages_of(model):
        shown = stage.below(x)
        assert stage.decode(stage.encode(shown)).flatten(1).shape == shown.flatten(1).shape
        widths.append(stage.encode(shown).shape[1])
    assert widths == [24, 12, 6]


def test_the_stages_together_are_the_whole_model():
    model = new_model(a_run(**SPEC), (1, 8, 8))
    x = torch.rand(3, 1, 8, 8)
    stages = stages_of(model)
    z = stages[-1].encode(stages[-1].below(x))
    assert torch.equal(z, model.encode(x).z)
    value = z
    for stage in reversed(stages):
        value = stage.decode(value)
    assert torch.allclose(torch.sigmoid(value), model.decode(z))


def test_records_of_single_layers_count_up_to_the_first_epoch(digits):
    records = list(fit(digits, a_run(**SPEC, pretrain_epochs=2)))
    alone = [r for r in records if r.epoch <= 0]
    assert [r.epoch for r in alone] == [-5, -4, -3, -2, -1, 0]
    assert [next(iter(r.train)) for r in alone] == ["layer 1"] * 2 + ["layer 2"] * 2 + [
        "layer 3"
    ] * 2
    assert records[-1].epoch == 1


def test_a_last_sample_left_over_is_no_batch_of_its_own(digits):
    """Batch normalization has nothing to say of one sample; the next epoch has it elsewhere."""
    parts = {**digits.parts, "train": digits.parts["train"][:17]}
    spec = {**SPEC, "network": NetworkSpec(widths=(24,), batch_norm=True), "batch_size": 8}
    records = list(fit(SampleSet(digits.x, parts), a_run(**spec, pretrain_epochs=2)))
    assert [r.epoch for r in records if r.epoch <= 0] == [-3, -2, -1, 0]
    assert all(np.isfinite([*r.train.values()]).all() for r in records)


@pytest.mark.slow
def test_pre_training_gives_a_deep_sigmoid_network_a_better_start(digits):
    few = {**SPEC, "batch_size": 16}
    bare = list(fit(digits, a_run(**few)))[-1].val["mse"]
    pretrained = list(fit(digits, a_run(**few, pretrain_epochs=10)))[-1].val["mse"]
    assert pretrained < 0.8 * bare


def test_beside_a_linear_path_hidden_layers_learn_and_the_whole_is_still_pca(digits):
    network = SPEC["network"].model_copy(update={"output": "linear", "pca_start": True})
    spec = a_run(**{**SPEC, "network": network}, pretrain_epochs=2)
    at = begin(digits, spec, torch.device("cpu"))
    x = torch.from_numpy(digits.scaled(digits.parts["val"]))
    with torch.no_grad():
        before, hidden = at.model(x).x_hat, at.model.encoder[1].weight.clone()
    feed = DeviceDataset(digits, torch.device("cpu"))
    rows = torch.from_numpy(digits.parts["train"])
    names = [record.name for record in pretrain(at.model, spec, rows, feed.batch)]
    assert names == ["layer 1"] * 2 + ["layer 2"] * 2
    with torch.no_grad():
        assert torch.allclose(at.model(x).x_hat, before, atol=1e-5)
    assert not torch.allclose(at.model.encoder[1].weight, hidden, atol=1e-3)
    pca = PCA(6, svd_solver="full").fit(digits.scaled(digits.parts["train"]).reshape(-1, 64))
    flat = x.flatten(1).numpy()
    assert before.flatten(1).numpy() == pytest.approx(
        pca.inverse_transform(pca.transform(flat)), abs=1e-3
    )


def test_a_device_is_waited_for_once_an_epoch(digits):
    class Reads(TorchDispatchMode):
        n = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            self.n += func is torch.ops.aten._local_scalar_dense.default
            return func(*args, **(kwargs or {}))

    spec = a_run(**SPEC, pretrain_epochs=2, batch_size=32)
    model = new_model(spec, (1, 8, 8))
    feed = DeviceDataset(digits, torch.device("cpu"))
    with Reads() as reads:
        found = list(pretrain(model, spec, torch.arange(100), feed.batch))
    assert reads.n == len(found) == 6


def test_an_error_of_a_layer_is_the_mean_over_the_batches_of_its_epoch(digits):
    spec = a_run(
        **{**SPEC, "optimizer": OptimizerSpec(name="sgd", lr=1e-12)},
        pretrain_epochs=1,
        batch_size=25,
    )
    model = new_model(spec, (1, 8, 8))
    feed = DeviceDataset(digits, torch.device("cpu"))
    rows = torch.arange(100, 200)
    with torch.no_grad():
        expected = [
            float(stage.loss(feed.batch(rows))) for stage in stages_of(new_model(spec, (1, 8, 8)))
        ]
    found = [record.mse for record in pretrain(model, spec, rows, feed.batch)]
    assert found == pytest.approx(expected, rel=1e-4)
