"""What can be asked for: small frozen values whose key names the artifact that answers them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aecore.errors import SpecError

KEY_PATTERN = re.compile(r"[a-z]{2,12}-[0-9a-f]{24}\Z")

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
    "own",
]
NetworkKind = Literal["linear", "dense", "conv", "resnet"]
CodeKind = Literal["plain", "gaussian", "quantized"]
ActivationName = Literal[
    "identity", "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softplus"
]
OutputName = Literal["linear", "sigmoid"]
TermName = Literal[
    "mse",
    "bce",
    "l1",
    "huber",
    "ssim",
    "iwae",
    "kl",
    "total_correlation",
    "mmd",
    "commitment",
    "sparse_l1",
    "sparse_kl",
    "contractive",
    "code_l2",
    "decoder_l2",
    "weight_l1",
    "weight_l2",
    "adversarial_code",
    "adversarial_image",
]
CorruptionKind = Literal[
    "none", "gaussian", "masking", "salt_pepper", "dropout", "occlusion", "downscale", "blur"
]
OptimizerName = Literal["adam", "adamw", "sgd", "rmsprop"]
FeatureStudy = Literal["codes", "tuned", "new"]
MapMethod = Literal["codes", "pca", "plane", "umap", "tsne"]
ScheduleName = Literal["constant", "cosine", "step", "warmup_cosine"]
PhotoSample = Literal["chelsea", "astronaut", "coffee", "rocket", "motorcycle", "camera", "moon"]
PhotoNoise = Literal["none", "white", "light", "jpeg"]
RepairTask = Literal["fill", "enlarge"]
Precision = Literal["float32", "bf16"]
RestoreMethod = Literal["restorer", "thorough", "zero_shot", "nl_means", "wavelet", "tv", "bm3d"]

RECONSTRUCTION_TERMS: tuple[TermName, ...] = ("mse", "bce", "l1", "huber", "ssim", "iwae")
_NEEDS_GAUSSIAN: tuple[TermName, ...] = ("kl", "total_correlation", "iwae")
OF_PICTURES: tuple[CorruptionKind, ...] = ("occlusion", "downscale", "blur")
"""Corruptions that rows of a table cannot suffer."""
_SHARES: tuple[CorruptionKind, ...] = ("masking", "salt_pepper", "dropout", "occlusion")

BY_NETWORK: tuple[RestoreMethod, ...] = ("restorer", "thorough")
"""What the network that ships does."""
_LEARNING: tuple[RestoreMethod, ...] = (*BY_NETWORK, "zero_shot")
_WITH_TEST_PART: tuple[SourceName, ...] = (
    "mnist",
    "fashion-mnist",
    "kmnist",
    "emnist-letters",
    "cifar10",
    "svhn",
)

ActsWhen = Mapping[str, Callable[[Any], bool]]
ArtifactKey = Annotated[str, Field(pattern=KEY_PATTERN.pattern.replace(r"\Z", "$"))]


class Part(BaseModel):
    """A frozen value with bounds: the base of every spec and of its parts."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    acts_when: ClassVar[ActsWhen] = {}
    """When a setting has an effect, of those that do not always; "a.b" is setting b of part a."""

    def effective(self) -> Self:
        """The same with every setting that has no effect here at its default."""
        changes: dict[str, Any] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Part):
                changes[name] = value.effective()
            elif isinstance(value, tuple):
                changes[name] = tuple(v.effective() if isinstance(v, Part) else v for v in value)
        for name, acts in self.acts_when.items():
            part, dot, setting = name.partition(".")
            if acts(self):
                continue
            if not dot:
                changes[name] = _default_of(type(self), name)
            elif (whole := changes.get(part)) is not None:
                default = _default_of(type(whole), setting)
                changes[part] = whole.model_copy(update={setting: default})
        return self.model_copy(update=changes)

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Make it from untrusted values.

        Raises
        ------
        SpecError
            Naming each setting that is out of bounds, and its bounds.
        """
        try:
            return cls(**values)
        except ValidationError as problem:
            raise SpecError(explain(problem), "Correct the setting and try again.") from problem


Lane = Literal["device", "light", "look", "long"]


@dataclass(frozen=True)
class Work:
    """How the artifact of a spec is computed, found by name so that nothing slow is imported early.

    Parameters
    ----------
    compute
        "module:function"; the function takes spec, artifact and store, yields `Progress`, and is
        closed to stop it.
    lane
        "device" for training, which has the device for itself; "look" for looking into what was
        trained (codes, maps, scores), on the CPU, beside any training; "long" for what may take
        minutes beside it (photographs, on a GPU where there is one, and encoders as features),
        which looking does not wait for; else "light".
    title
        What is being done, for a person.
    resumes
        Whether it goes on from where it was, so that it can make way for others.
    memory
        "module:function" that estimates from a spec and the store what it will need on a CPU, or
        gives None; "": it needs little.
    """

    compute: str
    lane: Lane = "light"
    title: str = "The work"
    resumes: bool = False
    memory: str = ""


class Spec(Part):
    """Something that can be asked for as a whole, and is kept under `key`."""

    kind: ClassVar[str]
    noun: ClassVar[str] = ""
    """What a person calls it who has no title of it."""
    work: ClassVar[Work | None] = None
    """None: it is kept as it comes, not computed."""
    version: ClassVar[int]
    """Raised when the code that computes this kind changes what comes out."""

    @property
    def key(self) -> str:
        """Name of the artifact: the kind and a hash of code version and of what has an effect."""
        # Without what stands at its default, so that a new setting loses no old result; a default
        # that changes needs a new version (a test holds them together).
        values = self.effective().model_dump(mode="json", exclude_defaults=True)
        content = json.dumps(values, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(f"{self.kind}/{self.code_version}/{content}".encode()).hexdigest()
        return f"{self.kind}-{digest[:24]}"

    @property
    def code_version(self) -> int:
        """Version of the code that computes what is asked for here."""
        return self.version

    def needs(self) -> tuple[str, ...]:
        """Keys of the artifacts that this one is computed from, those that it names itself."""
        return ()

    def uses_gpu(self) -> bool:
        """Whether work of another lane than "device" is done on a GPU where there is one.

        Then it has the device for itself as well, and waits for a training to end.
        """
        return False


def _default_of(part: type[Part], name: str) -> Any:
    return part.model_fields[name].get_default(call_default_factory=True)


def explain(problem: ValidationError) -> str:
    """Pydantic's findings as one sentence a person can act on."""
    sentences = []
    for found in problem.errors(include_url=False):
        where = ".".join(str(step) for step in found["loc"]) or "settings"
        what = found["msg"].removeprefix("Value error, ")
        given = (
            ""
            if isinstance(found["input"], dict | list | tuple)
            else f" (got {found['input']!r:.60})"
        )
        sentences.append(f"{where}: {what}{given}")
    return "; ".join(sentences) + "."


class DataSpec(Spec):
    """Which samples, at which size, in which parts."""

    kind: ClassVar[str] = "data"
    version: ClassVar[int] = 1
    noun: ClassVar[str] = "a set of pictures"
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
    folders: bool = Field(
        True,
        description="Folders are classes, and those called train, val and test the parts.",
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
        "width_px": lambda spec: spec.size_px is not None and spec.width_px != spec.size_px,
        "ground": lambda spec: spec.source == "own" or spec.fit == "bars",
        "value_range": lambda spec: spec.source == "own",
        "low": lambda spec: spec.source == "own" and spec.value_range == "given",
        "high": lambda spec: spec.source == "own" and spec.value_range == "given",
        "frames": lambda spec: spec.source == "own",
        "folders": lambda spec: spec.source == "own",
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
        return 2 if self.source == "own" else self.version


class NetworkSpec(Part):
    """The encoder's shape; the decoder mirrors it."""

    kind: NetworkKind = Field(
        "dense",
        description="linear (PCA's equal), dense, convolutional, or convolutional with "
        "residual blocks.",
    )
    widths: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        (128, 64),
        max_length=8,
        description="Units of each hidden layer, or channels of each halving convolution.",
    )
    activation: ActivationName = Field("relu", description="Non-linearity between layers.")
    batch_norm: bool = Field(
        False, description="Normalize each hidden layer over the batch: steadier, faster training."
    )
    dropout: float = Field(
        0.0, ge=0.0, le=0.9, description="Dropout: share of hidden units set to 0 at each step."
    )
    output: OutputName = Field(
        "sigmoid", description="sigmoid keeps pictures in [0, 1]; linear is free."
    )
    pca_start: bool = Field(
        False,
        description="Begin as PCA of the training part: a linear network starts at the principal "
        "components, any other has a linear path beside it that stays there. Linear output only.",
    )

    acts_when: ClassVar[ActsWhen] = {
        "widths": lambda spec: spec.kind != "linear",
        "activation": lambda spec: spec.kind != "linear",
        "batch_norm": lambda spec: spec.kind != "linear",
        "dropout": lambda spec: spec.kind != "linear",
    }


class CodeSpec(Part):
    """What the encoder ends in."""

    kind: CodeKind = Field(
        "plain",
        description="plain: one vector; gaussian: mean and variance (a VAE); quantized: each "
        "position of a small grid selects an entry of a learned codebook (VQ-VAE).",
    )
    n_dims: int = Field(
        32,
        ge=1,
        le=1024,
        description="Latent dimension D: the number of values in the code of one sample; quantized "
        "code: the dimension of one codebook entry.",
    )
    activation: ActivationName = Field("identity", description="Applied to a plain code.")
    batch_norm: bool = Field(
        False,
        description="Plain code: batch normalization of each unit before its activation; keeps the "
        "units of a sparse code alive.",
    )
    top_k: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Plain code: keep only the k units of largest magnitude, the others are 0 "
        "(k-sparse); empty: all.",
    )
    codebook_size: int = Field(
        128, ge=2, le=8192, description="Quantized code: entries of the codebook."
    )
    decay: float = Field(
        0.99,
        ge=0.5,
        lt=1.0,
        description="Quantized code: decay of the moving average that updates the entries.",
    )

    acts_when: ClassVar[ActsWhen] = {
        "activation": lambda spec: spec.kind == "plain",
        "batch_norm": lambda spec: spec.kind == "plain",
        "top_k": lambda spec: spec.kind == "plain" and (spec.top_k or spec.n_dims) < spec.n_dims,
        "codebook_size": lambda spec: spec.kind == "quantized",
        "decay": lambda spec: spec.kind == "quantized",
    }


class TermSpec(Part):
    """One term of the loss."""

    name: TermName = Field(description="Which term.")
    weight: float = Field(
        1.0, ge=0.0, le=1e6, description="What the term is multiplied by (beta of a beta-VAE)."
    )
    reduction: Literal["mean", "sum"] = Field(
        "mean",
        description="Over the features of a sample: mean, or sum (a likelihood, in nats).",
    )
    warmup: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        description="Share of the run over which the weight rises from 0 (KL warm-up).",
    )
    free_nats: float = Field(0.0, ge=0.0, le=10.0, description="kl: free nats of each dimension.")
    target: float = Field(
        0.05,
        gt=0.0,
        lt=1.0,
        description="sparse_kl: target mean activity of each unit.",
    )
    delta: float = Field(
        0.1, gt=0.0, le=10.0, description="huber: delta, the error above which it is linear."
    )
    n_samples: int = Field(
        5, ge=1, le=1000, description="iwae: codes drawn for each sample (k of the bound)."
    )
    sigma: float = Field(
        0.1,
        gt=0.0,
        le=10.0,
        description="iwae on a linear output: deviation of the noise that a pixel is said to have.",
    )

    acts_when: ClassVar[ActsWhen] = {
        "reduction": lambda spec: spec.name not in ("ssim", "mmd"),
        "free_nats": lambda spec: spec.name == "kl",
        "target": lambda spec: spec.name == "sparse_kl",
        "delta": lambda spec: spec.name == "huber",
        "n_samples": lambda spec: spec.name == "iwae",
        "sigma": lambda spec: spec.name == "iwae",
    }


class CorruptionSpec(Part):
    """What the input suffers before the encoder sees it; the target stays clean."""

    kind: CorruptionKind = Field("none", description="Kind of noise.")
    level: float = Field(
        0.3,
        ge=0.0,
        le=2.0,
        description="gaussian: standard deviation (values in [0, 1]); blur: radius in pixels "
        "(standard deviation); downscale: how often the size is halved; else: share hit.",
    )
    mean: float = Field(0.0, ge=-1.0, le=1.0, description="gaussian: mean of the noise.")
    clip: bool = Field(True, description="gaussian: keep noisy pictures inside [0, 1].")

    acts_when: ClassVar[ActsWhen] = {
        "level": lambda spec: spec.kind != "none",
        "mean": lambda spec: spec.kind == "gaussian",
        "clip": lambda spec: spec.kind == "gaussian",
    }

    @model_validator(mode="after")
    def _a_share_is_at_most_one(self) -> Self:
        if self.kind in _SHARES and self.level > 1:
            raise ValueError("level is a share of the features for this noise: at most 1")
        if self.kind == "dropout" and self.level == 1:
            raise ValueError("dropout of everything leaves nothing: less than 1")
        return self


class OptimizerSpec(Part):
    """How weights are changed."""

    name: OptimizerName = Field("adam", description="Rule of the step.")
    lr: float = Field(1e-3, gt=0.0, le=10.0, description="Learning rate: size of a step.")
    weight_decay: float = Field(
        0.0, ge=0.0, le=1.0, description="Weight decay: pulls the weights to zero at each step."
    )
    momentum: float = Field(
        0.9, ge=0.0, lt=1.0, description="SGD and RMSprop: share of the last step kept."
    )
    schedule: ScheduleName = Field(
        "constant", description="How the learning rate changes over the run."
    )
    clip_norm: float | None = Field(
        None, gt=0.0, le=1e4, description="Maximum norm of the gradient; empty: no clipping."
    )

    acts_when: ClassVar[ActsWhen] = {
        "momentum": lambda spec: spec.name in ("sgd", "rmsprop"),
    }


class AugmentSpec(Part):
    """How pictures are varied each time they are learnt from; the target is varied with them."""

    mirror: bool = Field(
        False, description="Show every other picture as in a mirror; not where left has a meaning."
    )
    shift_px: int = Field(
        0, ge=0, le=16, description="Move each picture by up to so many pixels each way."
    )


class RunSpec(Spec):
    """One training: data, model, objective, and how long."""

    kind: ClassVar[str] = "run"
    version: ClassVar[int] = 3
    noun: ClassVar[str] = "a run"
    work: ClassVar[Work] = Work(
        "aecore.training.job:compute",
        "device",
        title="Training",
        resumes=True,
        memory="aecore.training.footprint:need",
    )

    data: ArtifactKey = Field(description="Key of the data artifact.")
    network: NetworkSpec = NetworkSpec()
    beside: NetworkSpec | None = Field(
        None, description="A second encoder of another kind whose features join the first's."
    )
    code: CodeSpec = CodeSpec()
    objective: tuple[TermSpec, ...] = Field(
        (TermSpec(name="mse"),),
        min_length=1,
        max_length=8,
        description="A reconstruction term first, then any others.",
    )
    corruption: CorruptionSpec = CorruptionSpec()
    augment: AugmentSpec = AugmentSpec()
    optimizer: OptimizerSpec = OptimizerSpec()
    n_epochs: int = Field(20, ge=1, le=10_000, description="Passes over the training part.")
    pretrain_epochs: int = Field(
        0,
        ge=0,
        le=1000,
        description="Layer-wise pre-training: epochs for each layer alone, outermost first.",
    )
    batch_size: int = Field(128, ge=1, le=65_536, description="Samples in one step (B).")
    patience: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="Early stopping: epochs without a better validation loss; empty: never.",
    )
    precision: Precision = Field(
        "float32",
        description="Numbers used in training; bf16 is faster where the GPU or processor "
        "multiplies it, several times slower elsewhere.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        description="Random seed of the initial weights, the order of samples and the noise.",
    )
    start_from: ArtifactKey | None = Field(
        None,
        description="Run whose weights are trained further, those that it ended with; network, "
        "code and the shape of samples are its own. With another optimizer the moments begin "
        "afresh.",
    )

    acts_when: ClassVar[ActsWhen] = {
        "beside.output": lambda spec: False,  # it has no decoder
        "beside.pca_start": lambda spec: False,
        "pretrain_epochs": lambda spec: spec.start_from is None,
    }

    @model_validator(mode="after")
    def _terms_fit(self) -> Self:
        names = [term.name for term in self.objective]
        if len(set(names)) != len(names):
            raise ValueError("each term may stand once in the objective")
        if names[0] not in RECONSTRUCTION_TERMS:
            raise ValueError(
                f"the first term must compare pictures: one of {', '.join(RECONSTRUCTION_TERMS)}"
            )
        for name in names:
            if name == "bce" and self.network.output != "sigmoid":
                raise ValueError(f"{name} is a likelihood of pixels: it needs the sigmoid output")
            if name in _NEEDS_GAUSSIAN and self.code.kind != "gaussian":
                raise ValueError(f"the {name} term needs a gaussian code")
            if name == "sparse_kl" and self.code.activation != "sigmoid":
                raise ValueError("sparse_kl speaks of activity in (0, 1): it needs a sigmoid code")
            if name == "commitment" and self.code.kind != "quantized":
                raise ValueError("the commitment term needs a quantized code")
        if self.code.kind == "quantized" and "commitment" not in names:
            raise ValueError("a quantized code needs the commitment term")
        return self

    @model_validator(mode="after")
    def _network_and_code_fit(self) -> Self:
        if self.code.kind != "plain" and self.code.activation != "identity":
            raise ValueError(f"a {self.code.kind} code has no activation of its own")
        if self.code.kind != "plain" and self.code.top_k is not None:
            raise ValueError("only a plain code is k-sparse")
        if self.code.kind != "plain" and self.code.batch_norm:
            raise ValueError("only a plain code is standardized over the batch")
        if self.code.kind == "quantized" and (
            self.network.kind not in ("conv", "resnet") or self.beside is not None
        ):
            raise ValueError("a quantized code needs one encoder, of kind conv or resnet")
        if self.pretrain_epochs and (
            self.network.kind != "dense" or self.code.kind != "plain" or self.beside is not None
        ):
            raise ValueError("layers are trained one by one only in one dense network, plain code")
        if self.network.pca_start and (
            self.network.output != "linear" or self.code.kind == "quantized"
        ):
            raise ValueError("PCA has a linear output, and no quantized code")
        if self.network.pca_start and self.pretrain_epochs:
            raise ValueError("layers that are trained one by one cannot begin as PCA")
        for network in (self.network, self.beside):
            if network is not None and network.kind != "linear" and not network.widths:
                raise ValueError(f"a {network.kind} network needs at least one hidden layer")
        return self

    def term(self, name: TermName) -> TermSpec | None:
        """The named term of the objective, where there is one."""
        return next((term for term in self.objective if term.name == name), None)

    def needs(self) -> tuple[str, ...]:
        """Its data, and the run that it goes on from."""
        return (self.data,) if self.start_from is None else (self.data, self.start_from)


class CodesSpec(Spec):
    """The codes of a run's samples, as its weights stood after so many epochs."""

    kind: ClassVar[str] = "codes"
    version: ClassVar[int] = 1
    noun: ClassVar[str] = "the codes of a run"
    work: ClassVar[Work] = Work("aecore.latent.codes:compute", "look", "Computing the codes")

    run: ArtifactKey = Field(description="Key of the run that encodes.")
    epochs: int = Field(ge=1, description="Whole epochs its weights have seen.")
    n_max: int = Field(
        10_000,
        ge=1,
        le=100_000,
        description="At most so many samples, drawn by the seed from all parts alike.",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides which samples are drawn.")

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class MapSpec(Spec):
    """Codes laid out in two or three dimensions."""

    kind: ClassVar[str] = "map"
    version: ClassVar[int] = 1
    noun: ClassVar[str] = "a map"
    work: ClassVar[Work] = Work("aecore.maps.latent_map:compute", "look", "Computing the map")

    codes: ArtifactKey = Field(description="Key of the codes.")
    method: MapMethod = Field(
        "pca",
        description="The codes themselves, PCA, the plane through three of them, UMAP or t-SNE.",
    )
    n_components: Literal[2, 3] = Field(2, description="Dimensions of the map.")
    dims: tuple[Annotated[int, Field(ge=0, le=1023)], ...] = Field(
        (),
        max_length=3,
        description="Method codes: which dimensions; empty: those with the largest variance.",
    )
    through: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (),
        max_length=3,
        description="Of method plane: rows of the three samples whose codes it goes through.",
    )
    n_neighbors: int = Field(
        15, ge=2, le=200, description="UMAP: number of neighbours of a point to preserve."
    )
    min_dist: float = Field(
        0.1, ge=0.0, le=0.99, description="UMAP: minimum distance between points."
    )
    perplexity: float = Field(
        30.0, ge=2.0, le=200.0, description="t-SNE: effective number of neighbours of a point."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Random seed of UMAP and t-SNE.")
    engine: Literal["cpu", "gpu"] = Field(
        "cpu",
        description="UMAP: umap-learn on one thread, or TorchDR on a GPU, another layout in "
        "seconds.",
    )

    acts_when: ClassVar[ActsWhen] = {
        "dims": lambda spec: spec.method == "codes",
        "through": lambda spec: spec.method == "plane",
        "n_neighbors": lambda spec: spec.method == "umap",
        "min_dist": lambda spec: spec.method == "umap",
        "perplexity": lambda spec: spec.method == "tsne",
        "seed": lambda spec: spec.method in ("umap", "tsne"),
        "engine": lambda spec: spec.method == "umap",
    }

    @model_validator(mode="after")
    def _dims_fit(self) -> Self:
        if self.dims and self.method != "codes":
            raise ValueError("only a map of the codes themselves is told which dimensions")
        if self.dims and len(set(self.dims)) != self.n_components:
            raise ValueError(f"name {self.n_components} different dimensions of the code")
        if self.through and self.method != "plane":
            raise ValueError("only a plane goes through three samples")
        if self.method == "plane" and (len(set(self.through)) != 3 or self.n_components != 2):
            raise ValueError("a plane is flat, and goes through three different samples: name them")
        if self.engine == "gpu" and self.method != "umap":
            raise ValueError("only UMAP is laid out on a GPU")
        return self

    def needs(self) -> tuple[str, ...]:
        """Its codes."""
        return (self.codes,)


class TrustSpec(Spec):
    """How far each place of a flat map of pictures can be believed."""

    kind: ClassVar[str] = "trust"
    version: ClassVar[int] = 2
    noun: ClassVar[str] = "how far a map can be believed"
    work: ClassVar[Work] = Work(
        "aecore.maps.trust:compute", "look", "Measuring the reliability of the map"
    )

    map: ArtifactKey = Field(description="Key of the map.")

    def needs(self) -> tuple[str, ...]:
        """Its map."""
        return (self.map,)


class DenoiseSpec(Spec):
    """How well a run cleans pictures, over levels of one kind of noise, beside filters."""

    kind: ClassVar[str] = "denoise"
    version: ClassVar[int] = 1
    noun: ClassVar[str] = "curves over levels of noise"
    work: ClassVar[Work] = Work("aecore.denoise.levels:compute", "look", "Denoising at each level")

    run: ArtifactKey = Field(description="Key of the run that cleans.")
    epochs: int = Field(ge=1, description="Whole epochs its weights have seen.")
    noise: CorruptionSpec = Field(description="The kind of noise; its level gives way to levels.")
    levels: tuple[Annotated[float, Field(ge=0.0, le=2.0)], ...] = Field(
        min_length=1, max_length=32, description="Levels of the noise that are tried."
    )
    part: Literal["train", "val", "test"] = Field("test", description="Which samples.")
    n_pictures: int = Field(100, ge=1, le=10_000, description="At most so many of them.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides the noise.")

    acts_when: ClassVar[ActsWhen] = {
        "noise.level": lambda spec: False,
    }

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class ScoresSpec(Spec):
    """Everything that can be scored of a run on one part, beside PCA and the bare pixels."""

    kind: ClassVar[str] = "scores"
    version: ClassVar[int] = 2
    noun: ClassVar[str] = "the scores of a run"
    work: ClassVar[Work] = Work("aecore.studies.scores:compute", "look", "Scoring the run")

    run: ArtifactKey = Field(description="Key of the run that is scored.")
    epochs: int = Field(ge=1, description="Whole epochs its weights have seen.")
    part: Literal["test", "val"] = Field("test", description="Which samples.")
    n_samples: int = Field(1000, ge=2, le=10_000, description="At most so many of them.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides labels, clusters and draws.")

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class EvaluationSpec(Spec):
    """How well a run rebuilds each sample of one part, beside PCA."""

    kind: ClassVar[str] = "evaluation"
    version: ClassVar[int] = 1

    run: ArtifactKey = Field(description="Key of the run that is scored.")
    epochs: int = Field(ge=0, description="Whole epochs its weights have seen.")
    part: Literal["train", "val", "test"] = Field("test", description="Which samples.")

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class FeaturesSpec(Spec):
    """How well classes are told by a run's codes, or its encoder, when few samples have a label."""

    kind: ClassVar[str] = "features"
    version: ClassVar[int] = 2
    noun: ClassVar[str] = "what codes are worth as features"
    work: ClassVar[Work] = Work(
        "aecore.studies.features:compute", "long", "Evaluating the features"
    )

    run: ArtifactKey = Field(description="Key of the run.")
    epochs: int = Field(ge=1, description="Whole epochs its weights have seen.")
    study: FeatureStudy = Field(
        "codes",
        description="codes: classified by simple methods, and clustered; tuned: the encoder "
        "fine-tuned, and trained from scratch; new: data augmentation with generated "
        "samples.",
    )
    part: Literal["test", "val"] = Field(
        "test", description="Part of the samples on which accuracy is measured."
    )
    n_labels: tuple[Annotated[int, Field(ge=2, le=100_000)], ...] = Field(
        (10, 20, 50, 100, 200, 500, 1000),
        min_length=1,
        max_length=16,
        description="Numbers of labels to try.",
    )
    n_draws: int = Field(5, ge=1, le=20, description="Number of draws of labels for each.")
    n_samples: int = Field(
        1000, ge=2, le=10_000, description="Maximum number of samples to classify."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides labels, clusters and draws.")

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class AnomalySpec(Spec):
    """How odd each sample of the test part is to a run, by every score, beside simple ones."""

    kind: ClassVar[str] = "anomaly"
    version: ClassVar[int] = 1
    noun: ClassVar[str] = "what does not belong"
    work: ClassVar[Work] = Work("aecore.studies.anomaly.study:compute", "look", "Scoring anomalies")

    run: ArtifactKey = Field(description="Key of the run that scores.")
    epochs: int = Field(ge=1, description="Whole epochs its weights have seen.")
    normal: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        (),
        max_length=256,
        description="Names of the classes that are normal; all others are anomalies. Empty: those "
        "of the data, where it names any; else no anomaly is known.",
    )
    n_fit: int = Field(
        5000, ge=10, le=50_000, description="Normal training samples at most that scores learn."
    )
    n_held_out: int = Field(
        5000, ge=1, le=50_000, description="Normal samples at most that set thresholds."
    )
    n_samples: int = Field(10_000, ge=2, le=100_000, description="At most so many are judged.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides which are drawn.")

    def needs(self) -> tuple[str, ...]:
        """Its run."""
        return (self.run,)


class PictureSpec(Spec):
    """One picture that a person brought, drew or took; kept so that a link finds it again."""

    kind: ClassVar[str] = "picture"
    version: ClassVar[int] = 1

    upload: str = Field(
        pattern=r"^[0-9a-f]{32}$", description="Random id; the link is the permission."
    )


class PhotoSpec(Spec):
    """One photograph at its full size: a file that a person brought, or a sample with noise on it.

    What a file holds names it: the same file again is the same photograph, whatever it is called,
    and nobody can guess the key who does not have the file.
    """

    kind: ClassVar[str] = "photo"
    version: ClassVar[int] = 1

    content: str | None = Field(
        None, pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the file that was brought."
    )
    sample: PhotoSample | None = Field(None, description="A photograph that comes with the app.")
    noise: PhotoNoise = Field(
        "white",
        description="Put on a sample. none; white: the same everywhere; light: more where it is "
        "brighter, as sensors have it; jpeg: that, written as a coarse JPEG.",
    )
    sigma: float = Field(
        25.0, ge=1.0, le=75.0, description="Its standard deviation, in steps of 255."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides the noise.")

    acts_when: ClassVar[ActsWhen] = {
        "noise": lambda spec: spec.sample is not None,
        "sigma": lambda spec: spec.sample is not None and spec.noise != "none",
        "seed": lambda spec: spec.sample is not None and spec.noise != "none",
    }

    @property
    def code_version(self) -> int:
        """Reading of files has changed since the samples were first drawn."""
        return 2 if self.content is not None else self.version

    @model_validator(mode="before")
    @classmethod
    def _without_a_name(cls, values: Any) -> Any:
        """What was kept when the name of the file stood here is still opened."""
        if isinstance(values, dict):
            return {setting: value for setting, value in values.items() if setting != "name"}
        return values

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.content is None) == (self.sample is None):
            raise ValueError("name a file's content or a sample, one of both")
        return self


class RestoreSpec(Spec):
    """A photograph cleaned, at its own size, with what can be told about the result."""

    kind: ClassVar[str] = "restored"
    version: ClassVar[int] = 6
    noun: ClassVar[str] = "the cleaning of a photograph"
    work: ClassVar[Work] = Work(
        "aecore.photos.jobs.clean:compute",
        "long",
        "Cleaning the photograph",
        memory="aecore.photos.footprint:need",
    )

    photo: ArtifactKey = Field(description="Key of the photograph.")
    method: RestoreMethod = Field(
        "restorer",
        description="restorer: the network that ships; thorough: the same, tuned to the "
        "photograph, on eight turns and mirrorings of it; zero_shot: a small one that learns from "
        "this photograph alone; the others need no learning.",
    )
    sigma: float | None = Field(
        None,
        ge=0.0,
        le=100.0,
        description="Standard deviation of the noise in steps of 255, where it is known; else it "
        "is estimated.",
    )
    weights: str = Field(
        "", pattern=r"^([0-9a-f]{12})?$", description="Which weights of the network, by their hash."
    )
    precision: Precision = Field(
        "float32",
        description="Numbers that a network computes in; bf16 is faster where the GPU or processor "
        "multiplies it, several times slower elsewhere.",
    )
    luma: float = Field(
        1.0,
        ge=0.0,
        le=5.0,
        description="How much noise of brightness the network is told, times what is estimated.",
    )
    chroma: float = Field(1.0, ge=0.0, le=5.0, description="The same of noise of colour.")
    coarse: float = Field(
        1.0,
        ge=0.5,
        le=2.0,
        description="How much more of the noise neighbours share, times what is estimated.",
    )

    acts_when: ClassVar[ActsWhen] = {
        "luma": lambda spec: spec.method in BY_NETWORK and spec.sigma is None,
        "chroma": lambda spec: spec.method in BY_NETWORK and spec.sigma is None,
        "coarse": lambda spec: spec.method in BY_NETWORK and spec.sigma is None,
        "weights": lambda spec: spec.method in BY_NETWORK,
        "precision": lambda spec: spec.method in _LEARNING,
    }

    def uses_gpu(self) -> bool:
        """Where the network cleans."""
        return self.method in BY_NETWORK

    def needs(self) -> tuple[str, ...]:
        """Its photograph."""
        return (self.photo,)


class DoubtSpec(Spec):
    """Where a cleaned photograph was changed beyond what noise explains."""

    kind: ClassVar[str] = "doubted"
    version: ClassVar[int] = 2
    noun: ClassVar[str] = "where to doubt a cleaned photograph"
    work: ClassVar[Work] = Work(
        "aecore.photos.jobs.doubt:compute",
        "long",
        "Looking for invented detail",
        memory="aecore.photos.footprint:need",
    )

    base: ArtifactKey = Field(description="Key of the cleaned photograph.")

    def uses_gpu(self) -> bool:
        """Always: the network is asked."""
        return True

    def needs(self) -> tuple[str, ...]:
        """The cleaned photograph."""
        return (self.base,)


class RepairSpec(Spec):
    """A cleaned photograph with holes filled, or at twice its size."""

    kind: ClassVar[str] = "repaired"
    version: ClassVar[int] = 1
    noun: ClassVar[str] = "the repair of a photograph"
    work: ClassVar[Work] = Work(
        "aecore.photos.jobs.repair:compute",
        "long",
        "Repairing the photograph",
        memory="aecore.photos.footprint:need",
    )

    base: ArtifactKey = Field(description="Key of the cleaned photograph.")
    strength: float = Field(
        1.0, ge=0.0, le=1.0, description="How much of the cleaning to take before it is repaired."
    )
    task: RepairTask = Field(
        "fill", description="fill: what a mask hides; enlarge: twice as large."
    )
    mask: ArtifactKey | None = Field(
        None, description="Key of a picture whose opaque or white pixels are to be filled."
    )
    weights: str = Field(
        "", pattern=r"^([0-9a-f]{12})?$", description="Which weights of the network, by their hash."
    )

    @model_validator(mode="after")
    def _mask_fits(self) -> Self:
        if (self.task == "fill") != (self.mask is not None):
            raise ValueError("to fill, and only to fill, a mask says where")
        return self

    def uses_gpu(self) -> bool:
        """Always: the network is asked."""
        return True

    def needs(self) -> tuple[str, ...]:
        """The cleaned photograph, and the mask where there is one."""
        return (self.base,) if self.mask is None else (self.base, self.mask)


SPECS: dict[str, type[Spec]] = {
    spec.kind: spec
    for spec in (
        DataSpec,
        RunSpec,
        CodesSpec,
        MapSpec,
        TrustSpec,
        DenoiseSpec,
        ScoresSpec,
        EvaluationSpec,
        FeaturesSpec,
        AnomalySpec,
        PictureSpec,
        PhotoSpec,
        RestoreSpec,
        DoubtSpec,
        RepairSpec,
    )
}


def spec_from_dict(kind: str, values: dict[str, Any]) -> Spec:
    """Inverse of `model_dump(mode="json")` for the spec of a kind.

    Raises
    ------
    SpecError
        For an unknown kind, or values that do not fit it.
    """
    if kind not in SPECS:
        raise SpecError(
            f"This version knows no {kind!r}.", "It may come from a newer version: update."
        )
    return SPECS[kind].of(**values)


def check_key(key: str) -> str:
    """The key itself, if it is one; keys are the only names that become paths.

    Raises
    ------
    SpecError
    """
    if not isinstance(key, str) or not KEY_PATTERN.match(key):
        raise SpecError(f"{str(key)[:60]!r} is no key of a result.", "Copy the whole link or key.")
    return key
