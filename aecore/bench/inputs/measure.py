"""The figures of `aecore bench inputs`: files as people have them, and how long many take."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image

from aecore.bench.inputs.cases import Case, cases
from aecore.bench.inputs.others import other_cases
from aecore.bench.report import Figure
from aecore.store import Store

N_PICTURES = 10_000
SIDE_PX = 64
_OURS = """
import json, resource, sys, time
import aecore
import aecore.data.ingest, aecore.jobs.perform, aecore.api.lab
began = time.process_time()
samples = aecore.load(sys.argv[1], store=aecore.Store(sys.argv[2]), size_px=int(sys.argv[3]))
took = time.process_time() - began
"""
_THEIRS = """
import json, resource, sys, time
import numpy as np
from torchvision.datasets import ImageFolder
from torchvision.transforms import CenterCrop, Compose, Resize
began = time.process_time()
side = int(sys.argv[3])
folder = ImageFolder(sys.argv[1], Compose([Resize(side), CenterCrop(side), np.asarray]))
samples = np.stack([folder[i][0] for i in range(len(folder))])
took = time.process_time() - began
"""
_TOLD = """
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"s": took, "mb": peak / 1024, "n": len(samples)}))
"""


def figures(store: Store, *, quick: bool = False, n: int | None = None) -> Iterator[Figure]:
    """Files right, told and wrong, by family; then time and memory of many.

    Parameters
    ----------
    store
        Not used: each file has one of its own.
    quick
        The files alone.
    n
        So many pictures are timed; None: 10,000.
    """
    wrong: list[str] = []
    counts: dict[str, Counter[str]] = {}
    for case in chain(cases(), other_cases()):
        verdict = _judged(case)
        counts.setdefault(case.family, Counter())[verdict] += 1
        if verdict == "wrong":
            wrong.append(f"{case.family}: {case.name}")
    for family, found in counts.items():
        words = f"{found['right']} right, {found['told']} told, of {found.total()}"
        yield Figure(f"{family}: wrong", found["wrong"], "files", 0, "low", words)
    total = sum(found.total() for found in counts.values())
    named = "; ".join(wrong[:10])
    yield Figure("all files: wrong", len(wrong), "files", 0, "low", named or f"of {total}")
    if not quick:
        yield from _timed(n or N_PICTURES)


def _judged(case: Case) -> str:
    with tempfile.TemporaryDirectory(prefix="aecore-") as folder:
        try:
            return case.judge(Store(folder))
        except Exception:  # noqa: BLE001 - a defect is what is counted here
            return "wrong"


def _timed(n: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="aecore-") as temporary:
        root = Path(temporary)
        _write_pictures(root / "pictures", n)
        # in turn, and the quicker of two: other work on the machine slows both
        both = [(_measured(_OURS, root, f"store-{i}"), _measured(_THEIRS, root)) for i in range(2)]
        ours, theirs = (
            min(times, key=lambda found: found["s"]) for times in zip(*both, strict=True)
        )
    what = f"{n:,} JPEGs of 320 × 240 to {SIDE_PX} px"
    reference = f"torchvision's ImageFolder: {theirs['s']:.1f} s, {theirs['mb']:.0f} MB"
    yield Figure(
        f"{what}, beside ImageFolder",
        ours["s"] / theirs["s"],
        "times its time",
        1.0,
        "low",
        reference,
    )
    what_else = "seconds of one processor, one process, with hashes, health and parts"
    yield Figure(f"{what}: time", ours["s"], "s", None, "low", what_else)
    yield Figure(f"{what}: most memory", ours["mb"], "MB", None, "low", reference)


def _write_pictures(folder: Path, n: int) -> None:
    """Smooth noise in colour, in ten classes."""
    random = np.random.default_rng(0)
    for i in range(n):
        at = folder / f"class-{i % 10}"
        if i < 10:
            at.mkdir(parents=True)
        small = Image.fromarray(random.integers(0, 255, (15, 20, 3), np.uint8))
        small.resize((320, 240), Image.Resampling.BICUBIC).save(at / f"{i:06d}.jpg", quality=85)


def _measured(script: str, root: Path, store: str = "") -> dict[str, float]:
    arguments = [str(root / "pictures"), str(root / store), str(SIDE_PX)]
    line = subprocess.run(
        [sys.executable, "-c", script + _TOLD, *arguments],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found: dict[str, float] = json.loads(line)
    return found
