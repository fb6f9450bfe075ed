"""`aecore rm` and `aecore pin`: what is kept, and what is not kept any longer."""

from __future__ import annotations

import json

import click

from aecore.cli.terminal import as_json, store_of
from aecore.jobs.removal import Removal, removal_of, remove


@click.command("rm")
@click.argument("key")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@as_json
@click.pass_context
def rm(ctx: click.Context, key: str, yes: bool, as_json: bool) -> None:
    """Remove a run, a data set, a photograph or another result, and everything computed from it.

    Files that were uploaded for a data set go with it.
    """
    store = store_of(ctx)
    removal = removal_of(store, key)
    if not yes:
        click.echo(f"This will be removed permanently: {words(removal)}.", err=True)
        click.confirm("Remove it?", abort=True, err=True)
    remove(store, removal)
    summary = {
        "removed": list(removal.keys),
        "uploads": list(removal.uploads),
        "bytes": removal.n_bytes,
    }
    click.echo(json.dumps(summary) if as_json else f"Removed: {words(removal)}.")


def words(removal: Removal) -> str:
    """What goes, in one line."""
    parts = [removal.key]
    if removal.n_runs:
        parts.append(_counted(removal.n_runs, "run", "runs"))
    if removal.n_results:
        parts.append(_counted(removal.n_results, "other result", "other results"))
    if removal.uploads:
        parts.append("the uploaded files")
    line = f"{', '.join(parts)} ({removal.n_bytes / 1e6:,.1f} MB)"
    if removal.n_lists:
        line += f"; on the list of {_counted(removal.n_lists, 'session', 'sessions')} of the app"
    return line


def _counted(n: int, one: str, many: str) -> str:
    return f"1 {one}" if n == 1 else f"{n:,} {many}"


@click.command("pin")
@click.argument("key")
@click.option("--off", is_flag=True, help="Unpin it.")
@click.pass_context
def pin(ctx: click.Context, key: str, off: bool) -> None:
    """Keep a result, and what it is computed from, whatever the quota says."""
    from aecore.jobs import pins

    store = store_of(ctx)
    if off:
        pins.unpin(store, key)
        others = store.pinned_by(key)
        click.echo(f"{key} is still pinned by others." if others else f"{key} is not pinned.")
    else:
        pins.pin(store, key)
        click.echo(f"{key} is pinned.")
