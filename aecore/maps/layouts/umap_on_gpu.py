"""UMAP by TorchDR on a GPU: seconds for what takes one thread minutes."""

from __future__ import annotations

import warnings
from importlib.util import find_spec

import numpy as np

from aecore.errors import SpecError
from aecore.maps.layouts.aside import Tell
from aecore.specs.maps import UmapSpec

_N_STEPS = 500
_TELL_EVERY = 10
"""Steps: to tell how far it is waits for the GPU."""


def is_here() -> bool:
    """Whether there is a GPU, and TorchDR to use it."""
    import torch

    return find_spec("torchdr") is not None and torch.cuda.is_available()


def fit(
    z: np.ndarray, spec: UmapSpec, n_neighbors: int, tell: Tell, device: str = "cuda"
) -> np.ndarray:
    """Positions of codes; Van Assel et al., TorchDR (github.com/TorchDR/TorchDR).

    Another layout than umap-learn's, of like quality: all points move at once instead of one
    after the other.

    Parameters
    ----------
    z
        float32 `(m, D)`, no two alike.

    Returns
    -------
    np.ndarray
        float32 `(m, n_components)`.

    Raises
    ------
    SpecError
        If TorchDR or the device is not here.
    """
    import torch

    if find_spec("torchdr") is None or (device == "cuda" and not torch.cuda.is_available()):
        raise SpecError(
            "A map on the GPU needs a CUDA device and the package TorchDR.",
            "Install it: pip install 'latent-lab[gpu]'. Or lay the map out on the CPU.",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torchdr import UMAP

        class Told(UMAP):  # type: ignore[misc]
            """Tells how far it is."""

            def on_training_step_end(self) -> None:
                """After each step of the descent."""
                super().on_training_step_end()
                step = int(self.n_iter_) + 1
                if step % _TELL_EVERY == 0:
                    tell(step, _N_STEPS)

        model = Told(
            n_neighbors=n_neighbors,
            n_components=spec.n_components,
            min_dist=spec.min_dist,
            max_iter=_N_STEPS,
            device=device,
            backend=None,
            random_state=spec.seed,
            distributed=False,
        )
        embedding = model.fit_transform(torch.from_numpy(z).to(device))
    positions: np.ndarray = torch.as_tensor(embedding).detach().float().cpu().numpy()
    return positions
