"""Train autoencoders and look inside them.

    >>> import aecore
    >>> run = aecore.train("vae", "mnist-5k")           # doctest: +SKIP
    >>> codes = run.encode(aecore.load("mnist-5k").x)   # doctest: +SKIP

Names are imported when they are first used, so that `import aecore` costs nothing.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from aecore.child_process import SPIN_TURNS

# Threads of one tensor operation that wait for each other spin for some microseconds, then sleep.
# OpenMP's own habit, to spin for milliseconds, makes training many times slower beside other work
# on the same cores; to sleep at once costs small networks a third of their speed on a quiet
# machine (BENCHMARKS.md). OpenMP reads both once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", SPIN_TURNS)

if TYPE_CHECKING:
    from aecore.api.detector import Detector as Detector
    from aecore.api.detector import odd_samples as odd_samples
    from aecore.api.inside import codes_as_features as codes_as_features
    from aecore.api.inside import latent_map as latent_map
    from aecore.api.inside import living_page as living_page
    from aecore.api.inside import similar_samples as similar_samples
    from aecore.api.inside import training_film as training_film
    from aecore.api.lab import history as history
    from aecore.api.lab import load as load
    from aecore.api.lab import train as train
    from aecore.api.recommend import judge_suggestions as judge_suggestions
    from aecore.data.samples import SampleSet as SampleSet
    from aecore.denoising.denoise import denoise as denoise
    from aecore.denoising.levels import levels_spec as levels_spec
    from aecore.denoising.levels import load_levels as load_levels
    from aecore.errors import AecoreError as AecoreError
    from aecore.figures.scatter import map_figure as map_figure
    from aecore.latent.codes import Codes as Codes
    from aecore.latent.direction import Direction as Direction
    from aecore.latent.direction import direction_between as direction_between
    from aecore.latent.paths import arithmetic as arithmetic
    from aecore.latent.paths import corners as corners
    from aecore.latent.paths import interpolate as interpolate
    from aecore.latent.paths import manifold as manifold
    from aecore.latent.paths import walk as walk
    from aecore.latent.samplers import Mixture as Mixture
    from aecore.latent.samplers import OneGaussian as OneGaussian
    from aecore.latent.samplers import Prior as Prior
    from aecore.latent.sweeps import dimension_information as dimension_information
    from aecore.latent.sweeps import sweep as sweep
    from aecore.maps.latent_map import LatentMap as LatentMap
    from aecore.maps.latent_map import place as place
    from aecore.photos.photograph import adjust_photograph as adjust_photograph
    from aecore.photos.photograph import clean_photograph as clean_photograph
    from aecore.photos.photograph import uncertainty_of as uncertainty_of
    from aecore.recipes import RECIPES as RECIPES
    from aecore.recipes import recipe as recipe
    from aecore.runs import OpenRun as OpenRun
    from aecore.runs import open_run as open_run
    from aecore.specs.codes import CodeSpec as CodeSpec
    from aecore.specs.codes import GaussianCodeSpec as GaussianCodeSpec
    from aecore.specs.codes import PlainCodeSpec as PlainCodeSpec
    from aecore.specs.codes import QuantizedCodeSpec as QuantizedCodeSpec
    from aecore.specs.data import DataSpec as DataSpec
    from aecore.specs.run import CorruptionSpec as CorruptionSpec
    from aecore.specs.run import NetworkSpec as NetworkSpec
    from aecore.specs.run import OptimizerSpec as OptimizerSpec
    from aecore.specs.run import RunSpec as RunSpec
    from aecore.specs.term import TermSpec as TermSpec
    from aecore.store import Store as Store
    from aecore.studies.similar.search import SimilarSamples as SimilarSamples
    from aecore.studies.text_search import TextSearch as TextSearch
    from aecore.training.fit import fit as fit
    from aecore.units.units import activations as activations
    from aecore.units.units import layers_of as layers_of
    from aecore.units.units import look_at_units as look_at_units

_HOMES = {
    "SampleSet": "aecore.data.samples",
    "AecoreError": "aecore.errors",
    "map_figure": "aecore.figures.scatter",
    "Detector": "aecore.api.detector",
    "judge_suggestions": "aecore.api.recommend",
    "odd_samples": "aecore.api.detector",
    "codes_as_features": "aecore.api.inside",
    "latent_map": "aecore.api.inside",
    "living_page": "aecore.api.inside",
    "similar_samples": "aecore.api.inside",
    "training_film": "aecore.api.inside",
    "history": "aecore.api.lab",
    "load": "aecore.api.lab",
    "train": "aecore.api.lab",
    "Codes": "aecore.latent.codes",
    "Direction": "aecore.latent.direction",
    "direction_between": "aecore.latent.direction",
    "LatentMap": "aecore.maps.latent_map",
    "place": "aecore.maps.latent_map",
    "arithmetic": "aecore.latent.paths",
    "corners": "aecore.latent.paths",
    "interpolate": "aecore.latent.paths",
    "manifold": "aecore.latent.paths",
    "walk": "aecore.latent.paths",
    "Mixture": "aecore.latent.samplers",
    "OneGaussian": "aecore.latent.samplers",
    "Prior": "aecore.latent.samplers",
    "dimension_information": "aecore.latent.sweeps",
    "sweep": "aecore.latent.sweeps",
    "activations": "aecore.units.units",
    "layers_of": "aecore.units.units",
    "look_at_units": "aecore.units.units",
    "RECIPES": "aecore.recipes",
    "recipe": "aecore.recipes",
    "denoise": "aecore.denoising.denoise",
    "levels_spec": "aecore.denoising.levels",
    "load_levels": "aecore.denoising.levels",
    "adjust_photograph": "aecore.photos.photograph",
    "clean_photograph": "aecore.photos.photograph",
    "uncertainty_of": "aecore.photos.photograph",
    "OpenRun": "aecore.runs",
    "open_run": "aecore.runs",
    "CodeSpec": "aecore.specs.codes",
    "GaussianCodeSpec": "aecore.specs.codes",
    "PlainCodeSpec": "aecore.specs.codes",
    "QuantizedCodeSpec": "aecore.specs.codes",
    "CorruptionSpec": "aecore.specs.run",
    "DataSpec": "aecore.specs.data",
    "NetworkSpec": "aecore.specs.run",
    "OptimizerSpec": "aecore.specs.run",
    "RunSpec": "aecore.specs.run",
    "TermSpec": "aecore.specs.term",
    "Store": "aecore.store",
    "TextSearch": "aecore.studies.text_search",
    "SimilarSamples": "aecore.studies.similar.search",
    "fit": "aecore.training.fit",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - checked by a test against the names above


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'aecore' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
