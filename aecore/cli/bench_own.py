"""`aecore bench own [PATH...]`: every recipe on sets such as people bring."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aecore.cli.terminal import as_json

if TYPE_CHECKING:
    from aecore.bench.report import Figure


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--recipe", "recipes", multiple=True, help="Keep to these recipes.")
@click.option("--set", "sets", multiple=True, help="Keep to these sets: faces, colour-32, ...")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--steps", is_flag=True, help="Time a step in float32 and in bfloat16 instead.")
@as_json
@click.pass_context
def bench_own(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    recipes: tuple[str, ...],
    sets: tuple[str, ...],
    seeds: int,
    steps: bool,
    as_json: bool,
) -> None:
    """Train recipes on own pictures: test error over PCA's, time, what the doctor said.

    PATH is a folder of pictures; folders named faces and bsds400, here or in the data folder,
    give the known sets.
    """
    import tempfile

    from aecore.bench.own.measure import figures
    from aecore.bench.own.steps import figures as figures_of_steps
    from aecore.bench.report import table
    from aecore.recipes import recipe
    from aecore.store import Store

    for name in recipes:
        recipe(name)

    def watch(found: Figure) -> None:
        click.echo(f"{found.name}: {found.words} ({found.reference})", err=True)

    if steps:
        found = list(figures_of_steps(recipes))
    else:
        with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder:
            known = Store(folder)
            found = list(
                figures(known, paths=paths, sets=sets, recipes=recipes, seeds=seeds, watch=watch)
            )
    click.echo(json.dumps([figure.to_json() for figure in found]) if as_json else table(found))
    if not all(figure.passed for figure in found):
        raise click.exceptions.Exit(3)
