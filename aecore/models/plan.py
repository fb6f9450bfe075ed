"""The network as data: every layer with its shapes and parameter count, before any tensor exists.

The page draws a plan, `networks.build` turns it into modules, and both are thus
always the same network.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Literal

from aecore.errors import SpecError
from aecore.sentence import Sentence
from aecore.specs.codes import CodeSpec, PlainCodeSpec
from aecore.specs.run import NetworkSpec, RunSpec

Shape = tuple[int, ...]
Op = Literal[
    "flatten",
    "unit_length",
    "unflatten",
    "linear",
    "conv",
    "deconv",
    "residual",
    "project",
    "activation",
    "batch_norm",
    "dropout",
]

MAX_PARAMS = 200_000_000
"""Above this a network is refused: with Adam it would take over 3 GB."""

N_REFINING = 64
"""Channels of what refines a picture."""

KERNEL = 4
"""Of a halving or doubling convolution; a multiple of the stride leaves no checkerboard
(Odena, Dumoulin & Olah 2016, Distill, "Deconvolution and Checkerboard Artifacts")."""


@dataclass(frozen=True)
class Layer:
    """One step of a network, for one sample.

    Parameters
    ----------
    in_shape, out_shape
        `(C, H, W)` or `(F,)`.
    n_params
        Trainable numbers.
    """

    op: Op
    in_shape: Shape
    out_shape: Shape
    n_params: int = 0
    function: str = ""
    """Of an activation."""
    stride: int = 1
    """Of a convolution: 2 halves (conv) or doubles (deconv) the picture."""
    rate: float = 0.0
    """Of dropout."""
    normalizes: bool = False
    """Of a residual block: batch normalization behind each of its convolutions."""

    @property
    def label(self) -> str:
        """What to call it beside its drawing."""
        words = {
            "conv": Sentence("conv {side}×{side}", side=KERNEL if self.stride == 2 else 3),
            "deconv": Sentence("transposed conv {side}×{side}", side=KERNEL),
            "residual": Sentence("residual block"),
            "project": Sentence("conv {side}×{side}", side=1),
            "linear": Sentence("dense"),
            "batch_norm": Sentence("batch norm"),
            "unit_length": Sentence("unit length"),
            "activation": self.function.replace("_", " "),
            "dropout": Sentence("dropout {rate:g}", rate=self.rate),
        }
        return words.get(self.op, self.op)


@dataclass(frozen=True)
class Plan:
    """A whole autoencoder as data."""

    shape: Shape
    encoder: tuple[Layer, ...]
    code: tuple[Layer, ...]
    decoder: tuple[Layer, ...]
    n_dims: int = field(default=0)
    """Numbers of the whole code; for a quantized one those of all places together."""
    beside: tuple[Layer, ...] = ()
    """A second encoder, whose features join the first's."""
    linear_path: tuple[Layer, ...] = ()
    """From the sample to the code and back beside all of it, fixed at the principal components;
    none of its numbers are trained."""
    refiner: tuple[Layer, ...] = ()
    """Behind the decoder: what is added to the picture that it made."""
    short_cut: tuple[Layer, ...] = ()
    """From the input and the decoded picture, past the code: what is added to the input."""

    @property
    def n_params(self) -> int:
        """Trainable numbers of the whole."""
        return sum(layer.n_params for layer in self.layers)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All of them, from the picture to the picture."""
        return (
            *self.encoder,
            *self.beside,
            *self.code,
            *self.decoder,
            *self.refiner,
            *self.short_cut,
        )


def plan_of(spec: RunSpec, shape: Shape) -> Plan:
    """The plan of a run's network for samples of this shape."""
    return plan(spec.network, spec.code, shape, beside=spec.beside)


def plan(
    network: NetworkSpec, code: CodeSpec, shape: Shape, *, beside: NetworkSpec | None = None
) -> Plan:
    """Lay out encoder, code and mirrored decoder for samples of `shape`.

    Raises
    ------
    SpecError
        If a convolution is asked for on rows, or the network would be enormous.

    Examples
    --------
    >>> from aecore.specs.run import NetworkSpec
    >>> network = NetworkSpec(kind="conv", widths=(32, 64))
    >>> laid = plan(network, PlainCodeSpec(n_dims=16), (1, 28, 28))
    >>> [layer.out_shape for layer in laid.encoder if layer.op == "conv"]
    [(32, 14, 14), (64, 7, 7)]
    >>> laid.decoder[-1].out_shape
    (1, 28, 28)
    """
    encoder, decoder = _both(network, code, shape)
    second = () if beside is None else _both(beside, code, shape)[0]
    head = _head(code, encoder[-1].out_shape, second[-1].out_shape if second else (0,))
    n_dims = prod(head[-1].out_shape)
    laid = Plan(
        shape,
        encoder,
        head,
        decoder,
        n_dims,
        second,
        _linear_path(network, shape, n_dims),
        refiner=_corrected(shape, n_pictures=1) if network.refine else (),
        short_cut=_corrected(shape, n_pictures=2) if network.short_cut else (),
    )
    if laid.n_params > MAX_PARAMS:
        raise SpecError(
            "This network would have {millions:,.0f} million parameters; "
            "the limit is {most:,.0f} million.",
            "Use narrower layers, fewer of them, or smaller pictures.",
            millions=laid.n_params / 1e6,
            most=MAX_PARAMS / 1e6,
        )
    return laid


def _linear_path(network: NetworkSpec, shape: Shape, n_dims: int) -> tuple[Layer, ...]:
    """Of any network but a linear one, which is such a path itself."""
    if not network.pca_start or network.kind == "linear":
        return ()
    n_features = prod(shape)
    return (Layer("linear", (n_features,), (n_dims,)), Layer("linear", (n_dims,), (n_features,)))


def _corrected(shape: Shape, *, n_pictures: int) -> tuple[Layer, ...]:
    """Pictures halved, two convolutions there, and doubled again to one: the receptive field
    spans some 15 pixels, at a quarter of the cost of the full size."""
    if len(shape) != 3 or min(shape[1:]) < 2:
        raise SpecError(
            "What corrects pictures needs pictures of at least 2 pixels a side.",
            "Switch network.refine and network.short_cut off.",
        )
    C, H, W = shape
    half = (N_REFINING, H // 2, W // 2)
    stacked = (n_pictures * C, H, W)
    n_first = (n_pictures * C * KERNEL**2 + 1) * N_REFINING
    act = Layer("activation", half, half, function="relu")
    layers = [Layer("conv", stacked, half, n_first, stride=2), act]
    for _ in range(2):
        layers += [Layer("conv", half, half, (9 * N_REFINING + 1) * N_REFINING), act]
    n_last = (N_REFINING * KERNEL**2 + 1) * C
    return (*layers, Layer("deconv", half, shape, n_last, stride=2))


def _both(
    network: NetworkSpec, code: CodeSpec, shape: Shape
) -> tuple[tuple[Layer, ...], tuple[Layer, ...]]:
    """Encoder and decoder."""
    if network.kind not in ("conv", "resnet"):
        return _dense(network, code.n_dims, shape)
    if len(shape) != 3:
        raise SpecError(
            "A convolutional network needs pictures; these samples are rows.",
            "Choose a dense or a linear network.",
        )
    return _conv(network, code, shape)


def _head(code: CodeSpec, hidden: Shape, beside: Shape) -> tuple[Layer, ...]:
    """What the features of the encoders, `hidden` and `beside`, become."""
    if code.kind == "quantized":
        C, H, W = hidden
        return (Layer("project", hidden, (code.n_dims, H, W), (C + 1) * code.n_dims),)
    n_hidden = hidden[0] + beside[0]
    heads = ("mu", "logvar") if code.kind == "gaussian" else ("z",)
    linear = tuple(
        Layer("linear", (n_hidden,), (code.n_dims,), (n_hidden + 1) * code.n_dims, function=name)
        for name in heads
    )
    if not (isinstance(code, PlainCodeSpec) and code.batch_norm):
        return linear
    return (*linear, Layer("batch_norm", (code.n_dims,), (code.n_dims,), 2 * code.n_dims))


def _dense(
    network: NetworkSpec, n_dims: int, shape: Shape
) -> tuple[tuple[Layer, ...], tuple[Layer, ...]]:
    widths = () if network.kind == "linear" else network.widths
    n_features = prod(shape)
    encoder = [Layer("flatten", shape, (n_features,)), *_reading(network, (n_features,))]
    for width in widths:
        encoder += [_linear(encoder[-1].out_shape[0], width), *_after(network, (width,))]
    decoder: list[Layer] = []
    n_in = n_dims
    for width in reversed(widths):
        decoder += [_linear(n_in, width), *_after(network, (width,))]
        n_in = width
    decoder += [_linear(n_in, n_features), Layer("unflatten", (n_features,), shape)]
    return tuple(encoder), tuple(decoder)


def _reading(network: NetworkSpec, shape: Shape) -> list[Layer]:
    """What the input goes through before the first layer."""
    layers = []
    if network.normalize_input:
        layers.append(Layer("unit_length", shape, shape))
    if network.input_dropout:
        layers.append(Layer("dropout", shape, shape, rate=network.input_dropout))
    return layers


def _conv(
    network: NetworkSpec, code: CodeSpec, shape: Shape
) -> tuple[tuple[Layer, ...], tuple[Layer, ...]]:
    convs: list[Layer] = []
    encoder: list[Layer] = []
    before = shape
    for width in network.widths:
        C, H, W = before
        halves = min(H, W) >= 2
        after = (width, H // 2, W // 2) if halves else (width, H, W)
        kernel = KERNEL if halves else 3
        convs.append(
            Layer("conv", before, after, (C * kernel**2 + 1) * width, stride=2 if halves else 1)
        )
        encoder += [convs[-1], *_after(network, after), *_residual(network, after)]
        before = after

    decoder: list[Layer] = []
    if code.kind == "quantized":
        C, H, W = before
        coded = (code.n_dims, H, W)
        decoder.append(Layer("unflatten", (prod(coded),), coded))
        decoder += [Layer("project", coded, before, (code.n_dims + 1) * C)]
        decoder += _after(network, before)
    else:
        n_hidden = prod(before)
        encoder.append(Layer("flatten", before, (n_hidden,)))
        decoder += [_linear(code.n_dims, n_hidden), *_after(network, (n_hidden,))]
        decoder.append(Layer("unflatten", (n_hidden,), before))
    for conv in reversed(convs):
        C_in, C_out = conv.out_shape[0], conv.in_shape[0]
        kernel = KERNEL if conv.stride == 2 else 3
        op: Op = "deconv" if conv.stride == 2 else "conv"
        n_params = (C_in * kernel**2 + 1) * C_out
        decoder += _residual(network, conv.out_shape)
        decoder.append(Layer(op, conv.out_shape, conv.in_shape, n_params, stride=conv.stride))
        if conv is not convs[0]:
            decoder += _after(network, conv.in_shape)
    return tuple(encoder), tuple(decoder)


def _residual(network: NetworkSpec, shape: Shape) -> list[Layer]:
    """The residual block that a resnet has at each size of the picture."""
    if network.kind != "resnet":
        return []
    C = shape[0]
    n_params = 2 * (C * 9 + 1) * C + (4 * C if network.batch_norm else 0)
    return [
        Layer(
            "residual",
            shape,
            shape,
            n_params,
            function=network.activation,
            normalizes=network.batch_norm,
        )
    ]


def _linear(n_in: int, n_out: int) -> Layer:
    return Layer("linear", (n_in,), (n_out,), (n_in + 1) * n_out)


def _after(network: NetworkSpec, shape: Shape) -> list[Layer]:
    """What follows a hidden layer: normalization, non-linearity, dropout."""
    layers = []
    if network.batch_norm:
        layers.append(Layer("batch_norm", shape, shape, 2 * shape[0]))
    if network.activation != "identity":
        layers.append(Layer("activation", shape, shape, function=network.activation))
    if network.dropout:
        layers.append(Layer("dropout", shape, shape, rate=network.dropout))
    return layers
