"""`aecore data`: importing pictures, and how, as options that `aecore train` has too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import click

from aecore.api import lab
from aecore.cli.terminal import as_json, given, progress_bar, store_of


class _Size(click.ParamType[dict[str, int]]):
    """`64`, or width and height: `64x48`."""

    name = "N|WxH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, int]:
        found = re.fullmatch(r"(\d+)(?:[x×](\d+))?", str(value))
        if found is None:
            self.fail(f"{value!r} is not a size; write 64 or 64x48 (width x height).", param, ctx)
        width, height = int(found[1]), int(found[2] or found[1])
        return {"size_px": height} | ({"width_px": width} if width != height else {})


class _Range(click.ParamType[dict[str, Any]]):
    """`format`, `set`, or two numbers: `0:4095`."""

    name = "format|set|LOW:HIGH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, Any]:
        if value in ("format", "set"):
            return {"value_range": value}
        low, colon, high = str(value).partition(":")
        try:
            return {"value_range": "given", "low": float(low), "high": float(high if colon else "")}
        except ValueError:
            self.fail(
                f"{value!r} is not a range; write format, set, or two numbers: 0:4095.", param, ctx
            )


_OPTIONS = (
    click.option("--size", type=_Size(), help="Height and width in px, or WxH."),
    click.option(
        "--fit",
        type=click.Choice(["cut", "bars", "squeeze"]),
        help="What to do with pictures of other shapes.",
    ),
    click.option(
        "--ground", type=click.Choice(["white", "black"]), help="Background of transparent parts."
    ),
    click.option("--range", "values", type=_Range(), help="Values that become black and white."),
    click.option(
        "--frames",
        type=click.Choice(["first", "all"]),
        help="Which frames of stacks and animations.",
    ),
    click.option(
        "--normal", multiple=True, help="A class that is normal; the others are anomalies."
    ),
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="NAME=KIND",
        help="Of a table: read a column as number, yes_no, category, date, label or left_out.",
    ),
    click.option("--text", is_flag=True, help="Read files, lines or a column as texts."),
    click.option(
        "--text-per",
        type=click.Choice(["file", "line", "row"]),
        help="What is one text; else by the kind of file.",
    ),
    click.option("--text-column", metavar="NAME", help="Of a table: the column of the texts."),
    click.option("--text-label", metavar="NAME", help="Of a table: the column of the classes."),
    click.option("--words", type=int, help="Of texts: how many words are counted."),
    click.option("--pairs", is_flag=True, help="Of texts: count pairs of words too."),
    click.option("--delimiter", help="Of a table: the character between columns."),
    click.option("--encoding", help="Of a table: utf-8, utf-16, cp1251, gbk, ..."),
    click.option(
        "--baskets",
        type=click.Choice(["long", "wide"]),
        help="Read a table as baskets or ratings: a row for each choice (long) or person (wide).",
    ),
    click.option("--person", help="Of baskets: the column of the person; else found out."),
    click.option("--thing", help="Of baskets: the column of the thing; else found out."),
    click.option("--value", help="Of baskets: the column of a count or a rating."),
    click.option("--time", help="Of baskets: the column of the time."),
    click.option(
        "--things",
        type=click.Path(exists=True, dir_okay=False),
        help="Of baskets: a second table, ids of things and their names.",
    ),
    click.option(
        "--at-least", type=float, help="Of baskets: the value from which a thing counts as chosen."
    ),
    click.option(
        "--least-things", type=int, help="Of baskets: people with fewer things are left out."
    ),
    click.option("--no-folders", is_flag=True, help="Do not use folders as classes and parts."),
)
_OF_DATA = (
    "size",
    "fit",
    "ground",
    "values",
    "frames",
    "normal",
    "columns",
    "text",
    "text_per",
    "text_column",
    "text_label",
    "words",
    "pairs",
    "delimiter",
    "encoding",
    "baskets",
    "things",
    "no_folders",
)
_OF_BASKETS = ("person", "thing", "value", "time", "at_least", "least_things")


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of how own pictures become samples."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def data_settings(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of these options are fields of a DataSpec, and the others as they are."""
    asked = {name: options.get(name) for name in _OF_DATA}
    baskets = given({name: options.get(name) for name in _OF_BASKETS})
    found = given({name: asked[name] for name in ("fit", "ground", "frames", "encoding")})
    if asked["delimiter"]:
        found["delimiter"] = asked["delimiter"].replace("\\t", "\t")
    if asked["columns"]:
        found["columns"] = dict(_named_kind(words) for words in asked["columns"])
    if texts := _of_texts(asked):
        found["texts"] = texts
    found |= (asked["size"] or {}) | (asked["values"] or {})
    if asked["normal"]:
        found["normal"] = tuple(asked["normal"])
    if asked["no_folders"]:
        found["folders"] = False
    if asked["baskets"] or asked["things"] or baskets:
        found["baskets"] = {"form": asked["baskets"] or "long", **baskets}
        found |= given({"things": asked["things"]})
    theirs = (*_OF_DATA, *_OF_BASKETS)
    return found, {name: value for name, value in options.items() if name not in theirs}


def _of_texts(asked: dict[str, Any]) -> dict[str, Any]:
    """How texts are read, fields of a TextSpec; empty: they are no texts."""
    names = {
        "text_per": "each",
        "text_column": "column",
        "text_label": "label_column",
        "words": "n_words",
        "pairs": "pairs",
    }
    found = {field: asked[name] for name, field in names.items() if asked[name]}
    return found or ({"each": "auto"} if asked["text"] else {})


def _named_kind(words: str) -> tuple[str, str]:
    name, equals, kind = words.rpartition("=")
    if not equals:
        raise click.BadParameter(f"{words!r} is not NAME=KIND.", param_hint="--column")
    return name, kind


@click.command()
@click.argument("what", required=False)
@data_options
@click.option("--colour", type=click.Choice(["native", "grey", "rgb"]))
@click.option("--scale", type=click.Choice(["unit", "standard"]))
@click.option("--max", "n_max", type=int, help="Maximum number of samples.")
@as_json
@click.pass_context
def data(ctx: click.Context, /, what: str | None, as_json: bool, **settings: Any) -> None:
    """Import data and describe it; without WHAT, list the known data sets.

    WHAT is the name of a set, a folder, a zip, a picture, or a table (CSV, TSV, Parquet, Excel),
    whose columns are told as they were understood. With --text: a folder or zip of texts, a file
    with one text a line, or a CSV with a column of texts. Folders are classes, unless a
    labels.csv (file,label) tells them; those called train, val and test are the parts.
    With --baskets a table of who chose what becomes people x things.
    """
    if what is None:
        _list_sources(as_json)
        return
    from aecore.data.ingest import read_report

    store = store_of(ctx)
    with progress_bar(quiet=as_json) as (watch, stop):
        on_data, others = data_settings(settings)
        how = {"watch": watch, "stop": stop, **on_data, **given(others)}
        spec = lab.data_spec(what, store=store, **how)
        artifact = lab.compute(store, spec, watch=watch, stop=stop)
    about = artifact.read_json("samples.json")
    report = read_report(store, artifact.key)
    found = {
        "key": artifact.key,
        "title": about["title"],
        "n_samples": about["n_samples"],
        "shape": about["shape"],
        "n_parts": about["n_parts"],
        "report": report.model_dump(),
    }
    if as_json:
        click.echo(json.dumps(found))
        return
    click.secho(f"{about['title']}: {about['n_samples']:,} samples of {_shape(about)}", bold=True)
    click.echo("  ".join(f"{part} {n:,}" for part, n in about["n_parts"].items()))
    for words in report.told:
        click.echo(words)
    for warning in report.warnings:
        click.secho(f"! {warning}", fg="yellow")
    click.echo(artifact.key)


def _list_sources(as_json: bool) -> None:
    from aecore.data.sources import SOURCES, is_here

    found = [
        {"name": s.name, "title": s.title, "n_samples": s.n_samples, "here": is_here(s.name)}
        for s in SOURCES.values()
        if s.how != "own"
    ]
    if as_json:
        click.echo(json.dumps(found))
        return
    for row in found:
        here = "here" if row["here"] else "downloads on first use"
        click.echo(f"{row['name']:16} {row['n_samples'] or 0:>7,}  {row['title']} ({here})")


def _shape(about: dict[str, Any]) -> str:
    shape = about["shape"]
    if len(shape) == 1:
        return f"{shape[0]} features"
    colour = "grey" if shape[0] == 1 else "colour"
    return f"{shape[2]}×{shape[1]} px, {colour}"
