"""What a training begins with: an untrained model, its optimizer, and the samples it is fed."""

from __future__ import annotations

from functools import partial

import torch

from aecore.data.feature_layout import layout_of
from aecore.data.samples import SampleSet
from aecore.models.autoencoder import Autoencoder, new_model
from aecore.models.pca_start import start_at_components
from aecore.objectives.objective import Objective, partners_of
from aecore.specs.run import RunSpec
from aecore.training.checks import check_samples, check_values
from aecore.training.device import pick_device
from aecore.training.feed import DeviceDataset, first_answer
from aecore.training.optim import make_optimizer
from aecore.training.pca import components_of
from aecore.training.records import TrainState
from aecore.training.step import Step, precision_of
from aecore.training.tuning import Tuning


def begin(
    samples: SampleSet,
    spec: RunSpec,
    device: torch.device | None = None,
    tuning: Tuning | None = None,
    *,
    at_data: bool = True,
) -> TrainState:
    """An untrained model and its optimizer, before the first step.

    Parameters
    ----------
    at_data
        Whether it begins at the samples' mean, and at their principal components where the run
        asks for it; False: its weights are replaced anyhow.
    tuning
        How the machine computes it; the ordinary way where None.

    Raises
    ------
    SpecError
        If the settings do not fit these samples.
    """
    check_fit(samples, spec)
    model = new_model(spec, samples.shape)
    describe_columns(model, samples)
    if at_data:
        model.start_at(torch.from_numpy(first_answer(samples, spec)))
        if spec.network.pca_start:
            found = components_of(samples, model.plan.n_dims, spec.augment)
            start_at_components(model, spec, found)
    return begin_with(model, samples, spec, device, tuning)


def begin_with(
    model: Autoencoder,
    samples: SampleSet,
    spec: RunSpec,
    device: torch.device | None = None,
    tuning: Tuning | None = None,
) -> TrainState:
    """The same for a model that is there already; it is moved to the device."""
    device = device or pick_device()
    describe_columns(model, samples)
    model = model.to(device)
    tuning = tuning or Tuning()
    if _has_channels_last(spec, tuning, device):
        model = model.to(memory_format=torch.channels_last)
    optimizer = make_optimizer(model.parameters(), spec.optimizer, fused=tuning.fused)
    at = TrainState(model, optimizer, tuning=tuning)
    at.partners = partners_of(spec.objective, samples.shape, model.plan.n_dims, spec.seed)
    if len(at.partners):
        at.partners = at.partners.to(device)
        at.partner_optimizer = make_optimizer(
            at.partners.parameters(), spec.optimizer, fused=tuning.fused
        )
    return at


def describe_columns(model: Autoencoder, samples: SampleSet) -> None:
    """Let an output by column know what each column is; nothing for any other output."""
    if model.columns is not None:
        model.columns.describe(layout_of(samples))


def is_convolutional(spec: RunSpec) -> bool:
    """Whether any of its encoders is, so that memory layout matters."""
    return bool({spec.network.kind, (spec.beside or spec.network).kind} & {"conv", "resnet"})


def feed_of(samples: SampleSet, spec: RunSpec, at: TrainState) -> DeviceDataset:
    """The samples where the model is, in the layout that it wants them in."""
    device = next(at.model.parameters()).device
    return DeviceDataset(samples, device, channels_last=_has_channels_last(spec, at.tuning, device))


def _has_channels_last(spec: RunSpec, tuning: Tuning, device: torch.device) -> bool:
    """Apple's kernels want channels first."""
    return is_convolutional(spec) and tuning.channels_last and device.type != "mps"


def new_step(samples: SampleSet, spec: RunSpec, at: TrainState, feed: DeviceDataset) -> Step:
    """What changes the weights once, in the ordinary way."""
    objective = objective_of(spec, at)
    return Step(spec, at, feed, objective, unit=samples.scale == "unit")


def objective_of(spec: RunSpec, at: TrainState) -> Objective:
    """The run's loss, whose own networks are run in the run's precision."""
    autocast = partial(precision_of, spec, next(at.model.parameters()).device)
    return Objective(spec.objective, partners=at.partners, autocast=autocast)


def check_fit(samples: SampleSet, spec: RunSpec) -> None:
    """Whether the settings fit these samples; see `begin`."""
    check_samples(spec, samples.shape, samples.scale, len(samples.parts["train"]))
    check_values(spec, samples.x)
