"""The device that work runs on: its name, and getting a worker warm before it is needed."""

from __future__ import annotations

import os
import re
import socket


def has_gpu() -> bool:
    """Whether this machine computes on a GPU."""
    from aecore.training.device import pick_device

    return pick_device().type != "cpu"


def claim_name() -> str:
    """The name under which the device of this machine is claimed in a store."""
    from aecore.training.device import pick_device

    device = str(pick_device()).replace(":", "-")
    host = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower()).strip("-")
    return f"device-{host or 'here'}-{device}"[:120]


def n_threads() -> int:
    """Threads a worker computes with: `AECORE_THREADS`, else the cores, one left free from three.

    More than eight make the small steps of small models slower.
    """
    try:
        return max(1, int(os.environ["AECORE_THREADS"]))
    except (KeyError, ValueError):
        pass
    n_cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return min(8, n_cores if n_cores < 3 else n_cores - 1)


def warm_up(threads: int) -> None:
    """Import what training needs and take one small step of each sort of layer."""
    import importlib

    import torch

    from aecore.training.device import pick_device
    from aecore.training.uncompiled import Adam

    torch.set_num_threads(threads)
    importlib.import_module("aecore.training.job")
    device = pick_device()
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3, 2, 1),
        torch.nn.ReLU(),
        torch.nn.ConvTranspose2d(4, 1, 4, 2, 1),
        torch.nn.Flatten(),
        torch.nn.Linear(64, 4),
    ).to(device)
    optimizer = Adam(model.parameters())
    for _ in range(2):
        optimizer.zero_grad()
        model(torch.zeros(2, 1, 8, 8, device=device)).square().mean().backward()
        optimizer.step()


def warm_for_looks(threads: int) -> None:
    """Import what codes need, which run on the CPU whatever else there is."""
    import importlib

    import torch

    torch.set_num_threads(threads)
    importlib.import_module("aecore.runs")
    importlib.import_module("aecore.maps.latent_map")


def compile_for_looks() -> None:
    """Import, and have compiled, what maps need: seconds, once in a process."""
    from aecore.maps.warm_up import warm_up

    warm_up()
