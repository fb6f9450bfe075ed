"""Trains the classifier behind "features-28": `python -m aecore.bench.science.train_features`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from aecore.api import lab
from aecore.store import Store
from aecore.studies.feature_space import (
    NAME,
    SPREAD,
    DigitClassifier,
    FeatureSpace,
    as_seen,
    folder,
)

BATCH = 128
LR = 2e-3


@dataclass(frozen=True)
class Trained:
    """A classifier, and the share of test pictures that it names rightly, in [0, 1]."""

    model: DigitClassifier
    accuracy: float


def train(
    x: np.ndarray, labels: np.ndarray, *, n_epochs: int = 10, seed: int = 0
) -> DigitClassifier:
    """Fit the classifier to pictures `(n, C, H, W)` and their digits `(n,)`.

    Adam with a cosine schedule on the cross-entropy; the features are then scaled by one number
    so that their total variance over these pictures is `SPREAD`.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _fit(torch.from_numpy(x), torch.from_numpy(labels), n_epochs)
    spread = FeatureSpace(model).features(x).var(0, dtype=np.float64).sum()
    model.scale.fill_(math.sqrt(SPREAD / spread))
    return model


def _fit(x: Tensor, labels: Tensor, n_epochs: int) -> DigitClassifier:
    model = DigitClassifier().train()
    optimizer = torch.optim.Adam(model.parameters(), LR)
    n_steps = n_epochs * math.ceil(len(x) / BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps)
    for _ in range(n_epochs):
        for rows in torch.split(torch.randperm(len(x)), BATCH):
            loss = cross_entropy(model(as_seen(x[rows].numpy())), labels[rows])
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
    return model


def train_on_mnist(store: Store, *, n_epochs: int = 10, seed: int = 0) -> Trained:
    """Train on MNIST's 60,000 training pictures, in half precision score on its 10,000 others."""
    samples = lab.load("mnist", store=store, val_fraction=0.0)
    if samples.labels is None:
        raise TypeError("MNIST has labels")
    rows, held_out = samples.parts["train"], samples.parts["test"]
    model = train(np.asarray(samples.x[rows]), samples.labels[rows], n_epochs=n_epochs, seed=seed)
    model.half().float()  # what is shipped is what is scored
    told = FeatureSpace(model).digits(np.asarray(samples.x[held_out]))
    return Trained(model, float((told == samples.labels[held_out]).mean()))


def write(model: DigitClassifier, into: Path) -> Path:
    """Write the weights as halves; the file."""
    from safetensors.torch import save_file

    into.mkdir(parents=True, exist_ok=True)
    path = into / "weights.safetensors"
    halves = {name: values.half().contiguous() for name, values in model.state_dict().items()}
    save_file(halves, path, metadata={"name": NAME})
    path.chmod(0o644)
    return path


@click.command()
@click.option("--epochs", default=10, show_default=True, help="Passes over the 60,000 pictures.")
@click.option("--seed", default=0, show_default=True, help="Decides weights and order.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder to write to, instead of the assets."
)
def main(epochs: int, seed: int, out: Path | None) -> None:
    """Train the classifier behind features-28 and write its weights."""
    torch.set_num_threads(1)  # a network this small gains nothing from threads
    found = train_on_mnist(Store(), n_epochs=epochs, seed=seed)
    path = write(found.model, out or folder())
    click.echo(f"{path}: {100 * found.accuracy:.2f} % of the test pictures named rightly")


if __name__ == "__main__":
    main()
