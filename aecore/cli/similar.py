"""`aecore similar`: the samples of a set that are most like a picture, and how well that goes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import click
import numpy as np

from aecore.cli.terminal import as_json, store_of
from aecore.errors import SpecError
from aecore.metrics.retrieval import Retrieval
from aecore.studies.similar import SPACES, Measure, SimilarSamples


@click.command()
@click.argument("key")
@click.argument("pictures", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option(
    "--measure", type=click.Choice(get_args(Measure)), default="euclid", show_default=True
)
@as_json
@click.pass_context
def similar(
    ctx: click.Context,
    /,
    key: str,
    pictures: tuple[Path, ...],
    k: int,
    measure: Measure,
    as_json: bool,
) -> None:
    """Which samples are most like PICTURES by the codes of run KEY, by PCA and as they are?

    Without PICTURES: precision at 10 and mean average precision of each (0 to 1, high is good), of
    64 bits of the code, and the duplicates of the set.
    """
    from aecore.data.ingest import open_samples
    from aecore.imaging.pictures import fit_picture
    from aecore.runs import open_run

    store = store_of(ctx)
    run = open_run(store, key)
    search = SimilarSamples(run, open_samples(store, run.spec.data), measure)
    if not pictures:
        _judge(search, as_json)
        return
    if len(run.shape) != 3:
        raise SpecError("This run reads rows of a table, not pictures.", "Name none.")
    C, H, W = run.shape
    x = np.stack([fit_picture(path.read_bytes(), (C, H, W)) for path in pictures])
    found = {space: search.nearest(x, k, space).rows.tolist() for space in SPACES}
    if as_json:
        click.echo(json.dumps({"pictures": [str(path) for path in pictures], "rows": found}))
        return
    for i, path in enumerate(pictures):
        click.secho(str(path), bold=True)
        for space in SPACES:
            click.echo(f"{space:8}{' '.join(_name(search, row) for row in found[space][i])}")


def _name(search: SimilarSamples, row: int) -> str:
    """Row of the set, with its class."""
    labels = search.samples.labels
    label = -1 if labels is None else int(labels[row])
    return f"{row}:{search.samples.label_names[label]}" if label >= 0 else str(row)


def _judge(search: SimilarSamples, as_json: bool) -> None:
    told: dict[str, Any] = {}
    judged: dict[str, Retrieval | None] = {str(space): search.judged(space) for space in SPACES}
    judged["64 bits"] = search.judged_bits(64)
    for name, found in judged.items():
        if found is not None:
            told[name] = {"chance": found.chance}
            for score, value in (
                ("precision_at_10", found.precision),
                ("mean_average_precision", found.average_precision),
            ):
                told[name][score] = [value.mean, value.low, value.high]
    copies = search.duplicates().tolist()
    if as_json:
        click.echo(json.dumps({"judged": told, "duplicates": copies}))
        return
    if not told:
        click.echo("These samples have no labels: no search can be judged.")
    for name, scores in told.items():
        words = [
            f"{title} {mean:.3f} ({low:.3f} to {high:.3f})"
            for title, (mean, low, high) in (
                ("precision at 10", scores["precision_at_10"]),
                ("mAP", scores["mean_average_precision"]),
            )
        ]
        click.echo(f"{name:8}  {'  '.join(words)}")
    click.echo(f"{len(copies)} pairs of duplicates" + ":" * bool(copies))
    for one, other in copies[:50]:
        click.echo(f"{_name(search, one)} {_name(search, other)}")
