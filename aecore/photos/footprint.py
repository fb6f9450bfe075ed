"""How much memory cleaning a photograph takes on a CPU, estimated from its size."""

from __future__ import annotations

from dataclasses import dataclass

from aecore.data.memory import WORKER_BYTES, MemoryNeed, n_job_bytes
from aecore.errors import AecoreError
from aecore.sentence import Sentence
from aecore.specs.base import Spec
from aecore.specs.photos import RepairSpec, RestoreMethod, RestoreSpec, UncertaintySpec
from aecore.store import Store


@dataclass(frozen=True)
class _Cost:
    """Bytes beyond an idle worker: of one tile with its network, and for each pixel."""

    tile: float
    a_pixel: float


COSTS: dict[RestoreMethod, _Cost] = {
    "restorer": _Cost(460e6, 32),
    "thorough": _Cost(900e6, 32),
    "zero_shot": _Cost(400e6, 60),
    "nl_means": _Cost(150e6, 32),
    "wavelet": _Cost(80e6, 32),
    "tv": _Cost(80e6, 32),
    "bm3d": _Cost(300e6, 32),
}
ENLARGED = 4
"""Enlarging gives so many pixels for one."""


def need(spec: Spec, store: Store) -> MemoryNeed | None:
    """What a photograph will need on a CPU; None where its size is not known."""
    try:
        restored = _restored(spec, store)
        shape = store.artifact(restored.photo).about.get("shape")  # a sample has none, and is small
    except AecoreError:  # the job tells of it better
        return None
    if not isinstance(shape, list) or len(shape) != 3:
        return None
    _, H, W = shape
    cost = COSTS[restored.method]
    scale = ENLARGED if isinstance(spec, RepairSpec) and spec.task == "enlarge" else 1
    room = (n_job_bytes() or 0) - WORKER_BYTES - cost.tile
    n_fitting = max(0.0, room / (scale * cost.a_pixel) / 1e6)
    return MemoryNeed(
        WORKER_BYTES + photo_bytes(restored.method, scale * H * W),
        Sentence("A photograph of {megapixels:.3g} megapixels", megapixels=H * W / 1e6),
        Sentence(
            "Up to {megapixels:.2g} megapixels fit here: make it smaller first.",
            megapixels=n_fitting,
        )
        if n_fitting >= 0.1
        else "Choose another way of cleaning, or a machine with more memory.",
    )


def photo_bytes(method: RestoreMethod, n_pixels: int) -> float:
    """Bytes beyond an idle worker, at the peak."""
    cost = COSTS[method]
    return cost.tile + cost.a_pixel * n_pixels


def _restored(spec: Spec, store: Store) -> RestoreSpec:
    if isinstance(spec, (UncertaintySpec, RepairSpec)):
        spec = store.artifact(spec.base).spec
    if not isinstance(spec, RestoreSpec):
        raise AecoreError("This cleans no photograph.")
    return spec
