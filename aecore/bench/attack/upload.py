"""What the bounds cost who means no harm: 2,000 ordinary pictures, and one photograph."""

from __future__ import annotations

import io
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from aecore.bench.report import Figure
from aecore.data.own import reading
from aecore.data.row_file import row_files
from aecore.data.uploads import receive
from aecore.imaging.pictures import decode
from aecore.jobs.room import JobRoom
from aecore.specs.data import DataSpec
from aecore.store import Store, run_to_end

N_PICTURES = 2000
N_TURNS = 3
SIZE_PX = 64


def figures() -> Iterator[Figure]:
    """How much longer 2,000 pictures take than without bounds; processor time, by turns."""
    packed = _a_zip(N_PICTURES)
    with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder:
        store = Store(folder)
        upload = receive(store, [("pictures.zip", packed)])
        spec = DataSpec.of(source="own", upload=upload, size_px=SIZE_PX)
        key = store.create(spec).key
        room = JobRoom(store, key)
        room.begin(())

        def as_brought_in() -> None:
            with row_files(store.artifacts / key, room.expect) as files:
                run_to_end(reading(store, spec, files), lambda step: room.look())

        plain, bounded = [], []
        for _ in range(N_TURNS):
            plain.append(_cpu_s(lambda: np.save(Path(folder) / "x.npy", _decoded(packed))))
            bounded.append(_cpu_s(as_brought_in))
    more = 100 * (median(bounded) / median(plain) - 1)
    yield Figure(
        f"{N_PICTURES:,} ordinary pictures brought in, over decoding and writing them alone",
        more,
        "%",
        10.0,
        reference=f"{median(bounded):.2f} s of processor against {median(plain):.2f} s, medians "
        f"of {N_TURNS} by turns",
    )


def _decoded(packed: bytes) -> np.ndarray:
    """The pictures of a zip in memory, as a person would who fears nothing."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = sorted(archive.namelist())
        size = (SIZE_PX, SIZE_PX)
        return np.stack([decode(archive.read(name), size_px=size).x for name in names])


def _a_zip(n: int) -> bytes:
    chance = np.random.default_rng(0)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(n):
            small = chance.integers(0, 256, (12, 16, 3), np.uint8)
            picture = io.BytesIO()
            image = Image.fromarray(small).resize((320, 240), Image.Resampling.BICUBIC)
            image.save(picture, "JPEG", quality=90)
            archive.writestr(f"{Path('abcd'[number % 4]) / str(number)}.jpg", picture.getvalue())
    return file.getvalue()


def _cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
