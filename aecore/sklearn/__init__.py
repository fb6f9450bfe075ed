"""Estimators with scikit-learn's interface, over the same specs and training as the rest."""

from aecore.sklearn.detector import AutoencoderDetector
from aecore.sklearn.estimator import Autoencoder

__all__ = ["Autoencoder", "AutoencoderDetector"]
