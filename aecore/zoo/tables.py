"""An autoencoder of tables whose columns are of several kinds."""

from __future__ import annotations

from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import NetworkSpec, OptimizerSpec
from aecore.specs.terms import ColumnsSpec
from aecore.zoo.recipe import Recipe

TABLES: tuple[Recipe, ...] = (
    Recipe(
        "by-column",
        "Likelihood by column",
        "For tables with words: numbers are compared by squared error, yes and no by "
        "cross-entropy, the words of a category by a softmax, so that the network answers with "
        "probabilities of words. Beside the squared error of all columns numbers come back a "
        "little less exactly, and odd rows are found as well.",
        "Nazabal, Olmos, Ghahramani & Valera 2020, Pattern Recognition 107, arXiv:1807.03653 "
        "(its likelihoods, with a plain code)",
        {
            "network": NetworkSpec(kind="dense", widths=(128, 64), output="columns"),
            "code": PlainCodeSpec(n_dims=16),
            "objective": (ColumnsSpec(),),
            "optimizer": OptimizerSpec(name="adamw", lr=1e-3, schedule="cosine"),
            "n_epochs": 60,
        },
    ),
)
