"""What every command shares: the store, JSON, errors as sentences, a bar, and Ctrl-C."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from aecore.artifact import Progress
from aecore.errors import AecoreError
from aecore.store import Store


class SentenceGroup(click.Group):
    """Deliberate errors become a sentence and exit code 1; anything else stays loud."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AecoreError as problem:
            click.secho(problem.message, fg="red", err=True)
            if problem.hint:
                click.echo(problem.hint, err=True)
            ctx.exit(1)


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def store_of(ctx: click.Context) -> Store:
    """The store that was asked for, or the default one."""
    return Store(ctx.obj)


def given(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings that were given on the command line."""
    return {name: value for name, value in settings.items() if value is not None}


@contextmanager
def progress_bar(
    quiet: bool, stopping: str = "Stopping; the last epoch is kept."
) -> Iterator[tuple[Callable[[str, Progress], None], Callable[[], bool]]]:
    """A bar on standard error, and a stop that the first Ctrl-C asks for; `stopping` says so."""
    from tqdm import tqdm

    asked: list[int] = []

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        click.echo(f"\n{stopping}", err=True)

    bar = tqdm(
        total=1.0,
        disable=quiet or not sys.stderr.isatty(),
        bar_format="{desc} {percentage:3.0f}% |{bar}| {postfix}",
        leave=False,
    )

    def watch(key: str, progress: Progress) -> None:
        bar.set_description_str(progress.phase)
        eta = progress.eta_s
        bar.set_postfix_str(f"{eta:.0f} s left" if eta is not None else "")
        bar.n = min(1.0, progress.n_done / max(1, progress.n_total))
        bar.refresh()

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield watch, lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)
        bar.close()
