"""`aecore features`: what a run's codes are worth when few samples have a label."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from aecore.api.inside import codes_as_features
from aecore.api.lab import title
from aecore.cli.terminal import as_json, given, progress_bar, store_of
from aecore.specs.studies import FeatureStudy

if TYPE_CHECKING:
    from aecore.studies.features import FeaturesResult

NAMES = {
    "run-probe": "codes, linear probe",
    "pca-probe": "PCA, linear probe",
    "pixels-probe": "as they are, linear probe",
    "run-knn": "codes, nearest neighbours",
    "pca-knn": "PCA, nearest neighbours",
    "pixels-knn": "as they are, nearest neighbours",
    "tuned": "fine-tuned",
    "scratch": "from scratch",
    "alone": "labelled samples only",
    "augmented": "with generated samples",
    "run": "codes",
    "pca": "PCA",
    "pixels": "as they are",
}


@click.command()
@click.argument("key")
@click.option(
    "--study",
    type=click.Choice(get_args(FeatureStudy)),
    default="codes",
    show_default=True,
    help="codes: classified and clustered; tuned: the encoder fine-tuned; new: data "
    "augmentation with generated samples.",
)
@click.option("--part", type=click.Choice(["test", "val"]), help="Default: test.")
@click.option("--labels", "n_labels", type=int, multiple=True, help="Number of labels; repeatable.")
@click.option("--draws", "n_draws", type=int, help="Draws of labels for each number.")
@click.option("--seed", type=int, help="Random seed of the labels.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV with every draw.",
)
@as_json
@click.pass_context
def features(
    ctx: click.Context,
    /,
    key: str,
    study: FeatureStudy,
    n_labels: tuple[int, ...],
    out: Path | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """How accurately do the codes of the run KEY predict classes with few labels?

    Compared with PCA and the samples themselves; every number is a mean over draws of labels,
    which are the same for all.
    """
    from aecore.studies.features import records

    store = store_of(ctx)
    asked = given({**settings, "n_labels": n_labels or None})
    with progress_bar(quiet=as_json) as (watch, stop):
        result = codes_as_features(key, study, store=store, watch=watch, stop=stop, **asked)
    if out is not None:
        lines = records(result)
        with out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)
    if as_json:
        click.echo(json.dumps(_told(result, key)))
        return
    click.secho(f"{title(store, key)}: {len(result.rows):,} {result.spec.part} samples", bold=True)
    _print(result)
    if out is not None:
        click.echo(out)


def _told(result: FeaturesResult, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "study": result.spec.study,
        "part": result.spec.part,
        "n": len(result.rows),
        "n_labels": list(result.n_labels),
        "n_draws": result.spec.n_draws,
        "accuracy": {name: curve.accuracy.tolist() for name, curve in result.curves.items()},
        "clusters": {
            name: {"nmi": agreed.nmi, "ari": agreed.ari}
            for name, agreed in result.agreement.items()
        },
    }


def _print(result: FeaturesResult) -> None:
    """A line a method, a column a number of labels."""
    click.echo("Accuracy, % (higher is better), by number of labels:")
    width = max(len(NAMES[name]) for name in result.curves)
    click.echo(" " * width + "".join(f"{n:>8,}" for n in result.n_labels))
    for name, curve in result.curves.items():
        values = "".join(f"{100 * value:8.1f}" for value in curve.mean)
        click.echo(f"{NAMES[name]:{width}}{values}")
    for name, agreed in result.agreement.items():
        click.echo(
            f"k-means of {NAMES[name]}: NMI {agreed.nmi:.3f}, ARI {agreed.ari:.3f} (1: the "
            "clusters are the classes; higher is better)"
        )
