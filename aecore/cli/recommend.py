"""`aecore recommend`: what a run suggests to somebody, and how well that goes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from aecore.cli.terminal import as_json, progress_bar, store_of
from aecore.errors import SpecError
from aecore.files import writing_whole

if TYPE_CHECKING:
    from aecore.studies.recommend.study import RecommendResult
    from aecore.studies.recommend.suggest import Recommender, Suggestions


@click.command()
@click.argument("key")
@click.argument("things", nargs=-1)
@click.option("--person", help="A person of the set, by name, in place of THINGS.")
@click.option("-n", "n", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write a CSV there."
)
@as_json
@click.pass_context
def recommend(
    ctx: click.Context,
    /,
    key: str,
    things: tuple[str, ...],
    person: str | None,
    n: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """What does run KEY, trained on baskets or ratings, suggest to who chose THINGS?

    Popularity, item-item, EASE and PureSVD stand beside it. Without THINGS and --person: Recall@20
    and @50 (over min(k, hidden things), as of Liang et al. 2018) and NDCG@100 on held-out people,
    a fifth of whose things is hidden; 0 to 1, high is good.
    """
    from aecore.api.recommend import judge_suggestions

    if things and person is not None:
        raise SpecError("Things and a person were named.", "Name things, or --person.")
    with progress_bar(quiet=as_json) as (watch, stop):
        recommender = judge_suggestions(key, store=store_of(ctx), watch=watch, stop=stop)
    if not things and person is None:
        _tell_scores(recommender.result, as_json)
        return
    values: np.ndarray | None = None
    if person is None:
        chosen = np.unique([recommender.find_thing(name) for name in things])
    else:
        chosen, values = recommender.choices_of(recommender.find_person(person))
    methods = recommender.result.methods
    by_title = {
        about.title: recommender.suggest(chosen, values, n=n, method=name)
        for name, about in methods.items()
    }
    if out is not None:
        from aecore.export.suggestion_table import suggestion_csv

        with writing_whole(out) as path:
            path.write_text(suggestion_csv(recommender, chosen, by_title), encoding="utf-8-sig")
    if as_json:
        click.echo(json.dumps(_json(recommender, chosen, by_title)))
        return
    _tell(recommender, chosen, by_title)


def _tell_scores(result: RecommendResult, as_json: bool) -> None:
    from aecore.studies.recommend.study import SCORES

    if as_json:
        document: dict[str, Any] = {"n_people": len(result.rows), "verdict": result.verdict}
        for name, method in result.methods.items():
            of_method = {score: vars(method.interval(score)) for score in SCORES}
            document[name] = {**of_method, "setting": method.setting, "fit_s": method.fit_s}
        click.echo(json.dumps(document))
        return
    click.secho(f"{len(result.rows):,} held-out people; means, 95 % intervals", bold=True)
    click.echo(f"{'':12}" + "".join(f"{score:>24}" for score in SCORES))
    for method in result.methods.values():
        cells = ""
        for score in SCORES:
            mean = method.interval(score)
            cells += f"{f'{mean.mean:.3f} ({mean.low:.3f}-{mean.high:.3f})':>24}"
        click.echo(f"{method.title:12}{cells}  {method.setting}")
    for reason in result.left_out.values():
        click.echo(reason)
    click.echo(result.verdict)


def _tell(recommender: Recommender, chosen: np.ndarray, by_title: dict[str, Suggestions]) -> None:
    names = ", ".join(recommender.thing(int(i)) for i in chosen[:20])
    click.secho(f"Chosen: {names}{'…' if len(chosen) > 20 else ''}", bold=True)
    ours = next(iter(by_title.values()))
    for rank, thing in enumerate(ours.things):
        best = int(ours.reasons[rank].argmax())
        click.echo(
            f"{rank + 1:>3}  {recommender.thing(int(thing)):40.40} {ours.scores[rank]:8.4g}  "
            f"for {recommender.thing(int(chosen[best]))} ({ours.reasons[rank][best]:+.2f})"
        )
    for title, suggested in list(by_title.items())[1:]:
        words = ", ".join(recommender.thing(int(i)) for i in suggested.things)
        click.echo(f"{title}: {words}")
    click.echo(recommender.result.verdict)


def _json(
    recommender: Recommender, chosen: np.ndarray, by_title: dict[str, Suggestions]
) -> dict[str, Any]:
    return {
        "chosen": [recommender.thing(int(i)) for i in chosen],
        "suggested": {
            title: [
                {"thing": recommender.thing(int(thing)), "score": float(score)}
                for thing, score in zip(suggested.things, suggested.scores, strict=True)
            ]
            for title, suggested in by_title.items()
        },
        "verdict": recommender.result.verdict,
    }
