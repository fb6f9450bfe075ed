"""The device that is computed on: chosen, and its memory given back."""

from __future__ import annotations

import torch

_ASKED_OF_OLDER_TORCH = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")


def pick_device() -> torch.device:
    """The GPU where there is one, else the CPU."""
    return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")


def give_back() -> None:
    """Give back the memory of a GPU that is kept for later; nothing where none was used."""
    torch.cuda.empty_cache()


def fast_on_cpu() -> bool:
    """Whether this machine's processor multiplies bfloat16 itself; else float32 is far faster.

    Where torch does not tell, it is taken not to: float32 is right everywhere.
    """
    if hasattr(torch.cpu, "get_capabilities"):
        found = torch.cpu.get_capabilities()
        return bool(found.get("avx512_bf16") or found.get("amx_tile"))
    asked = (getattr(torch.cpu, name, None) for name in _ASKED_OF_OLDER_TORCH)
    return any(ask is not None and ask() for ask in asked)
