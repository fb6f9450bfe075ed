"""`aecore compare`: runs on the same pictures, and whether a difference is significant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from aecore.api.lab import compute, title
from aecore.cli.terminal import as_json, progress_bar, store_of
from aecore.errors import DataError, SpecError
from aecore.store import Store

if TYPE_CHECKING:
    from aecore.metrics.versus import Cell, Row
    from aecore.runs import OpenRun

N_MAX = 6


@click.command()
@click.argument("keys", nargs=-1, required=True)
@click.option("--reference", help="Key of the baseline run; default: the first.")
@click.option("--part", type=click.Choice(["test", "val"]), default="test", show_default=True)
@as_json
@click.pass_context
def compare(
    ctx: click.Context,
    /,
    keys: tuple[str, ...],
    reference: str | None,
    part: Any,
    as_json: bool,
) -> None:
    """Compare the scores of the runs KEYS (one to six, on the same data) and of PCA.

    A difference is significant if the 99 % bootstrap interval of the difference from the
    reference, picture by picture, excludes zero.
    """
    from aecore.metrics.versus import records, side_by_side
    from aecore.runs import open_run
    from aecore.studies.scores import load_scores, scores_spec

    keys = tuple(dict.fromkeys(keys))
    if len(keys) > N_MAX:
        raise SpecError(f"{len(keys)} runs are too many.", f"Name at most {N_MAX}.")
    if reference is not None and reference not in keys:
        raise SpecError(f"The reference {reference:.60} is not one of the runs.", "Name it too.")
    store = store_of(ctx)
    runs = [open_run(store, key) for key in keys]
    _check_same_data(store, runs)
    with progress_bar(quiet=as_json) as (watch, stop):
        scores = [
            load_scores(compute(store, scores_spec(run, part), watch=watch, stop=stop))
            for run in runs
        ]
    columns = dict(zip(keys, (result.run for result in scores), strict=True))
    for result in scores:
        columns.setdefault(f"PCA, {result.n_components}", result.pca)
    columns["pixels"] = scores[0].pixels
    names = list(columns)
    at = names.index(reference) if reference else 0
    rows = side_by_side(list(columns.values()), at)
    if as_json:
        summary = {
            "part": part,
            "n": len(scores[0].rows),
            "reference": names[at],
            "runs": [
                {
                    "key": key,
                    "title": title(store, key),
                    "posterior": result.posterior.verdict if result.posterior else None,
                    "left_out": result.left_out,
                }
                for key, result in zip(keys, scores, strict=True)
            ],
            "scores": records(rows, names),
        }
        click.echo(json.dumps(summary))
        return
    for key in keys:
        click.echo(f"{key}  {title(store, key)}{'  (reference)' if key == names[at] else ''}")
    _print(rows, names)
    for key, result in zip(keys, scores, strict=True):
        if result.posterior is not None:
            click.echo(f"{key}: {result.posterior.verdict}")


def _check_same_data(store: Store, runs: list[OpenRun]) -> None:
    first = runs[0]
    for run in runs[1:]:
        if run.spec.data != first.spec.data:
            raise DataError(
                f"{run.key} was trained on other samples ({title(store, run.spec.data)}) than "
                f"{first.key} ({title(store, first.spec.data)}).",
                "Compare runs on the same data.",
            )


def _print(rows: list[Row], names: list[str]) -> None:
    """A block for each score, a line for each column."""
    width = max(len(name) for name in names)
    for row in rows:
        click.secho(f"\n{row.about.title} ({row.about.range_text})", bold=True)
        for name, cell in zip(names, row.cells, strict=True):
            if cell.value is not None:
                click.echo(f"  {name:{width}}  {_line(row, cell)}")


def _line(row: Row, cell: Cell) -> str:
    if cell.value is None:
        return ""
    words = f"{row.about.text(cell.value):>12}"
    if cell.interval is not None:
        low, high = (
            row.about.text(end, with_unit=False) for end in (cell.interval.low, cell.interval.high)
        )
        words += f"  {low} to {high}"
    if cell.is_best:
        words += "  best"
    if cell.verdict == "significant" and cell.is_better is not None:
        return f"{words}  significantly {'better' if cell.is_better else 'worse'}"
    return f"{words}  {cell.verdict}".rstrip()
