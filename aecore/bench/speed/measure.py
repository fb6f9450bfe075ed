"""How fast training is, beside other people's loops over the same network, in turns."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from aecore.api import lab
from aecore.bench.report import Figure
from aecore.bench.speed.turns import Contender, in_turns, ours, peer, ratio
from aecore.store import Store

_N_PICTURES = {"dense": 12_800, "conv28": 2_560, "conv64": 640, "pythae": 640}
_N_ROUNDS = {"dense": 9, "conv28": 7, "conv64": 7, "pythae": 5}
_TITLES = {
    "dense": "dense AE 784-128-64-32, batch 128",
    "conv28": "conv VAE 28×28, 32-64 channels, batch 128",
    "conv64": "conv VAE 64×64 colour, 32-64 channels, batch 128",
    "pythae": "pythae's conv VAE for MNIST, batch 128",
}
PUBLISHING = 0.03
"""Share of the time of training that records, views and checkpoints may take."""


def figures(store: Store, *, quick: bool = False, device: str = "cpu") -> Iterator[Figure]:
    """Ours beside each peer, then what publishing costs and how soon the first record is there.

    Content does not change how long a step takes, so the pictures are those that ship,
    as often as they are needed; the ones of 64 pixels are drawn at random.

    Parameters
    ----------
    quick
        Leave out what takes over a minute of two cores: pythae, and 64 pixels.
    device
        "cpu" or "cuda".
    """
    from aecore.bench.speed import alone

    with (
        tempfile.TemporaryDirectory(prefix="aecore-bench-") as name,
        tempfile.TemporaryFile() as log,
    ):
        folder = Path(name)
        pictures = _pictures(store, folder)
        yield from dense(device, pictures, log)
        yield from conv("conv28", device, pictures, log)
        if not quick:
            yield from conv("conv64", device, pictures, log)
            yield from of_pythae(device, pictures, log)
        yield from alone.figures(device, quick=quick)


def dense(device: str, pictures: dict[str, Path], log: IO[bytes]) -> Iterator[Figure]:
    """A first lesson's network: there a step is short, and everything around it counts."""
    found = _race("dense", device, pictures, log, ("tutorial", "tensor loop", "lightning"))
    slower = ratio(found["tutorial"], found["ours"])
    yield Figure(
        f"{_TITLES['dense']}: the tutorial's time over ours",
        slower.median,
        "×",
        50.0 if device == "cuda" else 3.0,
        "high",
        slower.words("tutorial", "ours"),
    )
    yield _over_the_loop("dense", found, 1.10)
    yield from _lightning("dense", found)
    yield _publishing("dense", found["ours"])


def conv(case: str, device: str, pictures: dict[str, Path], log: IO[bytes]) -> Iterator[Figure]:
    """Convolutions, where the step itself is nearly all."""
    peers = ("tutorial", "tensor loop", "lightning") if case == "conv28" else ("tensor loop",)
    found = _race(case, device, pictures, log, peers, bf16=True)
    yield _over_the_loop(case, found, 1.0)
    if "tutorial" in found:
        slower = ratio(found["tutorial"], found["ours"])
        words = slower.words("tutorial", "ours")
        yield Figure(
            f"{_TITLES[case]}: the tutorial's time over ours", slower.median, "×", reference=words
        )
    if "lightning" in peers:
        yield from _lightning(case, found)
    gain = ratio(found["ours"], found["bf16"])
    yield Figure(
        f"{_TITLES[case]}: ours in float32 over ours in bf16",
        gain.median,
        "×",
        reference=gain.words("float32", "bf16"),
    )
    yield _publishing(case, found["ours"])


def of_pythae(device: str, pictures: dict[str, Path], log: IO[bytes]) -> Iterator[Figure]:
    """pythae's own networks, trained by its trainer and by us."""
    if not _is_here("pythae"):
        yield _left_out(f"{_TITLES['pythae']}: its time over ours", "pythae")
        return
    found = _race("pythae", device, pictures, log, ("pythae",), bf16=True)
    for name, target in (("ours", 1.3), ("bf16", 1.8)):
        slower = ratio(found["pythae"], found[name])
        words = "ours in bf16" if name == "bf16" else "ours"
        yield Figure(
            f"{_TITLES['pythae']}: its time over {words}",
            slower.median,
            "×",
            target,
            "high",
            slower.words("pythae", words),
        )


def _race(
    case: str,
    device: str,
    pictures: dict[str, Path],
    log: IO[bytes],
    peers: tuple[str, ...],
    *,
    bf16: bool = False,
) -> dict[str, Contender]:
    commands = {"ours": ours(case, device, pictures[case])}
    for name in peers:
        if name != "lightning" or _is_here("lightning") or _is_here("pytorch_lightning"):
            commands[name] = peer(name, case, device, pictures[case])
    if bf16:
        commands["bf16"] = ours(case, device, pictures[case], "bf16")
    return in_turns(commands, _N_ROUNDS[case], log)


def _over_the_loop(case: str, found: dict[str, Contender], target: float) -> Figure:
    slower = ratio(found["ours"], found["tensor loop"])
    return Figure(
        f"{_TITLES[case]}: our time over the tensor loop's",
        slower.median,
        "×",
        target,
        reference=slower.words("ours", "loop"),
    )


def _lightning(case: str, found: dict[str, Contender]) -> Iterator[Figure]:
    name = f"{_TITLES[case]}: Lightning's time over ours"
    if "lightning" not in found:
        yield _left_out(name, "lightning")
        return
    slower = ratio(found["lightning"], found["ours"])
    yield Figure(name, slower.median, "×", reference=slower.words("Lightning", "ours"))


def _publishing(case: str, mine: Contender) -> Figure:
    spent, whole = sum(epoch[1] for epoch in mine.epochs), sum(epoch[0] for epoch in mine.epochs)
    return Figure(
        f"{_TITLES[case]}: share of training spent on records, views and checkpoints",
        100 * spent / whole,
        "%",
        100 * PUBLISHING,
        reference=f"{spent:.3g} of {whole:.3g} s",
    )


def _left_out(name: str, package: str) -> Figure:
    words = f"{package} is not installed: pip install 'latent-lab[bench]'"
    return Figure(name, None, "×", reference=words)


def _is_here(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _pictures(store: Store, folder: Path) -> dict[str, Path]:
    """Files of pictures for each case, uint8 `(n, C, H, W)`."""
    digits = np.asarray(lab.load("mnist-5k", store=store).x)
    random = np.random.default_rng(0)
    found = {}
    for case, n in _N_PICTURES.items():
        if case == "conv64":
            x = random.integers(0, 256, (n, 3, 64, 64), dtype=np.uint8)
        else:
            x = digits[np.arange(n) % len(digits)]
        found[case] = folder / f"{case}.npy"
        np.save(found[case], x)
    return found
