"""Autoencoders whose codes can be drawn from: variational, Wasserstein, adversarial, quantized."""

from __future__ import annotations

from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec, QuantizedCodeSpec
from aecore.specs.run import NetworkSpec, OptimizerSpec
from aecore.specs.terms import (
    AdversarialCodeSpec,
    AdversarialImageSpec,
    BceSpec,
    CodeL2Spec,
    CommitmentSpec,
    DecoderL2Spec,
    IwaeSpec,
    KlSpec,
    MmdSpec,
    MseSpec,
    TotalCorrelationSpec,
)
from aecore.zoo.recipe import Recipe

_MSE = (MseSpec(),)
_ELBO = (BceSpec(reduction="sum"), KlSpec(reduction="sum"))

GENERATIVE: tuple[Recipe, ...] = (
    Recipe(
        "vae",
        "Variational (VAE)",
        "Each picture becomes a small cloud instead of a point, and the clouds together fill a "
        "standard normal: so any point drawn from it decodes to a picture. A little blur is "
        "the price.",
        "Kingma & Welling 2014, ICLR, arXiv:1312.6114",
        {
            "network": NetworkSpec(kind="dense", widths=(400,)),
            "code": GaussianCodeSpec(n_dims=20),
            "objective": _ELBO,
            "n_epochs": 30,
        },
    ),
    Recipe(
        "beta-vae",
        "beta-VAE (beta 4)",
        "A VAE that pays four times for every nat in its code: dimensions that carry little are "
        "given up, those that stay tend to mean one thing each. More blur.",
        "Higgins, Matthey, Pal, Burgess, Glorot, Botvinick, Mohamed & Lerchner 2017, ICLR",
        {
            "network": NetworkSpec(kind="dense", widths=(400,)),
            "code": GaussianCodeSpec(n_dims=20),
            "objective": (
                BceSpec(reduction="sum"),
                KlSpec(reduction="sum", weight=4.0),
            ),
            "n_epochs": 30,
        },
    ),
    Recipe(
        "beta-tcvae",
        "beta-TCVAE (beta 6)",
        "Of the VAE's price only the part that binds dimensions together is raised: they come "
        "apart into one meaning each, at less blur than beta-VAE. Needs many samples in a batch, "
        "because it estimates the cloud of all codes from them.",
        "Chen, Li, Grosse & Duvenaud 2018, NeurIPS, arXiv:1802.04942",
        {
            "network": NetworkSpec(kind="dense", widths=(400,)),
            "code": GaussianCodeSpec(n_dims=10),
            "objective": (
                *_ELBO,
                TotalCorrelationSpec(reduction="sum", weight=5.0),
            ),
            "n_epochs": 30,
        },
    ),
    Recipe(
        "iwae",
        "Importance-weighted (IWAE)",
        "Five guesses at the code of each picture, the good ones counting most: a tighter bound "
        "on the likelihood, and codes freer in shape than the VAE's. With very many guesses "
        "the encoder learns ever more slowly.",
        "Burda, Grosse & Salakhutdinov 2016, ICLR, arXiv:1509.00519",
        {
            "network": NetworkSpec(kind="dense", widths=(400,)),
            "code": GaussianCodeSpec(n_dims=20),
            "objective": (IwaeSpec(reduction="sum", n_samples=5),),
            "n_epochs": 20,
        },
    ),
    Recipe(
        "wae-mmd",
        "Wasserstein (WAE-MMD)",
        "The cloud of all codes is matched to a standard normal, but each picture keeps its "
        "one sharp point: less blur than a VAE, samples nearly as good.",
        "Tolstikhin, Bousquet, Gelly & Schoelkopf 2018, ICLR, arXiv:1711.01558",
        {
            "network": NetworkSpec(kind="dense", widths=(400,)),
            "code": PlainCodeSpec(n_dims=10),
            "objective": (
                MseSpec(reduction="sum"),
                MmdSpec(weight=10.0),
            ),
            "n_epochs": 30,
        },
    ),
    Recipe(
        "info-vae",
        "InfoVAE",
        "A VAE with a small cost for the information in each picture's cloud, and a cost if the "
        "cloud of all of them is not a standard normal: the code keeps more nats of a picture. "
        "Look at the KL, higher than the VAE's, and at the samples; with too small a weight they "
        "leave the prior.",
        "Zhao, Song & Ermon 2019, AAAI, arXiv:1706.02262",
        {
            "network": NetworkSpec(kind="dense", widths=(400,)),
            "code": GaussianCodeSpec(n_dims=20),
            "objective": (
                BceSpec(reduction="sum"),
                KlSpec(reduction="sum", weight=0.2),
                MmdSpec(weight=30.0, warmup=0.3),
            ),
            "n_epochs": 30,
        },
    ),
    Recipe(
        "rae",
        "Regularized (RAE-L2)",
        "No noise at all: short codes and small decoder weights make a space smooth enough to "
        "walk in. New samples come from a mixture fitted to the codes afterwards, not from a "
        "prior.",
        "Ghosh, Sajjadi, Vergari, Black & Schoelkopf 2020, ICLR, arXiv:1903.12436",
        {
            "network": NetworkSpec(kind="dense", widths=(400,)),
            "code": PlainCodeSpec(n_dims=16),
            "objective": (
                MseSpec(reduction="sum"),
                CodeL2Spec(reduction="sum", weight=0.01),
                DecoderL2Spec(reduction="sum", weight=0.001),
            ),
            "n_epochs": 30,
        },
    ),
    Recipe(
        "aae",
        "Adversarial (AAE)",
        "A critic learns to distinguish codes from samples of a normal, the encoder learns to "
        "fool it: the cloud of codes takes the shape of the prior without any formula for it. "
        "Watch the critic's term: 0.69 nats means that it cannot distinguish them.",
        "Makhzani, Shlens, Jaitly, Goodfellow & Frey 2016, arXiv:1511.05644",
        {
            "network": NetworkSpec(kind="dense", widths=(400,)),
            "code": PlainCodeSpec(n_dims=10),
            "objective": (
                MseSpec(reduction="sum"),
                AdversarialCodeSpec(reduction="sum", weight=5.0),
            ),
            "n_epochs": 30,
        },
    ),
    Recipe(
        "vae-gan",
        "VAE-GAN",
        "A critic of pictures defines the error: reconstructions are compared by the critic's "
        "features, and only a little pixel by pixel, so that edges become as sharp as real ones. "
        "Sharp is not the same as correct: details may be invented, and squared error is worse "
        "than the VAE's.",
        "Larsen, Sonderby, Larochelle & Winther 2016, ICML, arXiv:1512.09300",
        {
            "network": NetworkSpec(kind="conv", widths=(32, 64), batch_norm=True),
            "code": GaussianCodeSpec(n_dims=20),
            "objective": (
                BceSpec(reduction="sum", weight=0.3),
                KlSpec(reduction="sum"),
                AdversarialImageSpec(reduction="sum", weight=2.0),
            ),
            "optimizer": OptimizerSpec(clip_norm=100.0),
            "batch_size": 64,
            "n_epochs": 15,
        },
    ),
    Recipe(
        "vq-vae",
        "Quantized (VQ-VAE)",
        "Each place of a 7 by 7 grid picks one of 128 learned entries: the code is a short "
        "sequence of entries. Reconstructions are sharp; new pictures need a model of these "
        "sequences, so random codes make no sense. Watch the perplexity: few entries in use is a "
        "collapse.",
        "van den Oord, Vinyals & Kavukcuoglu 2017, NeurIPS, arXiv:1711.00937",
        {
            "network": NetworkSpec(kind="resnet", widths=(32, 64), batch_norm=True),
            "code": QuantizedCodeSpec(n_dims=16, codebook_size=128),
            "objective": (*_MSE, CommitmentSpec(weight=0.25)),
            "optimizer": OptimizerSpec(lr=2e-3, schedule="cosine"),
            "n_epochs": 10,
        },
    ),
)
