"""Training learns, is repeatable, resumes to the same weights, and says when it goes wrong."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from aecore.artifact import Artifact
from aecore.data.samples import SampleSet, split, standardized
from aecore.errors import DivergedError, SpecError, TooFewSamplesError
from aecore.recipes import GENERAL, recipe
from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec
from aecore.specs.run import CorruptionSpec, NetworkSpec, OptimizerSpec
from aecore.specs.terms import TERM_SPECS, BceSpec, KlSpec
from aecore.training.begin import begin
from aecore.training.checkpoint import load_last, save_last
from aecore.training.doctor import overfitting
from aecore.training.feed import strip_rows
from aecore.training.fit import fit
from tests.core.conftest import SOME_DATA, a_run


def weights_of(record):
    return {k: v.clone() for k, v in record.progression.model.state_dict().items()}


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def test_training_makes_a_bad_model_good(digits):
    spec = a_run(n_epochs=60)
    untrained = begin(digits, spec).model.eval()
    x = torch.from_numpy(digits.scaled(digits.parts["test"]))
    with torch.no_grad():
        before = (untrained(x).x_hat - x).square().mean().item()
        trained = list(fit(digits, spec))[-1].progression.model.eval()
        after = (trained(x).x_hat - x).square().mean().item()
    spread = x.var(0).mean().item()
    assert before > spread
    assert after < 0.5 * spread


@pytest.mark.slow
def test_a_linear_autoencoder_reaches_the_error_of_pca(digits):
    spec = recipe("linear").spec(SOME_DATA, code=PlainCodeSpec(n_dims=8), n_epochs=300)
    x = digits.scaled(digits.parts["test"]).reshape(-1, 64)
    pca = PCA(8).fit(digits.scaled(digits.parts["train"]).reshape(-1, 64))
    best = np.square(pca.inverse_transform(pca.transform(x)) - x).mean()
    model = list(fit(digits, spec))[-1].progression.model.eval()
    with torch.no_grad():
        found = (model(torch.from_numpy(x).view(-1, 1, 8, 8)).x_hat.view(-1, 64).numpy() - x) ** 2
    assert found.mean() < 1.01 * best


@pytest.mark.parametrize("name", GENERAL)
def test_every_recipe_learns(digits, name):
    n_epochs = 12 if name == "vae-gan" else 4  # its critic has to learn first
    spec = recipe(name).spec(SOME_DATA, n_epochs=n_epochs)
    records = [record for record in fit(digits, spec) if record.whole]
    term = spec.objective[0].name
    assert len(records) == n_epochs
    assert records[-1].val[term] < records[0].val[term]
    assert set(records[0].train) == {"loss", *(t.name for t in spec.objective)}


def first_of(digits, **n_of_part):
    """The first samples of each part."""
    parts = {name: digits.parts[name][:n] for name, n in n_of_part.items()}
    return SampleSet(digits.x, {"test": digits.parts["test"], **parts}, digits.labels)


@pytest.mark.parametrize("name", GENERAL)
def test_validation_changes_nothing_of_the_model(digits, name):
    spec = recipe(name).spec(SOME_DATA, n_epochs=2, batch_size=20)
    seen = weights_of(list(fit(first_of(digits, train=60, val=30), spec))[-1])
    unseen = weights_of(list(fit(first_of(digits, train=60, val=0), spec))[-1])
    assert same(seen, unseen)


@pytest.mark.parametrize("n", [4, 14])
@pytest.mark.parametrize("name", GENERAL)
def test_every_recipe_trains_on_a_few_pictures_with_one_to_validate(digits, name, n):
    parts = split(n, val_fraction=0.1, test_fraction=0.1, seed=0)
    assert len(parts["val"]) == 1
    spec = recipe(name).spec(SOME_DATA, n_epochs=1)
    *_, last = fit(SampleSet(digits.x[:n], parts, digits.labels[:n]), spec)
    assert np.isfinite([*last.val.values()]).all()
    assert last.note == ""


def test_a_last_batch_of_one_validation_sample_counts_as_one(digits):
    """1,025 samples of 8 by 8 pixels are looked at in two goes."""
    rows = np.arange(1125)
    spec = recipe("k-sparse").spec(SOME_DATA, n_epochs=2)
    samples = SampleSet(digits.x, {"train": rows[1025:], "val": rows[:1025], "test": rows[:0]})
    last = list(fit(samples, spec))[-1]
    x = torch.from_numpy(samples.scaled(rows[:1025]))
    with torch.no_grad():
        errors = (last.progression.model.eval()(x).x_hat - x).square()
    assert last.val["mse"] == pytest.approx(errors.mean().item(), rel=1e-5)


def test_rows_of_a_table_train_too():
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(400, 2)) @ rng.normal(size=(2, 9)) * 5 + 3).astype(np.float32)
    rows = standardized(SampleSet(x, split(400, val_fraction=0.1, test_fraction=0.1, seed=0)))
    spec = a_run(
        network=NetworkSpec(kind="linear", widths=(), output="linear"),
        code=PlainCodeSpec(n_dims=2),
        optimizer=OptimizerSpec(lr=0.03),
        n_epochs=60,
    )
    last = list(fit(rows, spec))[-1]
    assert last.val["mse"] < 0.01  # two factors made nine columns: two numbers suffice
    assert last.strip.shape == (2, 10, 9)


def test_the_same_seed_gives_the_same_weights_and_another_others(digits):
    spec = a_run(
        n_epochs=2,
        network=NetworkSpec(widths=(16,), dropout=0.2),
        code=GaussianCodeSpec(n_dims=4),
        corruption=CorruptionSpec(kind="gaussian"),
    )
    first, second = (weights_of(list(fit(digits, spec))[-1]) for _ in range(2))
    other = weights_of(list(fit(digits, spec.model_copy(update={"seed": 1})))[-1])
    assert same(first, second)
    assert not same(first, other)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "rmsprop"])
def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(digits, tmp_path, optimizer):
    spec = a_run(
        n_epochs=4,
        network=NetworkSpec(widths=(16,), dropout=0.2, batch_norm=True),
        code=GaussianCodeSpec(n_dims=4),
        objective=(BceSpec(reduction="sum"), KlSpec(reduction="sum")),
        optimizer=OptimizerSpec(name=optimizer, lr=1e-3, schedule="cosine"),
        patience=3,
    )
    uninterrupted = list(fit(digits, spec))[-1]
    artifact = Artifact(tmp_path)
    training = fit(digits, spec, publish_s=0.0)
    for record in training:
        if record.whole and record.epoch == 2:
            save_last(artifact, record.progression)
        if record.epoch > 2:
            break
    training.close()
    at = begin(digits, spec)
    assert load_last(artifact, at)
    assert at.epoch == 2
    resumed = list(fit(digits, spec, at=at))[-1]
    assert same(weights_of(uninterrupted), weights_of(resumed))
    assert uninterrupted.val == resumed.val


def test_closing_the_generator_stops_training(digits):
    training = fit(digits, a_run(n_epochs=1000), publish_s=0.0)
    first = next(training)
    training.close()
    assert 0 < first.epoch < 1
    assert first.progression.step == 1


def test_records_come_within_the_first_epoch_and_count_it_right(digits):
    records = list(fit(digits, a_run(n_epochs=2, batch_size=100), publish_s=0.0))
    n_steps = -(-len(digits.parts["train"]) // 100)
    assert [r.whole for r in records[:n_steps]] == [False] * (n_steps - 1) + [True]
    assert [round(r.epoch * n_steps) for r in records[:n_steps]] == list(range(1, n_steps + 1))
    assert records[-1].last
    assert records[-1].eta_s == 0


def test_early_stopping_keeps_the_best_epoch(digits):
    few = SampleSet(digits.x, {**digits.parts, "train": digits.parts["train"][:40]}, digits.labels)
    spec = a_run(n_epochs=400, patience=5, network=NetworkSpec(widths=(256, 128)), batch_size=8)
    records = list(fit(few, spec))
    curve = [record.val["loss"] for record in records if record.whole]
    assert len(curve) < 400
    assert len(curve) == int(np.argmin(curve)) + 1 + 5
    assert records[-1].val["loss"] == pytest.approx(min(curve), rel=1e-6)


def test_overfitting_is_named_where_it_begins_and_nowhere_else():
    falling = [(1 / n, 1 / n) for n in range(1, 20)]
    assert overfitting(falling) == ""
    rising = [(1 / n, 1 / n if n < 8 else 0.125 + 0.01 * n) for n in range(1, 20)]
    assert "since epoch 7" in overfitting(rising)
    wavering = [(1 / n, 0.5 + 0.001 * (n % 2)) for n in range(1, 20)]
    assert overfitting(wavering) == ""


def test_overfitting_on_forty_digits_is_noticed(digits):
    few = SampleSet(digits.x, {**digits.parts, "train": digits.parts["train"][:40]}, digits.labels)
    spec = a_run(n_epochs=150, network=NetworkSpec(widths=(256, 128)), batch_size=8)
    notes = [record.note for record in fit(few, spec) if record.whole]
    assert notes[0] == ""
    assert any("Overfitting since epoch" in note for note in notes)


def test_a_diverging_run_stops_and_says_what_to_change(digits):
    spec = a_run(
        network=NetworkSpec(kind="linear", output="linear"),
        optimizer=OptimizerSpec(name="sgd", lr=10.0),
        n_epochs=50,
    )
    with pytest.raises(DivergedError, match="Lower the learning rate from 10 to 1") as caught:
        list(fit(digits, spec.model_copy(update={"batch_size": 8})))
    assert "mse" in caught.value.message


def test_a_sigmoid_cannot_be_asked_for_standardized_values(digits):
    with pytest.raises(SpecError, match="linear output"):
        next(fit(standardized(digits), a_run()))


def test_ssim_is_refused_where_values_go_beyond_0_to_1_or_are_no_pictures(digits):
    linear = NetworkSpec(widths=(8,), output="linear")
    for terms in (("ssim",), ("mse", "ssim")):
        spec = a_run(network=linear, objective=tuple(TERM_SPECS[name]() for name in terms))
        assert next(fit(digits, spec)).train["ssim"] > 0
        with pytest.raises(SpecError, match=r"SSIM .* standardized"):
            next(fit(standardized(digits), spec))
        rows = SampleSet(digits.x.reshape(len(digits), -1).astype(np.float32), digits.parts)
        with pytest.raises(SpecError, match=r"SSIM .* rows"):
            next(fit(rows, spec))


def test_one_sample_is_not_enough(digits):
    one = SampleSet(digits.x, {**digits.parts, "train": digits.parts["train"][:1]})
    with pytest.raises(TooFewSamplesError):
        next(fit(one, a_run()))


def test_a_denoising_run_shows_the_noisy_picture_between(digits):
    spec = a_run(n_epochs=1, corruption=CorruptionSpec(kind="masking", level=0.5))
    strip = list(fit(digits, spec))[-1].strip
    clean, noisy, _ = strip
    assert np.array_equal(clean, digits.x[strip_rows(digits)])
    lit = clean > 0
    assert 0.3 < (noisy[lit] == 0).mean() < 0.7


def test_a_model_of_random_codes_stays_bad(digits):
    """A held-out check that validation is not computed on something the model has seen."""
    shuffled = (
        np.random.default_rng(0)
        .permuted(digits.x.reshape(len(digits), -1), axis=1)
        .reshape(digits.x.shape)
    )
    noise = SampleSet(shuffled, digits.parts, digits.labels)
    real = list(fit(digits, a_run(n_epochs=10)))[-1].val["mse"]
    chance = list(fit(noise, a_run(n_epochs=10)))[-1].val["mse"]
    assert chance > 2 * real
