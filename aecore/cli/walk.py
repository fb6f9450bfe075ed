"""Walks through the latent space of a run, written as PNG, GIF or array."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aecore.cli.terminal import as_json, progress_bar, store_of
from aecore.errors import DataError, SpecError

if TYPE_CHECKING:
    import numpy as np

    from aecore.data.samples import PartName, SampleSet
    from aecore.latent.codes import Codes
    from aecore.runs import OpenRun

_ENDINGS = (".png", ".gif", ".npy")
_N_SWEPT = 16
_N_VALUES = 11


@dataclass(frozen=True)
class _Drawn:
    """Codes, what they decode to, how many stand in a row, and what there is to tell."""

    codes: np.ndarray
    pictures: np.ndarray
    n_columns: int
    told: dict[str, Any]


@click.command()
@click.argument("key")
@click.option("--from", "start", type=int, help="Row of the sample to begin at.")
@click.option("--to", "end", type=int, help="Row of the sample to go to.")
@click.option(
    "--steps",
    "n_steps",
    type=int,
    default=16,
    show_default=True,
    help="Number of pictures, ends included.",
)
@click.option("--spherical", is_flag=True, help="Spherical path instead of a straight line.")
@click.option("--sweep", is_flag=True, help="Vary each latent dimension, around the sample --from.")
@click.option("--plane", is_flag=True, help="The whole latent plane of a two-dimensional code.")
@click.option(
    "--samples",
    "sampler",
    type=click.Choice(["prior", "gaussian", "mixture"]),
    help="Generate new samples.",
)
@click.option("--corners", metavar="A,B,C,D", help="A grid between four samples.")
@click.option("--side", "n_side", type=int, help="Pictures per side (--plane 20, --corners 8).")
@click.option("--n", "n_drawn", type=click.IntRange(1, 10_000), default=64, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A .png, a .gif, or the codes' pictures as .npy.",
)
@as_json
@click.pass_context
def walk(
    ctx: click.Context,
    /,
    key: str,
    start: int | None,
    end: int | None,
    n_steps: int,
    spherical: bool,
    sweep: bool,
    plane: bool,
    sampler: str | None,
    corners: str | None,
    n_side: int | None,
    n_drawn: int,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Walk through the latent space of the run KEY.

    From one sample to another (--from, --to), or one of --sweep, --plane, --samples,
    --corners. Without any, from the first sample of the test part to the second.
    """
    import numpy as np

    from aecore.data.ingest import open_samples
    from aecore.latent import paths
    from aecore.runs import open_run

    if sweep + plane + bool(sampler) + bool(corners) + (end is not None) > 1:
        raise SpecError("These are several kinds of walk.", "Ask for one at a time.")
    if out is not None and out.suffix.lower() not in _ENDINGS:
        raise SpecError(f"A walk cannot be written to {out.name!r:.80}.", "Use " + _told())
    store = store_of(ctx)
    run = open_run(store, key)
    samples = open_samples(store, run.spec.data)
    rows = samples.parts["test"] if len(samples.parts["test"]) > 1 else np.arange(len(samples))
    if sampler or sweep or (plane and run.spec.code.kind != "gaussian"):
        codes = _codes(ctx, run, quiet=as_json)
        drawn = (
            _sampled(run, codes, sampler, n_drawn, seed)
            if sampler
            else _plane(run, codes, n_side or 20)
            if plane
            else _swept(run, samples, codes, int(rows[0]) if start is None else start)
        )
    elif plane:
        drawn = _plane(run, None, n_side or 20)
    elif corners:
        four = run.encode(_taken(samples, _numbers(corners)))
        grid = paths.corners(four, n_side or 8)
        drawn = _grid(run, grid, {"corners": _numbers(corners)})
    else:
        ends = [int(rows[0]) if start is None else start, int(rows[1]) if end is None else end]
        x = _taken(samples, ends)
        path = paths.walk(run, x[0], x[1], n_steps, "spherical" if spherical else "linear")
        drawn = _Drawn(path.codes, path.pictures, n_steps, {"from": ends[0], "to": ends[1]})
    summary = {"key": key, "n_codes": len(drawn.codes), **drawn.told}
    if out is not None:
        _write(out, drawn)
        summary["out"] = str(out)
    if as_json:
        click.echo(json.dumps({**summary, "codes": drawn.codes.tolist()}))
        return
    for name, value in summary.items():
        shown = " ".join(f"{each:.4g}" for each in value) if isinstance(value, list) else value
        click.echo(f"{name:24}{shown}")


def _codes(ctx: click.Context, run: OpenRun, *, quiet: bool) -> Codes:
    from aecore.api import lab
    from aecore.latent.codes import codes_spec, load_codes

    store = store_of(ctx)
    with progress_bar(quiet=quiet) as (watch, stop):
        return load_codes(lab.compute(store, codes_spec(run), watch=watch, stop=stop))


def _part(codes: Codes, name: PartName) -> np.ndarray:
    """Which codes belong to a part, bool `(n,)`; all where none does."""
    import numpy as np

    from aecore.data.samples import PARTS

    is_in_part = codes.part == PARTS.index(name)
    return is_in_part if is_in_part.any() else np.ones(len(codes), bool)


def _sampled(run: OpenRun, codes: Codes, name: str, n: int, seed: int) -> _Drawn:
    from aecore.latent.samplers import Mixture, OneGaussian, Prior, Sampler

    z = codes.z[_part(codes, "train")]
    sampler: Sampler = (
        Prior(run.n_dims)
        if name == "prior"
        else OneGaussian(z)
        if name == "gaussian"
        else Mixture(z)
    )
    drawn = sampler.sample(n, seed)
    summary = {"samples": name, "seed": seed, "log_likelihood_nats": sampler.log_likelihood(z)}
    return _Drawn(drawn, run.decode(drawn), max(1, round(n**0.5)), summary)


def _swept(run: OpenRun, samples: SampleSet, codes: Codes, row: int) -> _Drawn:
    import numpy as np

    from aecore.latent.sweeps import N_HELD, ablate, dimension_information, sweep, sweep_values

    learnt, held_out = _part(codes, "train"), _part(codes, "test")
    information = dimension_information(
        codes.z[learnt], None if codes.logvar is None else codes.logvar[learnt]
    )
    dims = information.order[:_N_SWEPT]
    z = run.encode(_taken(samples, [row]))[0]
    is_gaussian = codes.logvar is not None
    lines = [
        sweep(
            z,
            int(dim),
            sweep_values(float(z[dim]), _N_VALUES, None if is_gaussian else codes.z[:, dim]),
        )
        for dim in dims
    ]
    some = np.random.default_rng(0).permutation(np.flatnonzero(held_out))[:N_HELD]
    x = np.asarray(samples.x[codes.rows[some]])
    held = ablate(run.decode, x, codes.z[some], codes.z[learnt].mean(0), dims)
    summary = {
        "around": row,
        "dims": dims.tolist(),
        information.unit: information.amount[dims].tolist(),
        "error_increase_percent": held.increase_percent.tolist(),
    }
    return _grid(run, np.stack(lines), summary)


def _plane(run: OpenRun, codes: Codes | None, n_side: int) -> _Drawn:
    from aecore.latent.paths import manifold

    if run.n_dims != 2:
        raise SpecError(
            f"This code has {run.n_dims} dimensions; a plane needs two.",
            "Train one: aecore train --recipe vae --dims 2",
        )
    return _grid(
        run, manifold(n_side, None if codes is None else codes.z[_part(codes, "train")]), {}
    )


def _grid(run: OpenRun, codes: np.ndarray, summary: dict[str, Any]) -> _Drawn:
    """Of codes `(rows, columns, D)`."""
    flat = codes.reshape(-1, codes.shape[-1])
    return _Drawn(flat, run.decode(flat), codes.shape[1], summary)


def _taken(samples: SampleSet, rows: list[int]) -> np.ndarray:
    import numpy as np

    for row in rows:
        if not 0 <= row < len(samples):
            raise DataError(f"There is no row {row}.", f"Rows go from 0 to {len(samples) - 1}.")
    return np.asarray(samples.x[rows])


def _numbers(text: str) -> list[int]:
    try:
        return [int(number) for number in text.split(",")]
    except ValueError as problem:
        raise SpecError(f"{text!r:.60} are not rows.", "Write them as 3,14,15,92.") from problem


def _told() -> str:
    return ", ".join(_ENDINGS) + "."


def _write(out: Path, drawn: _Drawn) -> None:
    import numpy as np

    from aecore.figures.exports import gif, grid_png

    kind = out.suffix.lower()
    if kind != ".npy" and drawn.pictures.ndim != 4:
        raise DataError("These samples are rows, not pictures.", "Write them as .npy.")
    if kind == ".npy":
        np.save(out, drawn.pictures, allow_pickle=False)
    elif kind == ".gif":
        out.write_bytes(gif(drawn.pictures))
    else:
        out.write_bytes(grid_png(drawn.pictures, drawn.n_columns))
