"""`aecore bench restore DIR`: figures of the photo restorer, on any folder of pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from aecore.cli.bench_anomaly import bench_anomaly
from aecore.cli.bench_own import bench_own
from aecore.cli.terminal import as_json
from aecore.errors import SpecError


class _ManySigmas(click.Command):
    """Takes `--sigma 15 25 50` for `--sigma 15 --sigma 25 --sigma 50`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        after_sigma = False
        for word in args:
            if after_sigma and _is_number(word) and spread[-1] != "--sigma":
                spread.append("--sigma")
            elif word == "--sigma":
                after_sigma = True
            elif not _is_number(word):
                after_sigma = False
            spread.append(word)
        return super().parse_args(ctx, spread)


def _is_number(word: str) -> bool:
    return word.replace(".", "", 1).isdigit()


@click.command(cls=_ManySigmas)
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "--sigma",
    "sigmas",
    multiple=True,
    type=click.FloatRange(0, 255),
    default=(15.0, 25.0, 50.0),
    show_default=True,
    help="Deviation of the noise, of 255; several may follow.",
)
@click.option("--grey", is_flag=True, help="Turn the pictures to grey first.")
@click.option("--held-out", is_flag=True, help="Only pictures that no training of ours sees.")
@click.option("--max", "n_max", type=click.IntRange(1), help="At most so many pictures.")
@click.option("--method", "methods", multiple=True, help="Only this one; may be given again.")
@click.option(
    "--weights",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Of the restorer, in place of those that ship.",
)
@click.option(
    "--repairs", is_flag=True, help="Holes, enlarging and JPEG instead, beside plain baselines."
)
@click.option("--cost", is_flag=True, help="Time, memory, and what clean pictures lose, instead.")
@click.option(
    "--truth", is_flag=True, help="Whether what is said of noise and result is true, instead."
)
@click.option(
    "--pairs",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Photographs *_real.* beside clean ones *_mean.* of this folder, instead of FOLDER.",
)
@click.option(
    "--crop",
    "crop_px",
    type=click.IntRange(64, 4096),
    help="With --pairs or --kinds: only squares of so many pixels from the middle of each.",
)
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --pairs: write before, after and clean of up to ten of them as a page to look at.",
)
@click.option(
    "--kinds",
    is_flag=True,
    help="Six kinds of noise as cameras write it, put on the pictures, instead.",
)
@click.option("--seed", default=0, show_default=True, help="Decides the noise.")
@as_json
def bench_restore(
    folder: Path | None,
    sigmas: tuple[float, ...],
    methods: tuple[str, ...],
    seed: int,
    weights: Path | None,
    repairs: bool,
    cost: bool,
    truth: bool,
    pairs: Path | None,
    crop_px: int | None,
    page: Path | None,
    kinds: bool,
    as_json: bool,
    **which: Any,
) -> None:
    """Clean the pictures of FOLDER, by each method: PSNR, SSIM, time."""
    from aecore.bench import report
    from aecore.bench.restore import cost as restore_cost
    from aecore.bench.restore import kinds as restore_kinds
    from aecore.bench.restore import repairs as restore_repairs
    from aecore.bench.restore import truth as restore_truth
    from aecore.bench.restore.measure import NOTE, here, pictures_of, rows, table

    def watch(text: str) -> None:
        click.echo(text, err=True)

    if pairs is not None:
        if page is not None:
            _write_page(pairs, which["n_max"], weights, page, watch)
            return
        _bench_pairs(pairs, which["n_max"], crop_px, methods, weights, watch, as_json)
        return
    if folder is None:
        raise click.UsageError("Name a FOLDER of pictures, or --pairs DIR.")
    names = [] if kinds else here(methods)
    pictures = pictures_of(folder, **which)

    if repairs or cost or truth or kinds:
        figures: list[report.Figure] = []
        if kinds:
            figures += restore_kinds.figures(
                pictures, methods, crop_px=crop_px, weights=weights, seed=seed, watch=watch
            )
        if repairs:
            figures += restore_repairs.figures(pictures, weights=weights, seed=seed, watch=watch)
        if cost:
            figures += restore_cost.figures(pictures, weights=weights, watch=watch)
        if truth:
            figures += restore_truth.figures(pictures, weights=weights, seed=seed, watch=watch)
        summary = [figure.to_json() for figure in figures]
        click.echo(json.dumps({"figures": summary}) if as_json else report.table(figures))
        if not all(figure.passed for figure in figures):
            raise click.exceptions.Exit(3)
        return
    measured = list(rows(pictures, sigmas, names, seed=seed, weights=weights, watch=watch))
    if as_json:
        click.echo(json.dumps({"note": NOTE, "rows": [row.to_json() for row in measured]}))
        return
    click.echo(table(measured))


def _bench_pairs(
    folder: Path,
    n_max: int | None,
    crop_px: int | None,
    methods: tuple[str, ...],
    weights: Path | None,
    watch: Callable[[str], None],
    as_json: bool,
) -> None:
    from aecore.bench import report
    from aecore.bench.restore import pairs as restore_pairs

    pairs = restore_pairs.pairs_of(folder, n_max, crop_px)
    scores = restore_pairs.measured(pairs, methods, weights=weights, watch=watch)
    figures = list(restore_pairs.figures(scores))
    if as_json:
        pictures = [figure.to_json() for figure in restore_pairs.picture_rows(scores)]
        summary = [figure.to_json() for figure in figures]
        click.echo(json.dumps({"figures": summary, "pictures": pictures}))
    else:
        click.echo(report.table(figures))
    if not all(figure.passed for figure in figures):
        raise click.exceptions.Exit(3)


def _write_page(
    folder: Path, n_max: int | None, weights: Path | None, page: Path, watch: Callable[[str], None]
) -> None:
    from aecore.bench.restore.pairs import pairs_of
    from aecore.bench.restore.pairs_page import page_of

    pairs = pairs_of(folder, min(10, n_max or 10))
    page.write_text(page_of(pairs, weights=weights, watch=watch), encoding="utf-8")
    click.echo(f"{len(pairs)} photographs, before and after: {page}")


class BenchCommand(click.Command):
    """Hands `restore`, `own` and `anomaly` to commands of their own; all need a checkout."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        if find_spec("aecore.bench") is None:
            raise SpecError(
                "What measures is no part of the installed package.",
                "Run it in a checkout of the project, after `make install`.",
            )
        if args[:1] == ["restore"]:
            return bench_restore.make_context(f"{info_name} restore", args[1:], parent, **extra)
        if args[:1] == ["own"]:
            return bench_own.make_context(f"{info_name} own", args[1:], parent, **extra)
        if args[:1] == ["anomaly"]:
            return bench_anomaly.make_context(f"{info_name} anomaly", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)
