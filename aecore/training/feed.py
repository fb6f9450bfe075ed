"""Samples on their way into training, and which of them are looked at meanwhile."""

from __future__ import annotations

from math import prod

import numpy as np
import torch
from torch import Tensor

from aecore.data.samples import SampleSet
from aecore.data.sparse_rows import SparseRows
from aecore.specs.run import RunSpec
from aecore.specs.terms import ObservedMseSpec
from aecore.training.device import n_free_bytes

N_VIEW = 1000
"""Samples whose codes are followed while training."""
N_STRIP = 10
"""Samples whose reconstructions are shown while training."""
_SHARE_OF_FREE = 0.5
_VALUES_AT_ONCE = 2**22
_CHUNK = 1024


def fits(n_bytes: int, n_free: float) -> bool:
    """Whether a set of so many bytes should lie on a device that has so many left.

    As much again is left to the network, which needs it for its activations.
    """
    return n_bytes <= _SHARE_OF_FREE * n_free


class DeviceDataset:
    """Samples in their raw form, on the device if they fit; a batch is an index and a cast.

    Those that do not fit stay on the host, and each batch is sent as it is asked for. On a CPU
    nothing is copied: pictures that lie in a file are read from there. Sparse rows stay on the
    host; a batch of them is made dense as it is fetched.

    Parameters
    ----------
    samples
        uint8 pictures stay uint8 until they are asked for.
    channels_last
        Batches of pictures have their channels last in memory, as the network's kernels have.
    stays
        Whether the samples stay on the host; None: where they do not fit (`fits`).
    """

    def __init__(
        self,
        samples: SampleSet,
        device: torch.device,
        *,
        channels_last: bool = False,
        stays: bool | None = None,
    ) -> None:
        x = samples.x
        self._sparse = x if isinstance(x, SparseRows) else None
        if stays is None:
            stays = self._sparse is not None or not fits(x.nbytes, n_free_bytes(device))
        self._stays = stays
        self._device = device
        self.rows_on = torch.device("cpu") if self._stays else device
        """Where rows are to be, for `batch` and `fetch` to wait for nothing."""
        dense = np.empty((0, *samples.shape), np.float32) if isinstance(x, SparseRows) else x
        self._raw = torch.from_numpy(dense).to(self.rows_on)
        offset = torch.from_numpy(np.asarray(samples.offset, np.float32)).to(device)
        spread = torch.from_numpy(np.asarray(samples.spread, np.float32)).to(device)
        level = 1.0 / 255.0 if samples.is_pictures else 1.0
        self._factor: Tensor | float = level if samples.scale == "unit" else level / spread
        self._shift: Tensor | None = None if samples.scale == "unit" else -offset / spread
        self._turns = channels_last and samples.is_pictures and samples.shape[0] > 1

    def batch(self, rows: Tensor) -> Tensor:
        """Chosen samples as the model sees them, float32 `(B, *shape)`."""
        return self.made_of(self.fetch(rows))

    def fetch(self, rows: Tensor) -> Tensor:
        """What the device needs to make a batch of: its rows, or raw samples from the host."""
        if not self._stays:
            return rows
        if self._sparse is not None:
            batch = torch.from_numpy(self._sparse[rows.cpu().numpy()])
            if self._device.type == "cuda":
                batch = batch.pin_memory()
            return batch.to(self._device, non_blocking=True)
        raw = torch.empty(
            (len(rows), *self._raw.shape[1:]),
            dtype=self._raw.dtype,
            pin_memory=self._device.type == "cuda",  # so that nothing waits for the copy
        )
        torch.index_select(self._raw, 0, rows.cpu(), out=raw)
        return raw.to(self._device, non_blocking=True)

    def made_of(self, fetched: Tensor) -> Tensor:
        """The batch of what `fetch` gave."""
        raw = fetched if self._stays else self._raw.index_select(0, fetched)
        if self._turns:
            raw = raw.contiguous(memory_format=torch.channels_last)  # while it is a byte a value
        x = raw.float() * self._factor
        return x if self._shift is None else x + self._shift


def n_at_once(shape: tuple[int, ...]) -> int:
    """Samples of this shape that are looked at in one go without taking much memory."""
    return max(64, min(_CHUNK, _VALUES_AT_ONCE // prod(shape)))


def first_answer(samples: SampleSet, spec: RunSpec) -> np.ndarray:
    """What an untrained model answers: the mean sample, float32 `(*shape)`; of what is known."""
    if spec.term(ObservedMseSpec) is not None and isinstance(samples.x, SparseRows):
        return samples.x.mean(samples.parts["train"], observed=True)
    return samples.mean_sample()


def view_rows(samples: SampleSet, n: int = N_VIEW) -> np.ndarray:
    """Rows whose codes are followed: drawn once from all but the test part."""
    pool = np.concatenate([samples.parts["train"], samples.parts["val"]])
    chosen = np.random.default_rng(0).permutation(len(pool))[:n]
    return np.sort(pool[chosen])


def strip_rows(samples: SampleSet, n: int = N_STRIP) -> np.ndarray:
    """Rows whose reconstructions are shown: of the validation part, one of each class first."""
    pool = samples.parts["val"] if len(samples.parts["val"]) else samples.parts["train"]
    if samples.labels is None:
        return pool[:n]
    _, first = np.unique(samples.labels[pool], return_index=True)
    rest = np.setdiff1d(np.arange(min(len(pool), 4 * n)), first)
    return pool[np.concatenate([first, rest])[:n].astype(np.int64)]
