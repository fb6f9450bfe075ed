"""Autoencoders with a plain code: linear, deep, sparse, contractive, and those that repair."""

from __future__ import annotations

from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import CorruptionSpec, NetworkSpec, OptimizerSpec
from aecore.specs.terms import BceSpec, ContractiveSpec, KlSpec, MseSpec, SparseKlSpec, SparseL1Spec
from aecore.zoo.recipe import Recipe

_MSE = (MseSpec(),)
_ELBO = (BceSpec(reduction="sum"), KlSpec(reduction="sum"))

AUTOENCODERS: tuple[Recipe, ...] = (
    Recipe(
        "linear",
        "Linear (PCA's equal)",
        "One matrix in, one matrix out. Trained well, it finds the same subspace as PCA: the "
        "baseline that any deeper network must beat.",
        "Baldi & Hornik 1989, Neural Networks 2; Bourlard & Kamp 1988, Biological Cybernetics 59",
        {
            "network": NetworkSpec(kind="linear", widths=(), output="linear"),
            "code": PlainCodeSpec(n_dims=32),
            "objective": _MSE,
            "optimizer": OptimizerSpec(lr=1e-2, schedule="cosine"),
            "batch_size": 64,
            "n_epochs": 60,
        },
    ),
    Recipe(
        "undercomplete",
        "Undercomplete 128-64-32",
        "The textbook autoencoder: a narrow middle forces the network to keep what matters. "
        "Look at the reconstructions: strokes stay, quirks of a single picture go.",
        "Goodfellow, Bengio & Courville 2016, Deep Learning, section 14.1",
        {
            "network": NetworkSpec(kind="dense", widths=(128, 64), batch_norm=True),
            "code": PlainCodeSpec(n_dims=32),
            "objective": _MSE,
            "optimizer": OptimizerSpec(lr=3e-3, schedule="cosine"),
            "batch_size": 64,
            "n_epochs": 30,
        },
    ),
    Recipe(
        "one-hidden-49",
        "One hidden layer of 49",
        "A single hidden layer whose 49 units can be viewed as a 7 by 7 grid of pictures, of "
        "what each one responds to.",
        "Rumelhart, Hinton & Williams 1986, Nature 323",
        {
            "network": NetworkSpec(kind="linear", widths=()),
            "code": PlainCodeSpec(n_dims=49, activation="sigmoid"),
            "objective": _MSE,
            "optimizer": OptimizerSpec(lr=5e-3),
            "batch_size": 32,
            "n_epochs": 30,
        },
    ),
    Recipe(
        "deep",
        "Deep 1000-500-250-30",
        "The network that started deep learning's decade: thirty latent dimensions that keep far "
        "more of a digit than thirty principal components do. Batch normalization replaces the "
        "paper's layer-wise pre-training. Needs many pictures: on a few thousand it overfits.",
        "Hinton & Salakhutdinov 2006, Science 313",
        {
            "network": NetworkSpec(kind="dense", widths=(1000, 500, 250), batch_norm=True),
            "code": PlainCodeSpec(n_dims=30),
            "objective": _MSE,
            "optimizer": OptimizerSpec(schedule="cosine"),
            "batch_size": 64,
            "n_epochs": 30,
        },
    ),
    Recipe(
        "stacked",
        "Stacked (layer by layer)",
        "Each layer is first trained alone to reconstruct the output of the layer before it, "
        "then all are fine-tuned together: how deep networks of sigmoid units were first made to "
        "learn at all. Look at how much lower the first epoch of the whole starts. Today's "
        "activations and normalization have made it a piece of history.",
        "Bengio, Lamblin, Popovici & Larochelle 2007, NeurIPS; Vincent et al. 2010, JMLR 11",
        {
            "network": NetworkSpec(kind="dense", widths=(500, 250), activation="sigmoid"),
            "code": PlainCodeSpec(n_dims=30),
            "objective": _MSE,
            "optimizer": OptimizerSpec(lr=2e-3, schedule="cosine"),
            "batch_size": 64,
            "pretrain_epochs": 8,
            "n_epochs": 20,
        },
    ),
    Recipe(
        "conv",
        "Convolutional",
        "Filters that slide over the picture: fewer parameters, sharper strokes, and it scales "
        "to larger and coloured pictures.",
        "Masci, Meier, Ciresan & Schmidhuber 2011, ICANN",
        {
            "network": NetworkSpec(kind="conv", widths=(32, 64), batch_norm=True),
            "code": PlainCodeSpec(n_dims=32),
            "objective": _MSE,
            "optimizer": OptimizerSpec(lr=2e-3, schedule="cosine"),
            "n_epochs": 15,
        },
    ),
    Recipe(
        "residual",
        "Residual",
        "Convolutions with a short cut around each block, which begins as doing nothing: deeper "
        "networks learn as easily as shallow ones. Helps on coloured and larger pictures; on "
        "digits it is slower and hardly better.",
        "He, Zhang, Ren & Sun 2016, CVPR, arXiv:1512.03385; ECCV, arXiv:1603.05027",
        {
            "network": NetworkSpec(kind="resnet", widths=(32, 64), batch_norm=True),
            "code": PlainCodeSpec(n_dims=32),
            "objective": _MSE,
            "optimizer": OptimizerSpec(lr=2e-3, schedule="cosine"),
            "n_epochs": 10,
        },
    ),
    Recipe(
        "joined",
        "Two encoders, joined",
        "A convolutional and a dense encoder read the same picture, and one code is computed "
        "from both outputs: strokes wherever they are, and the picture as a whole. On the units "
        "page look at what each has learnt. Watch for overfitting on few pictures: the dense one "
        "has most of the encoders' weights.",
        "Szegedy et al. 2015, CVPR, arXiv:1409.4842 (branches side by side, their features joined)",
        {
            "network": NetworkSpec(kind="conv", widths=(32, 64), batch_norm=True),
            "beside": NetworkSpec(kind="dense", widths=(256,), batch_norm=True),
            "code": PlainCodeSpec(n_dims=32),
            "objective": _MSE,
            "optimizer": OptimizerSpec(lr=2e-3, schedule="cosine"),
            "n_epochs": 15,
        },
    ),
    Recipe(
        "sparse",
        "Sparse (L1)",
        "A wide code in which every active unit costs: each picture uses a few units, and single "
        "units come to stand for single strokes. Units are standardized over the batch, without "
        "which a third of them would die. Too high a price, and pictures turn to blur.",
        "Olshausen & Field 1996, Nature 381; Ng 2011, CS294A lecture notes",
        {
            "network": NetworkSpec(kind="linear", widths=()),
            "code": PlainCodeSpec(n_dims=128, activation="relu", batch_norm=True),
            "objective": (*_MSE, SparseL1Spec(weight=0.02)),
            "optimizer": OptimizerSpec(lr=2e-3),
            "n_epochs": 30,
        },
    ),
    Recipe(
        "sparse-kl",
        "Sparse (target activity)",
        "Every unit is asked for an activity of a tenth on average, no more and no less: none "
        "dies, none is always on. Look at the units page: strokes and blobs. Too large a weight, "
        "and all reconstructions look like the mean; too small, and units stay more active than "
        "the target. For half the activity, double the weight: the pull is proportional to "
        "the target.",
        "Ng 2011, CS294A lecture notes; Nair & Hinton 2009, NeurIPS",
        {
            "network": NetworkSpec(kind="linear", widths=()),
            "code": PlainCodeSpec(n_dims=128, activation="sigmoid", batch_norm=True),
            "objective": (*_MSE, SparseKlSpec(weight=1.0, target=0.1)),
            "optimizer": OptimizerSpec(lr=1e-2, schedule="cosine"),
            "batch_size": 64,
            "n_epochs": 30,
        },
    ),
    Recipe(
        "k-sparse",
        "Sparse (k largest)",
        "Only the 25 strongest of 100 units stay active for a picture, the others are set to 0: "
        "sparsity by rule instead of by penalty, so it is exactly what was chosen. Units that "
        "never win would learn nothing and stay dead, so all are standardized over the batch "
        "before they compete: none has a head start.",
        "Makhzani & Frey 2014, ICLR, arXiv:1312.5663",
        {
            "network": NetworkSpec(kind="dense", widths=(512,), batch_norm=True),
            "code": PlainCodeSpec(n_dims=100, top_k=25, batch_norm=True),
            "objective": _MSE,
            "optimizer": OptimizerSpec(schedule="cosine"),
            "batch_size": 64,
            "n_epochs": 30,
        },
    ),
    Recipe(
        "contractive",
        "Contractive",
        "The code must not change when the input changes a little; it stays sensitive only to "
        "the directions in which digits really differ.",
        "Rifai, Vincent, Muller, Glorot & Bengio 2011, ICML",
        {
            "network": NetworkSpec(kind="linear", widths=()),
            "code": PlainCodeSpec(n_dims=64, activation="sigmoid"),
            "objective": (*_MSE, ContractiveSpec(weight=0.002)),
            "optimizer": OptimizerSpec(lr=5e-3),
            "batch_size": 32,
            "n_epochs": 30,
        },
    ),
    Recipe(
        "denoising",
        "Denoising",
        "Noise goes in, the clean picture is asked for: the network must learn what pictures of "
        "this kind look like, and so can clean one it has never seen.",
        "Vincent, Larochelle, Bengio & Manzagol 2008, ICML",
        {
            "network": NetworkSpec(kind="conv", widths=(32, 64), batch_norm=True),
            "code": PlainCodeSpec(n_dims=64),
            "objective": _MSE,
            "corruption": CorruptionSpec(kind="gaussian", level=0.4),
            "optimizer": OptimizerSpec(lr=2e-3, schedule="cosine"),
            "n_epochs": 15,
        },
    ),
    Recipe(
        "swap-noise",
        "Swap noise",
        "One value in five is replaced by that of another sample, and the network puts the right "
        "one back: it must learn what belongs together. The usual choice for tables, and for "
        "finding odd rows.",
        "Vincent, Larochelle, Bengio & Manzagol 2008, ICML; swap noise: Jahrer 2017, first of the "
        "Porto Seguro contest",
        {
            "network": NetworkSpec(kind="dense", widths=(128, 128)),
            "code": PlainCodeSpec(n_dims=64),
            "objective": _MSE,
            "corruption": CorruptionSpec(kind="swap", level=0.2),
            "optimizer": OptimizerSpec(name="adamw", lr=1e-3, schedule="cosine"),
            "n_epochs": 60,
        },
    ),
    Recipe(
        "inpainting",
        "Inpainting",
        "A rectangle is hidden, the whole picture is asked for: the network must guess from "
        "what stands around. Where more than one answer fits, it paints their blurred mean.",
        "Pathak, Krahenbuhl, Donahue, Darrell & Efros 2016, CVPR, arXiv:1604.07379",
        {
            "network": NetworkSpec(kind="conv", widths=(32, 64), batch_norm=True),
            "code": PlainCodeSpec(n_dims=256),
            "objective": _MSE,
            "corruption": CorruptionSpec(kind="occlusion", level=0.15),
            "optimizer": OptimizerSpec(lr=2e-3, schedule="cosine"),
            "n_epochs": 20,
        },
    ),
    Recipe(
        "super-resolving",
        "Super-resolving (2x)",
        "A picture of half the size goes in, the full one is asked for: fine strokes come back "
        "because the network knows such strokes, not because they were there.",
        "Dong, Loy, He & Tang 2014, ECCV, arXiv:1501.00092",
        {
            "network": NetworkSpec(kind="conv", widths=(32, 64), batch_norm=True),
            "code": PlainCodeSpec(n_dims=128),
            "objective": _MSE,
            "corruption": CorruptionSpec(kind="downscale", level=1.0),
            "optimizer": OptimizerSpec(lr=2e-3, schedule="cosine"),
            "n_epochs": 20,
        },
    ),
)
