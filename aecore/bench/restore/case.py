"""One large photograph: `python -m aecore.bench.restore.case HEIGHT_PX WIDTH_PX [WEIGHTS]`.

Prints the most memory of the process in GB, seconds of cleaning, of judging the result, and of
looking for what was invented.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import numpy as np


def main() -> None:
    """Measure."""
    H, W = (int(number) for number in sys.argv[1:3])
    from aecore.artifact import Progress, run_to_end
    from aecore.photos.cleaning import clean_photo_steps
    from aecore.photos.photograph import uncertainty_of
    from aecore.photos.restorer import restorer_of

    weights = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    restorer = restorer_of(weights, device="cpu")
    rng, x = np.random.default_rng(0), np.empty((3, H, W), np.uint8)
    for top in range(0, H, 256):  # a gradient and noise, a few rows at a time
        rows = slice(top, min(top + 256, H))
        noise = rng.normal(0, 15, x[:, rows].shape)
        x[:, rows] = np.clip(np.linspace(40, 210, W) + noise, 0, 255).astype(np.uint8)
    cleaning_s, began = 0.0, time.perf_counter()
    before = began

    def watch(progress: Progress) -> None:
        nonlocal cleaning_s, before
        now = time.perf_counter()
        cleaning_s += (now - before) * (progress.phase == "cleaning")
        before = now

    cleaned = run_to_end(clean_photo_steps(x, restorer), watch)
    known = time.perf_counter()
    uncertainty_of(cleaned)
    uncertainty_s = time.perf_counter() - known
    sys.stdout.write(f"{_most_gb()} {cleaning_s} {known - began - cleaning_s} {uncertainty_s}\n")


def _most_gb() -> float:
    """Most memory that this process has held; 10^9 bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # what the system's own count says began with the parent's
        (line,) = (line for line in status.read_text().split("\n") if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e9
    unit = 1e9 if sys.platform == "darwin" else 1e6  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    main()
