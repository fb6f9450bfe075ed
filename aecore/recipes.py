"""Named settings from the literature, each with its reference and what to look for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from aecore.errors import SpecError
from aecore.specs import (
    CodeSpec,
    CorruptionSpec,
    NetworkSpec,
    OptimizerSpec,
    RunSpec,
    TermSpec,
)


@dataclass(frozen=True)
class Recipe:
    """Settings that work as given, with where they come from.

    Parameters
    ----------
    summary
        In plain words: what it is, what to look for, what can go wrong.
    settings
        Fields of a `RunSpec`, all but the data.
    """

    name: str
    title: str
    summary: str
    reference: str
    settings: dict[str, Any] = field(repr=False)

    def spec(self, data: str, **changes: Any) -> RunSpec:
        """The run of this recipe on a data artifact, some settings changed.

        Raises
        ------
        SpecError
            If a change is out of bounds or does not fit.
        """
        return RunSpec.of(data=data, **{**self.settings, **changes})


_MSE = (TermSpec(name="mse"),)
_ELBO = (TermSpec(name="bce", reduction="sum"), TermSpec(name="kl", reduction="sum"))

_ALL = (
    Recipe(
        "linear",
        "Linear (PCA's equal)",
        "One matrix in, one matrix out. Trained well it finds the same subspace as PCA: the "
        "yardstick that any deeper network must beat.",
        "Baldi & Hornik 1989, Neural Networks 2; Bourlard & Kamp 1988, Biological Cybernetics 59",
        {
            "network": NetworkSpec(kind="linear", widths=(), output="linear"),
            "code": CodeSpec(n_dims=32),
            "objective": _MSE,
            "optimizer": OptimizerSpec(lr=1e-2, schedule="cosine"),
            "batch_size": 64,
            "n_epochs": 60,
        },
    ),
    Recipe(
        "undercomplete",
        "Undercomplete 128-64-32",
        "The textbook autoencoder: a narrow middle forces the network to keep what matters. "
        "Look at the reconstructions: strokes stay, quirks of a single picture go.",
        "Goodfellow, Bengio & Courville 2016, Deep Learning, section 14.1",
        {
            "network": NetworkSpec(kind="dense", widths=(128, 64), batch_norm=True),
            "code": CodeSpec(n_dims=32),
            "objective": _MSE,
            "optimizer": OptimizerSpec(lr=3e-3, schedule="cosine"),
            "batch_size": 64,
            "n_epochs": 30,
        },
    ),
    Recipe(
        "one-hidden-49",
        "One hidden layer of 49",
        "A single hidden layer whose 49 units can be looked at as 7 by 7 pictures of what each "
        "one answers to.",
        "Rumelhart, Hinton & Williams 1986, Nature 323",
        {
            "network": NetworkSpec(kind="linear", widths=()),
            "code": CodeSpec(n_dims=49, activation="sigmoid"),
            "objective": _MSE,
            "optimizer": OptimizerSpec(lr=5e-3),
            "batch_size": 32,
            "n_epochs": 30,
        },
    ),
    Recipe(
        "deep",
        "Deep 1000-500-250-30",
        "The network that started deep learning's decade: thirty numbers that keep far more of "
        "a digit than thirty principal components do. Batch normalization takes the place of "
        "the paper's layer-wise pre-training. Wants many pictures: on a few thousand it overfits.",
        "Hinton & Salakhutdinov 2006, Science 313",
        {
            "network": NetworkSpec(kind="dense", widths=(1000, 500, 250), batch_norm=True),
            "code": CodeSpec(n_dims=30),
            "objective": _MSE,
            "optimizer": OptimizerSpec(schedule="cosine"),
            "batch_size": 64,
            "n_epochs": 30,
        },
    ),
    Recipe(
        "conv",
        "Convolutional",
        "Filters that slide over the picture: fewer parameters, sharper strokes, and it scales "
        "to larger and coloured pictures.",
        "Masci, Meier, Ciresan & Schmidhuber 2011, ICANN",
        {
            "network": NetworkSpec(kind="conv", widths=(32, 64), batch_norm=True),
            "code": CodeSpec(n_dims=32),
            "objective": _MSE,
            "optimizer": OptimizerSpec(lr=2e-3, schedule="cosine"),
            "n_epochs": 15,
        },
    ),
    Recipe(
        "sparse",
        "Sparse (L1)",
        "A wide code in which every active unit costs: each picture uses a few units, and single "
        "units come to stand for single strokes. Too high a price and all units die.",
        "Olshausen & Field 1996, Nature 381; Ng 2011, CS294A lecture notes",
        {
            "network": NetworkSpec(kind="linear", widths=()),
            "code": CodeSpec(n_dims=128, activation="relu"),
            "objective": (*_MSE, TermSpec(name="sparse_l1", weight=0.002)),
            "optimizer": OptimizerSpec(lr=2e-3),
            "n_epochs": 30,
        },
    ),
    Recipe(
        "contractive",
        "Contractive",
        "The code is asked to stand still when the input wobbles; it keeps moving only along "
        "the directions in which digits really differ.",
        "Rifai, Vincent, Muller, Glorot & Bengio 2011, ICML",
        {
            "network": NetworkSpec(kind="linear", widths=()),
            "code": CodeSpec(n_dims=64, activation="sigmoid"),
            "objective": (*_MSE, TermSpec(name="contractive", weight=0.002)),
            "optimizer": OptimizerSpec(lr=5e-3),
            "batch_size": 32,
            "n_epochs": 30,
        },
    ),
    Recipe(
        "denoising",
        "Denoising",
        "Noise goes in, the clean picture is asked for: the network must learn what pictures of "
        "this kind look like, and so can clean one it has never seen.",
        "Vincent, Larochelle, Bengio & Manzagol 2008, ICML",
        {
            "network": NetworkSpec(kind="conv", widths=(32, 64), batch_norm=True),
            "code": CodeSpec(n_dims=64),
            "objective": _MSE,
            "corruption": CorruptionSpec(kind="gaussian", level=0.4),
            "optimizer": OptimizerSpec(lr=2e-3, schedule="cosine"),
            "n_epochs": 15,
        },
    ),
    Recipe(
        "vae",
        "Variational (VAE)",
        "Each picture becomes a small cloud instead of a point, and the clouds together fill a "
        "standard normal: so any point drawn from it decodes to a picture. A little blur is "
        "the price.",
        "Kingma & Welling 2014, ICLR, arXiv:1312.6114",
        {
            "network": NetworkSpec(kind="dense", widths=(400,)),
            "code": CodeSpec(kind="gaussian", n_dims=20),
            "objective": _ELBO,
            "n_epochs": 30,
        },
    ),
    Recipe(
        "beta-vae",
        "beta-VAE (beta 4)",
        "A VAE that pays four times for every nat in its code: dimensions that carry little are "
        "given up, those that stay tend to mean one thing each. More blur.",
        "Higgins, Matthey, Pal, Burgess, Glorot, Botvinick, Mohamed & Lerchner 2017, ICLR",
        {
            "network": NetworkSpec(kind="dense", widths=(400,)),
            "code": CodeSpec(kind="gaussian", n_dims=20),
            "objective": (
                TermSpec(name="bce", reduction="sum"),
                TermSpec(name="kl", reduction="sum", weight=4.0),
            ),
            "n_epochs": 30,
        },
    ),
)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in _ALL}


def recipe(name: str) -> Recipe:
    """The recipe of a name.

    Raises
    ------
    SpecError
        Naming those there are.
    """
    if name not in RECIPES:
        raise SpecError(f"There is no recipe {name!r:.60}.", f"Choose one of {', '.join(RECIPES)}.")
    return RECIPES[name]


def fitted(
    settings: dict[str, Any], *, is_pictures: bool, scale: Literal["unit", "standard"]
) -> dict[str, Any]:
    """Settings of a recipe changed as little as samples of this kind need.

    Rows have no convolutions, and what is not in [0, 1] has neither a sigmoid output nor a
    cross-entropy: it gets a linear output and the squared error.
    """
    network: NetworkSpec = settings.get("network", NetworkSpec())
    objective: tuple[TermSpec, ...] = settings.get("objective", _MSE)
    if not is_pictures and network.kind == "conv":
        network = network.model_copy(update={"kind": "dense", "widths": (128, 64)})
    if scale == "standard" or not is_pictures:
        network = network.model_copy(update={"output": "linear"})
        objective = tuple(
            term.model_copy(update={"name": "mse"}) if term.name == "bce" else term
            for term in objective
        )
    return {**settings, "network": network, "objective": objective}


def title_of(spec: RunSpec) -> str:
    """What to call a run: the recipe it follows, or what it is made of."""
    followed = _closest(spec)
    if followed is not None:
        return followed.title
    kind = "Variational" if spec.code.kind == "gaussian" else spec.network.kind.capitalize()
    return f"{kind}, {spec.code.n_dims} numbers"


def _closest(spec: RunSpec) -> Recipe | None:
    """The recipe whose family (network kind, code, terms, corruption) a spec belongs to."""
    terms = tuple(term.name for term in spec.objective)
    for candidate in _ALL:
        settings = candidate.settings
        noise = settings.get("corruption", CorruptionSpec()).kind
        if (
            settings["network"] == spec.network
            and settings["code"] == spec.code
            and tuple(term.name for term in settings["objective"]) == terms
            and (noise == "none") == (spec.corruption.kind == "none")
            and _beta(settings["objective"]) == _beta(spec.objective)
        ):
            return candidate
    return None


def _beta(objective: tuple[TermSpec, ...]) -> float:
    return next((term.weight for term in objective if term.name == "kl"), 0.0)
