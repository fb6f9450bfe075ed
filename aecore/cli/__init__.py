"""The same verbs on the command line, with a progress bar and, where asked, JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from aecore.api import lab
from aecore.cli.bench_restore import BenchCommand
from aecore.cli.columns import columns
from aecore.cli.compare import compare
from aecore.cli.data import data, data_options, data_settings
from aecore.cli.denoise import denoise
from aecore.cli.detect import detect
from aecore.cli.direction import direction
from aecore.cli.exported import export, import_
from aecore.cli.features import features
from aecore.cli.film import film
from aecore.cli.jobs import jobs, stop
from aecore.cli.keep import pin, rm
from aecore.cli.map import map_
from aecore.cli.recommend import recommend
from aecore.cli.restore import restore
from aecore.cli.search import search
from aecore.cli.settings import DOTTED, listed, parsed
from aecore.cli.similar import similar
from aecore.cli.terminal import SentenceGroup, as_json, given, progress_bar, store_of
from aecore.cli.walk import walk
from aecore.errors import NotFinishedError, SpecError
from aecore.recipes import RECIPES
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec


@click.group(cls=SentenceGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--store", type=click.Path(path_type=Path, file_okay=False), help="Folder of results."
)
@click.version_option(package_name="latent-lab")
@click.pass_context
def main(ctx: click.Context, store: Path | None) -> None:
    """Train autoencoders and look inside them.

    Results are kept in a store (AECORE_STORE, default ~/.latent-lab) under the key of
    their settings: the same command opens them again.
    """
    ctx.obj = store


@main.command()
@click.option("--recipe", "recipe_name", default="vae", show_default=True, help="See --list.")
@click.option(
    "--data", "what", default="mnist-5k", show_default=True, help="Data set, folder, zip or key."
)
@click.option("--epochs", "n_epochs", type=int)
@click.option("--batch", "batch_size", type=int)
@click.option("--dims", "n_dims", type=int, help="Latent dimension.")
@click.option("--lr", type=float, help="Learning rate.")
@click.option("--seed", type=int)
@click.option("--patience", type=int, help="Early stopping: epochs without improvement.")
@data_options
@click.option(
    "--set",
    "more",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other setting, as JSON: network.widths=[256,64]",
)
@click.option("--list", "listing", is_flag=True, help="List the recipes and the settings.")
@as_json
@click.pass_context
def train(
    ctx: click.Context,
    /,
    recipe_name: str,
    what: str,
    more: tuple[str, ...],
    listing: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Train a recipe on data. Ctrl-C stops and keeps the last epoch; the same command resumes."""
    if listing:
        for known in RECIPES.values():
            click.echo(f"{known.name:16} {known.title} — {known.reference}")
        click.echo("\nSettings for --set:")
        for name, about in listed(RunSpec):
            click.echo(f"{name:26} {about}")
        return
    store = store_of(ctx)
    on_data, of_run = data_settings(settings)
    flat = {**given(of_run), **parsed(more)}
    named = {DOTTED.get(name, name): value for name, value in flat.items()}
    with progress_bar(quiet=as_json) as (watch, stop):
        spec = lab.run_spec(
            recipe_name,
            what,
            store=store,
            data_settings=on_data,
            watch=watch,
            stop=stop,
            named=named,
        )
        problem = None
        try:
            lab.finish(store, spec.key, watch=watch, stop=stop)
        except NotFinishedError as stopped:  # what there is by now is told first
            problem = NotFinishedError(stopped.message, "The same command continues from there.")
    history = lab.history(store, spec.key)
    records = [r for r in history if r["whole"]]
    last = _of_weights(history) or {"epoch": 0, "train": {}, "val": {}, "n_per_s": 0}
    n_epochs = records[-1]["epoch"] if records else 0
    found = {
        "key": spec.key,
        "status": store.artifact(spec.key).state.status,
        "title": lab.title(store, spec.key),
        "n_epochs": n_epochs,
        "weights_epoch": last["epoch"],
        "train": last["train"],
        "val": last["val"],
        "n_per_s": last["n_per_s"],
    }
    note = next((r["note"] for r in reversed(history) if r["whole"] or r.get("last")), "")
    _tell_run(found, note, as_json)
    if problem is not None:
        raise problem


def _tell_run(found: dict[str, Any], note: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found))
        return
    n_epochs, of_epoch = found["n_epochs"], found["weights_epoch"]
    of = f", weights of epoch {of_epoch}, the best" if of_epoch < n_epochs else ""
    click.secho(f"{found['title']}: {found['status']} after {n_epochs} epochs{of}", bold=True)
    for part in ("train", "val"):
        terms = "  ".join(f"{name} {value:.4g}" for name, value in found[part].items())
        click.echo(f"{part:6}{terms}")
    if note:
        click.secho(f"! {note}", fg="yellow")
    click.echo(found["key"])


def _of_weights(history: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The record of the epoch that the run's weights are of; None before the first."""
    whole = [record for record in history if record["whole"]]
    if whole and history[-1]["last"]:
        return next(record for record in whole if record["epoch"] == history[-1]["epoch"])
    return whole[-1] if whole else None


@main.command()
@as_json
@click.pass_context
def runs(ctx: click.Context, as_json: bool) -> None:
    """List the runs that are kept, the last used first."""
    from aecore.jobs.view import look

    store = store_of(ctx)
    found = [
        {
            "key": key,
            "title": lab.title(store, key),
            "status": look(store, key).status,
            "pinned": bool(store.pinned_by(key)),
        }
        for key in store.keys("run")
    ]
    if as_json:
        click.echo(json.dumps(found))
        return
    for row in found:
        pinned = "pinned" if row["pinned"] else ""
        click.echo(f"{row['key']}  {row['status']:12} {pinned:7} {row['title']}")
    if not found:
        click.echo("No runs yet: aecore train")


@main.command()
@click.argument("key")
@as_json
@click.pass_context
def show(ctx: click.Context, key: str, as_json: bool) -> None:
    """Show all that is known about a run or a data set."""
    from aecore.jobs.view import look
    from aecore.training.tuning import tuning_of

    store = store_of(ctx)
    artifact = store.artifact(key)
    view = look(store, key)
    found: dict[str, Any] = {
        "key": key,
        "title": lab.title(store, key),
        "status": view.status,
        "error": view.state.error,
        "hint": view.state.hint,
        "size_bytes": artifact.size_bytes(),
        "spec": artifact.spec.model_dump(mode="json"),
    }
    if isinstance(artifact.spec, RunSpec):
        history = lab.history(store, key)
        found["last"] = _of_weights(history)
        found["pca"] = history[-1].get("pca") if history else None
        tuning = tuning_of(artifact)
        found["computed_with"] = ", ".join(tuning.words) if tuning else None
    if isinstance(artifact.spec, DataSpec) and artifact.has("samples.json"):
        about = artifact.read_json("samples.json")
        found["n_samples"], found["shape"] = about["n_samples"], about["shape"]
    click.echo(json.dumps(found, indent=None if as_json else 2))


@main.command()
@click.argument("key")
@click.argument("pictures", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="PNG of originals over reconstructions.",
)
@as_json
@click.pass_context
def reconstruct(
    ctx: click.Context, key: str, pictures: tuple[Path, ...], out: Path | None, as_json: bool
) -> None:
    """Reconstruct test samples, or PICTURES, with a run; show its scores and PCA's."""
    import numpy as np

    from aecore.data.ingest import open_samples
    from aecore.imaging.pictures import fit_picture
    from aecore.metrics.pictures import psnr, ssim
    from aecore.runs import open_run
    from aecore.studies.evaluation import evaluation_of

    store = store_of(ctx)
    run = open_run(store, key)
    if pictures:
        if len(run.shape) != 3:
            raise SpecError(
                "This run reads rows of a table, not pictures.", "Leave the pictures out."
            )
        C, H, W = run.shape
        how = run.frame.framing
        x = np.stack([fit_picture(path.read_bytes(), (C, H, W), framing=how) for path in pictures])
        x_hat = run.reconstruct(x)
        scores = zip(psnr(x, x_hat).tolist(), ssim(x, x_hat).tolist(), strict=True)
        found: dict[str, Any] = {
            "pictures": [
                {"name": path.name, "psnr_db": db, "ssim": similar}
                for path, (db, similar) in zip(pictures, scores, strict=True)
            ]
        }
    else:
        samples = open_samples(store, run.spec.data)
        evaluation = evaluation_of(store, run, samples)
        x = np.asarray(samples.x[evaluation.rows[:16]])
        x_hat = run.reconstruct(x)
        found = {"part": "test", "n": len(evaluation.rows), **evaluation.means()}
    if out is not None:
        _write_grid(out, x, x_hat)
        found["out"] = str(out)
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, value in found.items():
        click.echo(f"{name:10} {value:.4g}" if isinstance(value, float) else f"{name:10} {value}")


@main.command()
@click.option("--port", type=int, default=8501, show_default=True)
@click.option("--classroom", is_flag=True, help="Let others on this network open it too.")
@click.option("--headless", is_flag=True, help="Do not open a browser.")
def app(port: int, classroom: bool, headless: bool) -> None:
    """Open the app in a browser."""
    from aecore.launch import EVERYWHERE, LOCAL, serve

    sys.exit(serve(port=port, address=EVERYWHERE if classroom else LOCAL, headless=headless))


@main.command(cls=BenchCommand)
@click.argument("name", required=False)
@click.option("--fresh", is_flag=True, help="Repeat trainings and measurements that are kept.")
@click.option("--quick", is_flag=True, help="Leave out what takes long.")
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    show_default=True,
    help="For speed: the device to train on.",
)
@click.option("--n", type=click.IntRange(10), help="Of inputs: how many pictures are timed.")
@as_json
@click.pass_context
def bench(
    ctx: click.Context,
    name: str | None,
    fresh: bool,
    quick: bool,
    device: str,
    n: int | None,
    as_json: bool,
) -> None:
    """Measure the figures we report, next to the reference; without NAME, list them.

    `bench restore DIR` cleans the photographs of a folder, by our restorer and by others.
    """
    from aecore.bench.report import BENCHES, Figure, measure, table

    if name is None:
        for known, about in BENCHES.items():
            click.echo(f"{known:12} {about.summary}")
        return

    def watch(found: Figure) -> None:
        click.echo(f"{found.name}: {found.words}", err=True)

    figures = measure(
        name, store_root=ctx.obj, fresh=fresh, quick=quick, device=device, n=n, watch=watch
    )
    click.echo(json.dumps([f.to_json() for f in figures]) if as_json else table(figures))
    if not all(f.passed for f in figures):
        ctx.exit(3)


main.add_command(data)
main.add_command(jobs)
main.add_command(stop)
main.add_command(export)
main.add_command(import_)
main.add_command(map_)
main.add_command(walk)
main.add_command(film)
main.add_command(denoise)
main.add_command(restore)
main.add_command(columns)
main.add_command(compare)
main.add_command(features)
main.add_command(detect)
main.add_command(search)
main.add_command(similar)
main.add_command(recommend)
main.add_command(direction)
main.add_command(rm)
main.add_command(pin)


def _write_grid(out: Path, x: Any, x_hat: Any) -> None:
    """Originals in the first row, reconstructions below."""
    import numpy as np
    from PIL import Image

    rows = [np.concatenate(list(pictures), axis=2) for pictures in (x, x_hat)]
    grid = np.concatenate(rows, axis=1).transpose(1, 2, 0)
    scale = max(1, round(64 / x.shape[2]))
    grid = np.kron(grid, np.ones((scale, scale, 1), np.uint8))
    Image.fromarray(grid.squeeze(2) if grid.shape[2] == 1 else grid).save(out)
