"""The linear path beside a network: principal components in, the same components out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aecore.models.networks import at_least_float32


class LinearPath(nn.Module):
    """`z = A x + a` into the code and `x_hat = W z + b` out of it, fixed once they are set.

    A network beside it learns what PCA leaves over, as a residual block learns what its short
    cut leaves over (He et al. 2016, arXiv:1512.03385). Its numbers are buffers: kept with the
    weights, and not trained, for an optimizer whose steps are all of one length would undo in
    the first of them what the components know.

    Parameters
    ----------
    n_features
        Of a flat sample (F).
    n_dims
        Latent dimension (D).
    """

    into: Tensor
    into_bias: Tensor
    out: Tensor
    out_bias: Tensor

    def __init__(self, n_features: int, n_dims: int) -> None:
        super().__init__()
        self.register_buffer("into", torch.zeros(n_dims, n_features))
        self.register_buffer("into_bias", torch.zeros(n_dims))
        self.register_buffer("out", torch.zeros(n_features, n_dims))
        self.register_buffer("out_bias", torch.zeros(n_features))

    def encode(self, x: Tensor) -> Tensor:
        """Samples `(B, *shape)` to `(B, D)`, in float32 always (float64 of float64)."""
        with torch.autocast(x.device.type, enabled=False):
            return nn.functional.linear(at_least_float32(x.flatten(1)), self.into, self.into_bias)

    def decode(self, z: Tensor) -> Tensor:
        """Codes `(B, D)` to flat samples `(B, F)`, in float32 always (float64 of float64)."""
        with torch.autocast(z.device.type, enabled=False):
            return nn.functional.linear(at_least_float32(z), self.out, self.out_bias)
