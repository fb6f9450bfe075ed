"""Training of the restorer: warm up, hold the rate as long as there is time, then let it fall."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

from aecore.errors import DivergedError, SpecError
from aecore.photos.camera_net import CameraNet, learned_map
from aecore.photos.network_file import (
    CAMERA,
    read_weights,
    size_of,
    weights_bytes,
    write_whole,
)
from aecore.photos.noise_map import measured_map
from aecore.photos.training.camera import photographed
from aecore.photos.training.degrade import degraded
from aecore.photos.training.estimator import train_estimator
from aecore.photos.training.photographs import Patches, Photos
from aecore.photos.unet import FINE, N_BLOCKS, WIDTHS, PhotoUNet, load_expanded
from aecore.training.device import fast_on_cpu
from aecore.training.muon import Muon

LAST = "last.safetensors"
"""All that a later process needs to go on."""
STEADY = "steady.safetensors"
"""The same as it was before the rate began to fall: to go on from there later."""
WEIGHTS = "weights.safetensors"
"""Averaged weights as halves: what is shipped."""
SIGMAS = (15, 25, 50)
"""Noise of the validation, of 255."""
_CROP_PX = 192
_LEAST_MSE = 1e-8
"""The root has a slope down to a patch that is perfect."""


@dataclass(frozen=True)
class RestorerTraining:
    """How the restorer is trained. What is marked * may differ when training goes on.

    Parameters
    ----------
    patch_px, batch
        * Patches of so many pixels a side, so many a step.
    lr
        * Learning rate while it is held (`aecore.training.muon.Muon`).
    decay_steps
        * From where training stands, let the rate fall to zero over so many steps and stop; None
        holds it (Hägele et al. 2024, arXiv:2405.18392: the loss falls as with a cosine, and how
        long to train need not be known beforehand).
    ema
        Part of the averaged weights that each step keeps.
    camera
        Whether it learns noise as cameras write it (`camera.photographed`), beside the network of
        the weights it begins with, which stays as it is: the file then holds both.
    estimator_batches
        With `camera`: on so many batches what estimates noise is trained first; then it stays.
    """

    widths: tuple[int, ...] = WIDTHS
    n_blocks: int = N_BLOCKS
    fine: int = FINE
    patch_px: int = 128
    batch: int = 8
    lr: float = 2e-3
    warmup_steps: int = 200
    decay_steps: int | None = None
    clip: float = 1.0
    ema: float = 0.999
    seed: int = 0
    camera: bool = False
    estimator_batches: int = 300


@dataclass(frozen=True)
class PracticeRecord:
    """Where training stands.

    Parameters
    ----------
    loss
        Mean over the patches since the last record of the root of each one's mean squared error,
        values in [0, 1]; 0 is perfect.
    n_per_s
        Patches a second.
    val_db
        PSNR of the averaged weights on held-out pictures, dB, more is better, by name; empty
        where it was not taken now.
    """

    step: int
    loss: float
    lr: float
    n_per_s: float
    val_db: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As one line of the log."""
        return asdict(self)


class _State:
    """Network, optimizer and averaged weights at some step."""

    def __init__(self, asked: RestorerTraining, device: torch.device) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(asked.seed)
            self.net = _network(asked).to(device)
        self.net = self.net.to(memory_format=torch.channels_last)
        self.averaged = _network(asked).requires_grad_(False)
        self.averaged = self.averaged.to(device).to(memory_format=torch.channels_last)
        self.averaged.load_state_dict(self.net.state_dict())
        self.optimizer = Muon(self.net, asked.lr)
        self.step = 0
        self.decay_from: int | None = None
        self.is_estimator_ready = False
        self.beside: dict[str, Tensor] = {}
        """Weights of the network that the file holds beside the one that learns."""

    def average(self, keep: float) -> None:
        keep = min(keep, (1 + self.step) / (10 + self.step))
        mine: list[Tensor] = list(self.averaged.parameters())
        theirs: list[Tensor] = list(self.net.parameters())
        get_ema_multi_avg_fn(keep)(mine, theirs, self.step)  # type: ignore[no-untyped-call]


def _network(asked: RestorerTraining) -> PhotoUNet | CameraNet:
    kind = CameraNet if asked.camera else PhotoUNet
    return kind(asked.widths, asked.n_blocks, asked.fine)


def train_restorer(
    photos: Photos,
    out: Path,
    asked: RestorerTraining,
    *,
    n_steps: int | None = None,
    start: Path | None = None,
    device: str = "cpu",
    report_s: float = 20.0,
    save_s: float = 120.0,
    validate_every: int = 500,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[PracticeRecord, None, None]:
    """Train the restorer, or go on where `out` stands; closing the generator keeps the last step.

    Root mean squared error of each patch, Muon, gradients clipped, bfloat16 where the device has
    it, channels-last. What a step sees is decided by the seed and the number of the step, so that
    an interruption changes nothing.

    Parameters
    ----------
    photos
        `held_out` is looked at, never trained on.
    out
        Folder of checkpoints; `weights.safetensors` there is the restorer so far.
    n_steps
        Stop at this step; None: when the rate has fallen to zero, else never.
    start
        Weights to begin with where `out` is empty, of the same widths and at most as many blocks.
    report_s, save_s
        Seconds between records, and between checkpoints.
    stop
        Asked after each step; true ends training as closing does.

    Raises
    ------
    SpecError
        If the patches do not fit the network, or the checkpoint is of another network.
    DataError
        If a checkpoint cannot be read.
    DivergedError
        If the loss is no finite number.
    """
    where = torch.device(device)
    state = _begin(asked, where, out, start)
    if asked.patch_px % 16 or asked.patch_px % state.net.multiple_px:
        raise SpecError(
            "Patches of {patch_px} px do not fit the network.",
            "Take a multiple of {lcm}.",
            patch_px=asked.patch_px,
            lcm=math.lcm(16, state.net.multiple_px),
        )
    if asked.decay_steps is not None and state.decay_from is None:
        if state.step:
            _save(out / STEADY, state)
        state.decay_from = state.step
    elif asked.decay_steps is None:
        state.decay_from = None
    ends = [n_steps] if n_steps is not None else []
    if asked.decay_steps is not None and state.decay_from is not None:
        ends.append(state.decay_from + asked.decay_steps)
    patches = Patches(photos.train, where)
    _ready_estimator(state, asked, patches)
    generator = torch.Generator(where)
    losses: list[Tensor] = []
    began = saved = time.monotonic()
    try:
        while not ends or state.step < min(ends):
            losses.append(_step(state, asked, patches, generator))
            now = time.monotonic()
            due = state.step % validate_every == 0 or (bool(ends) and state.step >= min(ends))
            if due or stop() or now - began >= report_s:
                loss = float(torch.stack(losses).mean())
                if not math.isfinite(loss):
                    raise DivergedError(
                        "The loss is no longer a finite number.", "Take a lower learning rate."
                    )
                n_per_s = len(losses) * asked.batch / max(now - began, 1e-9)
                val_db = validation(state.averaged, photos.held_out) if due else {}
                yield PracticeRecord(state.step, loss, _lr(state, asked), n_per_s, val_db)
                losses, began = [], time.monotonic()
            if now - saved >= save_s:
                _keep(out, state)
                saved = time.monotonic()
            if stop():
                return
    finally:
        if not losses or math.isfinite(float(losses[-1])):
            _keep(out, state)


def _ready_estimator(state: _State, asked: RestorerTraining, patches: Patches) -> None:
    """What estimates noise learns first, and then stays as it is."""
    net, averaged = state.net, state.averaged
    if not (isinstance(net, CameraNet) and isinstance(averaged, CameraNet)):
        return
    if state.step == 0 and not state.is_estimator_ready:
        n = asked.estimator_batches
        train_estimator(net.estimator, patches, asked.patch_px, n, asked.seed)
        averaged.estimator.load_state_dict(net.estimator.state_dict())
    net.estimator.requires_grad_(False)


def _step(
    state: _State, asked: RestorerTraining, patches: Patches, generator: torch.Generator
) -> Tensor:
    """One step; the loss, without waiting for it."""
    generator.manual_seed(asked.seed * 1_000_003 + state.step)
    rng = np.random.default_rng((asked.seed, state.step))
    drawn = patches.draw(asked.batch, asked.patch_px, rng)
    if isinstance(state.net, CameraNet):
        loss = _camera_loss(state.net, drawn, generator, asked.seed * 1_000_003 + state.step)
    else:
        seen = degraded(drawn, generator)
        with _bfloat16(patches.device):
            noise = state.net.noise(seen.x.contiguous(memory_format=torch.channels_last))
        loss = rmse(seen.x - noise.float(), seen.clean).mean()
    state.net.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_(state.net.parameters(), asked.clip)
    state.optimizer.step(_lr(state, asked))
    state.step += 1
    state.average(asked.ema)
    return loss.detach()


def _camera_loss(net: CameraNet, drawn: Tensor, generator: torch.Generator, seed: int) -> Tensor:
    seen = photographed(drawn, seed)
    true = measured_map(seen.x - seen.clean)
    told = learned_map(true, net.estimator(seen.x), generator)
    with _bfloat16(drawn.device):
        x = seen.x.contiguous(memory_format=torch.channels_last)
        noise = net.restorer.noise(x, told)
    return rmse(seen.x - noise.float(), seen.clean).mean()


def rmse(x_hat: Tensor, x: Tensor) -> Tensor:
    """Root of the mean squared error of each patch, `(B,)`; 0 is perfect.

    Its least is at the mean of what can be behind a noisy patch, as PSNR wants; the root keeps
    strong noise from outweighing weak noise.
    """
    return ((x_hat - x).square().mean((1, 2, 3)) + _LEAST_MSE).sqrt()


def _lr(state: _State, asked: RestorerTraining) -> float:
    """Up over the first steps, held, and down as `1 - sqrt(done)` where decay has begun."""
    rate = asked.lr * min(1.0, (state.step + 1) / asked.warmup_steps)
    if state.decay_from is None or asked.decay_steps is None:
        return rate
    done = min(1.0, (state.step - state.decay_from) / asked.decay_steps)
    return rate * (1.0 - math.sqrt(done))


def _bfloat16(device: torch.device) -> AbstractContextManager[Any]:
    if device.type == "cuda" or fast_on_cpu():
        # each weight is used once: there is nothing to keep
        return torch.autocast(device.type, dtype=torch.bfloat16, cache_enabled=False)
    return nullcontext()


def validation(
    net: PhotoUNet | CameraNet, pictures: dict[str, np.ndarray], n: int = 12
) -> dict[str, float]:
    """Mean PSNR over the middles of the first `n` pictures, with noise that is always the same.

    dB, more is better: "15", "25" and "50" in colour, "grey 25", "clean" without noise, and,
    of the network that learns it, "camera" with noise as cameras write it.
    """
    if not pictures:
        return {}
    device = next(net.parameters()).device
    crops = torch.from_numpy(np.stack([_middle(x) for x in list(pictures.values())[:n]]))
    clean = crops.float() / 255  # (n, 3, 192, 192)
    normal = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    grey = clean.mean(1, keepdim=True).expand_as(clean)
    asked = {f"{s}": (clean, normal * s / 255) for s in SIGMAS}
    asked["grey 25"] = (grey, normal[:, :1] * 25 / 255)
    asked["clean"] = (clean, 0 * normal)
    if isinstance(net, CameraNet):
        taken = photographed(clean, 0)
        asked["camera"] = (taken.clean, taken.x - taken.clean)
    found = {}
    for name, (wanted, noise) in asked.items():
        with torch.inference_mode(), _bfloat16(device):
            x = (wanted + noise).to(device).contiguous(memory_format=torch.channels_last)
            x_hat = torch.cat([(part - net.noise(part)).float() for part in torch.split(x, 4)])
        errors = (x_hat.clamp(0, 1).cpu() - wanted).square().mean((1, 2, 3)).clamp(min=1e-10)
        found[name] = float(-10 * errors.log10().mean())
    return found


def _middle(x: np.ndarray) -> np.ndarray:
    H, W = x.shape[1:]
    top, left = max(0, (H - _CROP_PX) // 2), max(0, (W - _CROP_PX) // 2)
    cut = x[:, top : top + _CROP_PX, left : left + _CROP_PX]
    missing = (_CROP_PX - cut.shape[1], _CROP_PX - cut.shape[2])
    return np.pad(cut, ((0, 0), (0, missing[0]), (0, missing[1])), mode="symmetric")


# Checkpoints ---------------------------------------------------------------------------


def _begin(asked: RestorerTraining, device: torch.device, out: Path, start: Path | None) -> _State:
    state = _State(asked, device)
    if (out / LAST).exists():
        tensors, about = read_weights(out / LAST)
        _load(_under("model.", tensors), state.net)
        _load(_under("averaged.", tensors), state.averaged)
        if size_of(about) == (asked.n_blocks, asked.fine):  # moments of what is new are not known
            state.optimizer.load_moments(_under("optimizer.", tensors))
        state.step, state.decay_from = about["step"], about["decay_from"]
        state.beside = _under("beside.", tensors)
    elif start is not None:
        tensors = read_weights(start)[0]
        plain = {name: w for name, w in tensors.items() if not name.startswith(CAMERA)}
        mine = _under(CAMERA, tensors) if asked.camera else plain
        weights = {name: w.float() for name, w in (mine or plain).items()}
        _load(weights, state.net)
        _load(weights, state.averaged)
        state.beside = plain if asked.camera else {}
        state.is_estimator_ready = bool(mine) and asked.camera
    return state


def _load(weights: dict[str, Tensor], into: PhotoUNet | CameraNet) -> None:
    if isinstance(into, PhotoUNet):
        load_expanded(weights, into)
    elif any(name.startswith("estimator.") for name in weights):
        into.load_state_dict(weights)
    else:  # of a network that is not told
        load_expanded(weights, into.restorer)


def _keep(out: Path, state: _State) -> None:
    """Write the checkpoint, and the weights that ship."""
    _save(out / LAST, state)
    prefix = CAMERA if isinstance(state.averaged, CameraNet) else ""
    halves = {prefix + name: w.half() for name, w in state.averaged.state_dict().items()}
    halves |= {name: w.half() for name, w in state.beside.items()}
    write_whole(out / WEIGHTS, weights_bytes(halves, state.averaged, step=state.step))


def _save(path: Path, state: _State) -> None:
    tensors = {f"model.{name}": w for name, w in state.net.state_dict().items()}
    tensors |= {f"averaged.{name}": w for name, w in state.averaged.state_dict().items()}
    tensors |= {f"optimizer.{name}": w for name, w in state.optimizer.moments().items()}
    tensors |= {f"beside.{name}": w for name, w in state.beside.items()}
    about = {"step": state.step, "decay_from": state.decay_from}
    write_whole(path, weights_bytes(tensors, state.net, **about))


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): w for n, w in tensors.items() if n.startswith(prefix)}
