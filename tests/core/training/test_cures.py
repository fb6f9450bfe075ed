"""Each fault that the doctor names is cured by the settings that it offers: sick runs, mended."""

from __future__ import annotations

import pytest

from aecore.data.samples import SampleSet
from aecore.errors import DivergedError
from aecore.recipes import RECIPES
from aecore.specs.run import CodeSpec, NetworkSpec, OptimizerSpec, RunSpec, TermSpec
from aecore.training.cures import cure_of
from aecore.training.doctor import CodeStats, behind_pca, is_still_learning
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
    TermSpec(name="bce", reduction="sum"),
    TermSpec(name="kl", reduction="sum", weight=100.0),
)
SICK = {
    "Posterior collapse": {
        "network": NetworkSpec(widths=(64,)),
        "code": CodeSpec(kind="gaussian", n_dims=8),
        "objective": BOUND,
        "n_epochs": 8,
    },
    "Dead code": {
        "network": NetworkSpec(kind="linear", widths=()),
        "code": CodeSpec(n_dims=32, activation="relu"),
        "objective": (TermSpec(name="mse"), TermSpec(name="sparse_l1", weight=0.5)),
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
        "objective": (TermSpec(name="mse", reduction="sum"),),
        "n_epochs": 8,
    },
    "Worse than PCA": {
        "network": NetworkSpec(widths=(32,)),
        "code": CodeSpec(n_dims=16),
        "n_epochs": 3,
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", SICK)
def test_a_sick_run_is_named_and_cured_by_its_own_offer(digits, fault):
    spec = RunSpec.of(data=SOME_DATA, **{"batch_size": 32, **SICK[fault]})
    told = _told(digits, spec)
    assert fault in told
    cure = cure_of(spec, told)
    assert cure is not None
    assert cure.words
    assert fault not in _told(digits, cure.spec)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["undercomplete", "deep", "vae", "wae-mmd", "rae"])
def test_a_healthy_recipe_raises_no_alarm_of_collapse_or_dead_units(digits, name):
    told = _told(digits, RECIPES[name].spec(SOME_DATA, n_epochs=30, code=_eight(name)))
    assert "collapse" not in told
    assert "Dead" not in told


def _eight(name: str) -> CodeSpec:
    code: CodeSpec = RECIPES[name].settings["code"]
    return code.model_copy(update={"n_dims": 8})


GOOD = {"n_seen": 500, "error_of_mean": 0.07, "n_units": 8, "n_still": 0}
FALLING = [(1.0 / n, 1.0 / n) for n in range(1, 12)]
LEVEL = [(0.1, 0.1)] * 20


def test_a_run_behind_pca_is_told_why():
    sick = CodeStats(**GOOD, error=0.02)
    assert behind_pca(CodeStats(**GOOD, error=0.0102), 0.01, a_run(), 4000, LEVEL) == ""
    assert "2.00 times that of 8" in behind_pca(sick, 0.01, a_run(), 4000, LEVEL)
    assert "too short" in behind_pca(sick, 0.01, a_run(), 4000, FALLING)
    assert "30 samples are few" in behind_pca(sick, 0.01, a_run(), 30, LEVEL)
    pressed = a_run(objective=(TermSpec(name="mse"), TermSpec(name="contractive")))
    assert "contractive presses" in behind_pca(sick, 0.01, pressed, 4000, LEVEL)


def test_a_code_as_large_as_a_sample_is_not_held_against_pca(digits):
    """PCA of that size loses nothing: the error over its own would be any number."""
    spec = a_run(code=CodeSpec(n_dims=80), n_epochs=1, batch_size=256)
    last = list(fit(digits, spec))[-1]
    assert last.last
    assert last.pca is None
    assert "PCA" not in last.note


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
