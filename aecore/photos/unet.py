"""The network that cleans photographs: a bias-free U-Net that says what is noise."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecore.errors import SpecError

WIDTHS = (64, 128, 256)
N_BLOCKS = 2
FINE = 32
_IN_A_BLOCK = {"first", "second"}
_FOLD = 2
"""The picture's pixels are folded into blocks of 2 x 2 before the first wide convolution."""


class _Block(nn.Module):
    """`x + conv(relu(conv(x)))`, zero at the start: a new block changes nothing yet."""

    def __init__(self, C: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(C, C, 3, padding=1, bias=False)
        self.second = nn.Conv2d(C, C, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(self.first.weight, nonlinearity="relu")
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        step: Tensor = self.second(F.relu(self.first(x)))
        return x + step


def _blocks(C: int, n: int) -> nn.Sequential:
    return nn.Sequential(*[_Block(C) for _ in range(n)])


class PhotoUNet(nn.Module):
    """Noisy colours in, clean colours out: a convolutional denoising autoencoder.

    A U-Net (Ronneberger, Fischer & Brox 2015, MICCAI, arXiv:1505.04597) of residual blocks with
    strided convolutions between its levels, as in DRUNet (Zhang et al. 2021, IEEE TPAMI,
    arXiv:2008.13751), which predicts the noise (Zhang et al. 2017, IEEE TIP 26,
    arXiv:1608.03981). Pixels are folded 2 x 2 into channels first (Zhang, Zuo & Zhang 2018, IEEE
    TIP 27, arXiv:1710.04026), so that the wide convolutions work at half the size and less. Beside
    them stands a narrow level at full size, which is added to what they are given and to what they
    answer: there all pixels share their weights, folded ones only every fourth. No layer has a
    bias: `f(a x) = a f(x)` for a > 0, and what was learnt at one noise level serves others (Mohan
    et al. 2020, ICLR, arXiv:1906.05478).

    Parameters
    ----------
    widths
        Channels of each level, from half the picture's size down.
    n_blocks
        Residual blocks of each level on the way down, and as many on the way up; at full size, the
        dearest, it is always one.
    fine
        Channels of the level at full size; 0: there is none.
    n_told
        Channels of a map of the noise that is told beside the picture, in shares of white, as in
        FFDNet; 0: the network is blind.

    Raises
    ------
    SpecError
        If there is no level or no block.
    """

    def __init__(
        self,
        widths: Sequence[int] = WIDTHS,
        n_blocks: int = N_BLOCKS,
        fine: int = FINE,
        n_told: int = 0,
    ) -> None:
        super().__init__()
        if not widths or n_blocks < 1 or min(widths) < 1 or fine < 0 or n_told < 0:
            raise SpecError(
                "A network of widths {widths} and {n_blocks} blocks cannot be built.",
                "Give one width or more, and one block or more.",
                widths=list(widths),
                n_blocks=n_blocks,
            )
        self.widths, self.n_blocks, self.fine = tuple(widths), n_blocks, fine
        self.n_told = n_told
        steps = list(pairwise(widths))
        folded = 3 * _FOLD**2
        self.head = nn.Conv2d(folded, widths[0], 3, padding=1, bias=False)
        self.encoder = nn.ModuleList(_blocks(C, n_blocks) for C in widths[:-1])
        self.down = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2, bias=False) for a, b in steps)
        self.middle = _blocks(widths[-1], n_blocks)
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, stride=2, bias=False) for a, b in steps)
        self.decoder = nn.ModuleList(_blocks(C, n_blocks) for C in widths[:-1])
        self.tail = nn.Conv2d(widths[0], folded, 3, padding=1, bias=False)
        nn.init.zeros_(self.tail.weight)
        if fine:
            self.fine_head = nn.Conv2d(3, fine, 3, padding=1, bias=False)
            self.fine_encoder = _blocks(fine, 1)
            self.fine_down = nn.Conv2d(fine, widths[0], _FOLD, stride=_FOLD, bias=False)
            self.fine_up = nn.ConvTranspose2d(widths[0], fine, _FOLD, stride=_FOLD, bias=False)
            self.fine_decoder = _blocks(fine, 1)
            self.fine_tail = nn.Conv2d(fine, 3, 3, padding=1, bias=False)
            nn.init.zeros_(self.fine_down.weight)  # a new level changes nothing yet
            nn.init.zeros_(self.fine_tail.weight)
        if n_told:
            self.told = nn.Conv2d(n_told, widths[0], 3, padding=1, bias=False)
            nn.init.zeros_(self.told.weight)  # what is told changes nothing yet

    @property
    def multiple_px(self) -> int:
        """Height and width must be multiples of this."""
        return _FOLD << (len(self.widths) - 1)

    @property
    def reach_px(self) -> int:
        """How far away a pixel can lie that still changes the result: the receptive radius."""
        n_levels = len(self.widths)
        sizes = [_FOLD << level for level in range(n_levels)]  # px of one cell
        convolutions = 2 * self.n_blocks
        sides = 2 * convolutions * sum(sizes[:-1]) + convolutions * sizes[-1]
        ends = max(_FOLD, 1 + 2) if self.fine else _FOLD  # the longer way in and out
        return 2 * ends + sides + sizes[-1]  # and cells that are shared

    def noise(self, x: Tensor, told: Tensor | None = None) -> Tensor:
        """What is taken for noise in colours `(B, 3, H, W)`; of the same shape.

        Parameters
        ----------
        told
            Map of the noise `(B, n_told, h, w)` of any size; None: nothing is told.
        """
        y = self.head(F.pixel_unshuffle(x, _FOLD))  # (B, widths[0], H/2, W/2)
        if told is not None and self.n_told:
            size = y.shape[2:]
            placed = F.interpolate(told.float(), size=size, mode="bilinear", align_corners=False)
            y = y + self.told(placed.to(x.dtype).contiguous(memory_format=torch.channels_last))
        full = None
        if self.fine:
            full = self.fine_encoder(self.fine_head(x))  # (B, fine, H, W)
            y = y + self.fine_down(full)
        kept = []
        for blocks, down in zip(self.encoder, self.down, strict=True):
            y = blocks(y)
            kept.append(y)
            y = down(y)
        y = self.middle(y)
        for level in reversed(range(len(kept))):
            y = self.decoder[level](self.up[level](y) + kept[level])
        noise = F.pixel_shuffle(self.tail(y), _FOLD)
        if full is None:
            return noise
        refined: Tensor = noise + self.fine_tail(self.fine_decoder(self.fine_up(y) + full))
        return refined

    def forward(self, x: Tensor) -> Tensor:
        """Clean colours, not clipped.

        Parameters
        ----------
        x
            `(B, 3, H, W)`, [0, 1] and what noise adds; H and W multiples of `multiple_px`. A grey
            picture comes as three equal channels.
        """
        return x - self.noise(x)


def load_expanded(weights: dict[str, Tensor], into: PhotoUNet) -> None:
    """Give a network the weights of one of as many blocks, or fewer, or without fine level or map.

    What `weights` do not have keeps its zero start: the result computes what the smaller one did,
    until it is trained on.

    Raises
    ------
    SpecError
        If the weights belong to a network of other widths, or of more blocks.
    """
    mine = into.state_dict()
    unfit = [name for name, w in weights.items() if name not in mine or w.shape != mine[name].shape]
    missing = [name for name in mine if name not in weights]
    if unfit or not all(
        name.startswith(("fine_", "told.")) or _IN_A_BLOCK & set(name.split("."))
        for name in missing
    ):
        raise SpecError(
            "The weights belong to a network of another size.",
            "Give the widths, and at least the blocks, that they were trained with.",
        )
    into.load_state_dict(weights, strict=False)
