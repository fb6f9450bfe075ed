"""How a recipe's settings follow from the samples: each rule in one place, with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, prod
from typing import Any

from aecore.sentence import Sentence, plural
from aecore.specs.codes import CodeSpec, PlainCodeSpec, without_batch_norm
from aecore.specs.run import (
    AugmentSpec,
    CorruptionSpec,
    NetworkSpec,
    OptimizerSpec,
)
from aecore.specs.term import TermSpec
from aecore.specs.terms import MseSpec, as_squared_error

N_TUNED = 4000
"""Training pictures of the set on which the recipes' own lengths were chosen (mnist-5k)."""
FEW = 1000
"""Training samples below which a network does not find by itself what PCA knows."""
SIGMA = 0.1
"""Deviation of the noise that a pixel of a photograph is said to have: what a code of some tens
of numbers leaves over of one. A Bernoulli pixel has up to 0.5, which drowns most of a code."""
_MOST_EPOCHS, _FEWEST_EPOCHS = 400, 2
_FEWEST_BATCHES = 8
_MOST_BATCHES, _LARGEST_BATCH = 1000, 2048
"""Of rows: batches of an epoch from which on they are made larger, and how large at the most."""
_MAX_DENSE = 2_000_000
_GRID_PX = 8
N_PEOPLE, _STEPS_OF_COUNTS = 800, 600
"""Rows of counts, and steps after which what is hidden of others is suggested best (MovieLens
100k); on twenty million ratings the rule below gives the length of the paper."""
_LARGE_PX = 24
"""Side from which on a photograph is moved by up to two pixels, not by one."""
_MOST_STEPS = 600
"""Of what begins as PCA: little is left to learn."""
_REFINING_STEPS, _REFINING_BATCH = 300, 64
"""Of convolutions behind the decoder, which share what they learn between all places: after 300
steps of 64 pictures they hardly gain."""
_REFINED_DIMS = {200: 64, 1000: 128}
"""Numbers of a code whose picture is refined, from so many training pictures on."""


@dataclass(frozen=True)
class SetFacts:
    """What of a set decides how it is trained on.

    Parameters
    ----------
    n_train
        Samples of the training part.
    shape
        Of one sample: `(C, H, W)` or `(F,)`.
    is_drawn
        Whether pictures are nearly black and white, as digits and letters are: a pixel is a
        chance, and a mirror image means something else.
    can_mirror
        Whether a mirror image is as good a picture of the set.
    is_sparse
        Whether samples are rows of which most numbers are 0: counts, ratings, words.
    is_texts
        Whether these are weighted words of texts.
    has_words
        Whether columns of a table are yes or no, or categories.
    """

    n_train: int
    shape: tuple[int, ...]
    is_drawn: bool = False
    can_mirror: bool = False
    is_sparse: bool = False
    is_texts: bool = False
    has_words: bool = False

    @property
    def is_pictures(self) -> bool:
        """Whether samples are pictures (else rows)."""
        return len(self.shape) == 3


@dataclass(frozen=True)
class Suited:
    """Settings of a run, and what was changed in the recipe's, a sentence each."""

    settings: dict[str, Any]
    reasons: tuple[str, ...] = ()


def suited(settings: dict[str, Any], facts: SetFacts) -> Suited:
    """A recipe's settings for a set: the rules below, one after the other.

    Some thousand drawn pictures are what the published settings are for: there they stay. On rows
    of a table the length alone follows from their number.
    """
    found, reasons = dict(settings), []
    rules = []
    if begins_as_pca(found, facts):
        rules = [
            gaussian_pixels,
            pca,
            refinement,
            repair,
            dense_width,
            variation,
            length,
            rate,
            stopping,
        ]
    elif facts.is_sparse and not facts.is_texts and _terms(found)[0].is_of_counts:
        rules = [length_of_counts]
    elif not facts.is_pictures or (not FEW <= facts.n_train <= 4 * N_TUNED or not facts.is_drawn):
        rules = [length]
    if facts.is_pictures and _code(found).kind != "quantized":
        rules = [depth, *rules]
    for rule in rules:
        changes, why = rule(found, facts)
        found |= changes
        reasons += [why] if why else []
    return Suited(found, tuple(reasons))


Change = tuple[dict[str, Any], str]


def begins_as_pca(settings: dict[str, Any], facts: SetFacts) -> bool:
    """Whether a run begins at the principal components.

    All do on photographs, where nearly everything that a few numbers can keep is linear, and on
    few samples. A linear network does always; one with a codebook never can; a code with a target
    activity has no room for signed components.
    """
    code, network = _code(settings), _network(settings)
    names = {term.name for term in _terms(settings)}
    if code.kind == "quantized" or "sparse_kl" in names:
        return False
    if not facts.is_pictures:
        return False
    if network.kind == "linear" and code == PlainCodeSpec(n_dims=code.n_dims):
        return True
    return not facts.is_drawn or facts.n_train < FEW


def depth(settings: dict[str, Any], facts: SetFacts) -> Change:
    """Convolutions halve until the grid is at most 8 px, for on a larger one the dense layer has
    most of the weights; the first, which is the dearest, has the fewest channels."""
    side = min(facts.shape[1:])

    def deeper(network: NetworkSpec) -> NetworkSpec:
        widths = network.widths
        while side / 2 ** len(widths) > _GRID_PX and len(widths) < 5 and min(widths) > 8:
            widths = (max(8, widths[0] // 2), *widths)
        return network.model_copy(update={"widths": widths})

    changes = {
        name: deeper(part)
        for name in ("network", "beside")
        if (part := settings.get(name)) is not None and part.kind in ("conv", "resnet")
    }
    changes = {name: part for name, part in changes.items() if part != settings[name]}
    if not changes:
        return {}, ""
    return changes, Sentence(
        "Pictures of {side} px are halved once more, until a small grid is left.", side=side
    )


def gaussian_pixels(settings: dict[str, Any], facts: SetFacts) -> Change:
    """A likelihood of black-or-white pixels becomes a gaussian one, of deviation 0.1."""
    terms = _terms(settings)
    if terms[0].name not in ("bce", "iwae"):
        return {}, ""
    first: TermSpec = terms[0].model_copy(update={"sigma": SIGMA})
    if terms[0].name == "bce":
        weight = terms[0].weight / (2 * SIGMA**2)
        first = as_squared_error(terms[0], weight)
    return {"objective": (first, *terms[1:])}, Sentence(
        "Pixels are not black or white: a gaussian likelihood of deviation {sigma:g} takes the "
        "place of the cross-entropy.",
        sigma=SIGMA,
    )


def pca(settings: dict[str, Any], facts: SetFacts) -> Change:
    """The network begins as PCA; units keep the sizes that the components have."""
    network = _network(settings).model_copy(update={"pca_start": True, "output": "linear"})
    code = without_batch_norm(_code(settings))
    why = Sentence("It begins as PCA of the training part, and learns what that leaves over.")
    changes: dict[str, Any] = {"network": network, "code": code}
    terms = tuple(
        # Units that begin alive need no high price to be told apart from noise.
        term.model_copy(update={"weight": term.weight / 40})
        if term.name in ("sparse_l1", "contractive")
        else term
        for term in _terms(settings)
    )
    return {**changes, "objective": terms}, why


def refinement(settings: dict[str, Any], facts: SetFacts) -> Change:
    """Of photographs, what a convolutional decoder makes is corrected by convolutions behind it,
    and the code keeps more: 32 numbers leave a blur. Measured on cuttings of 32 px with 64
    numbers, the principal components of varied pictures have 0.92 of PCA's error, refined 0.86."""
    network, code = _network(settings), _code(settings)
    noise: CorruptionSpec = settings.get("corruption", CorruptionSpec())
    is_fit = network.kind in ("conv", "resnet") and code.kind == "plain" and noise.kind == "none"
    n_dims = max((D for n, D in _REFINED_DIMS.items() if facts.n_train >= n), default=0)
    if facts.is_drawn or not is_fit or not n_dims or min(facts.shape[1:]) < _GRID_PX:
        return {}, ""
    changes: dict[str, Any] = {
        # Statistics of a batch are noise in a code that begins as good as it becomes: with them
        # 128 numbers refined have 0.86 of PCA's error, without 0.82.
        "network": network.model_copy(update={"refine": True, "batch_norm": False}),
        "code": code.model_copy(update={"n_dims": max(code.n_dims, n_dims)}),
    }
    if settings.get("beside") is not None:
        changes["beside"] = settings["beside"].model_copy(update={"batch_norm": False})
    return changes, Sentence(
        "The code has {n_dims} numbers, and convolutions correct the picture that is made of "
        "them: fewer leave photographs blurred.",
        n_dims=n_dims,
    )


def repair(settings: dict[str, Any], facts: SetFacts) -> Change:
    """What enlarges or fills holes begins at the plain way to do so: the pictures that go in lead
    past the code to the output, for no code of some hundred numbers holds all that they still
    show. Digits are simple enough to be decoded whole."""
    noise: CorruptionSpec = settings.get("corruption", CorruptionSpec())
    if facts.is_drawn or noise.kind not in ("occlusion", "downscale") or min(facts.shape[1:]) < 2:
        return {}, ""
    network = _network(settings).model_copy(update={"short_cut": True})
    return {"network": network}, Sentence(
        "What goes in also leads past the code, and is corrected: the code alone would blur it."
    )


def dense_width(settings: dict[str, Any], facts: SetFacts) -> Change:
    """A dense layer that reads the pixels has at most two million weights: what stands beside
    the components is small, and a few thousand pictures decide no more."""
    most = max(64, _MAX_DENSE // prod(facts.shape))
    network = _network(settings)
    if network.kind != "dense" or max(network.widths) <= most:
        return {}, ""
    widths = tuple(min(width, most) for width in network.widths)
    return {"network": network.model_copy(update={"widths": widths})}, Sentence(
        "Dense layers have at most {most} units, for pictures of {n_values:,} numbers.",
        most=most,
        n_values=prod(facts.shape),
    )


def variation(settings: dict[str, Any], facts: SetFacts) -> Change:
    """Photographs are mirrored and moved by a pixel or two: each is worth several. Not drawn ones,
    whose mirror image means something else, nor where only the input is made worse."""
    noise: CorruptionSpec = settings.get("corruption", CorruptionSpec())
    if facts.is_drawn or noise.kind in ("occlusion", "downscale"):
        return {}, ""
    if _network(settings).kind == "linear" and not _is_wide(settings):
        return {}, ""
    far = 2 if min(facts.shape[1:]) >= _LARGE_PX else 1
    augment = AugmentSpec(mirror=facts.can_mirror, shift_px=far)
    if facts.can_mirror:
        return {"augment": augment}, plural(
            "Pictures are mirrored and moved by a pixel as they are learnt from.",
            "Pictures are mirrored and moved by up to {n} pixels as they are learnt from.",
            far,
        )
    return {"augment": augment}, plural(
        "Pictures are moved by a pixel as they are learnt from.",
        "Pictures are moved by up to {n} pixels as they are learnt from.",
        far,
    )


def length(settings: dict[str, Any], facts: SetFacts) -> Change:
    """As many steps as where the recipe was tuned, whatever number of samples there is; more on
    larger sets, though less than in proportion. An epoch has at least eight batches, of at least
    16: in smaller ones batch statistics are noise."""
    n_epochs, given = settings.get("n_epochs", 20), settings.get("batch_size", 128)
    n_steps = n_epochs * ceil(N_TUNED / given)
    if _corrects(settings):
        n_steps, given = _REFINING_STEPS, min(given, _REFINING_BATCH)
    elif begins_as_pca(settings, facts):
        n_steps = min(n_steps, _MOST_STEPS)
    n_steps = round(n_steps * max(1.0, facts.n_train / N_TUNED) ** 0.75)
    size = min(given, max(16, facts.n_train // _FEWEST_BATCHES))
    wanted = round(n_steps / ceil(facts.n_train / size))
    wanted = min(_MOST_EPOCHS, max(_FEWEST_EPOCHS, wanted))
    if not facts.is_pictures:  # a step of a small network costs as much as its calls
        while facts.n_train > _MOST_BATCHES * size and size < _LARGEST_BATCH:
            size *= 2
    if (wanted, size) == (n_epochs, settings.get("batch_size", 128)):
        return {}, ""
    changes = {"n_epochs": wanted, "batch_size": size}
    if alone := settings.get("pretrain_epochs"):  # those of each layer, in proportion
        n_alone = alone * ceil(N_TUNED / settings.get("batch_size", 128))
        changes["pretrain_epochs"] = min(1000, max(1, round(n_alone / ceil(facts.n_train / size))))
    return changes, Sentence(
        "{wanted} epochs in batches of {size} are about {n_steps:,} steps on this set.",
        wanted=wanted,
        size=size,
        n_steps=wanted * ceil(facts.n_train / size),
    )


def length_of_counts(settings: dict[str, Any], facts: SetFacts) -> Change:
    """Rows of counts are learnt by heart after some hundred steps, and more rows take more of
    them; at least eight batches make an epoch. The weight of L2 is in proportion to one over the
    batch, as the authors of Mult-DAE have it (0.01 over its size)."""
    given = settings.get("batch_size", 128)
    size = min(given, max(16, facts.n_train // _FEWEST_BATCHES))
    n_steps = round(_STEPS_OF_COUNTS * max(1.0, facts.n_train / N_PEOPLE) ** 0.75)
    wanted = round(n_steps / ceil(facts.n_train / size))
    wanted = min(_MOST_EPOCHS, max(_FEWEST_EPOCHS, wanted))
    terms = tuple(
        term.model_copy(update={"weight": term.weight * given / size})
        if term.name == "weight_l2"
        else term
        for term in _terms(settings)
    )
    return {"n_epochs": wanted, "batch_size": size, "objective": terms}, Sentence(
        "{wanted} epochs in batches of {size} are about {n_steps:,} steps: with more, rows are "
        "learnt by heart.",
        wanted=wanted,
        size=size,
        n_steps=n_steps,
    )


def rate(settings: dict[str, Any], facts: SetFacts) -> Change:
    """Small steps from a start that is good already, rising and falling along a cosine."""
    optimizer: OptimizerSpec = settings.get("optimizer", OptimizerSpec())
    network = _network(settings)
    lr = 2e-3 if _corrects(settings) else 3e-4
    if network.kind == "linear":
        code = _code(settings)
        is_bent = isinstance(code, PlainCodeSpec) and code.activation in ("sigmoid", "tanh")
        lr = 1e-4 if is_bent else 1e-5
    changed = optimizer.model_copy(update={"lr": lr, "schedule": "warmup_cosine"})
    return {"optimizer": changed}, ""


def stopping(settings: dict[str, Any], facts: SetFacts) -> Change:
    """The weights of the best epoch are kept; with a critic no epoch is the best."""
    if any(term.name.startswith("adversarial") or term.warmup for term in _terms(settings)):
        return {}, ""
    return {"patience": max(3, settings["n_epochs"] // 4)}, Sentence(
        "It stops where validation gets worse."
    )


def _corrects(settings: dict[str, Any]) -> bool:
    network = _network(settings)
    return network.refine or network.short_cut


def _is_wide(settings: dict[str, Any]) -> bool:
    code = _code(settings)
    return isinstance(code, PlainCodeSpec) and code.activation != "identity"


def _network(settings: dict[str, Any]) -> NetworkSpec:
    network: NetworkSpec = settings.get("network", NetworkSpec())
    return network


def _code(settings: dict[str, Any]) -> CodeSpec:
    code: CodeSpec = settings.get("code", PlainCodeSpec())
    return code


def _terms(settings: dict[str, Any]) -> tuple[TermSpec, ...]:
    terms: tuple[TermSpec, ...] = settings.get("objective", (MseSpec(),))
    return terms
