"""`aecore columns`: which columns of a table the code of a run needs."""

from __future__ import annotations

import json
from typing import Literal

import click

from aecore.cli.terminal import as_json, store_of


@click.command()
@click.argument("key")
@click.option(
    "--part", type=click.Choice(["test", "val", "train"]), default="test", show_default=True
)
@click.option("--repeats", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@as_json
@click.pass_context
def columns(
    ctx: click.Context,
    /,
    key: str,
    part: Literal["test", "val", "train"],
    repeats: int,
    seed: int,
    as_json: bool,
) -> None:
    """Which columns does the code of run KEY need?

    By how much errors grow where each column is shuffled, in variances, the most needed first; with
    a label also what its balanced accuracy loses, on codes and on the columns themselves.
    """
    from aecore.data.ingest import open_samples
    from aecore.runs import open_run
    from aecore.studies.feature_selection import column_importance

    store = store_of(ctx)
    run = open_run(store, key)
    samples = open_samples(store, run.spec.data)
    importance = column_importance(run, samples, part, n_repeats=repeats, seed=seed)
    rows = [
        {
            "column": importance.names[i],
            "own": float(importance.own[i]),
            "others": float(importance.others[i]),
            "spread": float(importance.spread[i]),
            "weight": None if importance.weight is None else float(importance.weight[i]),
            "label_drop": None if importance.label is None else float(importance.label.drop[i]),
            "label_drop_of_columns": (
                None if importance.label is None else float(importance.label.raw_drop[i])
            ),
        }
        for i in importance.order
    ]
    if as_json:
        label = importance.label
        accuracies = (
            {} if label is None else {"codes": label.accuracy, "columns": label.raw_accuracy}
        )
        click.echo(json.dumps({"columns": rows, "accuracy": accuracies}))
        return
    click.secho(f"{'column':24} {'own':>8} {'others':>8} {'weight':>8} {'label':>8}", bold=True)
    for row in rows:
        cells = [row["own"], row["others"], row["weight"], row["label_drop"]]
        words = [f"{'-' if cell is None else format(cell, '.3f'):>8}" for cell in cells]
        click.echo(f"{str(row['column'])[:24]:24} {' '.join(words)}")
    if importance.label_reason:
        click.echo(importance.label_reason)
