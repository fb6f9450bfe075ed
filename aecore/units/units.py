"""What a unit answers to: how strongly it is driven by each sample, how often, by which."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np

from aecore.errors import DataError
from aecore.models.plan import Layer
from aecore.runs import OpenRun
from aecore.sentence import Sentence, plural
from aecore.specs.codes import GaussianCodeSpec, QuantizedCodeSpec

Over = Literal["max", "mean"]

ACTIVE_VARIANCE = 0.01
"""A dimension of a gaussian code is active if its mean varies by more than this over samples
(Burda, Grosse & Salakhutdinov 2016, ICLR, arXiv:1509.00519, section 5.1)."""
_SIGNED = ("identity", "tanh")
_SIGNED_SHARE = 0.1
_CONSTANT = 1e-6
_CHUNK = 256


@dataclass(frozen=True)
class UnitLayer:
    """A layer of the encoder whose units can be looked at.

    Parameters
    ----------
    name
        "layer-1", "layer-2", … from the pixels on, "beside-1", … of a second encoder; "code" for
        the code itself.
    label
        For a person: "Layer 1 · conv 4×4, 32 channels of 14×14".
    n_units
        Units: outputs of a dense layer, channels of a convolution, dimensions of a code, entries
        of a codebook.
    shape
        `(n_units,)`, or `(n_units, H, W)` of a convolution.
    activation
        What each unit's weighted input goes through last.
    at
        Index of its first step in the plan of its encoder; -1 for the code.
    until
        Index behind its last step: normalization and activation are part of the layer.
    """

    name: str
    label: str
    n_units: int
    shape: tuple[int, ...]
    activation: str
    at: int = -1
    until: int = -1
    is_beside: bool = False
    """Whether it belongs to the second encoder."""
    is_codebook: bool = False
    """Whether its units are the entries of a quantized code."""

    @property
    def is_code(self) -> bool:
        """Whether its units are the dimensions of the code, or the entries of its codebook."""
        return self.name == "code"

    @property
    def has_places(self) -> bool:
        """Whether a unit answers at every place of a picture."""
        return len(self.shape) == 3


@dataclass(frozen=True)
class UnitsResult:
    """How the units of a layer answer to samples.

    Parameters
    ----------
    answers
        float32 `(n_samples, n_units)`.
    active
        float64 `(n_units,)`, share of the samples that each is active on; see `active_share`.
    variance
        float64 `(n_units,)`, of the answers over the samples.
    kl
        float64 `(n_units,)`, in nats: mean over the samples of KL(q(z_j | x) || N(0, 1)) of a
        gaussian code's dimensions; None for other layers.
    perplexity
        Of a codebook: how many entries are in even use over the samples, `exp(H)` of how often
        each is chosen, from 1 to `n_units` (more is better); None for other layers.
    is_dead
        bool `(n_units,)`: never active, or the same for all samples; for a gaussian code, not
        active by the variance of its mean (`ACTIVE_VARIANCE`).
    """

    layer: UnitLayer
    answers: np.ndarray
    active: np.ndarray
    variance: np.ndarray
    kl: np.ndarray | None
    is_dead: np.ndarray
    perplexity: float | None = None

    def most(self, unit: int, k: int) -> np.ndarray:
        """Places of the `k` samples that drive a unit most, the strongest first."""
        found: np.ndarray = np.argsort(-self.answers[:, unit], kind="stable")[:k]
        return found

    def least(self, unit: int, k: int) -> np.ndarray:
        """Places of the `k` samples that drive a unit least (or most negatively) first."""
        found: np.ndarray = np.argsort(self.answers[:, unit], kind="stable")[:k]
        return found


def layers_of(run: OpenRun) -> tuple[UnitLayer, ...]:
    """The layers of a run's encoder from the pixels on, those of a second one, the code last."""
    plan = run.model.plan
    return (*_of(plan.encoder), *_of(plan.beside, is_beside=True), _code(run))


def _of(steps: tuple[Layer, ...], *, is_beside: bool = False) -> list[UnitLayer]:
    """Dense layers, convolutions and residual blocks, each with what follows it."""
    found = []
    starts = [i for i, step in enumerate(steps) if step.op in ("linear", "conv", "residual")]
    for number, at in enumerate(starts, 1):
        until = at + 1
        activation = "identity"
        while until < len(steps) and steps[until].op in ("batch_norm", "activation"):
            activation = steps[until].function or activation
            until += 1
        step = steps[at]
        label = (
            Sentence("Second encoder {number} · {layer}", number=number, layer=_words(step))
            if is_beside
            else Sentence("Layer {number} · {layer}", number=number, layer=_words(step))
        )
        found.append(
            UnitLayer(
                f"{'beside' if is_beside else 'layer'}-{number}",
                label,
                step.out_shape[0],
                step.out_shape,
                activation,
                at,
                until,
                is_beside,
            )
        )
    return found


def _code(run: OpenRun) -> UnitLayer:
    code = run.spec.code
    if isinstance(code, QuantizedCodeSpec):
        K = code.codebook_size
        _, H, W = run.model.plan.code[-1].out_shape
        label = Sentence("Codebook · {n} entries for {H}×{W} positions", n=K, H=H, W=W)
        return UnitLayer("code", label, K, (K,), "entry", is_codebook=True)
    D = run.n_dims
    size = plural("{n} dimension", "{n} dimensions", D)
    if isinstance(code, GaussianCodeSpec):
        label = Sentence("Code · {size}, means of a Gaussian", size=size)
        return UnitLayer("code", label, D, (D,), "identity")
    if code.top_k is not None:
        label = Sentence("Code · {size}, top {top_k}", size=size, top_k=code.top_k)
    else:
        label = Sentence("Code · {size}", size=size)
    return UnitLayer("code", label, D, (D,), code.activation)


def layer_of(run: OpenRun, name: str) -> UnitLayer:
    """The layer of a name.

    Raises
    ------
    DataError
        If the run has none of this name.
    """
    layers = {layer.name: layer for layer in layers_of(run)}
    if name not in layers:
        raise DataError(
            "This model has no layer {name}.",
            "It has: {layers}.",
            name=repr(name[:40]),
            layers=", ".join(layers),
        )
    return layers[name]


def activations(run: OpenRun, x: np.ndarray, layer: UnitLayer, *, over: Over = "max") -> np.ndarray:
    """How strongly each unit answers to each sample.

    Parameters
    ----------
    x
        `(n, *shape)`, samples as `run.encode` takes them.
    over
        A unit of a convolution is a channel, which answers at every place: its answer to a
        picture is the largest of them ("max"), or their mean.

    Returns
    -------
    numpy.ndarray
        float32 `(n, n_units)`, after normalization and activation; of a code, the (mean) code;
        of a codebook, the share of each sample's places that an entry has.
    """
    if layer.is_codebook:
        entries = entries_of(run, x).reshape(len(x), -1)  # (n, n_places)
        counts = np.zeros((len(x), layer.n_units), np.float32)
        np.add.at(counts, (np.arange(len(x))[:, None], entries), 1.0)
        return counts / np.float32(max(1, entries.shape[1]))
    if layer.is_code:
        return run.encode(x)
    import torch

    if tuple(x.shape[1:]) != run.shape:
        run.encode(x[:0])  # it says what is wrong
    encoder = run.model.beside if layer.is_beside else run.model.encoder
    steps = list(encoder or ())[: layer.until]
    found = []
    with torch.inference_mode():
        for start in range(0, len(x), _CHUNK):
            h = torch.from_numpy(run.frame.to_scaled(x[start : start + _CHUNK]))
            for step in steps:
                h = step(h)  # (B, n_units) or (B, n_units, H, W)
            if h.ndim == 4:
                h = h.amax((2, 3)) if over == "max" else h.mean((2, 3))
            found.append(h.float().numpy())
    return np.concatenate(found) if found else np.empty((0, layer.n_units), np.float32)


def entries_of(run: OpenRun, x: np.ndarray) -> np.ndarray:
    """Which entry of the codebook each place of each sample has, int64 `(n, H, W)`.

    Raises
    ------
    DataError
        If the run's code is not quantized.
    """
    import torch

    if run.spec.code.kind != "quantized":
        raise DataError("This code has no codebook.", "Choose a quantized run (VQ-VAE).")
    if tuple(x.shape[1:]) != run.shape:
        run.encode(x[:0])  # it says what is wrong
    _, H, W = run.model.plan.code[-1].out_shape
    found = [np.empty((0, H * W), np.int64)]
    with torch.inference_mode():
        for start in range(0, len(x), _CHUNK):
            shown = torch.from_numpy(run.frame.to_scaled(x[start : start + _CHUNK]))
            entries = run.model.encode(shown).entries
            if entries is not None:
                found.append(entries.numpy())
    return np.concatenate(found).reshape(-1, H, W)


def look_at_units(
    run: OpenRun, x: np.ndarray, layer: UnitLayer, *, over: Over = "max"
) -> UnitsResult:
    """How the units of a layer answer to samples `(n, *shape)`, how often, and which are dead.

    Raises
    ------
    DataError
        If there is no sample, or an answer is not a finite number.
    """
    if not len(x):
        raise DataError("There is no sample to activate the units with.", "Choose another part.")
    kl = None
    if layer.is_code and run.spec.code.kind == "gaussian":
        code = run.encode_fully(x)
        answers = code.point
        if code.logvar is not None:
            kl = kl_of_dimensions(code.point, code.logvar)
    else:
        answers = activations(run, x, layer, over=over)
    if not np.isfinite(answers).all():
        raise DataError(
            "Some activations are not finite: the weights have diverged.",
            "Train the model again with a smaller learning rate.",
        )
    variance = answers.var(axis=0, dtype=np.float64)
    active = active_share(answers, layer.activation)
    if kl is not None:
        is_dead = variance <= ACTIVE_VARIANCE
    else:
        size = float(np.abs(answers).max())
        is_dead = (variance <= (_CONSTANT * size) ** 2) | (active == 0)
    even = None
    if layer.is_codebook:
        is_dead = active == 0  # of an entry it is no failing to be in every picture alike
        even = _perplexity(answers.mean(axis=0, dtype=np.float64))
    return UnitsResult(layer, answers, active, variance, kl, is_dead, even)


def _perplexity(share: np.ndarray) -> float:
    used = share[share > 0]
    return float(np.exp(-(used * np.log(used)).sum()))


def active_share(answers: np.ndarray, activation: str) -> np.ndarray:
    """Share of samples on which each unit is active, `(n_units,)` in [0, 1].

    Active means that the unit's weighted input is above 0: an answer above 0 for ReLU and its
    kin, above 1/2 for a sigmoid, above ln 2 for softplus. Where both signs are answers
    (identity, tanh): larger than a tenth of the largest answer of the layer.
    """
    if activation in _SIGNED:
        size = np.abs(answers)
        is_active = size > _SIGNED_SHARE * size.max(initial=0.0)
    else:
        threshold = {"sigmoid": 0.5, "softplus": log(2.0)}.get(activation, 0.0)
        is_active = answers > threshold
    share: np.ndarray = is_active.mean(axis=0, dtype=np.float64)
    return share


def kl_of_dimensions(mu: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """Mean over samples of KL(N(mu, exp(logvar)) || N(0, 1)) of each dimension, in nats, `(D,)`.

    `(mu² + exp(logvar) - 1 - logvar) / 2`, Kingma & Welling 2014, arXiv:1312.6114, appendix B.
    """
    mu, logvar = mu.astype(np.float64), logvar.astype(np.float64)
    found: np.ndarray = (0.5 * (mu**2 + np.exp(logvar) - 1.0 - logvar)).mean(axis=0)
    return found


def _words(step: Layer) -> str:
    n = step.out_shape[0]
    if step.op in ("conv", "residual"):
        _, H, W = step.out_shape
        return Sentence("{layer}, {n} channels of {H}×{W}", layer=step.label, n=n, H=H, W=W)
    return plural("{layer}, {n} unit", "{layer}, {n} units", n, layer=step.label)
