"""What can be asked for of data: which samples, and pictures that a person brought."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from aecore.sentence import Sentence
from aecore.specs.base import ActsWhen, Part, Spec, Work

SourceName = Literal[
    "digits",
    "mnist-5k",
    "sprites",
    "mnist",
    "fashion-mnist",
    "kmnist",
    "emnist-letters",
    "cifar10",
    "svhn",
    "olivetti",
    "sensors",
    "baskets",
    "notes",
    "own",
]
OF_ROWS: tuple[SourceName, ...] = ("sensors", "baskets", "notes")
"""Sources that ship and are rows of a table."""
_WITH_TEST_PART: tuple[SourceName, ...] = (
    "mnist",
    "fashion-mnist",
    "kmnist",
    "emnist-letters",
    "cifar10",
    "svhn",
)
_OF_PICTURES = ("size_px", "fit", "colour", "binarize", "scale")
"""Settings that rows of a table do not ask for."""


class ColumnAsked(Part):
    """A column of a table and the kind that it is to be read as."""

    name: str = Field(max_length=1000, description="As it stands in the table.")
    kind: Literal[
        "number", "yes_no", "category", "date", "text", "label", "anomaly", "id", "left_out"
    ] = Field(description="What it is: see `aecore.data.table_columns.ColumnKind`.")


class BasketsAsked(Part):
    """How a table of baskets or ratings is read: who chose what."""

    form: Literal["long", "wide"] = Field(
        "long",
        description="long: a row for each choice, with columns for person and thing; wide: a row "
        "for each person, a column for each thing.",
    )
    person: str | None = Field(
        None, max_length=1000, description="Column of the person; empty: found out."
    )
    thing: str | None = Field(
        None, max_length=1000, description="Column of the thing; empty: found out."
    )
    value: str | None = Field(
        None,
        max_length=1000,
        description="Column of a count or a rating; empty: found out, else each row counts 1.",
    )
    time: str | None = Field(
        None,
        max_length=1000,
        description="Column of the time: of a thing chosen twice the latest counts; empty: found "
        "out.",
    )
    at_least: float | None = Field(
        None,
        description="Value from which on a thing counts as chosen, of ratings often 4; the others "
        "do not. Empty: the values are kept.",
    )
    least_things: int = Field(
        2, ge=1, le=1000, description="People with fewer things are left out."
    )

    acts_when: ClassVar[ActsWhen] = {
        "thing": lambda asked: asked.form == "long",
        "value": lambda asked: asked.form == "long",
        "time": lambda asked: asked.form == "long",
    }


class TextSpec(Part):
    """What is a text, and how texts become rows of weighted words (TF-IDF)."""

    each: Literal["auto", "file", "line", "row"] = Field(
        "auto",
        description="What is one text: a file, a line, or a row of a table; auto: rows of a CSV, "
        "TSV, Parquet or Excel file, lines of a single text file, else files.",
    )
    column: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Of a table: the column of the texts; empty: the one with the longest cells.",
    )
    label_column: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Of a table: the column of the classes; empty: one called label, class or "
        "category, or the one with few different words.",
    )
    n_words: int = Field(
        10_000,
        ge=10,
        le=100_000,
        description="Size of the vocabulary: the most frequent words are kept.",
    )
    min_texts: int = Field(
        2, ge=1, le=1000, description="A word of fewer texts than this is left out."
    )
    max_share: float = Field(
        0.5,
        gt=0.0,
        le=1.0,
        description="A word of a larger share of the texts is left out (the, and, of, ...).",
    )
    pairs: bool = Field(
        False, description="Count pairs of neighbouring words too: 'new york' beside 'new'."
    )
    sublinear: bool = Field(
        True, description="Term frequency as 1 + ln(count) instead of the count."
    )

    acts_when: ClassVar[ActsWhen] = {
        "column": lambda spec: spec.each in ("auto", "row"),
        "label_column": lambda spec: spec.each in ("auto", "row"),
    }


class DataSpec(Spec):
    """Which samples, at which size, in which parts."""

    kind: ClassVar[str] = "data"
    version: ClassVar[int] = 1
    noun: ClassVar[str] = Sentence("a data set")
    work: ClassVar[Work] = Work(
        "aecore.data.ingest:compute",
        title="Importing the samples",
        memory="aecore.data.ingest:need",
    )

    source: SourceName = Field("mnist-5k", description="Where the samples come from.")
    upload: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{32}$",
        description="Id of own pictures, which nobody can guess; the link is the permission.",
    )
    size_px: int | None = Field(
        None,
        ge=8,
        le=256,
        description="Height in pixels, and width where none is given; empty: the set's own (own "
        "pictures: their own up to 64).",
    )
    width_px: int | None = Field(None, ge=8, le=256, description="Width in pixels; empty: as high.")
    fit: Literal["cut", "bars", "squeeze"] = Field(
        "cut",
        description="Pictures of another shape: keep the middle (cut), all of it with bars beside "
        "it (bars), or all of it squeezed (squeeze).",
    )
    ground: Literal["white", "black"] = Field(
        "white", description="Colour under transparent parts, and of bars."
    )
    value_range: Literal["format", "set", "given"] = Field(
        "format",
        description="What becomes black and white: what the files' numbers can reach (format), the "
        "lowest and highest value of the whole set (set), or two numbers (given).",
    )
    low: float = Field(0.0, description="Value that becomes black.")
    high: float = Field(1.0, description="Value that becomes white.")
    frames: Literal["first", "all"] = Field(
        "first", description="Of animations and stacks: the first frame or page, or each one."
    )
    texts: TextSpec | None = Field(
        None, description="Read what was brought as texts; empty: as pictures."
    )
    folders: bool = Field(
        True,
        description="Folders are classes, and those called train, val and test the parts.",
    )
    columns: tuple[ColumnAsked, ...] = Field(
        (),
        max_length=10_000,
        description="Of a table: columns that are read otherwise than they are understood.",
    )
    baskets: BasketsAsked | None = Field(
        None,
        description="Read a table as baskets or ratings: people x things. A second file of the "
        "upload names the things.",
    )
    delimiter: str | None = Field(
        None,
        min_length=1,
        max_length=1,
        description="Of a table of text: the character between its columns; empty: found out.",
    )
    encoding: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-]{1,40}$",
        description="Of texts and tables of text: utf-8, utf-16, cp1251, gbk, ...; empty: found "
        "out.",
    )
    colour: Literal["native", "grey", "rgb"] = Field(
        "native", description="Keep, or turn to grey or colour."
    )
    scale: Literal["unit", "standard"] = Field(
        "unit",
        description="Values in [0, 1], or standardized: mean 0, deviation 1 in training.",
    )
    binarize: Literal["no", "threshold", "drawn"] = Field(
        "no",
        description="Turn greys to black and white: white above one half (threshold), or each "
        "pixel drawn once with its grey as its chance to be white (drawn).",
    )
    normal: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        (),
        max_length=256,
        description="Names of the classes that are normal. All others are anomalies: the model "
        "never learns from them, they are in the test part alone. Empty: every class is learnt.",
    )
    n_max: int | None = Field(
        None, ge=2, le=1_000_000, description="Maximum number of samples, drawn by the seed."
    )
    val_fraction: float = Field(
        0.1, ge=0.0, le=0.5, description="Share held out to watch training (validation)."
    )
    test_fraction: float = Field(
        0.1,
        ge=0.0,
        le=0.5,
        description="Share held out for the final scores; a set's own test part is kept.",
    )
    seed: int = Field(
        0, ge=0, le=2**31 - 1, description="Decides which sample falls into which part."
    )

    acts_when: ClassVar[ActsWhen] = {
        "test_fraction": lambda spec: spec.source not in _WITH_TEST_PART,
        "width_px": lambda spec: (
            spec.size_px is not None
            and spec.width_px != spec.size_px
            and spec.source not in OF_ROWS
        ),
        "ground": lambda spec: spec.source == "own" or spec.fit == "bars",
        "value_range": lambda spec: spec.source == "own",
        "low": lambda spec: spec.source == "own" and spec.value_range == "given",
        "high": lambda spec: spec.source == "own" and spec.value_range == "given",
        "frames": lambda spec: spec.source == "own",
        "folders": lambda spec: spec.source == "own",
        "baskets": lambda spec: spec.source == "own",
        "texts": lambda spec: spec.source == "own",
        "columns": lambda spec: spec.source in ("own", *OF_ROWS),
        "delimiter": lambda spec: spec.source == "own",
        "encoding": lambda spec: spec.source == "own",
        **dict.fromkeys(_OF_PICTURES, lambda spec: spec.source not in OF_ROWS),
    }

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.low >= self.high:
            raise ValueError("low is to be less than high")
        if self.width_px is not None and self.size_px is None:
            raise ValueError("a width comes with a height: give size_px too")
        if (self.source == "own") != (self.upload is not None):
            raise ValueError("own pictures, and only they, come with an upload id")
        return self

    @property
    def shape_px(self) -> tuple[int, int] | None:
        """Height and width that are asked for; None: the set's own."""
        if self.size_px is None:
            return None
        return self.size_px, self.width_px or self.size_px

    @property
    def code_version(self) -> int:
        """Reading of own pictures has changed since the sets that ship were brought in."""
        return 3 if self.source == "own" else self.version


class PictureSpec(Spec):
    """One picture that a person brought, drew or took; kept so that a link finds it again."""

    kind: ClassVar[str] = "picture"
    version: ClassVar[int] = 1

    upload: str = Field(
        pattern=r"^[0-9a-f]{32}$", description="Random id; the link is the permission."
    )
