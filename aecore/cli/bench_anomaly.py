"""`aecore bench anomaly`: what does not belong, whole or in parts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aecore.cli.terminal import as_json
from aecore.errors import SpecError

if TYPE_CHECKING:
    from aecore.bench.report import Figure


@click.command()
@click.option("--digits", default="", help="Digits that are normal by turns: 0,8; empty: all ten.")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True)
@click.option(
    "--part",
    "parts",
    multiple=True,
    help="one-in, one-out, fashion, faces, colour or speed; repeatable; without it all.",
)
@click.option("--quick", is_flag=True, help="Digits 0 and 8, one seed.")
@click.option("--fresh", is_flag=True, help="Repeat trainings that are kept.")
@as_json
@click.pass_context
def bench_anomaly(
    ctx: click.Context,
    /,
    digits: str,
    seeds: int,
    parts: tuple[str, ...],
    quick: bool,
    fresh: bool,
    as_json: bool,
) -> None:
    """Ruff's protocol on MNIST (all ten digits, three seeds), and what else is odd.

    Each training is kept in the store: digits may be run one by one, and the whole then only
    collects them. About a minute of a core for each digit and seed.
    """
    import tempfile

    from aecore.bench.anomaly.measure import PARTS, figures
    from aecore.bench.report import table
    from aecore.store import Store

    for part in parts:
        if part not in PARTS:
            raise SpecError(f"There is no part {part!r:.40}.", f"Choose of {', '.join(PARTS)}.")
    chosen = _digits(digits)

    def measured(root: Path | str | None) -> list[Figure]:
        rows = []
        for figure in figures(
            Store(root), quick=quick, digits=chosen, seeds=seeds, parts=parts or PARTS
        ):
            click.echo(f"{figure.name}: {figure.words}", err=True)
            rows.append(figure)
        return rows

    if fresh:
        with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder:
            rows = measured(folder)
    else:
        rows = measured(ctx.obj)
    click.echo(json.dumps([figure.to_json() for figure in rows]) if as_json else table(rows))
    if not all(figure.passed for figure in rows):
        raise click.exceptions.Exit(3)


def _digits(text: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",")] if text else []
    if not all(len(word) == 1 and word.isascii() and word.isdigit() for word in words):
        raise SpecError(f"{text!r:.40} are no digits.", "Give them with commas between: 0,8.")
    return tuple(dict.fromkeys(int(word) for word in words))
