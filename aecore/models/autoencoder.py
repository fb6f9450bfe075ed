"""The Autoencoder: encoder, code and decoder joined, and everything a loss may ask of them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn

from aecore.models.codes import Code, GaussianCode, PlainCode, QuantizedCode
from aecore.models.column_output import ColumnOutput
from aecore.models.holes import filled, is_known
from aecore.models.linear_path import LinearPath
from aecore.models.networks import Noise, at_least_float32, build
from aecore.models.plan import Plan, Shape, plan_of
from aecore.specs.codes import AnyCode, GaussianCodeSpec, QuantizedCodeSpec
from aecore.specs.run import RunSpec
from aecore.specs.terms import SparseKlSpec

_NEAR_BLACK = 0.01
"""A pixel that is nearly always black must stay able to learn: sigmoids are flat near 0."""
_NEVER = 1e-3
"""What a column that nobody has is said to hold at first, as a share of the fullest column."""


@dataclass(frozen=True)
class Output:
    """All that one pass of a batch computes.

    Parameters
    ----------
    x_in
        `(B, *shape)`, what the encoder saw (corrupted, where the run corrupts).
    code
        The code of the batch.
    raw
        `(B, *shape)`, the decoder's output before the output's own activation (logits for sigmoid).
    x_hat
        `(B, *shape)`, the reconstruction.
    """

    x_in: Tensor
    code: Code
    raw: Tensor
    x_hat: Tensor


class Autoencoder(nn.Module):
    """Encoder, code and mirrored decoder, as planned.

    Parameters
    ----------
    spec
        The run's spec; its `network` and `code` decide.
    shape
        Of one sample: `(C, H, W)` or `(F,)`.
    """

    def __init__(self, spec: RunSpec, shape: Shape) -> None:
        super().__init__()
        self.plan: Plan = plan_of(spec, shape)
        self.shape = shape
        self.noise = Noise()
        self.encoder = build(self.plan.encoder, self.noise)
        self.beside = build(self.plan.beside, self.noise) if self.plan.beside else None
        self.code = _code(spec.code, self.plan, self.noise)
        if (wanted := spec.term(SparseKlSpec)) is not None and isinstance(self.code, PlainCode):
            self.code.begin_at(wanted.target)
        self.decoder = build(self.plan.decoder, self.noise)
        self.path = LinearPath(prod(shape), self.plan.n_dims) if self.plan.linear_path else None
        self.refiner = build(self.plan.refiner, self.noise) if self.plan.refiner else None
        self.short_cut = build(self.plan.short_cut, self.noise) if self.plan.short_cut else None
        for correction in (self.refiner, self.short_cut):
            if correction is not None:  # it begins as adding nothing
                nn.init.zeros_(correction[-1].weight)  # type: ignore[arg-type]
                nn.init.zeros_(correction[-1].bias)  # type: ignore[arg-type]
        self.has_holes = spec.corruption.kind == "occlusion"
        self.has_sigmoid_output = spec.network.output == "sigmoid"
        self.has_softmax_output = spec.network.output == "softmax"
        self.columns = ColumnOutput(prod(shape)) if spec.network.output == "columns" else None

    def encode(self, x: Tensor, *, draw: bool = False) -> Code:
        """Samples `(B, *shape)` to their code.

        Parameters
        ----------
        draw
            Whether a gaussian code is drawn, as the loss wants it, or is its mean. The module's
            mode (`train`, `eval`) decides of batch statistics and dropout alone.
        """
        x = self._first_guess(x)
        h: Tensor = self.encoder(x)
        if self.beside is not None:
            h = torch.cat([h, self.beside(x)], dim=1)
        along = None if self.path is None else self.path.encode(x)
        if isinstance(self.code, GaussianCode):
            return self.code(h, along, draw=draw)  # type: ignore[no-any-return]
        if isinstance(self.code, PlainCode):
            return self.code(h, along)  # type: ignore[no-any-return]
        return self.code(h)  # type: ignore[no-any-return]

    def decode(self, z: Tensor) -> Tensor:
        """Codes `(B, D)` to samples `(B, *shape)`; each place of a quantized code is snapped."""
        return self.activated(
            self.raw(self.code.snap(z) if isinstance(self.code, QuantizedCode) else z)
        )

    def raw(self, z: Tensor) -> Tensor:
        """What the decoder makes of codes `(B, D)` before the output's own activation, float32
        (float64 of a float64 model)."""
        raw: Tensor = at_least_float32(self.decoder(z))
        if self.path is not None:
            raw = raw + self.path.decode(z).view(raw.shape)
        return raw if self.refiner is None else raw + at_least_float32(self.refiner(raw))

    def forward(self, x_in: Tensor, *, draw: bool = False) -> Output:
        """One pass: encode, decode, and keep every intermediate a term may need; see `encode`."""
        code = self.encode(x_in, draw=draw)
        raw = self.raw(code.z)
        if self.short_cut is not None:
            raw = self._repaired(self.short_cut, x_in, raw)
        return Output(x_in, code, raw, self.activated(raw))

    def _first_guess(self, x: Tensor) -> Tensor:
        """Where the input leads past the code: with its holes filled from their surroundings."""
        return filled(x, is_known(x)) if self.short_cut is not None and self.has_holes else x

    def _repaired(self, short_cut: nn.Module, x_in: Tensor, decoded: Tensor) -> Tensor:
        """The input, corrected; where it has a hole, that alone is.

        In training half of a batch goes without: so the code goes on learning to be decoded by
        itself, which it would give up for whatever helps the correction.
        """
        guess = self._first_guess(x_in)
        shown = torch.cat([guess, decoded.detach()], dim=1)
        found = guess + at_least_float32(short_cut(shown))
        if self.has_holes:
            found = torch.where(is_known(x_in), x_in, found)
        if self.training:
            n_without = len(found) // 2
            found = torch.cat([decoded[:n_without], found[n_without:]])
        return found

    def activated(self, raw: Tensor) -> Tensor:
        """What `raw` is as a sample, `(B, *shape)`: the output's own activation of it.

        In float32: in bfloat16 a sigmoid is 1, without a slope, from a logit of about 6 on.
        """
        if self.columns is not None:
            return self.columns(raw)  # type: ignore[no-any-return]
        if self.has_softmax_output:
            return torch.softmax(raw.flatten(1), 1).view(raw.shape)
        return torch.sigmoid(raw) if self.has_sigmoid_output else raw

    @torch.no_grad()
    def start_at(self, mean: Tensor) -> None:
        """Let an untrained decoder answer with the mean sample, whatever the code.

        The last layer's bias is set to it, through the inverse of the output's activation, so
        that the first epochs are not spent on finding it. (Kernels have one bias a channel.)

        Parameters
        ----------
        mean
            `(*shape)`, of the samples to train on, as the model sees them.
        """
        kinds = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
        last = [layer for layer in self.decoder if isinstance(layer, kinds)][-1]
        at = mean.mean((1, 2)) if mean.ndim == 3 and not isinstance(last, nn.Linear) else mean
        if last.bias is not None:
            last.bias.copy_(self.inverse_output(at).flatten())

    def inverse_output(self, sample: Tensor) -> Tensor:
        """What `activated` makes a sample `(*shape)` of; what never or always is, is kept from
        the ends."""
        if self.has_sigmoid_output:
            return torch.logit(sample, eps=_NEAR_BLACK)
        if self.has_softmax_output:
            return sample.clamp_min(_NEVER * sample.max().clamp_min(1e-6)).log()
        return sample if self.columns is None else self.columns.inverse(sample)

    def weights(self) -> list[Tensor]:
        """Weight matrices and kernels, without biases and normalization."""
        return [p for p in self.parameters() if p.ndim > 1]


def _code(spec: AnyCode, plan: Plan, noise: Noise) -> PlainCode | GaussianCode | QuantizedCode:
    hidden = plan.encoder[-1].out_shape
    if isinstance(spec, QuantizedCodeSpec):
        return QuantizedCode(hidden, spec.n_dims, spec.codebook_size, spec.decay, noise)
    n_hidden = prod(hidden) + (prod(plan.beside[-1].out_shape) if plan.beside else 0)
    if isinstance(spec, GaussianCodeSpec):
        return GaussianCode(n_hidden, spec.n_dims, noise)
    return PlainCode(n_hidden, spec.n_dims, spec.activation, spec.top_k, batch_norm=spec.batch_norm)


def new_model(spec: RunSpec, shape: Shape) -> Autoencoder:
    """An untrained model whose first weights are decided by the spec's seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(spec.seed)
        return Autoencoder(spec, shape)
