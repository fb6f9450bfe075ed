"""Each fault that the doctor names is cured by the settings that it offers: sick runs, mended."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from aecore.data.samples import SampleSet
from aecore.errors import DivergedError
from aecore.recipes import RECIPES
from aecore.specs.codes import CodeSpec, GaussianCodeSpec, PlainCodeSpec, QuantizedCodeSpec
from aecore.specs.run import CorruptionSpec, NetworkSpec, OptimizerSpec, RunSpec
from aecore.specs.terms import (
    AdversarialCodeSpec,
    BceSpec,
    CommitmentSpec,
    ContractiveSpec,
    DecoderL2Spec,
    KlSpec,
    MseSpec,
    SparseL1Spec,
)
from aecore.training.begin import begin
from aecore.training.cures import cure_of
from aecore.training.doctor import (
    CodeStats,
    behind_pca,
    behind_plain,
    is_still_learning,
    n_held_against,
    too_large,
    too_small,
)
from aecore.training.fit import fit
from tests.core.conftest import SOME_DATA, a_run


def _told(samples: SampleSet, spec: RunSpec) -> str:
    """What the doctor says at the end."""
    try:
        *_, last = fit(samples, spec, publish_s=9.0)
    except DivergedError as problem:
        return problem.message
    return last.note


BOUND = (
    BceSpec(reduction="sum"),
    KlSpec(reduction="sum", weight=100.0),
)
SICK = {
    "Posterior collapse": {
        "network": NetworkSpec(widths=(64,)),
        "code": GaussianCodeSpec(n_dims=8),
        "objective": BOUND,
        "n_epochs": 8,
    },
    "Dead code": {
        "network": NetworkSpec(kind="linear", widths=()),
        "code": PlainCodeSpec(n_dims=32, activation="relu"),
        "objective": (MseSpec(), SparseL1Spec(weight=0.5)),
        "optimizer": OptimizerSpec(lr=1e-2),
        "n_epochs": 8,
    },
    "no better than the mean picture": {
        "network": NetworkSpec(widths=(64,), activation="sigmoid"),
        "optimizer": OptimizerSpec(lr=1e-6),
        "n_epochs": 8,
    },
    "Training diverged": {
        "network": NetworkSpec(kind="linear", widths=(), output="linear"),
        "optimizer": OptimizerSpec(name="sgd", lr=10.0),
        "objective": (MseSpec(reduction="sum"),),
        "n_epochs": 8,
    },
    "Worse than PCA": {
        "network": NetworkSpec(widths=(32,)),
        "code": PlainCodeSpec(n_dims=16),
        "n_epochs": 3,
    },
    "Overfitting since": {
        "network": NetworkSpec(widths=(256, 128)),
        "objective": (BceSpec(),),
        "optimizer": OptimizerSpec(lr=3e-3),
        "batch_size": 8,
        "n_epochs": 100,
    },
    "Codebook collapse": {
        "network": NetworkSpec(kind="conv", widths=(16,)),
        "code": QuantizedCodeSpec(n_dims=64, codebook_size=512),
        "objective": (MseSpec(), CommitmentSpec(weight=0.25)),
        "optimizer": OptimizerSpec(lr=0.1),
        "n_epochs": 4,
    },
    "The critic of the codes has won": {  # a short decoder makes codes long, far from the prior
        "network": NetworkSpec(widths=(64,)),
        "code": PlainCodeSpec(n_dims=16),
        "objective": (
            MseSpec(reduction="sum"),
            AdversarialCodeSpec(reduction="sum", weight=1e-4),
            DecoderL2Spec(reduction="sum", weight=0.03),
        ),
        "optimizer": OptimizerSpec(lr=5e-3),
        "n_epochs": 10,
    },
    "The code is too small": {
        "network": NetworkSpec(widths=(64,)),
        "code": PlainCodeSpec(n_dims=1),
        "optimizer": OptimizerSpec(lr=3e-3),
        "n_epochs": 15,
    },
    "The code is too large": {
        "network": NetworkSpec(widths=(32,), output="linear", pca_start=True),
        "code": GaussianCodeSpec(n_dims=48),
        "objective": (
            MseSpec(reduction="sum", weight=2.0),
            KlSpec(reduction="sum"),
        ),
        "optimizer": OptimizerSpec(lr=1e-5),
        "n_epochs": 3,
    },
    "Worse than the plain method": {
        "network": NetworkSpec(widths=(64,)),
        "code": PlainCodeSpec(n_dims=2),
        "corruption": CorruptionSpec(kind="gaussian", level=0.05),
        "optimizer": OptimizerSpec(lr=3e-3),
        "n_epochs": 8,
    },
}


HEALTHY: dict[str, dict[str, object]] = {
    "linear": {},
    "undercomplete": {},
    "deep": {"n_epochs": 10},
    "conv": {"n_epochs": 12},
    "residual": {"n_epochs": 6},
    "vae": {
        "network": NetworkSpec(widths=(400,), output="linear"),
        "objective": (
            MseSpec(reduction="sum", weight=50.0),
            KlSpec(reduction="sum"),
        ),
    },
    "wae-mmd": {},
    "rae": {},
    "denoising": {"n_epochs": 12},
    "aae": {},
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", SICK)
def test_a_sick_run_is_named_and_cured_by_its_own_offer(digits, fault):
    spec = RunSpec.of(data=SOME_DATA, **{"batch_size": 32, **SICK[fault]})
    if fault == "Overfitting since":  # of 30 pictures
        parts = {**digits.parts, "train": digits.parts["train"][:30]}
        digits = SampleSet(digits.x, parts)
    told = _told(digits, spec)
    assert fault in told
    cure = cure_of(spec, told)
    assert cure is not None
    assert cure.words
    assert fault not in _told(digits, cure.spec)


@pytest.mark.slow
@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_raises_no_alarm(digits, name):
    code: CodeSpec = RECIPES[name].settings["code"]
    code = code.model_copy(update={"n_dims": 8})
    spec = RECIPES[name].spec(SOME_DATA, **{"n_epochs": 30, "code": code, **HEALTHY[name]})
    told = _told(digits, spec)
    assert "Still learning" in told or told == ""


GOOD = {"n_seen": 500, "error_of_mean": 0.07, "n_units": 8, "n_still": 0}
FALLING = [(1.0 / n, 1.0 / n) for n in range(1, 12)]
LEVEL = [(0.1, 0.1)] * 20


def test_a_run_behind_pca_is_told_why():
    sick = CodeStats(**GOOD, error=0.02)
    assert behind_pca(CodeStats(**GOOD, error=0.0102), 0.01, a_run(), 4000, LEVEL) == ""
    assert "2.00 times that of 8" in behind_pca(sick, 0.01, a_run(), 4000, LEVEL)
    assert "was too short" in behind_pca(sick, 0.01, a_run(), 4000, FALLING)
    assert "30 samples are few" in behind_pca(sick, 0.01, a_run(), 30, LEVEL)
    pressed = a_run(objective=(MseSpec(), ContractiveSpec()))
    assert "contractive presses" in behind_pca(sick, 0.01, pressed, 4000, LEVEL)


def test_a_code_as_large_as_a_sample_is_not_held_against_pca(digits):
    """PCA of that size loses nothing: the error over its own would be any number."""
    spec = a_run(code=PlainCodeSpec(n_dims=80), n_epochs=1, batch_size=256)
    last = list(fit(digits, spec))[-1]
    assert last.last
    assert last.pca is None
    assert "PCA" not in last.note


def test_a_sparse_code_is_held_against_as_many_components_as_it_has_units_active():
    largest = a_run(code=PlainCodeSpec(n_dims=100, top_k=25))
    assert n_held_against(largest, 100) == 25
    asked = RECIPES["sparse-kl"].spec(SOME_DATA)
    assert n_held_against(asked, 128) == 13
    assert n_held_against(a_run(), 8) == 8


def test_a_repair_is_told_of_the_plain_method_only_where_it_is_behind_it():
    assert behind_plain(0.0104, 0.01, "bicubic interpolation", LEVEL) == ""
    told = behind_plain(0.02, 0.01, "bicubic interpolation", LEVEL)
    assert "2.00 times that of bicubic interpolation. Its code keeps less" in told
    assert "too short" in behind_plain(0.02, 0.01, "bicubic interpolation", FALLING)


def test_a_code_of_which_a_quarter_is_active_is_not_too_large():
    some = CodeStats(n_seen=500, error=0.01, error_of_mean=0.07, n_units=20, n_active=5)
    assert too_large(some) == ""
    assert "4 of its 20" in too_large(replace(some, n_active=4))


def test_a_code_is_too_small_only_where_nothing_else_presses():
    lost = CodeStats(**GOOD, error=0.04)
    assert "43% of the variance is kept in 8" in too_small(lost, a_run())
    assert too_small(CodeStats(**GOOD, error=0.03), a_run()) == ""
    pressed = a_run(objective=(MseSpec(), ContractiveSpec()))
    assert too_small(lost, pressed) == ""


def test_overfitting_is_no_illness_where_early_stopping_keeps_the_best_epoch(digits):
    few = SampleSet(digits.x, {**digits.parts, "train": digits.parts["train"][:30]})
    spec = RunSpec.of(data=SOME_DATA, **{**SICK["Overfitting since"], "patience": 10})
    notes = [record.note for record in fit(few, spec, publish_s=9.0)]
    assert not any("Overfitting" in note for note in notes)


def test_what_falls_at_the_end_is_still_learning():
    assert is_still_learning(FALLING)
    assert not is_still_learning(LEVEL)
    assert not is_still_learning(FALLING[:4])


@pytest.mark.parametrize(
    ("told", "spec"),
    [
        ("Still learning when it stopped: ...", a_run(n_epochs=5)),
        ("Overfitting since epoch 9: ...", a_run()),
        ("Codebook collapse: ...", RECIPES["vq-vae"].spec(SOME_DATA, optimizer={"lr": 0.1})),
        ("The critic of the codes has won: ...", RECIPES["aae"].spec(SOME_DATA)),
    ],
)
def test_every_fault_has_an_offer_that_changes_something(told, spec):
    cure = cure_of(spec, told)
    assert cure is not None
    assert cure.spec.key != spec.key


def test_words_that_name_no_fault_offer_nothing():
    assert cure_of(a_run(), "") is None
    assert cure_of(a_run(), "All is well.") is None


def test_a_sparse_run_is_held_against_as_many_components_as_units_are_active(digits):
    spec = a_run(
        network=NetworkSpec(kind="linear", widths=()),
        code=PlainCodeSpec(n_dims=24, activation="relu", batch_norm=True),
        objective=(MseSpec(), SparseL1Spec(weight=0.02)),
        n_epochs=2,
    )
    at = begin(digits, spec)
    *_, last = fit(digits, spec, at=at, publish_s=9.0)
    at.model.eval()
    with torch.inference_mode():
        z = at.model.encode(torch.from_numpy(digits.scaled(digits.parts["val"]))).z.numpy()
    counts = [sum(value > 0.1 * z.std() for value in sample) for sample in z]
    assert last.pca["n"] == round(sum(counts) / len(counts))
    assert 1 <= last.pca["n"] < 24
