"""Autoencoders of counts and ratings: what people chose, which words a text has."""

from __future__ import annotations

from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec
from aecore.specs.run import NetworkSpec, OptimizerSpec
from aecore.specs.terms import KlSpec, MultinomialSpec, ObservedMseSpec, WeightL2Spec
from aecore.zoo.recipe import Recipe

_MULTINOMIAL = MultinomialSpec(reduction="sum")
_READING = {"output": "softmax", "normalize_input": True, "input_dropout": 0.5}

COUNTS: tuple[Recipe, ...] = (
    Recipe(
        "mult-dae",
        "Mult-DAE",
        "For baskets, ratings and words: half of what a person chose is hidden at each step, and "
        "all of it is asked for, so that the network learns what goes with what. It answers with "
        "probabilities of all columns, which add up to 1; what is rare keeps a small one.",
        "Liang, Krishnan, Hoffman & Jebara 2018, WWW, arXiv:1802.05814",
        {
            "network": NetworkSpec(kind="linear", widths=(), **_READING),
            "code": PlainCodeSpec(n_dims=200, activation="tanh"),
            "objective": (
                _MULTINOMIAL,
                WeightL2Spec(reduction="sum", weight=2e-5),
            ),
            "optimizer": OptimizerSpec(lr=1e-3),
            "batch_size": 500,
            "n_epochs": 100,
        },
    ),
    Recipe(
        "mult-vae",
        "Mult-VAE",
        "Mult-DAE with a Gaussian code, whose KL divergence rises over the run to a fifth of its "
        "full weight and no further: with all of it, the code of people with few choices would "
        "say nothing. Watch the KL: near 0 it has collapsed.",
        "Liang, Krishnan, Hoffman & Jebara 2018, WWW, arXiv:1802.05814",
        {
            "network": NetworkSpec(kind="dense", widths=(600,), activation="tanh", **_READING),
            "code": GaussianCodeSpec(n_dims=200),
            "objective": (
                _MULTINOMIAL,
                KlSpec(reduction="sum", weight=0.2, warmup=0.8),
            ),
            "optimizer": OptimizerSpec(lr=1e-3),
            "batch_size": 500,
            "n_epochs": 100,
        },
    ),
    Recipe(
        "autorec",
        "AutoRec",
        "For ratings: the error counts only what a person has rated, for 0 means unknown. It "
        "predicts how high a rating would be, not what will be chosen; to suggest things, "
        "Mult-DAE is the better choice.",
        "Sedhain, Menon, Sanner & Xie 2015, WWW",
        {
            "network": NetworkSpec(kind="linear", widths=(), output="linear"),
            "code": PlainCodeSpec(n_dims=500, activation="sigmoid"),
            "objective": (
                ObservedMseSpec(reduction="sum"),
                WeightL2Spec(reduction="sum", weight=0.2),
            ),
            "optimizer": OptimizerSpec(lr=1e-3),
            "batch_size": 128,
            "n_epochs": 50,
        },
    ),
)
