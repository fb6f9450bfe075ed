"""What scores read of samples that went through a run, computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import torch
from torch import nn

from aecore.models.plan import Layer
from aecore.runs import OpenRun

CHUNK = 512
_SIDE_OF_MAPS = 4
_SIDE_OF_INPUT = 16
_N_HIDDEN = 2048
"""Hidden numbers that are looked at; of more, evenly spaced ones."""


class View:
    """Samples as a run sees them.

    Parameters
    ----------
    run
        The run.
    x
        `(n, *shape)`: uint8 pictures or float rows.

    Raises
    ------
    DataError
        If the run reads samples of another shape.
    """

    def __init__(self, run: OpenRun, x: np.ndarray) -> None:
        run.encode(x[:0])  # it says what is wrong
        self.run, self.x = run, x

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def scaled(self) -> np.ndarray:
        """As the model sees them, float32 `(n, *shape)`."""
        return self.run.frame.to_scaled(self.x)

    @property
    def flat(self) -> np.ndarray:
        """The same as rows, float32 `(n, F)`."""
        return self.scaled.reshape(len(self.x), -1)

    @property
    def z(self) -> np.ndarray:
        """Codes, `(n, D)`: the means of gaussian ones."""
        return self._passed[0]

    @property
    def logvar(self) -> np.ndarray | None:
        """Log-variances of gaussian codes, `(n, D)`."""
        return self._passed[1]

    @cached_property
    def _passed(self) -> tuple[np.ndarray, np.ndarray | None]:
        found = self.run.encode_fully(self.x)
        return found.point, found.logvar

    @cached_property
    def raw(self) -> np.ndarray:
        """What the decoder makes of the codes before the output's activation, float32."""
        return _chunked(self.run.model.raw, self._snapped)

    @cached_property
    def x_hat(self) -> np.ndarray:
        """Reconstructions, float32 `(n, *shape)`; of pictures within what can be shown."""
        if self.run.model.has_sigmoid_output:
            return np.asarray(1 / (1 + np.exp(-self.raw)), np.float32)
        frame = self.run.frame
        if len(self.run.shape) != 3:
            return _chunked(self.run.model.activated, self.raw)
        white, black = ((v - frame.offset) / frame.spread for v in (np.float32(1), np.float32(0)))
        return np.asarray(np.clip(self.raw, black, white), np.float32)

    @cached_property
    def nats(self) -> np.ndarray | None:
        """Negative log-likelihood by feature, float32 `(n, F)`, of a run that learnt columns or
        counts by their likelihood; None for others."""
        return self.run.nats(self.x)

    @property
    def displayed(self) -> np.ndarray:
        """Reconstructions as samples: uint8 pictures, float rows."""
        return self.run.frame.to_display(self.x_hat)

    @cached_property
    def hidden(self) -> np.ndarray:
        """Activations of every layer that the samples pass, see `hidden_of`; `(n, F)`."""
        return _chunked(lambda x: hidden_of(self.run, x), self.scaled)

    @cached_property
    def hidden_of_x_hat(self) -> np.ndarray:
        """The same of the reconstructions."""
        return _chunked(lambda x: hidden_of(self.run, x), self.x_hat)

    @property
    def _snapped(self) -> np.ndarray:
        code = self.run.model.code
        snap = getattr(code, "snap", None)
        return self.z if snap is None else _chunked(snap, self.z)


def hidden_of(run: OpenRun, x: torch.Tensor) -> torch.Tensor:
    """The sample, every activation of the encoder and the code, side by side: `(n, F)`.

    Pictures are averaged to 16 x 16 places at most and maps of convolutions to 4 x 4, so that
    what is compared can be learnt from some hundred samples.
    """
    model = run.model
    parts = [_pooled(x, _SIDE_OF_INPUT)]
    parts += _activations(model.encoder, model.plan.encoder, x)
    if model.beside is not None:
        parts += _activations(model.beside, model.plan.beside, x)
    parts.append(model.encode(x).point.float())
    together = torch.cat(parts, 1)
    step = -(-together.shape[1] // _N_HIDDEN)
    return together[:, ::step]


def _activations(
    steps: nn.Sequential, layers: tuple[Layer, ...], x: torch.Tensor
) -> list[torch.Tensor]:
    found = []
    for step, layer in zip(steps, layers, strict=True):
        x = step(x)
        if layer.op in ("activation", "residual"):
            found.append(_pooled(x.float(), _SIDE_OF_MAPS))
    return found


def _pooled(h: torch.Tensor, side: int) -> torch.Tensor:
    if h.ndim == 4 and max(h.shape[2:]) > side:
        h = nn.functional.adaptive_avg_pool2d(h, (min(side, h.shape[2]), min(side, h.shape[3])))
    return h.flatten(1)


def _chunked(function: Callable[[torch.Tensor], torch.Tensor], values: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        found = [
            function(torch.from_numpy(np.ascontiguousarray(values[start : start + CHUNK])))
            for start in range(0, max(1, len(values)), CHUNK)
        ]
    joined: np.ndarray = torch.cat(found).float().numpy()
    return joined
