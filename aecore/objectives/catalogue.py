"""Every term of a loss by name: what to call it, its unit, and what it is for."""

from __future__ import annotations

from dataclasses import dataclass

from aecore.specs.run import TermName


@dataclass(frozen=True)
class AboutTerm:
    """What there is to say of a term. Of each, less is better.

    Parameters
    ----------
    title
        In lower case where it is no name, so that it can stand within a sentence.
    unit
        Of its value, of a sample for the reduction "sum" and a feature for "mean"; "" where it is
        a pure number.
    words
        One sentence: what it asks for.
    """

    title: str
    unit: str
    words: str

    @property
    def heading(self) -> str:
        """The title as it begins a line.

        Examples
        --------
        >>> TERM_INFO["mse"].heading, TERM_INFO["kl"].heading
        ('Squared error', 'KL divergence')
        """
        return self.title[:1].upper() + self.title[1:]


TERM_INFO: dict[TermName, AboutTerm] = {
    "mse": AboutTerm(
        "squared error",
        "",
        "Mean of the squared differences; gives blurred pictures where it is uncertain.",
    ),
    "bce": AboutTerm(
        "cross-entropy", "nats", "Negative log-likelihood of pixels as Bernoulli variables."
    ),
    "l1": AboutTerm("absolute error", "", "Keeps edges sharper than the squared error."),
    "huber": AboutTerm("Huber error", "", "Squared where it is small, absolute where it is large."),
    "ssim": AboutTerm(
        "structural dissimilarity",
        "",
        "1 − SSIM: how much the local structure differs from the picture.",
    ),
    "multinomial": AboutTerm(
        "multinomial likelihood",
        "nats",
        "Negative log-likelihood of counts: which columns come first, not how much each holds.",
    ),
    "observed_mse": AboutTerm(
        "squared error of what is known",
        "",
        "Mean of the squared differences over numbers that are not 0; 0 means unknown (AutoRec).",
    ),
    "columns": AboutTerm(
        "likelihood by column",
        "nats",
        "Of a table: squared error of numbers, cross-entropy of yes and no, softmax of categories.",
    ),
    "iwae": AboutTerm(
        "importance-weighted bound",
        "nats",
        "Replaces both the cross-entropy and the KL divergence (IWAE).",
    ),
    "kl": AboutTerm(
        "KL divergence", "nats", "Cost of each nat in a Gaussian code (beta); 1 is the VAE."
    ),
    "total_correlation": AboutTerm(
        "total correlation",
        "nats",
        "Cost of dependence between the dimensions; beta - 1 of a beta-TCVAE.",
    ),
    "mmd": AboutTerm(
        "MMD to the prior", "", "Pulls the distribution of all codes to a standard normal (WAE)."
    ),
    "commitment": AboutTerm(
        "commitment", "", "Keeps the encoder near the entries of its codebook."
    ),
    "sparse_l1": AboutTerm(
        "sparsity (L1 of the code)", "", "Cost of every active unit of the code."
    ),
    "sparse_kl": AboutTerm(
        "sparsity (target activity)",
        "nats",
        "Gives each unit of a sigmoid code the same target activity on average.",
    ),
    "contractive": AboutTerm(
        "contraction",
        "",
        "Penalizes the encoder's Jacobian: small changes of the input must not change the code.",
    ),
    "code_l2": AboutTerm("length of the code (L2)", "", "Keeps codes together around 0."),
    "decoder_l2": AboutTerm("L2 of the decoder", "", "Small weights make the decoder smooth."),
    "weight_l1": AboutTerm("L1 of the weights", "", "Pulls unneeded weights to exactly zero."),
    "weight_l2": AboutTerm(
        "L2 of the weights", "", "Keeps weights small (weight decay in the loss)."
    ),
    "adversarial_code": AboutTerm(
        "critic of the codes",
        "nats",
        "A critic must not be able to distinguish codes from the prior.",
    ),
    "adversarial_image": AboutTerm(
        "critic of the pictures", "", "Pictures are compared by the features of a critic."
    ),
}
