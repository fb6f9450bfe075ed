"""`aecore map`: the codes of a run, laid out, scored and written to a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
import numpy as np

from aecore.api.inside import latent_map, living_page
from aecore.cli.terminal import as_json, given, progress_bar, store_of
from aecore.errors import SpecError
from aecore.specs.maps import MapMethod
from aecore.store import Store

if TYPE_CHECKING:
    from aecore.data.samples import SampleSet
    from aecore.maps.latent_map import LatentMap

ENDINGS = (".csv", ".npz", ".html", ".json")


@click.command("map")
@click.argument("key")
@click.option("--method", type=click.Choice(get_args(MapMethod)), default="pca", show_default=True)
@click.option("--dims", help="Method codes: which dimensions, from 0: 3,5")
@click.option("--through", help="Method plane: rows of three samples, from 0: 3,7,12")
@click.option("--3d", "is_3d", is_flag=True, help="Three dimensions instead of two.")
@click.option(
    "--max", "n_max", type=int, default=10_000, show_default=True, help="Maximum number of samples."
)
@click.option(
    "--neighbors", "n_neighbors", type=int, help="UMAP: number of neighbours to preserve."
)
@click.option("--min-dist", type=float, help="UMAP: minimum distance between points.")
@click.option("--perplexity", type=float, help="t-SNE: effective number of neighbours.")
@click.option("--seed", type=int, help="UMAP and t-SNE: random seed.")
@click.option("--engine", type=click.Choice(["cpu", "gpu"]), help="UMAP: gpu uses TorchDR.")
@click.option(
    "--living", is_flag=True, help="html: a page that decodes under the pointer, offline."
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="csv, npz, html or json."
)
@as_json
@click.pass_context
def map_(
    ctx: click.Context,
    /,
    key: str,
    method: MapMethod,
    dims: str | None,
    through: str | None,
    is_3d: bool,
    n_max: int,
    living: bool,
    out: Path | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Map the codes of the run KEY in two or three dimensions, and score the map.

    Trustworthiness and continuity go from 0 to 1, higher is better: neighbours on the map are
    neighbours among the codes, and the other way round.
    """
    if out is not None and out.suffix not in ENDINGS:
        raise SpecError(
            f"A map cannot be written to {out.name!r}.",
            f"End its name in one of {', '.join(ENDINGS)}.",
        )
    if living and (is_3d or out is None or out.suffix != ".html"):
        raise SpecError(
            "A living map has two dimensions and is written as HTML.",
            "Leave --3d out, and add -o map.html.",
        )
    if is_3d and method == "plane":
        raise SpecError("A plane has two dimensions.", "Leave --3d out.")
    store = store_of(ctx)
    with progress_bar(quiet=as_json) as (watch, stop):
        result = latent_map(
            key,
            method,
            store=store,
            watch=watch,
            stop=stop,
            n_max=n_max,
            **given(
                {
                    **settings,
                    "n_components": 3 if is_3d else None,
                    "dims": _numbers(dims, "--dims"),
                    "through": _numbers(through, "--through"),
                }
            ),
        )
        page = living_page(result, store=store, watch=watch, stop=stop) if living else ""
    summary: dict[str, Any] = {
        "key": result.key,
        "codes": result.codes.key,
        "n": len(result),
        "axes": list(result.axes),
        "trustworthiness": result.trustworthiness,
        "continuity": result.continuity,
        "k": result.k,
        "n_scored": result.n_scored,
        "seconds": result.seconds,
        "share": result.share,
        "note": result.note,
    }
    if out is not None:
        if page:
            out.write_text(page, encoding="utf-8")
        else:
            _write(out, result, store, summary)
        summary["out"] = str(out)
    if as_json:
        click.echo(json.dumps(summary))
        return
    for name, value in summary.items():
        text = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{name:16} {text:.4g}" if isinstance(text, float) else f"{name:16} {text}")


def _numbers(words: str | None, option: str) -> tuple[int, ...] | None:
    try:
        return tuple(int(word) for word in words.split(",")) if words else None
    except ValueError as problem:
        raise SpecError(
            f"{option} {words!r:.60} is not a list of numbers.", "Write 3,5,8."
        ) from problem


def _write(out: Path, result: LatentMap, store: Store, summary: dict[str, Any]) -> None:
    """Positions with the row and label of each sample, in the format that the name ends in."""
    from aecore.data.ingest import open_samples
    from aecore.specs.run import RunSpec

    run = store.artifact(result.codes.run).spec
    if not isinstance(run, RunSpec):
        raise TypeError("codes are those of a run")
    samples = open_samples(store, run.data)
    labels = None if samples.labels is None else samples.labels[result.codes.rows]
    columns: dict[str, np.ndarray] = {
        "row": result.codes.rows,
        **{name: result.positions[:, axis] for axis, name in enumerate("xyz"[: len(result.axes)])},
        "error": result.codes.error,
        "part": result.codes.part,
    }
    if labels is not None:
        columns["label"] = labels
    if out.suffix == ".npz":
        np.savez_compressed(out, allow_pickle=False, codes=result.codes.z, **columns)
    elif out.suffix == ".json":
        values = {name: column.tolist() for name, column in columns.items()}
        out.write_text(json.dumps({**summary, "points": values}), encoding="utf-8")
    elif out.suffix == ".csv":
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        lines = [",".join(columns), *(",".join(str(value) for value in row) for row in rows)]
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        _write_page(out, result, samples, labels)


def _write_page(
    out: Path, result: LatentMap, samples: SampleSet, labels: np.ndarray | None
) -> None:
    """A page of its own with the map, which needs no server."""
    from aecore.figures.scatter import Groups, Values, map_figure

    names = [str(row) for row in result.codes.rows]
    if labels is not None:
        colour: Groups | Values = Groups(labels, tuple(samples.label_names))
        names = [
            f"{row}: {samples.label_names[label] if label >= 0 else 'no label'}"
            for row, label in zip(names, labels, strict=True)
        ]
    else:
        colour = Values(result.codes.error, "reconstruction error (MSE), lower is better")
    figure = map_figure(result.positions, axes=result.axes, colour=colour, names=names)
    figure.write_html(out, include_plotlyjs=True)
