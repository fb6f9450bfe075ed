"""`aecore similar`: the samples of a set that are most like a picture, and how well that goes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import click
import numpy as np

from aecore.cli.terminal import as_json, progress_bar, store_of
from aecore.errors import SpecError
from aecore.latent.search import Measure
from aecore.metrics.retrieval import Retrieval
from aecore.studies.similar.search import SPACES, SimilarSamples
from aecore.studies.similar.study import SimilarResult

_N_PAIRS = 50


@click.command()
@click.argument("key")
@click.argument("pictures", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option(
    "--measure", type=click.Choice(get_args(Measure)), default="euclid", show_default=True
)
@click.option("--layer", default="code", show_default=True, help="code, or layer-1, layer-2, ...")
@click.option("--bits", "n_bits", type=int, help="Search binary codes of so many bits, too.")
@click.option("--max", "n_max", type=int, help="Samples that are searched, at the most.")
@click.option(
    "--within",
    type=click.FloatRange(0, 0.1),
    default=0.02,
    show_default=True,
    help="Difference up to which two samples are duplicates, of the full range.",
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
    layer: str,
    n_bits: int | None,
    n_max: int | None,
    within: float,
    as_json: bool,
) -> None:
    """Which samples are most like PICTURES by the codes of run KEY, by PCA and as they are?

    Without PICTURES: precision at 10 and mean average precision of each (0 to 1, high is good),
    of binary codes, and the duplicates of the set.
    """
    from aecore.api.inside import similar_samples
    from aecore.imaging.pictures import fit_picture

    store = store_of(ctx)
    settings: dict[str, Any] = {"measure": measure, "layer": layer}
    settings |= {} if n_max is None else {"n_max": n_max}
    with progress_bar(quiet=as_json) as (watch, stop):
        found = similar_samples(key, store=store, watch=watch, stop=stop, **settings)
    search = found.search
    if not pictures:
        _judge(found, n_bits, within, as_json)
        return
    if len(search.run.shape) != 3:
        raise SpecError("This run reads rows of a table, not pictures.", "Name none.")
    C, H, W = search.run.shape
    how = search.run.frame.framing
    x = np.stack([fit_picture(path.read_bytes(), (C, H, W), framing=how) for path in pictures])
    rows = {str(space): search.nearest(x, k, space).rows.tolist() for space in SPACES}
    if n_bits is not None:
        rows[f"{n_bits} bits"] = search.nearest_by_bits(x, k, n_bits).rows.tolist()
    if as_json:
        told = {"pictures": [str(path) for path in pictures], "rows": rows, "recall": found.recall}
        click.echo(json.dumps(told))
        return
    for i, path in enumerate(pictures):
        click.secho(str(path), bold=True)
        for name, of in rows.items():
            click.echo(f"{name:9}{' '.join(_name(search, row) for row in of[i])}")


def _name(search: SimilarSamples, row: int) -> str:
    """Row of the set, with its class."""
    labels = search.samples.labels
    label = -1 if labels is None else int(labels[row])
    return f"{row}:{search.samples.label_names[label]}" if label >= 0 else str(row)


def _judge(found: SimilarResult, n_bits: int | None, within: float, as_json: bool) -> None:
    search = found.search
    judged: dict[str, Retrieval] = {str(space): each for space, each in found.judged.items()}
    if judged:
        judged |= {f"{n} bits": each for n, each in found.bits["itq"].items()}
        if n_bits is not None and (asked := search.judged_bits(n_bits)) is not None:
            judged[f"{n_bits} bits"] = asked
    copies = found.duplicates.within(within)
    if as_json:
        told = {name: _as_json(each) for name, each in judged.items()}
        pairs = [
            [*pair, difference]
            for pair, difference in zip(
                copies.pairs.tolist(), copies.difference.tolist(), strict=True
            )
        ]
        about = {"recall": found.recall, "n_bits_enough": found.n_bits_enough}
        click.echo(json.dumps({"judged": told, "duplicates": pairs, **about}))
        return
    if not judged:
        click.echo(f"No search can be judged: {found.why_not}")
    for name, each in judged.items():
        words = [
            f"{title} {value.mean:.3f} ({value.low:.3f} to {value.high:.3f})"
            for title, value in (
                ("precision at 10", each.precision),
                ("mAP", each.average_precision),
            )
        ]
        click.echo(f"{name:9} {'  '.join(words)}")
    if judged and found.n_bits_enough is not None:
        click.echo(f"{found.n_bits_enough} bits keep 97 % of the precision of the codes.")
    if found.recall < 1:
        click.echo(f"The index finds {100 * found.recall:.1f} % of the true ten nearest.")
    n = len(copies.pairs)
    click.echo(f"{n:,} pairs of duplicates" + ":" * bool(n))
    for (one, other), difference in zip(
        copies.pairs[:_N_PAIRS], copies.difference[:_N_PAIRS], strict=True
    ):
        click.echo(f"{_name(search, one)} {_name(search, other)}  {100 * difference:.1f} %")


def _as_json(found: Retrieval) -> dict[str, Any]:
    scores = {
        "precision_at_10": found.precision,
        "mean_average_precision": found.average_precision,
    }
    told: dict[str, Any] = {name: [s.mean, s.low, s.high] for name, s in scores.items()}
    return {"chance": found.chance, **told}
