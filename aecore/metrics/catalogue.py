"""Every score by name: what it is, its unit, its range, and which end is good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aecore.sentence import Sentence


@dataclass(frozen=True)
class MetricInfo:
    """What there is to say of a score.

    Parameters
    ----------
    group
        Scores of a group stand together.
    unit
        Of the value as shown; "%" where the value is a share, kept in [0, 1].
    better
        Which end is good; "" where neither is by itself.
    low, high
        Ends of the range, None where it has none.
    words
        One sentence: how it is measured.
    """

    name: str
    title: str
    group: str
    unit: str
    better: Literal["low", "high", ""]
    low: float | None
    high: float | None
    words: str

    def text(self, value: float, *, digits: int = 3, with_unit: bool = True) -> str:
        """The value as it is shown.

        Examples
        --------
        >>> METRICS["knn"].text(0.9731), METRICS["psnr"].text(21.537), METRICS["active"].text(20.0)
        ('97.3 %', '21.5 dB', '20')
        """
        if self.unit == "%":
            number = f"{100 * value:.1f}"
        elif self.unit in ("units", "dimensions"):
            number = f"{value:,.0f}"
        elif abs(value) >= 10 ** (digits - 1):
            number = f"{value:,.1f}"
        else:
            number = f"{value:#.{digits}g}"  # 17.0 beside 16.6
        unit = self.unit if self.unit not in ("units", "dimensions") else ""
        return f"{number} {unit}".strip() if with_unit else number

    @property
    def range_words(self) -> str:
        """The range it lies in, in words.

        Examples
        --------
        >>> METRICS["ssim"].range_words, METRICS["psnr"].range_words, METRICS["mse"].range_words
        ('-1 to 1', 'up to 100 dB', '0 to 1')
        """
        scale = 100 if self.unit == "%" else 1
        unit = f" {self.unit}" if self.unit in ("%", "dB", "nats") else ""
        low = None if self.low is None else f"{scale * self.low:g}"
        high = None if self.high is None else f"{scale * self.high:g}"
        if low is None:
            return (
                Sentence("up to {high}", high=f"{high}{unit}") if high else Sentence("any number")
            )
        if high:
            return Sentence("{low} to {high}", low=low, high=f"{high}{unit}")
        return Sentence("from {low} up", low=f"{low}{unit}")

    @property
    def range_text(self) -> str:
        """Range and good end, in words.

        Examples
        --------
        >>> METRICS["ssim"].range_text
        '-1 to 1, higher is better'
        """
        about = {"range": self.range_words}
        if self.better == "low":
            return Sentence("{range}, lower is better", **about)
        if self.better == "high":
            return Sentence("{range}, higher is better", **about)
        return Sentence("{range}, no better end", **about)


_REBUILT, _CODE = Sentence("Reconstruction"), Sentence("Code")
_LABELS, _MADE = Sentence("Codes as features"), Sentence("Generated pictures")
_LIKELY, _FACTORS = Sentence("Likelihood"), Sentence("Factors")

ALL: tuple[MetricInfo, ...] = (
    MetricInfo("psnr", "PSNR", _REBUILT, "dB", "high", None, 100, "Peak signal-to-noise ratio."),
    MetricInfo("mse", "MSE", _REBUILT, "", "low", 0, 1,
          "Mean squared error of values; pixels are in [0, 1]."),
    MetricInfo("ssim", "SSIM", _REBUILT, "", "high", -1, 1, "Structural similarity."),
    MetricInfo("row_nats", "Negative log-likelihood", _REBUILT, "nats", "low", 0, None,
          "Of a row's columns, or for each thing counted; beside it what frequencies alone cost."),
    MetricInfo(
        "frechet_rebuilt", "Frechet distance, reconstructions", _REBUILT, "", "low", 0, None,
        "Distance between the distributions of reconstructions and of held-out pictures, in the "
        "features of our own small classifier (not FID).",
    ),
    MetricInfo("knn", "k-NN, all labels", _LABELS, "%", "high", 0, 1,
          "The share of pictures whose class is predicted correctly from the code, by the 5 "
          "nearest codes that have a label."),
    MetricInfo("probe", "Linear probe, all labels", _LABELS, "%", "high", 0, 1,
          "The share of pictures whose class is predicted correctly from the code, by "
          "logistic regression on standardized codes."),
    *(
        MetricInfo(f"{kind}_{n}", Sentence("{title}, {n:,} labels", title=title, n=n), _LABELS,
              "%", "high", 0, 1,
              Sentence("The same with {n:,} labels, mean over three draws of them.", n=n))
        for n in (10, 30, 100, 300, 1000)
        for kind, title in (("knn", Sentence("k-NN")), ("probe", Sentence("Linear probe")))
    ),
    MetricInfo("nmi", "NMI of k-means", _LABELS, "", "high", 0, 1,
          "How well clusters of codes, as many as classes, agree with the classes."),
    MetricInfo("ari", "ARI of k-means", _LABELS, "", "high", -0.5, 1, "The same, 0 for chance."),
    MetricInfo("trustworthiness", "Trustworthiness", _CODE, "", "high", 0, 1,
          "Whether the 10 nearest codes are also the nearest samples, by their values."),
    MetricInfo("active", "Active units", _CODE, "dimensions", "", 0, None,
          "Dimensions of a Gaussian code whose mean has a variance above 0.01."),
    MetricInfo("kl", "KL from the prior", _CODE, "nats", "", 0, None,
          "Information that a Gaussian code carries about one picture."),
    MetricInfo("perplexity", "Perplexity of the codebook", _CODE, "entries", "high", 1, None,
          "Effective number of codebook entries in use."),
    MetricInfo("bound", "Bound (negative ELBO)", _LIKELY, "nats", "low", 0, None,
          "Upper bound of the negative log-likelihood of black-and-white pictures (a pixel "
          "is white from one half up): mean of 100 draws, the first 100 pictures."),
    MetricInfo("nll", "Importance-weighted likelihood", _LIKELY, "nats", "low", 0, None,
          "Negative log-likelihood of the same pictures, from 100 importance samples each."),
    MetricInfo("mig", "Mutual information gap", _FACTORS, "", "high", 0, 1,
          "How much more information one dimension has about a factor than the next best one."),
    MetricInfo("factor_vae", "FactorVAE score", _FACTORS, "%", "high", 0, 1,
          "How often the fixed factor is identified by the dimension that varies least."),
    *(
        MetricInfo(
            f"frechet_{name}", Sentence("Frechet distance, {title}", title=title), _MADE, "",
            "low", 0, None, words,
        )
        for name, title, words in (
            ("prior", Sentence("prior samples"),
             Sentence("Pictures decoded from draws of N(0, 1).")),
            ("gaussian", Sentence("samples of one Gaussian"),
             Sentence("From one Gaussian fitted to the codes.")),
            ("mixture", Sentence("samples of a mixture"),
             Sentence("From ten Gaussians fitted to the codes.")),
        )
    ),
)  # fmt: skip

METRICS: dict[str, MetricInfo] = {about.name: about for about in ALL}
