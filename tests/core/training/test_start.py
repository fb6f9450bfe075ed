"""A run that is to go on from another: what must be the same is told before anything starts."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch

import aecore
from aecore.api import lab
from aecore.api.run_file import export_run
from aecore.data.samples import load_samples
from aecore.errors import SpecError
from aecore.jobs.perform import perform
from aecore.objectives.objective import TERMS
from aecore.runs import open_run
from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec
from aecore.specs.run import CorruptionSpec, NetworkSpec, OptimizerSpec
from aecore.specs.terms import AdversarialCodeSpec, BceSpec, CodeL2Spec, L1Spec
from aecore.store import Store
from aecore.training import LAST, WEIGHTS
from aecore.training.begin import begin
from aecore.training.checkpoint import load_start
from aecore.training.checks import CRITICS, check_start, has_same_moments

SMALL = {
    "network": NetworkSpec(widths=(16,)),
    "code": PlainCodeSpec(n_dims=4),
    "data_settings": {"n_max": 200},
    "n_epochs": 1,
}


def trained(store, recipe="vae", **settings):
    return aecore.train(recipe, "digits", store=store, **{**SMALL, **settings})


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A store with a small run."""
    store = Store(tmp_path_factory.mktemp("start"))
    return store, trained(store, "undercomplete").key


@pytest.fixture
def stocked(first, tmp_path):
    """The same, of the test's own."""
    shutil.copytree(first[0].root, tmp_path / "mine")
    return Store(tmp_path / "mine"), first[1]


BCE = BceSpec()
MISFITS = {
    "wider": ({"network": NetworkSpec(widths=(32,))}, r"network.widths is \(16,\) there, \(32,\)"),
    "convolutional": ({"network": NetworkSpec(kind="conv", widths=(4,))}, "kind is dense there"),
    "normalized": ({"network": NetworkSpec(widths=(16,), batch_norm=True)}, "batch_norm is False"),
    "with dropout": ({"network": NetworkSpec(widths=(16,), dropout=0.1)}, "dropout is 0.0 there"),
    "of more numbers": ({"code": PlainCodeSpec(n_dims=5)}, "code.n_dims is 4 there, 5 here"),
    "gaussian": ({"code": GaussianCodeSpec(n_dims=4)}, "code.kind is plain there"),
    "with a critic": (
        {"objective": (BCE, AdversarialCodeSpec())},
        "brings no critic for the term adversarial_code",
    ),
    "of larger pictures": ({"data_settings": {"n_max": 200, "size_px": 12}}, r"\(1, 12, 12\)"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_is_one_sentence_and_nothing_is_asked_for(stocked, name):
    store, key = stocked
    changes, words = MISFITS[name]
    if "data_settings" in changes:
        aecore.load("digits", store=store, **changes["data_settings"])
    before = store.keys("run")
    with pytest.raises(SpecError, match=words):
        trained(store, "undercomplete", start_from=key, **changes)
    assert store.keys("run") == before


def test_data_that_was_not_here_is_found_out_by_the_job(stocked):
    store, key = stocked
    larger = {"data_settings": {"n_max": 200, "size_px": 12}}
    changes = {name: SMALL[name] for name in ("network", "code", "n_epochs")}
    spec = lab.run_spec("undercomplete", "digits", store=store, start_from=key, **changes, **larger)
    state = perform(store, spec.key)
    assert state.status == "failed"
    assert state.error == (
        "The run to train further reads samples of shape (1, 8, 8); these have (1, 12, 12)."
    )
    assert not store.artifact(spec.key).has("error.log")


CHANGES = {
    "optimizer": {"optimizer": OptimizerSpec(name="rmsprop", lr=1e-3)},
    "momentum": {"optimizer": OptimizerSpec(name="sgd", momentum=0.0)},
    "learning rate": {"optimizer": OptimizerSpec(lr=1e-4)},
    "loss": {"objective": (L1Spec(), CodeL2Spec())},
    "noise": {"corruption": CorruptionSpec(kind="masking")},
    "activation": {"network": NetworkSpec(widths=(16,), activation="silu")},
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_may_differ_is_trained_further(stocked, name):
    store, key = stocked
    run = trained(store, "undercomplete", start_from=key, seed=5, **CHANGES[name])
    before = open_run(store, key).model.state_dict()["encoder.1.weight"]
    moved = (run.model.state_dict()["encoder.1.weight"] - before).abs().mean()
    assert 0 < moved < 0.5 * before.abs().mean()  # new ones would be 1.3 of it away


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        (OptimizerSpec(), OptimizerSpec(lr=0.1), True),
        (OptimizerSpec(), OptimizerSpec(name="adamw"), False),
        (OptimizerSpec(name="rmsprop"), OptimizerSpec(name="rmsprop", momentum=0.5), True),
        (OptimizerSpec(name="rmsprop", momentum=0), OptimizerSpec(name="rmsprop"), False),
    ],
)
def test_moments_go_on_with_an_optimizer_that_has_the_same(a_store, before, after, is_same):
    first = trained(a_store, "undercomplete", optimizer=before)
    again = trained(a_store, "undercomplete", optimizer=after, start_from=first.key)
    parent = a_store.artifact(first.key)
    assert has_same_moments(again.spec, parent) is is_same
    at = begin(load_samples(a_store.artifact(again.spec.data)), again.spec)
    load_start(parent, at, with_moments=is_same)
    assert bool(at.optimizer.state) is is_same


def test_a_critic_goes_on_with_its_run(a_store):
    first = trained(a_store, "aae")
    again = trained(
        a_store, "aae", start_from=first.key, optimizer=OptimizerSpec(name="sgd", lr=1e-12)
    )
    found = []
    for run in (first, again):
        at = begin(load_samples(a_store.artifact(run.spec.data)), run.spec)
        load_start(a_store.artifact(run.key), at, with_moments=False)
        found.append(at.partners.state_dict())
    fresh = begin(load_samples(a_store.artifact(first.spec.data)), first.spec).partners.state_dict()
    for name in fresh:
        assert torch.allclose(found[0][name], found[1][name], atol=1e-6)
    assert any(not torch.allclose(found[0][name], fresh[name], atol=1e-4) for name in fresh)


def test_a_run_that_was_exported_can_be_trained_further_without_its_moments(a_store, tmp_path):
    first = trained(a_store, "undercomplete")
    export_run(a_store, first.key, tmp_path / "out")
    there = Store(tmp_path / "there")
    there.adopt(tmp_path / "out")
    assert not there.artifact(first.key).has(LAST)
    run = trained(
        there, "undercomplete", start_from=first.key, optimizer=OptimizerSpec(name="sgd", lr=1e-12)
    )
    x = aecore.load("digits", store=there, n_max=200).x
    assert np.allclose(run.encode(x), first.encode(x), atol=0.02)  # weights travel as halves


def test_a_critic_does_not_travel_with_an_exported_run(a_store, tmp_path):
    first = trained(a_store, "aae")
    (a_store.artifact(first.key).path / LAST).unlink()
    with pytest.raises(SpecError, match="no critic"):
        trained(a_store, "aae", start_from=first.key, n_epochs=2)


def test_a_run_that_is_not_here_or_has_no_epoch_is_told(a_store):
    with pytest.raises(SpecError, match="not kept here"):
        trained(a_store, "undercomplete", start_from="run-" + "0" * 24)
    spec = trained(a_store, "undercomplete").spec
    for name in (LAST, WEIGHTS):
        (a_store.artifact(spec.key).path / name).unlink()
    with pytest.raises(SpecError, match="no finished epoch"):
        check_start(a_store, spec.model_copy(update={"start_from": spec.key}))


def test_terms_with_a_critic_are_those_that_bring_a_network():
    assert {name for name, term in TERMS.items() if term.partner is not None} == CRITICS
