"""What runs and what waits, of whom; and a stop from the terminal."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from aecore.cli.terminal import as_json, store_of
from aecore.jobs.queue import QueuedJob, read_queue, whose

STOP_S = 4.0
"""A worker ends within two seconds; what it has to save may take longer."""


@click.command()
@as_json
@click.pass_context
def jobs(ctx: click.Context, as_json: bool) -> None:
    """List running and waiting jobs of the app, and of other commands on this store."""
    rows = [_row(job) for job in read_queue(store_of(ctx))]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        how_far = f"{row['progress']:.0%}" if row["place"] is None else f"no. {row['place']}"
        what = ", ".join(word for word in (row["title"], row["phase"]) if word)
        whose = ", ".join(row["askers"])
        click.echo(f"{row['key']:33} {row['status']:8} {how_far:>6}  {whose:14} {what}")
    if not rows:
        click.echo("No job is running or waiting.")


@click.command()
@click.argument("key")
@click.pass_context
def stop(ctx: click.Context, key: str) -> None:
    """Stop a job, whoever started it; what is done so far is kept."""
    from aecore.jobs.ending import stop_for_all
    from aecore.jobs.view import look

    store = store_of(ctx)
    if not look(store, key).is_live:
        click.echo("It is neither running nor waiting.")
        return
    stop_for_all(store, key)
    given_up = time.monotonic() + STOP_S
    while (view := look(store, key)).is_live and time.monotonic() < given_up:
        time.sleep(0.05)
    click.echo("It is saving, and will then stop." if view.is_live else "Stopped.")


def _row(job: QueuedJob) -> dict[str, Any]:
    state = job.view.state
    is_running = job.view.status == "running"
    return {
        "key": job.key,
        "title": job.title,
        "lane": job.lane,
        "status": job.view.status,
        "askers": sorted(whose(asker) for asker in job.askers),
        "place": job.place,
        "since": job.since,
        "is_again": job.view.is_again,
        "progress": state.progress,
        "phase": state.phase if is_running else "to go on" if job.view.is_again else "",
        "eta_s": state.eta_s if is_running else None,
    }
