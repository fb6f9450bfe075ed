"""What the input suffers before a denoising autoencoder's encoder sees it.

Vincent, Larochelle, Bengio & Manzagol 2008, "Extracting and Composing Robust
Features with Denoising Autoencoders", ICML.
"""

from __future__ import annotations

from torch import Tensor

from aecore.models.networks import Noise
from aecore.specs import CorruptionSpec


def corrupt(x: Tensor, spec: CorruptionSpec, noise: Noise, *, unit: bool = True) -> Tensor:
    """A corrupted copy of a batch.

    Parameters
    ----------
    x
        `(B, *shape)`; left as it is.
    unit
        Whether values live in [0, 1]; only then are noisy values clipped.

    Returns
    -------
    Tensor
        `(B, *shape)`.

        gaussian: `x + mean + level * N(0, 1)`; masking: a share `level` of the features is 0;
        salt_pepper: a share `level` is 0 or 1, each with equal chance.
    """
    if spec.kind == "none":
        return x
    if spec.kind == "gaussian":
        noisy = x + spec.mean + spec.level * noise.normal_like(x)
        return noisy.clamp(0.0, 1.0) if spec.clip and unit else noisy
    u = noise.uniform_like(x)
    if spec.kind == "masking":
        return x * (u >= spec.level)
    pepper = u < spec.level / 2
    salt = (u >= spec.level / 2) & (u < spec.level)
    return x.masked_fill(pepper, 0.0).masked_fill(salt, 1.0)
