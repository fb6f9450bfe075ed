"""An autoencoder of texts: codes for search, maps and topics."""

from __future__ import annotations

from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import NetworkSpec, OptimizerSpec
from aecore.specs.terms import MultinomialSpec
from aecore.zoo.recipe import Recipe

TEXTS: tuple[Recipe, ...] = (
    Recipe(
        "texts",
        "Texts (hidden words)",
        "For texts: half of the words of each text are hidden at each step, and all are asked "
        "for, so that texts that speak of the same get near codes even where they share no word. "
        "Trained for few steps on purpose: later it learns single words by heart, and the search "
        "gets worse again.",
        "Vincent, Larochelle, Bengio & Manzagol 2008, ICML; output and likelihood of Hinton & "
        "Salakhutdinov 2009, NIPS 22 (Replicated softmax)",
        {
            "network": NetworkSpec(
                kind="linear",
                widths=(),
                output="softmax",
                normalize_input=True,
                input_dropout=0.5,
            ),
            "code": PlainCodeSpec(n_dims=128),
            "objective": (MultinomialSpec(reduction="sum"),),
            "optimizer": OptimizerSpec(lr=1e-3),
            "batch_size": 64,
            "n_epochs": 5,
        },
    ),
)
