"""An encoder that learnt without labels, tuned with a few, against the same from scratch."""

from __future__ import annotations

import copy
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aecore.artifact import run_to_end
from aecore.data.samples import PartName, SampleSet
from aecore.errors import TooFewSamplesError
from aecore.metrics.features import labelled_rows
from aecore.studies.evaluation import rows_of

if TYPE_CHECKING:
    from torch import Tensor

    from aecore.models.autoencoder import Autoencoder
    from aecore.runs import OpenRun

N_TEST = 1000
_N_SCALE = 512
_BATCH = 64
_TELL_STEPS = 20


@dataclass(frozen=True)
class FineTuned:
    """Test accuracy of a classifier on top of an encoder, trained as a whole on few labels.

    Parameters
    ----------
    n_labels
        Training samples that had a label.
    tuned, scratch
        float64 `(n_draws,)`, in [0, 1], more is better: the encoder began at the run's
        weights, or at new ones.
    tuned_hits, scratch_hits
        float64 `(m,)`, share of the draws in which each test sample was told right.
    n_steps
        Steps of training, the same for both.
    """

    n_labels: int
    tuned: np.ndarray
    scratch: np.ndarray
    tuned_hits: np.ndarray
    scratch_hits: np.ndarray
    n_steps: int

    @property
    def gain(self) -> float:
        """Mean accuracy won by learning without labels first, -1 to 1; more is better."""
        return float(self.tuned.mean() - self.scratch.mean())


def fine_tuned(
    run: OpenRun,
    samples: SampleSet,
    n_labels: int,
    *,
    n_steps: int = 200,
    lr: float = 1e-3,
    n_draws: int = 3,
    part: PartName = "test",
    n_test: int = N_TEST,
    seed: int = 0,
) -> FineTuned:
    """Train encoder and a linear layer on few labels, from the run's weights and from new ones.

    Hinton & Salakhutdinov 2006, Science 313: layers that learnt the pictures first need few
    labels. Both get the same labels, order, steps (Adam, cosine decay) and layer: one matrix
    that begins at 0, on codes standardized as they are at the start over unlabelled samples (a
    quantized code as it is before it is snapped to its codebook).

    Parameters
    ----------
    samples
        What the run was trained on; labels are drawn from its training part, evenly from the
        classes.
    n_steps
        Steps of at most 64 samples: training ends there, for both.
    part, n_test
        Which samples are told, and how many of them at the most.

    Raises
    ------
    TooFewSamplesError
        Without labels of two classes, or with fewer than `n_labels`.
    """
    steps = tuning(
        run,
        samples,
        n_labels,
        n_steps=n_steps,
        lr=lr,
        n_draws=n_draws,
        part=part,
        n_test=n_test,
        seed=seed,
    )
    return run_to_end(steps)


def tuning(
    run: OpenRun,
    samples: SampleSet,
    n_labels: int,
    *,
    n_steps: int = 200,
    lr: float = 1e-3,
    n_draws: int = 3,
    part: PartName = "test",
    n_test: int = N_TEST,
    seed: int = 0,
) -> Generator[int, None, FineTuned]:
    """`fine_tuned`, telling how many of its `2 * n_draws * n_steps` steps are done as it goes."""
    from aecore.models.autoencoder import new_model

    labels = samples.labels
    train = samples.parts["train"]
    known = np.array([], int) if labels is None else train[labels[train] >= 0]
    if labels is None or len(np.unique(labels[known])) < 2 or len(known) < n_labels:
        raise TooFewSamplesError(
            "{n_known} training samples have a label, of two classes or more.",
            "{n_labels} are needed.",
            n_known=len(known),
            n_labels=n_labels,
        )
    test = rows_of(samples, part, n_test)
    test = test[labels[test] >= 0]
    unlabelled = samples.scaled(rows_of(samples, "train", _N_SCALE))
    hits = np.zeros((2, n_draws, len(test)))
    for draw in range(n_draws):
        rows = train[labelled_rows(labels[train], n_labels, seed=seed + draw)]
        fresh = new_model(run.spec.model_copy(update={"seed": 1 + seed + draw}), run.shape)
        for i, model in enumerate((copy.deepcopy(run.model), fresh)):
            predicted = yield from _trained(
                (2 * draw + i) * n_steps,
                model.requires_grad_(True),
                samples.scaled(rows),
                labels[rows],
                unlabelled,
                samples.scaled(test),
                n_steps=n_steps,
                lr=lr,
                seed=seed + draw,
            )
            hits[i, draw] = predicted == labels[test]
    (tuned, scratch), (tuned_hits, scratch_hits) = hits.mean(2), hits.mean(1)
    return FineTuned(n_labels, tuned, scratch, tuned_hits, scratch_hits, n_steps)


def _trained(
    n_done: int,
    model: Autoencoder,
    x: np.ndarray,
    labels: np.ndarray,
    unlabelled: np.ndarray,
    x_test: np.ndarray,
    *,
    n_steps: int,
    lr: float,
    seed: int,
) -> Generator[int, None, np.ndarray]:
    """What a classifier on top of the encoder, trained as a whole, calls the test samples."""
    import torch
    from torch.nn.functional import cross_entropy

    from aecore.training.uncompiled import Adam

    def features(batch: Tensor) -> Tensor:
        code = model.encode(batch)
        return code.point if code.z_e is None else code.z_e  # (B, D)

    model.noise.seed(seed, torch.device("cpu"))
    model.eval()
    with torch.inference_mode():
        at_start = features(torch.from_numpy(unlabelled))
    mean = at_start.mean(0).clone()
    spread = at_start.std(0).clamp_min(1e-3).clone()
    classes = np.unique(labels)
    weight = torch.zeros(at_start.shape[1], len(classes), requires_grad=True)
    bias = torch.zeros(len(classes), requires_grad=True)

    def scores(batch: Tensor) -> Tensor:
        return (features(batch) - mean) / spread @ weight + bias

    encoder = [p for name, p in model.named_parameters() if not name.startswith("decoder.")]
    optimizer = Adam([*encoder, weight, bias], lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps)
    known = torch.from_numpy(x)
    targets = torch.from_numpy(np.searchsorted(classes, labels))
    random = np.random.default_rng(seed)
    model.train()
    for step in range(n_steps):
        if step % _TELL_STEPS == 0:
            yield n_done + step
        rows = torch.from_numpy(random.permutation(len(x))[:_BATCH])
        loss = cross_entropy(scores(known[rows]), targets[rows])
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
    model.eval()
    with torch.inference_mode():
        parts = torch.split(torch.from_numpy(x_test), 512)
        predicted = torch.cat([scores(part).argmax(1) for part in parts])
    return np.asarray(classes[predicted.numpy()])
