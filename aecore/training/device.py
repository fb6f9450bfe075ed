"""The device that is computed on: chosen, and its memory given back."""

from __future__ import annotations

import math

import torch

_ASKED_OF_OLDER_TORCH = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")


def pick_device() -> torch.device:
    """The GPU where there is one (NVIDIA's or Apple's), else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda:0")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def empty_gpu_cache() -> None:
    """Give back the memory of a GPU that is kept for later; nothing where none was used."""
    torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def is_out_of_memory(problem: RuntimeError) -> bool:
    """Whether a device had too little memory; of Apple's GPU torch has no error of its own."""
    return isinstance(problem, torch.OutOfMemoryError) or "MPS backend out of memory" in str(
        problem
    )


def n_free_bytes(device: torch.device) -> float:
    """Bytes that samples may still take on a device; infinite where none are copied to it."""
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return float(torch.cuda.mem_get_info(device)[0] + kept)
    if device.type == "mps":
        return float(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    return math.inf


def fast_on_cpu() -> bool:
    """Whether this machine's processor multiplies bfloat16 itself; else float32 is far faster.

    Where torch does not tell, it is taken not to: float32 is right everywhere.
    """
    if hasattr(torch.cpu, "get_capabilities"):
        found = torch.cpu.get_capabilities()
        return bool(found.get("avx512_bf16") or found.get("amx_tile"))
    asked = (getattr(torch.cpu, name, None) for name in _ASKED_OF_OLDER_TORCH)
    return any(ask is not None and ask() for ask in asked)
