"""The terms of a loss that can be asked for, each with the settings that it has."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from aecore.specs.term import AboutTerm, TermSpec


class MseSpec(TermSpec):
    """Squared error."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "squared error",
        "",
        "Mean of the squared differences; gives blurred pictures where it is uncertain.",
    )
    compares: ClassVar[bool] = True
    name: Literal["mse"] = "mse"


class BceSpec(TermSpec):
    """Binary cross-entropy."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "cross-entropy", "nats", "Negative log-likelihood of pixels as Bernoulli variables."
    )
    compares: ClassVar[bool] = True
    name: Literal["bce"] = "bce"

    @property
    def output(self) -> str | None:
        """Chances are a sigmoid's."""
        return "sigmoid"


class L1Spec(TermSpec):
    """Absolute error."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "absolute error", "", "Keeps edges sharper than the squared error."
    )
    compares: ClassVar[bool] = True
    name: Literal["l1"] = "l1"


class HuberSpec(TermSpec):
    """Huber error."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "Huber error", "", "Squared where it is small, absolute where it is large."
    )
    compares: ClassVar[bool] = True
    name: Literal["huber"] = "huber"
    delta: float = Field(0.1, gt=0.0, le=10.0, description="The error above which it is linear.")


class SsimSpec(TermSpec):
    """Structural dissimilarity."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "structural dissimilarity",
        "",
        "1 − SSIM: how much the local structure differs from the picture.",
    )
    compares: ClassVar[bool] = True
    name: Literal["ssim"] = "ssim"
    reduction: Literal["mean"] = Field("mean", description="Always a mean over the picture.")


class MultinomialSpec(TermSpec):
    """Negative log-likelihood of counts."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "multinomial likelihood",
        "nats",
        "Negative log-likelihood of counts: which columns come first, not how much each holds.",
    )
    compares: ClassVar[bool] = True
    is_of_counts: ClassVar[bool] = True
    name: Literal["multinomial"] = "multinomial"

    @property
    def output(self) -> str | None:
        """Probabilities that add up to 1."""
        return "softmax"


class ObservedMseSpec(TermSpec):
    """Squared error of what is known."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "squared error of what is known",
        "",
        "Mean of the squared differences over numbers that are not 0; 0 means unknown (AutoRec).",
    )
    compares: ClassVar[bool] = True
    is_of_counts: ClassVar[bool] = True
    name: Literal["observed_mse"] = "observed_mse"


class ColumnsSpec(TermSpec):
    """Negative log-likelihood of a table's row, by what each column is."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "likelihood by column",
        "nats",
        "Of a table: squared error of numbers, cross-entropy of yes and no, softmax of categories.",
    )
    compares: ClassVar[bool] = True
    name: Literal["columns"] = "columns"

    @property
    def output(self) -> str | None:
        """Each column's own."""
        return "columns"


class IwaeSpec(TermSpec):
    """The importance-weighted bound."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "importance-weighted bound",
        "nats",
        "Replaces both the cross-entropy and the KL divergence (IWAE).",
    )
    compares: ClassVar[bool] = True
    code_kind: ClassVar[str | None] = "gaussian"
    name: Literal["iwae"] = "iwae"
    n_samples: int = Field(
        5, ge=1, le=1000, description="Codes drawn for each sample (k of the bound)."
    )
    sigma: float | None = Field(
        None,
        gt=0.0,
        le=10.0,
        description="Deviation of the noise that a pixel is said to have; empty: a pixel is the "
        "chance to be white.",
    )

    @property
    def output(self) -> str | None:
        """Chances are a sigmoid's."""
        return "sigmoid" if self.sigma is None else None


class KlSpec(TermSpec):
    """Divergence of a gaussian code from the prior."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "KL divergence", "nats", "Cost of each nat in a Gaussian code (beta); 1 is the VAE."
    )
    code_kind: ClassVar[str | None] = "gaussian"
    name: Literal["kl"] = "kl"
    free_nats: float = Field(0.0, ge=0.0, le=10.0, description="Free nats of each dimension.")


class TotalCorrelationSpec(TermSpec):
    """Dependence between the dimensions of a gaussian code."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "total correlation",
        "nats",
        "Cost of dependence between the dimensions; beta - 1 of a beta-TCVAE.",
    )
    code_kind: ClassVar[str | None] = "gaussian"
    name: Literal["total_correlation"] = "total_correlation"


class MmdSpec(TermSpec):
    """Discrepancy between the codes and the prior."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "MMD to the prior", "", "Pulls the distribution of all codes to a standard normal (WAE)."
    )
    name: Literal["mmd"] = "mmd"
    reduction: Literal["mean"] = Field("mean", description="One number for all codes.")


class CommitmentSpec(TermSpec):
    """Distance of the encoder from its codebook."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "commitment", "", "Keeps the encoder near the entries of its codebook."
    )
    code_kind: ClassVar[str | None] = "quantized"
    name: Literal["commitment"] = "commitment"


class SparseL1Spec(TermSpec):
    """Activity of the code."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "sparsity (L1 of the code)", "", "Cost of every active unit of the code."
    )
    name: Literal["sparse_l1"] = "sparse_l1"


class SparseKlSpec(TermSpec):
    """Divergence of the mean activity of units from a target."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "sparsity (target activity)",
        "nats",
        "Gives each unit of a sigmoid code the same target activity on average.",
    )
    code_kind: ClassVar[str | None] = "plain"
    code_activation: ClassVar[str | None] = "sigmoid"
    name: Literal["sparse_kl"] = "sparse_kl"
    target: float = Field(0.05, gt=0.0, lt=1.0, description="Target mean activity of each unit.")


class ContractiveSpec(TermSpec):
    """Squared norm of the encoder's Jacobian."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "contraction",
        "",
        "Penalizes the encoder's Jacobian: small changes of the input must not change the code.",
    )
    name: Literal["contractive"] = "contractive"


class CodeL2Spec(TermSpec):
    """Squared length of the code."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "length of the code (L2)", "", "Keeps codes together around 0."
    )
    name: Literal["code_l2"] = "code_l2"


class DecoderL2Spec(TermSpec):
    """Squared weights of the decoder."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "L2 of the decoder", "", "Small weights make the decoder smooth."
    )
    name: Literal["decoder_l2"] = "decoder_l2"


class WeightL1Spec(TermSpec):
    """Absolute weights."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "L1 of the weights", "", "Pulls unneeded weights to exactly zero."
    )
    name: Literal["weight_l1"] = "weight_l1"


class WeightL2Spec(TermSpec):
    """Squared weights."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "L2 of the weights", "", "Keeps weights small (weight decay in the loss)."
    )
    name: Literal["weight_l2"] = "weight_l2"


class AdversarialCodeSpec(TermSpec):
    """A critic that distinguishes codes from the prior."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "critic of the codes",
        "nats",
        "A critic must not be able to distinguish codes from the prior.",
    )
    name: Literal["adversarial_code"] = "adversarial_code"


class AdversarialImageSpec(TermSpec):
    """A critic that distinguishes pictures from reconstructions."""

    about: ClassVar[AboutTerm] = AboutTerm(
        "critic of the pictures", "", "Pictures are compared by the features of a critic."
    )
    name: Literal["adversarial_image"] = "adversarial_image"


AnyTerm = Annotated[
    MseSpec
    | BceSpec
    | L1Spec
    | HuberSpec
    | SsimSpec
    | MultinomialSpec
    | ObservedMseSpec
    | ColumnsSpec
    | IwaeSpec
    | KlSpec
    | TotalCorrelationSpec
    | MmdSpec
    | CommitmentSpec
    | SparseL1Spec
    | SparseKlSpec
    | ContractiveSpec
    | CodeL2Spec
    | DecoderL2Spec
    | WeightL1Spec
    | WeightL2Spec
    | AdversarialCodeSpec
    | AdversarialImageSpec,
    Field(discriminator="name"),
]
TERM_SPECS: dict[str, type[TermSpec]] = {
    spec.tag(): spec for spec in get_args(get_args(AnyTerm)[0])
}
"""By name."""


def as_squared_error(term: TermSpec, weight: float | None = None) -> MseSpec:
    """The squared error in the place of a term, with its settings or another weight."""
    return MseSpec(
        weight=term.weight if weight is None else weight,
        reduction=term.reduction,
        warmup=term.warmup,
    )
