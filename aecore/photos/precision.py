"""Which numbers a network cleans in: chosen as a cleaning is asked for, so that its key says so."""

from __future__ import annotations

import os
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from aecore.specs.run import Precision

_FAST_PROCESSORS = {"avx512_bf16", "amx_tile"}


@cache
def fast_precision() -> Precision:
    """bf16 where a GPU or the processor of this machine multiplies it, else float32.

    Found without torch, which a page does not wait for. It decides speed alone: what is computed
    is what the spec says, on any machine.
    """
    return "bf16" if _has_gpu() or _processor_is_fast() else "float32"


def _has_gpu() -> bool:
    if os.environ.get("CUDA_VISIBLE_DEVICES", "all").strip() in ("", "-1"):
        return False
    windows = Path(os.environ.get("SYSTEMROOT", "C:/Windows"), "System32", "nvcuda.dll")
    return _torch_is_for_cuda() and (
        windows.exists() or any(Path("/dev").glob("nvidia[0-9]*")) or Path("/dev/dxg").exists()
    )


def _torch_is_for_cuda() -> bool:
    found = find_spec("torch")
    if found is None or found.origin is None:
        return False
    try:
        about = Path(found.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return False
    return re.search(r"^cuda\b.*=\s*['\"]", about, re.MULTILINE) is not None


def _processor_is_fast() -> bool:
    try:
        about = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    flags = re.search(r"^flags\s*:(.*)$", about, re.MULTILINE)
    return flags is not None and not _FAST_PROCESSORS.isdisjoint(flags[1].split())
