"""`aecore detect`: which samples do not belong, by a run or by a detector that was exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from aecore.cli.terminal import as_json, progress_bar, store_of
from aecore.errors import SpecError
from aecore.specs.base import KEY_PATTERN
from aecore.store import Store

if TYPE_CHECKING:
    from aecore.api.detector import Detector
    from aecore.studies.anomaly.study import AnomalyResult


@click.command()
@click.argument("what")
@click.argument("pictures", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--normal", multiple=True, help="A class that is normal; repeatable.")
@click.option("--score", "name", default="", help="Which score decides; empty: the best.")
@click.option(
    "--false-alarms", type=float, default=10.0, show_default=True, help="Per thousand normal ones."
)
@click.option("--export", "folder", type=click.Path(path_type=Path), help="Write the detector.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="CSV of every score."
)
@as_json
@click.pass_context
def detect(
    ctx: click.Context,
    /,
    what: str,
    pictures: tuple[Path, ...],
    normal: tuple[str, ...],
    name: str,
    false_alarms: float,
    folder: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """What is odd by WHAT, the key of a run, or the folder of an exported detector.

    Without PICTURES (files or folders) all scores of the run's test samples are told; with them,
    whether each is normal.
    """
    from aecore.api.detector import Detector, odd_samples

    store = store_of(ctx)
    if not KEY_PATTERN.match(what):
        if not pictures or normal or name or folder or out:
            raise SpecError(
                "An exported detector looks at pictures, by the score and threshold it has.",
                "Name pictures, and no other option.",
            )
        _look(Detector.load(what), pictures, as_json)
        return
    with progress_bar(quiet=as_json) as (watch, stop):
        found = odd_samples(what, normal, store=store, watch=watch, stop=stop)
    detector = Detector.of(found, store=store, name=name, false_alarms=false_alarms)
    if folder is not None:
        detector.save(folder, store=store)
        click.echo(folder, err=True)
    if pictures:
        _look(detector, pictures, as_json)
        return
    if out is not None:
        _write(out, found, detector, store)
    told = _told(found, detector)
    if as_json:
        click.echo(json.dumps(told))
        return
    _print(found, told)


def _look(detector: Detector, pictures: tuple[Path, ...], as_json: bool) -> None:
    """A line a picture, the oddest first."""
    from aecore.imaging.pictures import fit_picture
    from aecore.metrics.anomaly import p_values

    if len(detector.run.shape) != 3:
        raise SpecError(
            "This model reads rows of a table; the command reads pictures alone.",
            "In Python: aecore.Detector.load(folder).predict(x), of rows as the model reads them.",
        )
    C, H, W = detector.run.shape
    paths = [
        path
        for given in pictures
        for path in (
            sorted(p for p in given.rglob("*") if p.is_file()) if given.is_dir() else [given]
        )
    ]
    if not paths:
        raise SpecError("There is no file in these folders.", "Name pictures.")
    how = detector.run.frame.framing
    x = np.stack([fit_picture(path.read_bytes(), (C, H, W), framing=how) for path in paths])
    scores = detector.score(x)
    p = p_values(detector.held_out, scores)
    lines = [
        {
            "name": str(paths[i]),
            "score": float(scores[i]),
            "p": float(p[i]),
            "alarm": bool(scores[i] > detector.line.value),
        }
        for i in np.argsort(-scores, kind="stable")
    ]
    if as_json:
        click.echo(json.dumps({"score": detector.name, "pictures": lines}))
        return
    for line in lines:
        word = "odd" if line["alarm"] else "normal"
        click.echo(f"{word:8}{line['score']:12.5g}  p {line['p']:<10.4g}{line['name']}")


def _told(found: AnomalyResult, detector: Detector) -> dict[str, Any]:
    from aecore.metrics.anomaly import verdicts

    name, line = detector.name, detector.line
    scores = found.scores[name]
    told: dict[str, Any] = {
        "key": found.spec.key,
        "normal": list(found.normal),
        "n": len(found.rows),
        "score": name,
        "threshold": line.value,
        "false_alarms_per_thousand": 1000 * line.rate,
        "n_alarms": int((scores > line.value).sum()),
        "n_mixed": found.n_mixed,
    }
    if found.has_both:
        told["auroc"] = {
            each: [area.mean, area.low, area.high]
            for each in found.scores
            for area in (found.auroc(each),)
        }
        judged = verdicts(scores[found.kind == 0], scores[found.kind == 1], line.value)
        told["precision"], told["recall"] = judged.precision, judged.recall
        told["realised_per_thousand"] = 1000 * judged.false_alarm_rate
    return told


def _print(found: AnomalyResult, told: dict[str, Any]) -> None:
    from aecore.studies.anomaly.methods import METHODS

    click.secho(
        f"{told['n_alarms']:,} of {told['n']:,} test samples are odd by "
        f"{METHODS[told['score']].title}, above {told['threshold']:.5g} "
        f"({told['false_alarms_per_thousand']:g} false alarms per thousand)",
        bold=True,
    )
    if found.n_mixed:
        click.secho(f"! The model learnt from {found.n_mixed:,} anomalies.", fg="yellow")
    if "auroc" not in told:
        click.echo(found.why_no_auroc)
        if not found.normal:
            click.echo("Name a normal class: --normal 3")
        return
    click.echo(
        f"precision {told['precision']:.3f}  recall {told['recall']:.3f}  "
        f"false alarms {told['realised_per_thousand']:.1f} per thousand"
    )
    click.echo("AUROC (0.5 is chance, 1 is best) and its 99 % interval:")
    for name, (mean, low, high) in sorted(told["auroc"].items(), key=lambda each: -each[1][0]):
        beside = "  needs no model" if METHODS[name].is_baseline else ""
        click.echo(f"{name:12} {mean:.3f}  {low:.3f} to {high:.3f}  {METHODS[name].title}{beside}")


def _write(out: Path, found: AnomalyResult, detector: Detector, store: Store) -> None:
    from aecore.data.ingest import open_samples
    from aecore.export.anomaly_table import as_csv

    samples = open_samples(store, detector.run.spec.data)
    text = as_csv(found, samples, detector.name, detector.line)
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
