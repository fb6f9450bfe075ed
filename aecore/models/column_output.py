"""The output of a table's row: numbers, chances of yes, and probabilities of words."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from aecore.data.feature_layout import NUMBER, WORD, YES_NO, FeatureLayout

_RARE = 1e-3
"""Least probability that a word or a yes has before the first step."""


class ColumnOutput(nn.Module):
    """A likelihood for each kind of column.

    Nazabal, Olmos, Ghahramani & Valera 2020, "Handling incomplete heterogeneous data using VAEs",
    Pattern Recognition 107, arXiv:1807.03653, section 2: numbers are Gaussian, yes and no
    Bernoulli, the words of a category compete in a softmax, and an empty cell is compared by
    nothing but that it is empty. The Gaussian has variance 1/2, so that of numbers alone the
    negative log-likelihood is the squared error, but for a constant.

    Parameters
    ----------
    n_features
        F; until `describe` says more, each is a number.
    """

    kind: Tensor
    group: Tensor
    flag: Tensor

    def __init__(self, n_features: int) -> None:
        super().__init__()
        # Buffers, so that they are kept with the weights: a model is opened without its data.
        self.register_buffer("kind", torch.full((n_features,), NUMBER))
        self.register_buffer("group", torch.arange(n_features))
        self.register_buffer("flag", torch.full((n_features,), -1))

    def describe(self, layout: FeatureLayout) -> None:
        """Take over what each feature is."""
        for name in ("kind", "group", "flag"):
            getattr(self, name).copy_(torch.from_numpy(getattr(layout, name)))

    @property
    def n_parts(self) -> Tensor:
        """Likelihoods that are summed: one a number, yes or no, category; a scalar."""
        return (self.group == torch.arange(len(self.group), device=self.group.device)).sum()

    def forward(self, raw: Tensor) -> Tensor:
        """Expected features, `(B, F)` to `(B, F)`: as a row is encoded, where empty cells are 0."""
        values = torch.where(self.kind == NUMBER, raw, torch.sigmoid(raw))
        values = torch.where(self.kind == WORD, self._log_probabilities(raw).exp(), values)
        is_empty = torch.where(self.flag >= 0, values[:, self.flag.clamp_min(0)], 0.0)
        return values * (1 - is_empty)

    def nats(self, raw: Tensor, x: Tensor) -> Tensor:
        """Negative log-likelihood by feature, both `(B, F)`; `(B, F)`, at least 0.

        Of a category it stands at the word that is there, and is 0 at the others.
        """
        found = torch.where(
            self.kind == YES_NO,
            binary_cross_entropy_with_logits(raw, x, reduction="none"),
            (x - raw).square(),
        )
        found = torch.where(self.kind == WORD, -x * self._log_probabilities(raw), found)
        is_empty = torch.where(self.flag >= 0, x[:, self.flag.clamp_min(0)], 0.0)
        return found * (1 - is_empty)

    def inverse(self, mean: Tensor) -> Tensor:
        """What to begin at, `(F,)`, to expect a mean row `(F,)`."""
        chance = mean.clamp(_RARE, 1 - _RARE)
        found = torch.where(self.kind == NUMBER, mean, torch.logit(chance))
        return torch.where(self.kind == WORD, chance.log(), found)

    def _log_probabilities(self, raw: Tensor) -> Tensor:
        """Logarithm of the softmax over the features of each group."""
        group = self.group.expand_as(raw)
        highest = torch.full_like(raw, -torch.inf).scatter_reduce(1, group, raw.detach(), "amax")
        raw = raw - highest.gather(1, group)
        total = torch.zeros_like(raw).scatter_add(1, group, raw.exp())
        return raw - total.gather(1, group).log()
