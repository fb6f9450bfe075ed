"""Convolutions of few places, computed as the matrix products that they nearly are.

What a CPU's convolution kernels gain by sharing pixels between neighbouring places is lost where
there are but a few places and very many channels: there one large product is up to three times as
fast (BENCHMARKS.md). Each class gives what its parent gives, to rounding; a GPU gets the parent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import torch
from torch import nn
from torch.nn.functional import linear, pad

MAX_PLACES = 16
"""Of a picture that is small: its places on the smaller side of the convolution."""
MIN_KERNELS = 2**17
"""Pairs of channels, from which on a product pays."""


def conv2d(C_in: int, C_out: int, size: Sequence[int], kernel: int, stride: int) -> nn.Conv2d:
    """The convolution with a padding of 1 that is fastest on a CPU.

    Parameters
    ----------
    size
        Height and width of what it gives.
    """
    kind: type[nn.Conv2d] = nn.Conv2d
    if prod(size) == 1:
        kind = ConvToPoint
    elif prod(size) <= MAX_PLACES and C_in * C_out >= MIN_KERNELS:
        kind = ConvToFew
    return kind(C_in, C_out, kernel, stride, padding=1)


def deconv2d(
    C_in: int, C_out: int, size: Sequence[int], kernel: int, odd: tuple[int, int]
) -> nn.ConvTranspose2d:
    """The doubling transposed convolution with a padding of 1 that is fastest on a CPU.

    Parameters
    ----------
    size
        Height and width of what it is given.
    odd
        Rows and columns that are added at the end, 0 or 1 each.
    """
    kind: type[nn.ConvTranspose2d] = nn.ConvTranspose2d
    if prod(size) == 1:
        kind = DeconvFromPoint
    elif prod(size) <= MAX_PLACES and C_in * C_out >= MIN_KERNELS:
        kind = DeconvFromFew
    return kind(C_in, C_out, kernel, 2, padding=1, output_padding=odd)


class ConvToPoint(nn.Conv2d):
    """A convolution that leaves one place; computed as the matrix product that it then is.

    On a CPU that is ten times faster for wide kernels, half of which would see only padding.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(B, C_in, H, W)` to `(B, C_out, 1, 1)`."""
        rows, columns = _seen(self.padding, x.shape)
        kernels = self.weight.permute(0, 2, 3, 1)  # as it lies where channels are last
        met = kernels[:, rows, columns].flatten(1)  # (C_out, H * W * C_in)
        return linear(x.permute(0, 2, 3, 1).flatten(1), met, self.bias)[:, :, None, None]


class DeconvFromPoint(nn.ConvTranspose2d):
    """A transposed convolution of one place, likewise."""

    def forward(self, x: torch.Tensor, output_size: list[int] | None = None) -> torch.Tensor:
        """`(B, C_in, 1, 1)` to `(B, C_out, H, W)`."""
        size = [axis.n_out for axis in _axes(self, x)]
        rows, columns = _seen(self.padding, size)
        met = self.weight.permute(0, 2, 3, 1)[:, rows, columns]  # (C_in, H, W, C_out)
        y: torch.Tensor = (x.flatten(1) @ met.flatten(1)).view(len(x), *met.shape[1:])
        return (y if self.bias is None else y + self.bias).permute(0, 3, 1, 2)


class ConvToFew(nn.Conv2d):
    """A convolution that leaves a few places: what each of them sees, times the kernels."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(B, C_in, H, W)` to `(B, C_out, H', W')`."""
        if x.device.type != "cpu":
            return super().forward(x)
        (n_rows, n_columns), (down, right) = _pair(self.kernel_size), _pair(self.stride)
        (top, left), (C_out, _, *_) = _pair(self.padding), self.weight.shape
        x = pad(x.permute(0, 2, 3, 1), (0, 0, left, left, top, top))  # (B, H + 2, W + 2, C_in)
        h = (x.shape[1] - n_rows) // down + 1
        w = (x.shape[2] - n_columns) // right + 1
        seen = torch.cat(
            [
                x[:, i : i + down * h : down, j : j + right * w : right]
                for i, j in product(range(n_rows), range(n_columns))
            ],
            dim=3,
        )  # (B, h, w, rows * columns * C_in)
        kernels = self.weight.permute(0, 2, 3, 1).flatten(1)  # (C_out, rows * columns * C_in)
        y = linear(seen.flatten(0, 2), kernels, self.bias)
        return y.view(len(x), h, w, C_out).permute(0, 3, 1, 2)


class DeconvFromFew(nn.ConvTranspose2d):
    """A transposed convolution of a few places: a product for each phase of the stride.

    Every `stride`-th row and column of the result is a convolution by those parts of the kernels
    that meet it (Shi et al. 2016, arXiv:1609.07009); nothing is computed only to be cut off.
    """

    def forward(self, x: torch.Tensor, output_size: list[int] | None = None) -> torch.Tensor:
        """`(B, C_in, H, W)` to `(B, C_out, H', W')`."""
        if x.device.type != "cpu":
            return super().forward(x, output_size)
        down, right = _axes(self, x)
        before = max(down.before, right.before)
        after = max(down.after, right.after)
        x = pad(x.permute(0, 2, 3, 1), (0, 0, before, after, before, after))  # (B, H, W, C_in)
        kernels = self.weight.permute(2, 3, 0, 1).flatten(0, 1).unbind()  # (C_in, C_out) each
        phases = [
            [self._phase(x, kernels, row, column, before) for column in right.phases]
            for row in down.phases
        ]
        size = len(x), down.n_out, right.n_out, self.out_channels
        y = phases[0][0].new_empty(size)
        for i, j in product(range(down.stride), range(right.stride)):
            y[:, i :: down.stride, j :: right.stride] = phases[i][j]
        return y.permute(0, 3, 1, 2)

    def _phase(
        self,
        x: torch.Tensor,
        kernels: Sequence[torch.Tensor],
        row: _Phase,
        column: _Phase,
        before: int,
    ) -> torch.Tensor:
        """The places of one phase, `(B, h, w, C_out)`; x is padded and has its channels last."""
        width = self.kernel_size[1]
        meeting = list(product(row.taps, column.taps))
        seen = torch.cat(
            [
                x[:, before + i : before + i + row.n, before + j : before + j + column.n]
                for (_, i), (_, j) in meeting
            ],
            dim=3,
        )  # (B, h, w, taps * C_in)
        met = torch.cat([kernels[k * width + m] for (k, _), (m, _) in meeting])
        y = seen.flatten(0, 2) @ met  # (taps * C_in, C_out)
        if self.bias is not None:
            y = y + self.bias
        return y.view(len(x), row.n, column.n, self.out_channels)


@dataclass(frozen=True)
class _Phase:
    """Every `stride`-th row (or column) of what a transposed convolution gives.

    Parameters
    ----------
    n
        How many there are.
    taps
        Rows of the kernel that meet them, each with the row of the input that the first meets.
    """

    n: int
    taps: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Axis:
    """One direction of a transposed convolution."""

    n_in: int
    n_out: int
    stride: int
    phases: tuple[_Phase, ...]

    @property
    def before(self) -> int:
        """How far outside, at the beginning, rows are met."""
        return max(0, *(-at for phase in self.phases for _, at in phase.taps))

    @property
    def after(self) -> int:
        """How far outside, at the end."""
        return max(0, *(at + p.n - self.n_in for p in self.phases for _, at in p.taps))


def _axes(layer: nn.ConvTranspose2d, x: torch.Tensor) -> list[_Axis]:
    """Height and width."""
    forms = (layer.kernel_size, layer.stride, layer.padding, layer.output_padding)
    return [
        _axis(n_in, *form)
        for n_in, form in zip(x.shape[2:], zip(*map(_pair, forms), strict=True), strict=True)
    ]


def _axis(n_in: int, kernel: int, stride: int, padding: int, added: int) -> _Axis:
    n_out = (n_in - 1) * stride - 2 * padding + kernel + added
    phases = tuple(
        _Phase(
            len(range(first, n_out, stride)),
            tuple(
                (k, (first + padding - k) // stride)
                for k in range(kernel)
                if (first + padding - k) % stride == 0
            ),
        )
        for first in range(stride)
    )
    return _Axis(n_in, n_out, stride, phases)


def _pair(form: Any) -> tuple[int, int]:
    rows, columns = form
    return int(rows), int(columns)


def _seen(padding: Any, size: Sequence[int]) -> tuple[slice, slice]:
    """Rows and columns of a kernel that meet the picture where there is but one place."""
    (top, left), (H, W) = padding, size[-2:]
    return slice(top, top + H), slice(left, left + W)
