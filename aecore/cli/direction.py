"""`aecore direction`: from one group of pictures to another, and a picture moved along it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aecore.cli.terminal import as_json, progress_bar, store_of
from aecore.errors import DataError, SpecError

if TYPE_CHECKING:
    import numpy as np

    from aecore.data.samples import SampleSet
    from aecore.latent.codes import Codes
    from aecore.latent.direction import Direction

ENDINGS = (".png", ".gif", ".npy")


@click.command()
@click.argument("key")
@click.option("--between", nargs=2, metavar="A B", help="Two classes; the direction goes to A.")
@click.option(
    "--groups",
    nargs=2,
    metavar="A.csv B.csv",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Instead: two tables with a column `row`, as the Map page writes them, or rows alone.",
)
@click.option("--picture", type=int, help="Sample to move; default: the most typical of B.")
@click.option("--steps", "n_steps", type=int, default=9, show_default=True)
@click.option(
    "--max", "n_max", type=int, default=10_000, show_default=True, help="Maximum number of samples."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The strip as .png, .gif, or pictures as .npy.",
)
@as_json
@click.pass_context
def direction(
    ctx: click.Context,
    /,
    key: str,
    between: tuple[str, str] | None,
    groups: tuple[Path, Path] | None,
    picture: int | None,
    n_steps: int,
    n_max: int,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Find the direction from group B to group A in the codes of the run KEY, and test it.

    The AUC is the share of held-out pairs, one of each group, that the direction orders correctly:
    0.5 is chance, 1 is always. With -o, a picture moved along it.
    """
    import numpy as np

    from aecore.api.inside import codes_of
    from aecore.data.ingest import open_samples
    from aecore.latent.direction import WORDS, direction_between, members
    from aecore.latent.groups import nearest
    from aecore.runs import open_run

    if (between is None) == (groups is None):
        raise SpecError(
            "A direction needs two groups.", "Add --between 3 8, or --groups A.csv B.csv."
        )
    if out is not None and out.suffix.lower() not in ENDINGS:
        raise SpecError(
            f"A strip cannot be written to {out.name!r:.80}.", f"Use {', '.join(ENDINGS)}."
        )
    store = store_of(ctx)
    run = open_run(store, key)
    samples = open_samples(store, run.spec.data)
    with progress_bar(quiet=as_json) as (watch, stop):
        codes = codes_of(run, store=store, watch=watch, stop=stop, n_max=n_max)
    places = (
        [members(samples, codes, name) for name in between]
        if between is not None
        else [_read(path, codes) for path in groups or ()]
    )
    result = direction_between(codes.z, *places, seed=seed)
    if picture is None:
        z = codes.z[places[1]]
        picture = int(codes.rows[places[1][nearest(z, z.mean(0), 1)[0]]])
    summary = {"key": key, **_told(result), "picture": picture}
    if out is not None:
        to = result.places(n_steps)
        code = run.encode(_taken(samples, picture))[0]
        _write(out, run.decode(result.moved(code, to)))
        summary |= {"places": np.round(to, 3).tolist(), "out": str(out)}
    if as_json:
        click.echo(json.dumps({**summary, "vector": result.vector.tolist()}))
        return
    click.echo(WORDS[result.strength])
    for name, value in summary.items():
        shown = " ".join(f"{each:.3g}" for each in value) if isinstance(value, list) else value
        click.echo(f"{name:20}{shown:.4g}" if isinstance(shown, float) else f"{name:20}{shown}")


def _told(result: Direction) -> dict[str, Any]:
    measured = result.told
    return {
        "strength": result.strength,
        "auc": measured.auc.mean,
        "auc_99": [measured.auc.low, measured.auc.high],
        "chance": measured.chance,
        "n": [measured.n_first, measured.n_second],
        "lie_at": [result.first, result.second],
        "range": [result.low, result.high],
    }


def _read(path: Path, codes: Codes) -> np.ndarray:
    """Places in the codes of the rows that a table names.

    Raises
    ------
    DataError
        If it names none that has a code.
    """
    import numpy as np

    lines = list(csv.reader(path.read_text(encoding="utf-8-sig", errors="replace").splitlines()))
    column = lines[0].index("row") if lines and "row" in lines[0] else 0
    cells = [line[column].strip() for line in lines if len(line) > column]
    rows = [int(cell) for cell in cells if cell.isascii() and cell.isdigit() and len(cell) < 13]
    places = np.flatnonzero(np.isin(codes.rows, rows))
    if not len(places):
        raise DataError(
            f"{path.name!r:.80} does not name a sample of this run.",
            "Write the row of one sample a line, or a table with a column `row`.",
        )
    return places


def _taken(samples: SampleSet, row: int) -> np.ndarray:
    if not 0 <= row < len(samples):
        raise DataError(f"There is no row {row}.", f"Rows go from 0 to {len(samples) - 1}.")
    picture: np.ndarray = samples.x[row : row + 1]
    return picture


def _write(out: Path, pictures: np.ndarray) -> None:
    import numpy as np

    from aecore.figures.exports import gif, strip_png

    kind = out.suffix.lower()
    if kind == ".npy":
        np.save(out, pictures, allow_pickle=False)
        return
    if pictures.ndim != 4:
        raise DataError("These samples are rows, not pictures.", "Write them as .npy.")
    out.write_bytes(gif(pictures) if kind == ".gif" else strip_png(pictures))
