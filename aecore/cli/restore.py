"""`aecore restore`: train the network that cleans photographs."""

from __future__ import annotations

import json
import signal
import time
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

import click

from aecore.cli.terminal import given
from aecore.errors import SpecError


@click.group()
def restore() -> None:
    """Clean photographs at their own size."""


@restore.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Checkpoints."
)
@click.option("--steps", "n_steps", type=click.IntRange(1), help="Stop at this step.")
@click.option(
    "--decay-steps",
    type=click.IntRange(1),
    help="Let the rate fall to zero over so many, then end.",
)
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Stop after this time.")
@click.option("--widths", help="Channels of each level, as 64,128,256.")
@click.option("--blocks", "n_blocks", type=click.IntRange(1, 8), help="Residual blocks a level.")
@click.option("--fine", type=click.IntRange(0, 256), help="Channels at full size; 0: none.")
@click.option("--patch", "patch_px", type=click.IntRange(32, 512), help="Side of a patch, px.")
@click.option("--batch", type=click.IntRange(1, 1024), help="Patches a step.")
@click.option("--lr", type=click.FloatRange(0, 1, min_open=True), help="Learning rate.")
@click.option("--seed", type=click.IntRange(0), help="Random seed of weights and patches.")
@click.option(
    "--start",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Initial weights.",
)
@click.option(
    "--camera",
    is_flag=True,
    default=None,
    help="Learn noise as cameras write it, beside the network that --start holds.",
)
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
@click.option("--threads", type=click.IntRange(1, 64), help="Threads of the processor.")
def train(
    folder: Path,
    out: Path,
    n_steps: int | None,
    minutes: float | None,
    widths: str | None,
    start: Path | None,
    device: str,
    threads: int | None,
    **settings: Any,
) -> None:
    """Train the restorer on the pictures of FOLDER, or go on where --out stands.

    Pictures that the list of forty names are never trained on; they are what the PSNR is
    taken on. Ctrl-C stops and keeps the last step; the same command goes on. One line of JSON a
    record is added to log.jsonl in --out.
    """
    import torch

    from aecore.photos.training.photographs import read_photos
    from aecore.photos.training.practice import RestorerTraining, train_restorer
    from aecore.training.allocator import keep_freed_memory

    keep_freed_memory()
    if threads:
        torch.set_num_threads(threads)
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise SpecError("No CUDA device is here.", "Leave --device out.")
    torch.backends.cudnn.benchmark = True  # every step has the same shapes
    chosen = given(settings)
    if widths:
        chosen["widths"] = _numbers(widths)
    asked = RestorerTraining(**chosen)
    photos = read_photos(folder, asked.patch_px)
    out.mkdir(parents=True, exist_ok=True)
    click.echo(f"{len(photos.train)} pictures to train on, {len(photos.held_out)} held out")
    until = time.monotonic() + 60 * minutes if minutes else float("inf")
    interrupted: list[int] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        interrupted.append(number)

    before = [(s, signal.signal(s, on_signal)) for s in (signal.SIGINT, signal.SIGTERM)]
    records = train_restorer(
        photos,
        out,
        asked,
        n_steps=n_steps,
        start=start,
        device=device,
        stop=lambda: bool(interrupted) or time.monotonic() > until,
    )
    try:
        with closing(records), (out / "log.jsonl").open("a", encoding="utf-8") as log:
            for record in records:
                log.write(json.dumps(record.to_json()) + "\n")
                log.flush()
                val = "".join(f"  {name}: {db:.2f} dB" for name, db in record.val_db.items())
                click.echo(
                    f"step {record.step}  loss {record.loss:.5f}  rate {record.lr:.2e}  "
                    f"{record.n_per_s:.1f} patches/s{val}"
                )
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as problem:
        raise SpecError(f"--widths {text!r:.60} are not numbers.", "Write 64,128,256.") from problem
