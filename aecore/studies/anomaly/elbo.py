"""The evidence lower bound of a VAE, negated, and its two terms; nats."""

from __future__ import annotations

import numpy as np

from aecore.runs import OpenRun
from aecore.sentence import Sentence
from aecore.specs.run import RunSpec
from aecore.specs.terms import KlSpec, MseSpec
from aecore.studies.anomaly.method import Method, Scorer, State, nothing
from aecore.studies.anomaly.view import View

REFERENCE = "An & Cho 2015, SNU Data Mining Center; Kingma & Welling 2014, arXiv:1312.6114"


def misfit(view: View) -> np.ndarray:
    """`-log p(x | z)` at the mean code, but for a constant.

    Bernoulli where the run learnt by cross-entropy; else Gaussian, of the variance that the
    weights of its objective imply.
    """
    x = view.flat.astype(np.float64)
    names = {term.name for term in view.run.spec.objective}
    if names & {"bce", "iwae"} and view.run.model.has_sigmoid_output:
        raw = view.raw.reshape(len(view), -1).astype(np.float64)
        return np.asarray((np.logaddexp(0, raw) - x * raw).sum(1))
    if view.nats is not None:
        nats = np.asarray(view.nats.sum(1, dtype=np.float64))
        return np.asarray(nats * x.sum(1)) if view.run.model.has_softmax_output else nats
    squares = np.square(x - view.x_hat.reshape(len(view), -1)).sum(1)
    return np.asarray(squares * _precision(view.run.spec, x.shape[1]) / 2)


def _precision(spec: RunSpec, n_values: int) -> float:
    """`1 / sigma^2` of a Gaussian decoder; 1 where the objective has no squared error."""
    error, kl = spec.term(MseSpec), spec.term(KlSpec)
    if error is None or kl is None or not kl.weight:
        return 1.0
    shares = {"sum": 1.0, "mean": 1.0 / n_values}
    return 2 * error.weight * shares[error.reduction] / kl.weight


def divergence(view: View) -> np.ndarray:
    """`KL(q(z | x) || N(0, I))`, 0 upwards."""
    if view.logvar is None:
        raise TypeError("a gaussian code has a variance")
    mu, logvar = view.z.astype(np.float64), view.logvar.astype(np.float64)
    return np.asarray(0.5 * (np.exp(logvar) + mu**2 - 1 - logvar).sum(1))


def elbo_scorer(state: State) -> Scorer:
    """Both terms together."""
    return lambda view: misfit(view) + divergence(view)


def misfit_scorer(state: State) -> Scorer:
    """The first term."""
    return misfit


def divergence_scorer(state: State) -> Scorer:
    """The second."""
    return divergence


def why_not(run: OpenRun) -> str:
    """Only a VAE has a bound."""
    if run.spec.code.kind == "gaussian":
        return ""
    return Sentence(
        "The bound is of a gaussian code (a VAE's); this code is {kind}.", kind=run.spec.code.kind
    )


ELBO = Method("elbo", "Negative ELBO", "any, nats", REFERENCE, nothing, elbo_scorer, why_not)
MISFIT = Method(
    "misfit", "ELBO: reconstruction", "any, nats", REFERENCE, nothing, misfit_scorer, why_not
)
DIVERGENCE = Method(
    "kl", "ELBO: KL", "0 upwards, nats", REFERENCE, nothing, divergence_scorer, why_not
)
