"""`aecore search`: the texts of a set that speak of the same as a sentence."""

from __future__ import annotations

import json

import click

from aecore.cli.terminal import as_json, progress_bar, store_of


@click.command()
@click.argument("key")
@click.argument("sentences", nargs=-1)
@click.option("-k", "k", type=click.IntRange(1, 1000), default=5, show_default=True)
@as_json
@click.pass_context
def search(
    ctx: click.Context, /, key: str, sentences: tuple[str, ...], k: int, as_json: bool
) -> None:
    """Which texts speak of the same as SENTENCES, by the codes of run KEY, by LSA and by TF-IDF?

    Without SENTENCES: precision at 10 and mean average precision of each and of bits (0 to 1,
    high is good), and topics as words.
    """
    from aecore.api.lab import compute
    from aecore.data.ingest import open_samples
    from aecore.runs import open_run
    from aecore.studies.text_search import TEXT_SPACES, TextSearch
    from aecore.studies.text_study import load_text_study, search_spec

    store = store_of(ctx)
    run = open_run(store, key)
    samples = open_samples(store, run.spec.data)
    TextSearch(run, samples)  # refuses what is no text before anything is computed
    with progress_bar(quiet=as_json) as (watch, stop):
        artifact = compute(store, search_spec(run), watch=watch, stop=stop)
    study = load_text_study(artifact)
    if not sentences:
        judged = {
            name: {
                "precision_at_10": each.precision.mean,
                "mean_average_precision": each.average_precision.mean,
                "low": each.average_precision.low,
                "high": each.average_precision.high,
            }
            for name, each in study.judged.items()
        }
        topics = [{"words": list(each.words), "coherence": each.coherence} for each in study.topics]
        if as_json:
            click.echo(json.dumps({"judged": judged, "topics": topics}))
            return
        for name, scores in judged.items():
            click.echo(
                f"{name:10} precision at 10 {scores['precision_at_10']:.3f}  "
                f"mAP {scores['mean_average_precision']:.3f} "
                f"({scores['low']:.3f} to {scores['high']:.3f})"
            )
        if not judged:
            click.echo("These texts have no classes: no search can be judged.")
        for topic in study.topics:
            click.echo(f"topic {topic.coherence:5.2f}  {' '.join(topic.words)}")
        return
    texts = study.search(run, samples)
    results = {space: texts.nearest(sentences, k, space) for space in TEXT_SPACES}
    if as_json:
        summary = {
            space: {"rows": each.rows.tolist(), "similarity": each.similarity.round(4).tolist()}
            for space, each in results.items()
        }
        click.echo(json.dumps({"sentences": list(sentences), "found": summary}))
        return
    for i, sentence in enumerate(sentences):
        click.secho(sentence, bold=True)
        for space, each in results.items():
            for row, value in zip(each.rows[i].tolist(), each.similarity[i].tolist(), strict=True):
                name = samples.names[row] if samples.names else f"#{row}"
                words = " ".join(samples.texts[row].split())[:100]
                click.echo(f"  {space:6} {value:5.2f}  {name}: {words}")
