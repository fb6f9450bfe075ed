"""`aecore denoise` on folders as people have them: one odd file stops no other, and is told."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from aecore.cli import main
from aecore.cli import photos as command


def a_photo(kind: str, seed: int = 0) -> bytes:
    x = np.random.default_rng(seed).integers(0, 60, (24, 32, 3), np.uint8) + 90
    file = io.BytesIO()
    Image.fromarray(x.astype(np.uint8)).save(file, kind)
    return file.getvalue()


def denoised(*arguments: str) -> dict[str, list[dict[str, object]]]:
    asked = ["denoise", *arguments, "--method", "tv", "--strength", "0.5", "--json"]
    found = CliRunner().invoke(main, asked)
    told: dict[str, list[dict[str, object]]] = json.loads(found.stdout)
    return told


def test_each_file_is_written_or_told_by_name(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(a_photo("JPEG", 1))
    (folder / "a.avif").write_bytes(a_photo("AVIF", 2))
    (folder / "b.bmp").write_bytes(a_photo("BMP", 3))
    (folder / "c.nef").write_bytes(b"IIRO\x08\0\0\0" + bytes(100))
    (folder / "d.png").write_bytes(a_photo("PNG", 4))
    told = denoised(str(folder), "-o", str(out))
    assert sorted(path.name for path in out.iterdir()) == [
        "a-avif.jpg",
        "a.jpg",
        "b-bmp.png",
        "d.png",
    ]
    (problem,) = told["problems"]
    assert "c.nef" in str(problem["in"])
    assert "raw file (Olympus)" in str(problem["problem"])


def test_a_defect_of_one_file_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        (folder / name).write_bytes(a_photo("PNG", ord(name[0])))
    write, calls = command.write_photo, []

    def fails_first(photo: object, x: np.ndarray) -> bytes:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("broken data stream")
        return write(photo, x)  # type: ignore[arg-type]

    monkeypatch.setattr(command, "write_photo", fails_first)
    told = denoised(str(folder), "-o", str(out))
    assert [Path(str(found["in"])).name for found in told["photographs"]] == ["b.png"]
    assert "broken data stream" in str(told["problems"][0]["problem"])
