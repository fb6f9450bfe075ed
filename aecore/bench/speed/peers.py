"""Other people's training loops, as a program of its own that does not know this project.

`python peers.py PEER CASE DEVICE PICTURES.npy`: says `ready`, then trains one epoch for
each line on its standard input, and answers with the seconds that it took.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

BATCH = {"dense": 128, "conv28": 128, "conv64": 128, "pythae": 128}
N_DIMS = {"dense": 32, "conv28": 16, "conv64": 16, "pythae": 16}
LR = 1e-3

Ended = Callable[[], None]
"""Called when an epoch has ended; returns when the next shall begin."""


def dense() -> nn.Module:
    """784-128-64-32 and back, as in a first lesson."""
    widths = (784, 128, 64, 32, 64, 128, 784)
    layers: list[nn.Module] = []
    for i, (n_in, n_out) in enumerate(pairwise(widths)):
        layers += [nn.Linear(n_in, n_out), nn.Identity() if i == 2 else nn.ReLU()]
    return nn.Sequential(nn.Flatten(), *layers[:-1], nn.Sigmoid())


class ConvVAE(nn.Module):
    """Two halving convolutions of 32 and 64 channels, 16 numbers, and back; gives logits."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        places = 64 * (side // 4) ** 2
        self.encoder = nn.Sequential(
            nn.Conv2d(channels, 32, 4, 2, 1),
            nn.ReLU(),
            nn.Conv2d(32, 64, 4, 2, 1),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.mu, self.logvar = nn.Linear(places, 16), nn.Linear(places, 16)
        self.decoder = nn.Sequential(
            nn.Linear(16, places),
            nn.ReLU(),
            nn.Unflatten(1, (64, side // 4, side // 4)),
            nn.ConvTranspose2d(64, 32, 4, 2, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(32, channels, 4, 2, 1),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits, mean and log-variance."""
        h = self.encoder(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
        return self.decoder(z), mu, logvar


def network(case: str, x: np.ndarray) -> nn.Module:
    """The network of a case."""
    return dense() if case == "dense" else ConvVAE(x.shape[1], x.shape[2])


def loss_of(case: str, model: nn.Module, x: Tensor) -> Tensor:
    """Squared error of the dense network, the usual bound of the others."""
    if case == "dense":
        return mse_loss(model(x), x.flatten(1))
    logits, mu, logvar = model(x)
    nats = binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = 0.5 * torch.sum(mu.square() + logvar.exp() - logvar - 1)
    return (nats + kl) / len(x)


def tensor_loop(case: str, device: str, x: np.ndarray, ended: Ended) -> None:
    """All pictures as floats in one tensor, and the shortest loop over it."""
    data = (torch.from_numpy(x).float() / 255).to(device)
    model = network(case, x).to(device)
    optimizer = torch.optim.Adam(model.parameters(), LR)
    while True:
        total = torch.zeros((), device=device)
        for rows in torch.randperm(len(data), device=device).split(BATCH[case]):
            loss = loss_of(case, model, data[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        total.item()
        ended()


def tutorial(case: str, device: str, x: np.ndarray, ended: Ended) -> None:
    """The usual script: torchvision's MNIST, a DataLoader, Adam, `.item()` at each step."""
    loader = torch.utils.data.DataLoader(_mnist(x), batch_size=BATCH[case], shuffle=True)
    model = network(case, x).to(device)
    optimizer = torch.optim.Adam(model.parameters(), LR)
    while True:
        total = 0.0
        for pictures, _ in loader:
            loss = loss_of(case, model, pictures.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        ended()


def _mnist(x: np.ndarray) -> torch.utils.data.Dataset[Any]:
    """torchvision's own dataset over these pictures, grey ones, instead of its files."""
    from torchvision.datasets import MNIST
    from torchvision.transforms import ToTensor

    class Given(MNIST):
        def __init__(self) -> None:
            self.data = torch.from_numpy(x[:, 0])
            self.targets = torch.zeros(len(x), dtype=torch.int64)
            self.transform, self.target_transform = ToTensor(), None

    return Given()


def lightning(case: str, device: str, x: np.ndarray, ended: Ended) -> None:
    """The same network in a LightningModule, over a tensor in memory; nothing logged or kept."""
    try:
        import lightning as pl
    except ModuleNotFoundError:
        import pytorch_lightning as pl

    class Module(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = network(case, x)

        def training_step(self, batch: list[Tensor], _: int) -> Tensor:
            return loss_of(case, self.model, batch[0])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), LR)

    data = torch.utils.data.TensorDataset(torch.from_numpy(x).float() / 255)
    loader = torch.utils.data.DataLoader(data, batch_size=BATCH[case], shuffle=True)

    class Each(pl.Callback):
        def on_train_epoch_end(self, *_: object) -> None:
            ended()

    trainer = pl.Trainer(
        max_epochs=100_000,
        accelerator="gpu" if device.startswith("cuda") else "cpu",
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[Each()],
    )
    trainer.fit(Module(), loader)


def pythae(case: str, device: str, x: np.ndarray, ended: Ended) -> None:
    """pythae's VAE with its own convolutional networks for MNIST, by its own trainer."""
    import tempfile

    from pythae.models import VAE, VAEConfig
    from pythae.models.nn.benchmarks.mnist import Decoder_Conv_AE_MNIST, Encoder_Conv_VAE_MNIST
    from pythae.pipelines import TrainingPipeline
    from pythae.trainers import BaseTrainerConfig
    from pythae.trainers.training_callbacks import TrainingCallback

    about = VAEConfig(input_dim=x.shape[1:], latent_dim=N_DIMS[case], reconstruction_loss="bce")
    model = VAE(
        model_config=about,
        encoder=Encoder_Conv_VAE_MNIST(about),
        decoder=Decoder_Conv_AE_MNIST(about),
    )

    class Each(TrainingCallback):
        def on_epoch_end(self, *_: object, **__: object) -> None:
            ended()

    with tempfile.TemporaryDirectory() as folder:
        settings = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=100_000,
            learning_rate=LR,
            per_device_train_batch_size=BATCH[case],
            no_cuda=not device.startswith("cuda"),
        )
        pipeline = TrainingPipeline(model=model, training_config=settings)
        pipeline(train_data=x.astype(np.float32) / 255, callbacks=[Each()])


PEERS = {
    "tutorial": tutorial,
    "tensor loop": tensor_loop,
    "lightning": lightning,
    "pythae": pythae,
}


class Turns:
    """Waits for its turn before each epoch, and says on standard output how long it took."""

    def __init__(self) -> None:
        self._out = sys.stdout
        sys.stdout = sys.stderr  # where libraries may print
        self._began: float | None = None

    def ended(self) -> None:
        """An epoch has ended, or the first is about to begin."""
        took = "ready" if self._began is None else f"{time.perf_counter() - self._began}"
        self._out.write(took + "\n")
        self._out.flush()
        if not sys.stdin.readline().strip():
            raise SystemExit(0)
        self._began = time.perf_counter()


def main() -> None:
    """Be a peer."""
    peer, case, device, path = sys.argv[1:]
    train, x = PEERS[peer], np.load(path)
    turns = Turns()
    turns.ended()
    train(case, device, x, turns.ended)


if __name__ == "__main__":
    main()
