"""How much memory a training takes on a CPU, estimated from its settings."""

from __future__ import annotations

from math import prod

from aecore.data.memory import WORKER_BYTES, MemoryNeed, n_job_bytes
from aecore.models.plan import Plan, plan_of
from aecore.sentence import Sentence
from aecore.specs.base import Spec
from aecore.specs.run import RunSpec
from aecore.specs.terms import IwaeSpec
from aecore.store import Store

N_COPIES = 10.5
"""Of the weights at the peak: as they are, gradients, two moments, and all but the gradients twice
again while a checkpoint is written."""
N_KEPT = 1.3
"""Of what layers give for a batch; views and validation go beside it."""
N_IN_BLOCK = 3
"""What a residual block keeps, in units of what it gives."""
REST_BYTES = 50_000_000
"""Views, curves, buffers of kernels."""


def need(spec: Spec, store: Store) -> MemoryNeed | None:
    """What a run will need on a CPU; None where its data is not here yet."""
    if not isinstance(spec, RunSpec) or not store.artifact(spec.data).has("samples.json"):
        return None
    shape = tuple(store.artifact(spec.data).read_json("samples.json")["shape"])
    plan = plan_of(spec, shape)
    room = (n_job_bytes() or 0) - WORKER_BYTES - REST_BYTES - weights_bytes(plan)
    n_fitting = int(room // max(1.0, sample_bytes(spec, plan)))
    fits = (
        Sentence("Use batches of {n:,}, or a smaller network.", n=n_fitting)
        if n_fitting >= 1
        else Sentence(
            "Use a smaller network: this one has {millions:.3g} million weights.",
            millions=plan.n_params / 1e6,
        )
    )
    return MemoryNeed(WORKER_BYTES + run_bytes(spec, shape), Sentence("This training"), fits)


def run_bytes(spec: RunSpec, shape: tuple[int, ...]) -> float:
    """Bytes beyond an idle worker, at the peak; the samples stay on disk."""
    plan = plan_of(spec, shape)
    return REST_BYTES + weights_bytes(plan) + spec.batch_size * sample_bytes(spec, plan)


def weights_bytes(plan: Plan) -> float:
    """What goes with the number of weights."""
    return N_COPIES * 4 * plan.n_params


def sample_bytes(spec: RunSpec, plan: Plan) -> float:
    """What goes with the size of a batch, for one sample."""
    n_values = sum(
        prod(layer.out_shape) * (N_IN_BLOCK if layer.op == "residual" else 1)
        for layer in plan.layers
    )
    bound = spec.term(IwaeSpec)
    return N_KEPT * 4 * n_values * (bound.n_samples if bound else 1)
