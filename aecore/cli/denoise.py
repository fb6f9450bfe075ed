"""`aecore denoise`: photographs cleaned; or a run's noise on, noise off, and what was won."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
import numpy as np

from aecore.api import lab
from aecore.cli.photos import CleaningOptions, denoise_photos
from aecore.cli.terminal import as_json, given, progress_bar, store_of
from aecore.errors import SpecError
from aecore.specs.base import KEY_PATTERN
from aecore.specs.photos import RestoreMethod
from aecore.specs.run import CorruptionKind, CorruptionSpec
from aecore.store import Store

if TYPE_CHECKING:
    from aecore.denoising.levels import Levels
    from aecore.runs import OpenRun

_KINDS = [kind for kind in get_args(CorruptionKind) if kind != "none"]
_FLAGS = {"kind": "--noise", "names": "--filter", "over_levels": "--levels"}
_N_SHOWN = 16


@click.command("denoise")
@click.argument("what", nargs=-1, required=True, metavar="IN... | KEY [PICTURE]...")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="Photographs: file or folder to write. A run: PNG of noisy, cleaned, filtered and clean "
    "pictures, in rows.",
)
@click.option(
    "--strength", type=float, help="Photographs: 0 to 1; default: according to the noise."
)
@click.option(
    "--method", type=click.Choice(get_args(RestoreMethod)), help="Photographs: the method."
)
@click.option("--sigma", type=float, help="Photographs: the noise, of 255; default: estimated.")
@click.option(
    "--luma",
    type=click.FloatRange(0, 5),
    help="Photographs: so many times the noise of brightness that is estimated; default: 1.",
)
@click.option(
    "--chroma", type=click.FloatRange(0, 5), help="Photographs: the same of noise of colour."
)
@click.option(
    "--coarse",
    type=click.FloatRange(0.5, 2),
    help="Photographs: so many times as coarse as is estimated; default: 1.",
)
@click.option(
    "--uncertainty",
    "with_uncertainty",
    is_flag=True,
    help="Photographs: beside each a PNG to lay over it, NAME-uncertainty.png: coloured where the "
    "result is uncertain: more was changed than noise explains. Takes three times as "
    "long.",
)
@click.option(
    "--adjust",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="One photograph: a picture to lay over it, white where to clean more, black where less, "
    "middle grey or transparent where nothing changes.",
)
@click.option(
    "--no-place",
    "is_private",
    is_flag=True,
    help="Photographs: leave out where it was taken, with which camera and by whom; dates, "
    "exposure and colour profile stay.",
)
@click.option("--noise", "kind", type=click.Choice(_KINDS), help="A run: kind; default: its own.")
@click.option("--level", type=float, help="A run: deviation of gaussian noise; else share hit.")
@click.option("--mean", type=float, help="A run: mean of gaussian noise.")
@click.option("--seed", type=int, help="A run: random seed of the noise; default: 0.")
@click.option(
    "--filter", "names", multiple=True, help="A run: a filter to compare with; repeatable."
)
@click.option("--levels", "over_levels", is_flag=True, help="A run: at all levels of the noise.")
@as_json
@click.pass_context
def denoise(
    ctx: click.Context,
    /,
    what: tuple[str, ...],
    out: Path | None,
    strength: float | None,
    method: RestoreMethod | None,
    sigma: float | None,
    luma: float | None,
    chroma: float | None,
    coarse: float | None,
    with_uncertainty: bool,
    adjust: Path | None,
    is_private: bool,
    as_json: bool,
    **of_run: Any,
) -> None:
    """Clean photographs, or try a run that was trained to clean.

    IN are files and folders: each photograph is cleaned at its own size and written to --out in
    the format and depth it came in, with what the camera noted. A folder gives a folder.

    KEY is that of a run: noise is put on test samples, or on each PICTURE, and the run takes it
    off. Filters are gaussian, median, tv, nl_means and wavelet, each as strong as scores best on
    training pictures with the same noise.
    """
    asked = {"strength": strength, "method": method, "sigma": sigma}
    asked |= {"luma": luma, "chroma": chroma, "coarse": coarse}
    if not KEY_PATTERN.match(what[0]) or Path(what[0]).exists():
        nothing: tuple[object, ...] = (None, (), False)
        if unfit := [n for n, v in of_run.items() if not any(v is no for no in nothing)]:
            names = ", ".join(_FLAGS.get(name, f"--{name}") for name in unfit)
            raise SpecError(f"{names}: for runs, not for photographs.", "Leave it out.")
        how = CleaningOptions(
            **given(asked), adjust=adjust, with_uncertainty=with_uncertainty, is_private=is_private
        )
        if not denoise_photos(what, out, how, as_json):
            ctx.exit(1)
        return
    flags = [*(["uncertainty"] if with_uncertainty else []), *(["no-place"] if is_private else [])]
    if unfit := [*given(asked), *flags]:
        names = ", ".join(f"--{name}" for name in unfit)
        raise SpecError(f"{names}: for photographs, not for a run.", "Leave it out.")
    if out is not None and out.is_dir():
        raise SpecError(f"{out} is a folder.", "Name a PNG to write.")
    key, *rest = what
    _denoise_run(ctx, key, tuple(Path(name) for name in rest), out, as_json, **of_run)


def _denoise_run(
    ctx: click.Context,
    key: str,
    pictures: tuple[Path, ...],
    out: Path | None,
    as_json: bool,
    *,
    seed: int | None,
    names: tuple[str, ...],
    over_levels: bool,
    **settings: Any,
) -> None:
    """Noise on and off by a run, with scores."""
    from aecore.denoising.filters import left_out
    from aecore.denoising.noise import check_pictures
    from aecore.runs import open_run

    for path in pictures:
        if not path.is_file():
            raise SpecError(f"{path} is no file.", "Name existing pictures.")
    seed = seed or 0
    store = store_of(ctx)
    run = open_run(store, key)
    check_pictures(run)
    noise = _noise(run, given(settings))
    for name in names:
        if reason := left_out(name, run.shape):
            raise SpecError(reason, "Leave it out.")
    if over_levels:
        if pictures or out is not None:
            raise SpecError("--levels goes over test samples.", "Name no pictures and no --out.")
        _tell_levels(_levels(store, run, noise, seed, as_json), as_json)
        return
    found = _once(store, run, noise, seed, pictures, names, out)
    if as_json:
        click.echo(json.dumps(found))
        return
    click.secho(f"{lab.title(store, key)}: {found['n']} pictures", bold=True)
    for name, scores in found["scores"].items():
        click.echo(
            f"{name:10} PSNR {scores['psnr_db']:6.2f} dB  SSIM {scores['ssim']:.3f}  "
            f"MSE {scores['mse']:.5f}  {found['strengths'].get(name, '')}"
        )
    if out is not None:
        click.echo(out)


def _noise(run: OpenRun, asked: dict[str, Any]) -> CorruptionSpec:
    from aecore.denoising.levels import default_noise

    usual = default_noise(run)
    if asked.get("kind", usual.kind) != usual.kind:
        usual = CorruptionSpec()
    return CorruptionSpec.of(**{**usual.model_dump(), **asked})


def _once(
    store: Store,
    run: OpenRun,
    noise: CorruptionSpec,
    seed: int,
    pictures: tuple[Path, ...],
    names: tuple[str, ...],
    out: Path | None,
) -> dict[str, Any]:
    from aecore.data.ingest import open_samples
    from aecore.denoising.denoise import Scores, best_filter
    from aecore.denoising.denoise import denoise as put_on_and_take_off
    from aecore.imaging.pictures import fit_picture
    from aecore.studies.evaluation import rows_of

    samples = open_samples(store, run.spec.data) if names or not pictures else None
    if pictures or samples is None:
        C, H, W = run.shape
        how = run.frame.framing
        x = np.stack([fit_picture(path.read_bytes(), (C, H, W), framing=how) for path in pictures])
    else:
        x = np.asarray(samples.x[rows_of(samples, "test", 1000)])
    seen = put_on_and_take_off(run, x, noise, seed)
    rows = {"noisy": seen.noisy.shown, "cleaned": seen.cleaned}
    scores = {"noisy": seen.before.means(), "cleaned": seen.after.means()}
    strengths = {}
    for name in names if samples is not None else ():
        chosen = best_filter(run, samples, name, noise, seed)  # type: ignore[arg-type]
        rows[name] = chosen.clean(seen.noisy)
        scores[name] = Scores.of(x, rows[name]).means()
        strengths[name] = chosen.told
    if out is not None:
        _write_rows(out, [*(made[:_N_SHOWN] for made in rows.values()), x[:_N_SHOWN]])
    return {
        "key": run.key,
        "n": len(x),
        "noise": noise.model_dump(mode="json"),
        "scores": scores,
        "strengths": strengths,
        **({"out": str(out)} if out is not None else {}),
    }


def _levels(store: Store, run: OpenRun, noise: CorruptionSpec, seed: int, quiet: bool) -> Levels:
    from aecore.denoising.levels import levels_spec, load_levels

    spec = levels_spec(run, noise, seed=seed)
    with progress_bar(quiet=quiet) as (watch, stop):
        return load_levels(lab.compute(store, spec, watch=watch, stop=stop))


def _tell_levels(found: Levels, as_json: bool) -> None:
    curves = {"psnr_db": found.psnr, "ssim": found.ssim}
    if as_json:
        told = {
            score: {name: _as_json(values) for name, values in named.items()}
            for score, named in curves.items()
        }
        click.echo(
            json.dumps(
                {
                    "key": found.spec.key,
                    "levels": found.levels.tolist(),
                    **told,
                    "left_out": found.left_out,
                    "n": found.n_pictures,
                }
            )
        )
        return
    click.secho(f"PSNR in dB, mean over {found.n_pictures} pictures", bold=True)
    click.echo("level".ljust(10) + "".join(f"{level:7.2f}" for level in found.levels))
    for name, values in found.psnr.items():
        click.echo(name.ljust(10) + "".join(f"{value:7.1f}" for value in values))
    for reason in found.left_out.values():
        click.secho(f"! {reason}", fg="yellow")


def _as_json(values: np.ndarray) -> list[float | None]:
    """None for what is not finite, which JSON has no word for."""
    return [float(value) if np.isfinite(value) else None for value in values]


def _write_rows(out: Path, rows: list[np.ndarray]) -> None:
    """Pictures of each row side by side, rows below each other, enlarged without blur."""
    from aecore.figures.pictures import as_rgb, enlarge, mosaic, to_png

    pictures = as_rgb(np.concatenate(rows))
    factor = max(1, round(64 / pictures.shape[1]))
    sheet = mosaic(enlarge(pictures, factor), len(rows[0]), gap_px=4, background=(255, 255, 255))
    out.write_bytes(to_png(sheet))
