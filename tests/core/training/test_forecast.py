"""Settings known to diverge or to collapse are named before training; recipes are not."""

from __future__ import annotations

import pytest

from aecore.errors import SpecError
from aecore.recipes import GENERAL, RECIPES, fitted
from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec, QuantizedCodeSpec
from aecore.specs.run import NetworkSpec, OptimizerSpec, RunSpec
from aecore.specs.terms import (
    AdversarialImageSpec,
    BceSpec,
    CommitmentSpec,
    IwaeSpec,
    KlSpec,
    MseSpec,
    SparseL1Spec,
    TotalCorrelationSpec,
)
from aecore.training.fit import fit
from aecore.training.forecast import warnings_of
from tests.core.conftest import a_run

SHAPES = [(1, 28, 28), (3, 32, 32), (1, 64, 64)]
ELBO = (BceSpec(reduction="sum"), KlSpec(reduction="sum"))
GAUSSIAN = GaussianCodeSpec(n_dims=8)
VQ = {
    "network": NetworkSpec(kind="conv", widths=(8, 8)),
    "code": QuantizedCodeSpec(n_dims=4, codebook_size=64),
    "objective": (MseSpec(), CommitmentSpec(weight=0.25)),
}


def said(shape=(1, 28, 28), n_train=4000, **settings):
    return " ".join(warnings_of(a_run(**settings), n_train, shape))


@pytest.mark.parametrize("name", GENERAL)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_recipe_as_given_is_not_warned_about(name, shape):
    settings = fitted(RECIPES[name].settings, is_pictures=True, scale="unit")
    spec = RunSpec.of(data="data-" + "0" * 24, **settings)
    assert warnings_of(spec, 4000, shape) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"optimizer": OptimizerSpec(lr=0.3)}, "learning rate of 0.3 is high for adam"),
        ({"optimizer": OptimizerSpec(name="sgd", lr=5.0)}, "high for sgd"),
        (
            {"network": NetworkSpec(widths=(8,), batch_norm=True), "batch_size": 2},
            "over 2 samples is mostly noise",
        ),
        ({"code": PlainCodeSpec(n_dims=8, top_k=8)}, "nothing is made sparse"),
        (
            {"code": GAUSSIAN, "objective": (BceSpec(), ELBO[1])},
            "it drowns the error",
        ),
        (
            {"code": GAUSSIAN, "objective": (ELBO[0], KlSpec())},
            "the error drowns it",
        ),
        (
            {
                "code": GAUSSIAN,
                "objective": (*ELBO, TotalCorrelationSpec(reduction="sum")),
                "batch_size": 16,
            },
            "16 are too few",
        ),
        (
            {
                "code": GAUSSIAN,
                "objective": (ELBO[0], KlSpec(reduction="sum", weight=500.0)),
            },
            "A weight of 500 is very large for the KL term",
        ),
        (
            {
                "code": PlainCodeSpec(n_dims=8, activation="relu"),
                "objective": (MseSpec(), SparseL1Spec(weight=1.0)),
            },
            "all units may die",
        ),
        (
            {
                "code": GAUSSIAN,
                "objective": (IwaeSpec(reduction="sum", n_samples=1000),),
                "batch_size": 4096,
            },
            "GB at each step",
        ),
        ({**VQ, "code": QuantizedCodeSpec(n_dims=4, codebook_size=8192)}, ""),
        (
            {**VQ, "network": NetworkSpec(kind="conv", widths=(8, 8, 8, 8))},
            "Only one place is left",
        ),
        (
            {"objective": (MseSpec(), AdversarialImageSpec())},
            "Clip gradients at 10",
        ),
    ],
)
def test_a_danger_is_named_with_what_mends_it(settings, words):
    assert words in said(**settings)


def test_a_codebook_larger_than_the_data_can_fill_is_named():
    big = {**VQ, "code": QuantizedCodeSpec(n_dims=4, codebook_size=8192)}
    assert "large for 4,900 places" in said(n_train=100, **big)
    assert said(n_train=60_000, **big) == ""


def test_batches_of_one_cannot_be_normalized_and_say_so(digits):
    spec = a_run(network=NetworkSpec(widths=(8,), batch_norm=True), batch_size=1)
    with pytest.raises(SpecError, match="more than one sample"):
        next(fit(digits, spec))
