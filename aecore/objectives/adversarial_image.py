"""A critic of pictures, whose features say what a reconstruction lacks."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from aecore.errors import SpecError
from aecore.objectives.term import Batch, Term

WIDTHS = (16, 32)
SLOPE_PENALTY = 0.05
"""Keeps the critic from running away, and lets its features grow until they see something."""
CRITIC_SHARE = 0.01
"""Of what the critic says of a reconstruction, against the error of one feature."""


class PictureCritic(nn.Module):
    """Pictures `(B, C, H, W)` to one logit each, above 0 for "real"."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        n_channels, H, W = shape
        self.see = nn.Sequential(
            nn.Conv2d(n_channels, WIDTHS[0], 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(*WIDTHS, 4, 2, 1),
            nn.LeakyReLU(0.2),
        )
        self.judge = nn.Sequential(nn.Flatten(), nn.Linear(WIDTHS[1] * (H // 4) * (W // 4), 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits `(B, 1)`, and the features `(B, 32, H / 4, W / 4)` they come from."""
        features: Tensor = self.see(x)
        return self.judge(features), features


def critic(shape: tuple[int, ...], n_dims: int) -> nn.Module:
    """A critic for pictures of this shape.

    Raises
    ------
    SpecError
        If the samples are rows, or pictures under 8 pixels.
    """
    if len(shape) != 3 or min(shape[1:]) < 8:
        raise SpecError(
            "A critic of pictures needs pictures of 8 pixels or more.", "Choose another recipe."
        )
    return PictureCritic(shape)


def adversarial_image(batch: Batch) -> Tensor:
    """`(f(x) - f(x_hat))^2 - w log D(x_hat)`, `f` the critic's features, w 0.01; `(B,)`.

    Larsen, Sonderby, Larochelle & Winther 2016, "Autoencoding beyond Pixels using a Learned
    Similarity Metric", ICML, arXiv:1512.09300: pictures are compared by what a critic sees
    in them, so that sharp edges pay though they stand a pixel off. In the paper this stands in
    the place of the pixels' error; a share of that error, kept, holds the picture in place
    while the critic is young. Mean or sum over the features, so that a sum weighs against
    summed pixels alike for pictures of every size.
    """
    if batch.partner is None:
        raise TypeError("adversarial_image needs its critic")
    with batch.autocast():
        logit, seen = batch.partner(batch.output.x_hat)
        with torch.no_grad():
            _, wanted = batch.partner(batch.x)
    alike: Tensor = (seen.float() - wanted.float()).square().flatten(1).mean(1)
    of_one_feature = alike + CRITIC_SHARE * softplus(-logit.float()).squeeze(1)
    n_features = seen[0].numel() if batch.spec.reduction == "sum" else 1
    return of_one_feature * n_features


def teach(batch: Batch) -> Tensor:
    """The critic's own loss: cross-entropy between pictures and reconstructions; nats.

    With the R1 penalty on its slope at real pictures (Mescheder, Geiger & Nowozin 2018).
    """
    if batch.partner is None:
        raise TypeError("adversarial_image needs its critic")
    real = batch.x.detach().clone().requires_grad_()
    of_real, _ = batch.partner(real)
    (slope,) = torch.autograd.grad(of_real.sum(), real, create_graph=True)
    penalty = slope.square().flatten(1).sum(1).mean()
    of_made, _ = batch.partner(batch.output.x_hat.detach().float())
    return softplus(-of_real).mean() + softplus(of_made).mean() + SLOPE_PENALTY * penalty


TERM = Term(
    "adversarial_image",
    "sample",
    adversarial_image,
    training_only=True,
    partner=critic,
    teach=teach,
)
