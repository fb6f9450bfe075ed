"""What can be asked for of a training: network, code, corruption, optimizer, and the whole."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self, TypeVar

from pydantic import Field, model_validator

from aecore.sentence import Sentence
from aecore.specs.base import ActsWhen, ArtifactKey, Part, Spec, Work
from aecore.specs.codes import ActivationName, AnyCode, CodeSpec, PlainCodeSpec
from aecore.specs.corruption import OF_PICTURES as OF_PICTURES  # noqa: PLC0414
from aecore.specs.corruption import AugmentSpec as AugmentSpec  # noqa: PLC0414
from aecore.specs.corruption import CorruptionKind as CorruptionKind  # noqa: PLC0414
from aecore.specs.corruption import CorruptionSpec as CorruptionSpec  # noqa: PLC0414
from aecore.specs.term import TermSpec
from aecore.specs.terms import TERM_SPECS, AnyTerm, MseSpec

T = TypeVar("T", bound=TermSpec)
C = TypeVar("C", bound=CodeSpec)
NetworkKind = Literal["linear", "dense", "conv", "resnet"]
OutputName = Literal["linear", "sigmoid", "softmax", "columns"]
OptimizerName = Literal["adam", "adamw", "sgd", "rmsprop"]
ScheduleName = Literal["constant", "cosine", "step", "warmup_cosine"]
Precision = Literal["float32", "bf16"]


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
        "sigmoid",
        description="sigmoid keeps pictures in [0, 1]; linear is free; softmax gives the columns "
        "of counts probabilities that add up to 1; columns gives each column of a table its own: "
        "numbers, the chance of yes, the probabilities of a category's words.",
    )
    normalize_input: bool = Field(
        False,
        description="Scale each sample to unit length (L2) before the first layer, so that full "
        "and nearly empty rows are read alike.",
    )
    input_dropout: float = Field(
        0.0,
        ge=0.0,
        le=0.9,
        description="Dropout of the input: share of a sample's numbers hidden from the encoder at "
        "each step, in training alone.",
    )
    pca_start: bool = Field(
        False,
        description="Begin as PCA of the training part: a linear network starts at the principal "
        "components, any other has a linear path beside it that stays there. Linear output only.",
    )

    refine: bool = Field(
        False,
        description="Behind the decoder, convolutions at half size correct the picture that it "
        "made: edges, which a few numbers leave blurred. Pictures only.",
    )

    short_cut: bool = Field(
        False,
        description="Repairing only: the input also leads past the code, by convolutions, to the "
        "output, which begins at it (a skip connection). The code alone decodes a rough picture.",
    )

    acts_when: ClassVar[ActsWhen] = {
        "widths": lambda spec: spec.kind != "linear",
        "activation": lambda spec: spec.kind != "linear",
        "batch_norm": lambda spec: spec.kind != "linear",
        "dropout": lambda spec: spec.kind != "linear",
        "normalize_input": lambda spec: spec.kind in ("linear", "dense"),
        "input_dropout": lambda spec: spec.kind in ("linear", "dense"),
    }


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


class RunSpec(Spec):
    """One training: data, model, objective, and how long."""

    kind: ClassVar[str] = "run"
    version: ClassVar[int] = 5
    noun: ClassVar[str] = Sentence("a run")
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
    code: AnyCode = Field(
        PlainCodeSpec(),
        description="plain: one vector; gaussian: mean and variance (a VAE); quantized: each "
        "position of a small grid selects an entry of a learned codebook (VQ-VAE).",
    )
    objective: tuple[AnyTerm, ...] = Field(
        (MseSpec(),),
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
        "beside.refine": lambda spec: False,
        "beside.short_cut": lambda spec: False,
        "pretrain_epochs": lambda spec: spec.start_from is None,
    }

    @model_validator(mode="after")
    def _terms_fit(self) -> Self:
        names = [term.name for term in self.objective]
        if len(set(names)) != len(names):
            raise ValueError("each term may stand once in the objective")
        if not self.objective[0].compares:
            known = ", ".join(name for name, term in TERM_SPECS.items() if term.compares)
            raise ValueError(f"the first term must compare samples: one of {known}")
        if (self.network.output == "columns") != (names[0] == "columns"):
            raise ValueError(
                'likelihood by column (the term "columns") and the output "columns" go together'
            )
        for term in self.objective:
            if term.output is not None and self.network.output != term.output:
                raise ValueError(f"{term.name} is a likelihood: it needs the {term.output} output")
            if term.code_kind is not None and self.code.kind != term.code_kind:
                raise ValueError(f"the {term.name} term needs a {term.code_kind} code")
            if (
                term.code_activation is not None
                and isinstance(self.code, PlainCodeSpec)
                and self.code.activation != term.code_activation
            ):
                raise ValueError(f"the {term.name} term needs a {term.code_activation} code")
        if self.network.output == "softmax" and names[0] != "multinomial":
            raise ValueError("softmax output gives probabilities: it needs the multinomial term")
        if self.code.kind == "quantized" and "commitment" not in names:
            raise ValueError("a quantized code needs the commitment term")
        return self

    @model_validator(mode="after")
    def _network_and_code_fit(self) -> Self:
        if self.code.kind == "quantized" and (
            self.network.kind not in ("conv", "resnet") or self.beside is not None
        ):
            raise ValueError("a quantized code needs one encoder, of kind conv or resnet")
        for network in (self.network, self.beside):
            if network is not None and network.kind != "linear" and not network.widths:
                raise ValueError(f"a {network.kind} network needs at least one hidden layer")
        return self

    @model_validator(mode="after")
    def _start_fits(self) -> Self:
        if self.pretrain_epochs and (
            self.network.kind != "dense" or self.code.kind != "plain" or self.beside is not None
        ):
            raise ValueError("layers are trained one by one only in one dense network, plain code")
        if self.network.pca_start and (
            self.network.output != "linear" or self.code.kind == "quantized"
        ):
            raise ValueError("PCA has a linear output, and no quantized code")
        reads_as_it_is = not (self.network.normalize_input or self.network.input_dropout)
        if (self.network.pca_start or self.pretrain_epochs) and not reads_as_it_is:
            raise ValueError(
                "a start as PCA or layer by layer reads samples as they are: neither scaled to "
                "unit length nor with dropout"
            )
        if self.pretrain_epochs and self.network.output in ("softmax", "columns"):
            raise ValueError(
                "layers are trained one by one by squared error: the output is sigmoid or linear"
            )
        if self.network.short_cut and self.corruption.kind == "none":
            raise ValueError("a short cut past the code would copy what is not corrupted")
        if self.network.short_cut and self.network.output != "linear":
            raise ValueError("a short cut past the code needs the linear output")
        return self

    @property
    def has_batch_norm(self) -> bool:
        """Whether any of its parts is normalized over the batch."""
        of_code = isinstance(self.code, PlainCodeSpec) and self.code.batch_norm
        return of_code or any(part.batch_norm for part in (self.network, self.beside) if part)

    def term(self, kind: type[T]) -> T | None:
        """The term of a kind in the objective, where there is one."""
        return next((term for term in self.objective if isinstance(term, kind)), None)

    def code_as(self, kind: type[C]) -> C:
        """The code, where it is known of which kind it is."""
        if not isinstance(self.code, kind):
            raise TypeError(f"a {self.code.kind} code was taken for a {kind.tag()} one")
        return self.code

    def needs(self) -> tuple[str, ...]:
        """Its data, and the run that it goes on from."""
        return (self.data,) if self.start_from is None else (self.data, self.start_from)
