"""`aecore film`: how a run's codes came to lie where they lie, as a GIF or a page."""

from __future__ import annotations

import json
from pathlib import Path

import click

from aecore.api.inside import training_film
from aecore.api.lab import title
from aecore.cli.terminal import as_json, store_of
from aecore.errors import SpecError

ENDINGS = (".gif", ".html")


@click.command()
@click.argument("key")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="A .gif or a .html."
)
@as_json
@click.pass_context
def film(ctx: click.Context, /, key: str, out: Path | None, as_json: bool) -> None:
    """Show the training of the run KEY: codes, reconstructions and loss, epoch by epoch.

    A GIF stays under 5 MB; a page plays and scrubs, and needs no server.
    """
    from aecore.export.film_page import film_as_gif, film_page

    if out is not None and out.suffix.lower() not in ENDINGS:
        raise SpecError(f"A film cannot be written to {out.name!r:.80}.", "Use .gif or .html.")
    store = store_of(ctx)
    result = training_film(key, store=store)
    summary = {
        "key": result.key,
        "n_keyframes": len(result),
        "n_points": result.positions.shape[1],
        "first_epoch": float(result.epochs[0]),
        "last_epoch": float(result.epochs[-1]),
        "shown": result.shown,
    }
    if out is not None:
        name = title(store, key)
        if out.suffix.lower() == ".gif":
            out.write_bytes(film_as_gif(result, name))
        else:
            out.write_text(film_page(result, name), encoding="utf-8")
        summary |= {"out": str(out), "bytes": out.stat().st_size}
    if as_json:
        click.echo(json.dumps(summary))
        return
    for what, value in summary.items():
        text = (
            f"{value:.4g}"
            if isinstance(value, float)
            else f"{value:,}"
            if what == "bytes"
            else value
        )
        click.echo(f"{what:16} {text}")
