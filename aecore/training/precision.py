"""Which precision is offered first on this machine; read without loading torch."""

from __future__ import annotations

from functools import cache
from math import prod
from pathlib import Path

from aecore.sentence import Sentence
from aecore.specs.run import Precision, RunSpec
from aecore.specs.terms import AdversarialImageSpec

LEAST_GAIN, MOST_GAIN = 1.35, 1.76
"""Times as fast as float32 that steps in bfloat16 were, where it is offered: `aecore bench speed`
(two threads, a quiet machine) and `aecore bench own --steps` (processor time, one thread)."""
LEAST_VALUES = 3_072
"""Numbers of a picture, 32 x 32 in colour, from which on it is offered: of digits a step was 0.97
to 1.62 times as fast, which is a few seconds of a training."""
_GPU = tuple(Path("/dev") / name for name in ("nvidia0", "dxg", "kfd"))
_FLAGS = {"avx512_bf16", "amx_bf16"}


def offered_precision(spec: RunSpec, shape: tuple[int, ...]) -> tuple[Precision, str]:
    """The precision to offer first for a run here, and why in a sentence; "" for float32.

    bfloat16 where the processor multiplies it and convolutions of pictures of a certain size take
    the time. Of dense networks some are slower with it and the others gain seconds, and a linear
    one must be exact. With a critic of pictures and on a GPU it is not known: float32.

    Parameters
    ----------
    shape
        Of one sample: `(C, H, W)` or `(F,)`.
    """
    is_convolutional = spec.network.kind in ("conv", "resnet") and len(shape) == 3
    if not is_convolutional or prod(shape) < LEAST_VALUES:
        return "float32", ""
    if spec.term(AdversarialImageSpec) is not None or has_gpu() or not multiplies_bfloat16():
        return "float32", ""
    return "bf16", Sentence(
        "This processor multiplies bfloat16: steps of such convolutions were {least:g} to {most:g} "
        "times as fast as in float32, at the same error.",
        least=LEAST_GAIN,
        most=MOST_GAIN,
    )


@cache
def multiplies_bfloat16(about: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies bfloat16 itself, as Linux says; else taken not to.

    `device.fast_on_cpu` asks torch the same.
    """
    try:
        lines = about.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith("flags")), "")
    return bool(_FLAGS & set(flags.split()))


def has_gpu() -> bool:
    """Whether a training may find a GPU here, by its device file on Linux."""
    return any(path.exists() for path in _GPU)
