"""Greedy layer-wise pre-training: each layer learns alone to rebuild what it is shown.

Bengio, Lamblin, Popovici & Larochelle 2007, "Greedy Layer-Wise Training of Deep Networks",
NeurIPS. Where a linear path stands beside the network at the principal components, only its hidden
layers are: the code's layer and the decoder's last begin at 0, so that the whole begins as PCA.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aecore.models.autoencoder import Autoencoder
from aecore.specs.run import RunSpec
from aecore.training.optim import make_optimizer


@dataclass(frozen=True)
class Stage:
    """One layer of the encoder with the layer of the decoder that mirrors it."""

    below: nn.Module
    """What is done to a sample before: the layers that have been trained."""
    encode: nn.Module
    decode: nn.Module
    has_sigmoid_output: bool
    """Whether what it rebuilds is pictures, which the output squashes to [0, 1]."""

    def loss(self, x: Tensor) -> Tensor:
        """Mean squared error of what the layer rebuilds; a scalar."""
        with torch.no_grad():
            shown = self.below(x)
        rebuilt: Tensor = self.decode(self.encode(shown))
        if self.has_sigmoid_output:
            rebuilt = torch.sigmoid(rebuilt)
        apart: Tensor = rebuilt.flatten(1) - shown.flatten(1)
        return apart.square().mean()


@dataclass(frozen=True)
class LayerRecord:
    """How pre-training stands.

    Parameters
    ----------
    epochs_left
        Of all layers together; 0 at the end.
    name
        The layer, as a name in the history: "layer 1".
    mse
        Mean over the epoch.
    """

    epochs_left: int
    name: str
    mse: float


def stages_of(model: Autoencoder) -> list[Stage]:
    """A dense model's layers in the order in which they are trained, outermost first; the code's
    own is the last, but where a linear path leads to the code."""
    encoder, decoder = _blocks(model.encoder), _blocks(model.decoder)
    flatten, *hidden = encoder
    inner = [] if model.path is not None else [nn.Sequential(_Head(model.code))]
    decoder[-2].extend(decoder.pop())  # the last layer, and what gives its picture a shape
    found, below = [], nn.Sequential(*flatten)
    for i, block in enumerate([*hidden, *inner]):
        found.append(
            Stage(
                below,
                block,
                decoder[-1 - i],
                has_sigmoid_output=i == 0 and model.has_sigmoid_output,
            )
        )
        below = nn.Sequential(*below, *block)
    return found


def pretrain(
    model: Autoencoder, spec: RunSpec, rows: Tensor, batch_of: Callable[[Tensor], Tensor]
) -> Iterator[LayerRecord]:
    """Train each layer alone for `spec.pretrain_epochs`, in place; one record an epoch.

    Parameters
    ----------
    rows
        int64 `(n,)`, of the training part.
    batch_of
        Some of them, `(B,)`, to samples as the model sees them.
    """
    device = next(model.parameters()).device
    generator = torch.Generator().manual_seed(spec.seed)
    stages = stages_of(model)
    n_left = len(stages) * spec.pretrain_epochs
    model.train()
    model.noise.seed(spec.seed, device)
    for number, stage in enumerate(stages, 1):
        parameters = [*stage.encode.parameters(), *stage.decode.parameters()]
        optimizer = make_optimizer(parameters, spec.optimizer)
        for _ in range(spec.pretrain_epochs):
            total = torch.zeros((), device=device)  # on the device, which so waits for nothing
            order = torch.randperm(len(rows), generator=generator).to(rows.device)
            batches = torch.split(rows[order], spec.batch_size)
            if len(batches) > 1 and len(batches[-1]) == 1 < spec.batch_size:
                batches = batches[:-1]  # one sample alone has no batch statistics
            for batch in batches:
                optimizer.zero_grad(set_to_none=True)
                loss = stage.loss(batch_of(batch))
                torch.autograd.backward(loss)
                optimizer.step()
                total += loss.detach()
            n_left -= 1
            if not n_left and model.path is not None:
                _silence(stages[0].decode)
            yield LayerRecord(n_left, f"layer {number}", float(total) / len(batches))


def _silence(block: nn.Module) -> None:
    """Let a decoder's last layer add nothing to what the linear path makes."""
    for layer in block.modules():
        if isinstance(layer, nn.Linear):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)


class _Head(nn.Module):
    """The code of a plain head as a tensor."""

    def __init__(self, code: nn.Module) -> None:
        super().__init__()
        self.code = code

    def forward(self, h: Tensor) -> Tensor:
        z: Tensor = self.code(h).z
        return z


def _blocks(layers: nn.Sequential) -> list[nn.Sequential]:
    """Cut before each dense layer: each block is one, with what follows it."""
    blocks: list[list[nn.Module]] = []
    for layer in layers:
        if isinstance(layer, nn.Linear | nn.Unflatten) or not blocks:
            blocks.append([])
        blocks[-1].append(layer)
    return [nn.Sequential(*block) for block in blocks]
