"""Specs of every kind and variety, and the same with one setting changed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any, get_args

from aecore.data.sources import SOURCES
from aecore.specs.base import Part, Spec
from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec, QuantizedCodeSpec
from aecore.specs.data import BasketsAsked, ColumnAsked, DataSpec, PictureSpec, TextSpec
from aecore.specs.maps import (
    DimensionsSpec,
    MapSpec,
    PcaSpec,
    PlaneSpec,
    TsneSpec,
    UmapSpec,
)
from aecore.specs.photos import PhotoSpec, RepairSpec, RestoreSpec, UncertaintySpec
from aecore.specs.run import CorruptionSpec, NetworkSpec, OptimizerSpec, RunSpec
from aecore.specs.studies import (
    AnomalySpec,
    CodesSpec,
    DenoiseSpec,
    EvaluationSpec,
    FeaturesSpec,
    RecommendSpec,
    ScoresSpec,
    SearchSpec,
    SimilarSpec,
    TrustSpec,
)
from aecore.specs.terms import TERM_SPECS, L1Spec

KEYS = {kind: f"{kind}-{24 * '0'}" for kind in ("data", "run", "codes", "map", "photo", "restored")}
OTHER_KEY = "data-" + 24 * "1"
RUN = {"run": KEYS["run"], "epochs": 3}
NETWORKS = [NetworkSpec(kind=kind, widths=(4, 3)) for kind in ("linear", "dense", "conv", "resnet")]
CODES = [PlainCodeSpec(n_dims=8), PlainCodeSpec(n_dims=2), GaussianCodeSpec(), QuantizedCodeSpec()]
CORRUPTIONS = [
    CorruptionSpec(kind=kind)
    for kind in (
        "none",
        "gaussian",
        "masking",
        "salt_pepper",
        "dropout",
        "swap",
        "occlusion",
        "downscale",
        "blur",
    )
]
OPTIMIZERS = [OptimizerSpec(name=name) for name in ("adam", "adamw", "sgd", "rmsprop")]
METHODS = [DimensionsSpec(), PcaSpec(), PlaneSpec(through=(1, 2, 3)), UmapSpec(), TsneSpec()]
TERMS = [spec() for spec in TERM_SPECS.values()]

ASKED: list[Spec] = [
    *(DataSpec(source=source) for source in SOURCES if source != "own"),
    DataSpec(source="own", upload=32 * "0"),
    DataSpec(source="own", upload=32 * "0", value_range="given", low=-1.0, high=2.0),
    DataSpec(source="own", upload=32 * "0", baskets=BasketsAsked()),
    DataSpec(source="own", upload=32 * "0", baskets=BasketsAsked(form="wide")),
    DataSpec(source="own", upload=32 * "0", texts=TextSpec()),
    DataSpec(source="own", upload=32 * "0", texts=TextSpec(each="line")),
    DataSpec(source="digits", size_px=20, width_px=30, fit="bars"),
    DataSpec(
        source="own",
        upload=32 * "0",
        columns=(ColumnAsked(name="age", kind="category"),),
        delimiter=";",
        encoding="utf-16",
    ),
    *(RunSpec(data=KEYS["data"], network=network) for network in NETWORKS),
    *(RunSpec(data=KEYS["data"], beside=network) for network in NETWORKS),
    *(RunSpec(data=KEYS["data"]).model_copy(update={"code": code}) for code in CODES),
    *(RunSpec(data=KEYS["data"], corruption=noise) for noise in CORRUPTIONS),
    *(RunSpec(data=KEYS["data"], optimizer=optimizer) for optimizer in OPTIMIZERS),
    *(RunSpec(data=KEYS["data"]).model_copy(update={"objective": (term,)}) for term in TERMS),
    RunSpec(data=KEYS["data"], start_from=KEYS["run"]),
    CodesSpec(**RUN),
    *(MapSpec(codes=KEYS["codes"], method=method) for method in METHODS),
    TrustSpec(map=KEYS["map"]),
    *(DenoiseSpec(**RUN, noise=noise, levels=(0.1,)) for noise in CORRUPTIONS[:3]),
    ScoresSpec(**RUN),
    EvaluationSpec(**RUN),
    FeaturesSpec(**RUN),
    AnomalySpec(**RUN),
    RecommendSpec(**RUN),
    SearchSpec(**RUN),
    SimilarSpec(**RUN),
    PictureSpec(upload=32 * "0"),
    PhotoSpec(content=64 * "0"),
    PhotoSpec(sample="camera", noise="none"),
    PhotoSpec(sample="camera"),
    RestoreSpec(photo=KEYS["photo"]),
    RestoreSpec(photo=KEYS["photo"], method="thorough"),
    RestoreSpec(photo=KEYS["photo"], method="zero_shot"),
    RestoreSpec(photo=KEYS["photo"], method="tv"),
    RestoreSpec(photo=KEYS["photo"], luma=1.5, chroma=2.0, coarse=1.2),
    UncertaintySpec(base=KEYS["restored"]),
    RepairSpec(base=KEYS["restored"], task="enlarge"),
    RepairSpec(base=KEYS["restored"], mask=KEYS["photo"]),
]
"""Every kind of thing, and every variety of it that makes other settings act."""

OTHER: dict[str, Any] = dict.fromkeys(
    ("data", "run", "codes", "map", "photo", "base"), OTHER_KEY
) | {
    "activation": "tanh",
    "baskets": BasketsAsked(),
    "batch_norm": True,
    "batch_size": 7,
    "input_dropout": 0.5,
    "normalize_input": True,
    "beside": NetworkSpec(),
    "binarize": "drawn",
    "clip": False,
    "clip_norm": 0.1,
    "codebook_size": 9,
    "colour": "rgb",
    "column": "body",
    "each": "line",
    "label_column": "topic",
    "pairs": True,
    "sublinear": False,
    "texts": TextSpec(),
    "columns": (ColumnAsked(name="town", kind="text"),),
    "content": 64 * "1",
    "decay": 0.7,
    "delimiter": "|",
    "delta": 0.02,
    "dims": (0, 1),
    "dropout": 0.4,
    "encoding": "gbk",
    "engine": "gpu",
    "free_nats": 1.0,
    "layer": "layer-1",
    "level": 0.2,
    "levels": (0.2,),
    "mask": OTHER_KEY,
    "mean": 0.3,
    "measure": "cosine",
    "mirror": True,
    "pca_start": True,
    "shift_px": 2,
    "sigma": 0.2,
    "method": "nl_means",
    "min_dist": 0.7,
    "momentum": 0.5,
    "n_components": 3,
    "n_dims": 3,
    "n_epochs": 2,
    "n_labels": (7, 8),
    "noise": "light",
    "normal": ("3",),
    "objective": (L1Spec(),),
    "output": "linear",
    "part": "val",
    "patience": 4,
    "perplexity": 11.0,
    "precision": "bf16",
    "fit": "bars",
    "form": "wide",
    "person": "who",
    "thing": "what",
    "time": "when",
    "value": "how much",
    "folders": False,
    "frames": "all",
    "ground": "black",
    "value_range": "set",
    "width_px": 24,
    "reduction": "sum",
    "refine": True,
    "sample": "moon",
    "scale": "standard",
    "schedule": "cosine",
    "short_cut": True,
    "size_px": 16,
    "source": "kmnist",
    "start_from": OTHER_KEY,
    "strength": 0.3,
    "study": "tuned",
    "target": 0.4,
    "task": "enlarge",
    "through": (4, 5, 6),
    "top_k": 2,
    "upload": 32 * "1",
    "weights": 12 * "1",
    "widths": (9, 8),
}
"""Another value of each setting, by its name; numbers that are not here are counted up."""
OTHER_NAMES = {"NetworkSpec.kind": ("dense", "conv")} | {
    "CorruptionSpec.kind": ("none", "blur"),
    "OptimizerSpec.name": ("adam", "sgd"),
    "ColumnAsked.name": ("age", "town"),
    "ColumnAsked.kind": ("category", "number"),
}


def settings_of(part: Part) -> Iterator[tuple[str, ...]]:
    """The way to each setting of a spec and of its parts; a number is a place in a tuple."""
    for name in type(part).model_fields:
        if len(get_args(type(part).model_fields[name].annotation)) == 1:
            continue  # there is no other value: another name is another class
        value = getattr(part, name)
        yield (name,)
        inner = value if isinstance(value, Part) else None
        if isinstance(value, tuple) and value and isinstance(value[0], Part):
            yield from ((name, "0", *way) for way in settings_of(value[0]))
        elif inner is not None:
            yield from ((name, *way) for way in settings_of(inner))


def at(part: Any, way: tuple[str, ...]) -> Any:
    return reduce(lambda p, s: p[int(s)] if s.isdigit() else getattr(p, s), way, part)


def put(part: Any, way: tuple[str, ...], value: Any) -> Any:
    """A copy with one setting changed; whether the whole is valid is not asked."""
    if not way:
        return value
    step, *rest = way
    if step.isdigit():
        return (put(part[0], tuple(rest), value), *part[1:])
    return part.model_copy(update={step: put(getattr(part, step), tuple(rest), value)})


def other_value(spec: Part, way: tuple[str, ...]) -> Any:
    owner, name, value = at(spec, way[:-1]), way[-1], at(spec, way)
    if isinstance(value, Part):
        return None
    if (names := OTHER_NAMES.get(f"{type(owner).__name__}.{name}")) is not None:
        return names[value == names[0]]
    if name in OTHER:
        return OTHER[name]
    if value is None:
        return 2
    return value + 1 if value < 0.5 or value >= 1 else value / 2


def acts(spec: Spec, way: tuple[str, ...]) -> bool:
    """Whether a spec and its parts declare that a setting has an effect."""
    for depth in range(len(way)):
        owner = at(spec, way[:depth])
        if isinstance(owner, Part):
            declared = [
                owner.acts_when.get(".".join(way[depth:end])) for end in range(depth + 1, depth + 3)
            ]
            if any(rule is not None and not rule(owner) for rule in declared):
                return False
    return True


def cases() -> Iterator[tuple[Spec, Spec, tuple[str, ...]]]:
    """A spec, the same with one setting changed, and which."""
    for spec in ASKED:
        for way in settings_of(spec):
            if isinstance(at(spec, way), Part):
                continue  # its own settings come one by one
            value = other_value(spec, way)
            if value != at(spec, way):
                yield spec, put(spec, way, value), way


def ways_of(part: Part) -> Iterator[tuple[Part, tuple[str, ...]]]:
    """The part with each of its conditional settings changed."""
    for name in part.acts_when:
        yield part.model_copy(update={name: OTHER.get(name, 11)}), (name,)
