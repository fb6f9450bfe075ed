"""The device that is computed on: chosen, and its memory given back."""

from __future__ import annotations

import torch


def pick_device() -> torch.device:
    """The GPU where there is one, else the CPU."""
    return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")


def give_back() -> None:
    """Give back the memory of a GPU that is kept for later; nothing where none was used."""
    torch.cuda.empty_cache()


def fast_on_cpu() -> bool:
    """Whether this machine's processor multiplies bfloat16 itself; else float32 is far faster."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
