"""The recipes by name, fitted to the samples at hand, and what to call a run."""

from __future__ import annotations

from typing import Any, Literal

from aecore.errors import SpecError
from aecore.recipe_rules import SetFacts, suited
from aecore.specs.run import OF_PICTURES, CodeSpec, CorruptionSpec, NetworkSpec, RunSpec, TermSpec
from aecore.zoo import ZOO
from aecore.zoo.recipe import Recipe

RECIPES: dict[str, Recipe] = {known.name: known for known in ZOO}


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
    settings: dict[str, Any],
    *,
    is_pictures: bool,
    scale: Literal["unit", "standard"],
    facts: SetFacts | None = None,
) -> dict[str, Any]:
    """Settings of a recipe changed as little as samples of this kind need.

    Rows have no convolutions, and what is not in [0, 1] has neither a sigmoid output nor a
    cross-entropy: it gets a linear output and the squared error.

    Parameters
    ----------
    facts
        Of the set: with them lengths, widths and the start are suited to it
        (`recipe_rules.suited`); None: they stay as published.

    Raises
    ------
    SpecError
        If the recipe makes no sense for such samples, whatever is changed.
    """
    network: NetworkSpec = settings.get("network", NetworkSpec())
    objective: tuple[TermSpec, ...] = settings.get("objective", (TermSpec(name="mse"),))
    if not is_pictures and _needs_pictures(settings):
        raise SpecError(
            "This recipe needs pictures; these samples are rows.", "Choose another recipe."
        )
    found = dict(settings)
    if not is_pictures:
        network = _of_rows(network)
        if settings.get("beside") is not None:
            found["beside"] = _of_rows(settings["beside"])
    if scale == "standard" or not is_pictures:
        if objective[0].name == "iwae":
            raise SpecError(
                "The importance-weighted bound is a likelihood of pixels in [0, 1].",
                "Scale the data to [0, 1], or choose the VAE.",
            )
        network = network.model_copy(update={"output": "linear"})
        objective = tuple(
            term.model_copy(update={"name": "mse"}) if term.name == "bce" else term
            for term in objective
        )
    found = {**found, "network": network, "objective": objective}
    return found if facts is None else suited(found, facts).settings


def _of_rows(network: NetworkSpec) -> NetworkSpec:
    if network.kind not in ("conv", "resnet"):
        return network
    return network.model_copy(update={"kind": "dense", "widths": (128, 64)})


def _needs_pictures(settings: dict[str, Any]) -> bool:
    code: CodeSpec = settings.get("code", CodeSpec())
    noise: CorruptionSpec = settings.get("corruption", CorruptionSpec())
    names = [term.name for term in settings.get("objective", ())]
    return code.kind == "quantized" or noise.kind in OF_PICTURES or "adversarial_image" in names


def title_of(spec: RunSpec, facts: SetFacts | None = None) -> str:
    """What to call a run: the recipe it follows, as published or suited to a set of these facts,
    or what it is made of."""
    followed = _closest(spec) or (_closest(spec, facts) if facts is not None else None)
    if followed is not None:
        return followed.title
    kinds = {"gaussian": "Variational", "quantized": "Quantized"}
    kind = kinds.get(spec.code.kind, spec.network.kind.capitalize())
    return f"{kind}, {code_words(spec.code)}"


def code_words(code: CodeSpec) -> str:
    """How large a code is, for a person.

    Examples
    --------
    >>> code_words(CodeSpec(n_dims=20))
    '20 dimensions'
    """
    if code.kind == "quantized":
        return f"entries of a codebook of {code.codebook_size}"
    return f"{code.n_dims} dimensions"


def _closest(spec: RunSpec, facts: SetFacts | None = None) -> Recipe | None:
    """The recipe whose family (network, code, terms, corruption) a spec belongs to."""
    asked = spec.model_copy(update={"start_from": None}).effective()
    for candidate in ZOO:
        known = candidate.spec(spec.data).effective()
        if facts is not None:
            settings = suited(candidate.settings, facts).settings
            known = RunSpec.of(data=spec.data, **settings).effective()
        if (
            known.network == asked.network
            and known.code == asked.code
            and _family(known.objective) == _family(asked.objective)
            and _trouble(known.corruption) == _trouble(asked.corruption)
            and bool(known.pretrain_epochs) == bool(asked.pretrain_epochs)
            and known.beside == asked.beside
        ):
            return candidate
    return None


def _family(objective: tuple[TermSpec, ...]) -> tuple[tuple[str, float], ...]:
    """Names of the terms, and the one weight that makes another family of a VAE."""
    return tuple((term.name, term.weight if term.name == "kl" else 1.0) for term in objective)


def _trouble(noise: CorruptionSpec) -> str:
    """What sort of task a corruption sets."""
    return noise.kind if noise.kind in ("none", *OF_PICTURES) else "noise"
