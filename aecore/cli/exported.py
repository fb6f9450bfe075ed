"""`aecore export` and `aecore import`: a run from one store to another."""

from __future__ import annotations

from pathlib import Path

import click

from aecore.cli.terminal import store_of


@click.command("export")
@click.argument("key")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--with-pictures", is_flag=True, help="The samples it was trained on, too.")
@click.pass_context
def export(ctx: click.Context, key: str, out: Path, with_pictures: bool) -> None:
    """Write a finished run into a new folder OUT, or OUT.zip: small enough to hand on.

    `aecore import` takes it in again, here or elsewhere.
    """
    from aecore.api.run_file import write

    click.echo(write(store_of(ctx), key, out, with_pictures=with_pictures))


@click.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.pass_context
def import_(ctx: click.Context, path: Path) -> None:
    """Take in a run that `aecore export` wrote: a folder or a zip. Its key is told."""
    from aecore.api.run_file import take_in

    run = take_in(store_of(ctx), path)
    if run.was_here:
        click.secho("It was here already.", fg="yellow", err=True)
    if not run.has_data:
        click.secho(
            "Its pictures stayed behind: it reconstructs and walks, but maps and test scores need "
            "them. Export it with --with-pictures to have both.",
            fg="yellow",
            err=True,
        )
    click.echo(run.key)
