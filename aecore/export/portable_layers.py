"""A run's decoder told as a list of layers with their weights, normalization folded in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import nn

    from aecore.models.plan import Layer
    from aecore.runs import OpenRun


@dataclass
class Layers:
    """Layers as they are told, in order, with what JSON can hold, and their weights by name.

    Parameters
    ----------
    n_multiplies
        Multiplications that one sample takes.
    """

    told: list[dict[str, Any]] = field(default_factory=list)
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    n_multiplies: int = 0

    def add(self, op: str, **form: Any) -> None:
        arrays = {name: value for name, value in form.items() if isinstance(value, np.ndarray)}
        number = len(self.told)
        for name, value in arrays.items():
            key = f"{number}.{name}"
            self.weights[key] = value
            form[name] = key
        self.told.append({"op": op, **form})

    def scale_last(self, gain: np.ndarray, shift: np.ndarray) -> bool:
        """Fold `gain * y + shift`, one each channel, into the last layer; False where it cannot."""
        last = self.told[-1] if self.told else {}
        if last.get("op") not in ("dense", "conv", "deconv") or last.get("act"):
            return False
        weight, bias = self.weights[last["weight"]], self.weights[last["bias"]]
        axis = 1 if last["op"] == "deconv" else 0
        form = [1] * weight.ndim
        form[axis] = -1
        self.weights[last["weight"]] = weight * gain.reshape(form)
        self.weights[last["bias"]] = bias * gain + shift
        return True

    def act(self, function: str) -> None:
        """A non-linearity; part of the layer before it where that has none yet."""
        last = self.told[-1] if self.told else {}
        if last.get("op") in ("dense", "conv", "deconv", "scale") and not last.get("act"):
            last["act"] = function
        elif function != "identity":
            self.add("act", act=function)


def layers_of(run: OpenRun) -> Layers:
    """All layers of the decoder, from the code to the picture in [0, 1]."""
    writer, model = Layers(), run.model
    if run.spec.code.kind == "quantized":
        grid = [int(side) for side in model.code.grid]  # type: ignore[union-attr]
        writer.add("snap", grid=grid, entries=_array(model.code.weights), act="")
    for layer, module in zip(model.plan.decoder, model.decoder, strict=True):
        if layer.op == "linear":
            _add_weights(writer, "dense", module)
            writer.n_multiplies += prod((*layer.in_shape, *layer.out_shape))
        elif layer.op in ("conv", "deconv", "project"):
            _convolution(writer, module, layer.in_shape, layer.out_shape)
        elif layer.op == "residual":
            _residual(writer, module.steps, layer.in_shape)
        elif layer.op == "batch_norm":
            _normalize(writer, module)
        elif layer.op == "activation":
            writer.act(layer.function)
    if model.path is not None:
        weight, bias = _array(model.path.out), _array(model.path.out_bias)
        writer.add("along", weight=weight, bias=bias, act="")
        writer.n_multiplies += weight.size
    if model.refiner is not None:
        _refine(writer, model.plan.refiner, model.refiner)
    if model.has_sigmoid_output:
        writer.act("sigmoid")
    if run.frame.scale == "standard":
        n_pixels = prod(run.shape[1:])
        spread, offset = (
            np.broadcast_to(value.reshape(-1), (run.shape[0],)).astype(np.float32)
            for value in (run.frame.spread, run.frame.offset)
        )
        writer.add("scale", gain=spread, shift=offset, n_each=n_pixels, act="")
    return writer


def _refine(writer: Layers, layers: Sequence[Layer], modules: nn.Sequential) -> None:
    """`x + modules(x)`, of convolutions and activations."""
    writer.add("keep")
    for layer, module in zip(layers, modules, strict=True):
        if layer.op == "activation":
            writer.act(layer.function)
        else:
            _convolution(writer, module, layer.in_shape, layer.out_shape)
    writer.add("add")


def _residual(writer: Layers, steps: Any, shape: tuple[int, ...]) -> None:
    """`x + steps(x)`."""
    from torch import nn

    writer.add("keep")
    for step in steps:
        if isinstance(step, nn.Conv2d):
            _convolution(writer, step, shape, shape)
        elif isinstance(step, nn.BatchNorm2d):
            _normalize(writer, step, n_each=prod(shape[1:]))
        else:
            writer.act(_NAMES[type(step).__name__])
    writer.add("add")


_NAMES = {
    "Identity": "identity",
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "GELU": "gelu",
    "SiLU": "silu",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Softplus": "softplus",
}


def _convolution(
    writer: Layers, module: nn.Module, before: tuple[int, ...], after: tuple[int, ...]
) -> None:
    """A convolution or its transpose, with the shapes it goes between."""
    from torch import nn

    is_up = isinstance(module, nn.ConvTranspose2d)
    kernel = int(module.kernel_size[0])  # type: ignore[index]
    stride = int(module.stride[0])  # type: ignore[index]
    form = {"before": list(before), "after": list(after), "kernel": kernel, "stride": stride}
    _add_weights(writer, "deconv" if is_up else "conv", module, **form)
    places = prod((before if is_up else after)[1:])
    writer.n_multiplies += before[0] * after[0] * kernel**2 * places


def _add_weights(writer: Layers, op: str, module: nn.Module, **form: Any) -> None:
    weight, bias = _array(module.weight), _array(module.bias)
    writer.add(op, weight=weight, bias=bias, act="", **form)


def _normalize(writer: Layers, module: Any, n_each: int = 1) -> None:
    """Batch norm as it is in evaluation: a gain and a shift for each channel."""
    mean, variance = _array(module.running_mean), _array(module.running_var)
    gain = _array(module.weight) / np.sqrt(variance + module.eps)
    shift = _array(module.bias) - mean * gain
    if not writer.scale_last(gain, shift):
        writer.add("scale", gain=gain, shift=shift, n_each=n_each, act="")


def _array(tensor: Any) -> np.ndarray:
    found: np.ndarray = tensor.detach().cpu().double().numpy()
    return found
