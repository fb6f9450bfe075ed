"""Codes that are k-sparse or quantized, and encoders that are joined."""

from __future__ import annotations

import pytest
import torch

from aecore.models.autoencoder import Output, new_model
from aecore.models.codes import QuantizedCode, added, added_by_product, perplexity
from aecore.models.networks import Noise
from aecore.objectives.objective import TERMS
from aecore.objectives.term import Batch
from aecore.specs.codes import PlainCodeSpec, QuantizedCodeSpec
from aecore.specs.run import NetworkSpec
from aecore.specs.terms import CommitmentSpec, ContractiveSpec, MseSpec, SparseKlSpec
from tests.core.conftest import a_run

SHAPE = (1, 12, 12)
VQ = (MseSpec(), CommitmentSpec(weight=0.25))


def some(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_a_k_sparse_code_keeps_its_largest_units_and_only_them():
    full = new_model(a_run(code=PlainCodeSpec(n_dims=10)), SHAPE)
    sparse = new_model(a_run(code=PlainCodeSpec(n_dims=10, top_k=3)), SHAPE)
    x = some(6, *SHAPE)
    z, kept = full.encode(x).z, sparse.encode(x).z
    assert ((kept != 0).sum(1) == 3).all()
    for row, row_kept in zip(z, kept, strict=True):
        strongest = sorted(range(10), key=lambda d, row=row: -abs(row[d]))[:3]
        assert torch.equal(row_kept[strongest], row[strongest])


def handicapped(batch_norm):
    """Of ten units seven that always answer loudly, whatever they see."""
    code = PlainCodeSpec(n_dims=10, top_k=3, batch_norm=batch_norm)
    model = new_model(a_run(code=code), SHAPE)
    with torch.no_grad():
        model.code.z.bias[:7] += 5.0
    return model


def test_without_a_head_start_every_unit_wins_at_times():
    x = some(200, *SHAPE)
    alone = (handicapped(batch_norm=False).encode(x).z != 0).float().mean(0)
    eased = (handicapped(batch_norm=True).encode(x).z != 0).float().mean(0)
    assert (alone[7:] == 0).all()
    assert (eased > 0.1).all()


def test_standardized_units_have_mean_0_and_deviation_1_over_a_batch():
    model = new_model(a_run(code=PlainCodeSpec(n_dims=4, batch_norm=True)), SHAPE)
    z = model.encode(10.0 + some(64, *SHAPE)).z
    assert torch.allclose(z.mean(0), torch.zeros(4), atol=1e-4)
    assert torch.allclose(z.std(0, correction=0), torch.ones(4), atol=0.01)


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("target", [0.05, 0.1])
def test_units_asked_for_an_activity_begin_near_it(batch_norm, target):
    code = PlainCodeSpec(n_dims=32, activation="sigmoid", batch_norm=batch_norm)
    asked = (MseSpec(), SparseKlSpec(target=target))
    x = some(64, *SHAPE)
    model = new_model(a_run(code=code, objective=asked), SHAPE)
    assert float(model.encode(x).z.detach().mean()) == pytest.approx(target, rel=0.6)
    unasked = new_model(a_run(code=code), SHAPE)
    assert float(unasked.encode(x).z.detach().mean()) == pytest.approx(0.5, abs=0.1)


def quantized(codebook_size=4):
    code = QuantizedCode((5, 3, 3), 2, codebook_size, 0.9, Noise())
    code.noise.seed(0, torch.device("cpu"))
    return code


def test_each_place_gets_the_nearest_entry():
    code = quantized().eval()
    found = code(some(7, 5, 3, 3))
    z_e = found.z_e.view(7, 2, 3, 3)
    z = found.z.view(7, 2, 3, 3)
    for b in range(7):
        for i in range(3):
            for j in range(3):
                apart = [(z_e[b, :, i, j] - entry).norm().item() for entry in code.weights]
                nearest = apart.index(min(apart))
                assert found.entries.view(7, 3, 3)[b, i, j] == nearest
                assert torch.allclose(z[b, :, i, j], code.weights[nearest], atol=1e-6)


def test_gradients_pass_straight_through_to_the_encoder():
    code = quantized().eval()
    h = some(2, 5, 3, 3).requires_grad_()
    slope = some(2, 18, seed=1)
    (through,) = torch.autograd.grad((code(h).z * slope).sum(), h)
    (direct,) = torch.autograd.grad((code.project(h).flatten(1) * slope).sum(), h)
    assert torch.allclose(through, direct)


def test_snapped_codes_stay_where_they_are():
    code = quantized().eval()
    z = code(some(4, 5, 3, 3)).z
    assert torch.allclose(code.snap(z), z, atol=1e-6)


def test_entries_move_to_the_means_of_what_they_stand_for():
    torch.manual_seed(0)
    code = quantized(2)
    code.train()
    h = torch.cat([some(8, 5, 3, 3), some(8, 5, 3, 3) + 5.0])
    for _ in range(200):
        code.after_step(code(h))
    found = code(h)
    vectors = found.z_e.view(16, 2, 9).permute(0, 2, 1).reshape(-1, 2)
    for entry in range(2):
        mean = vectors[found.entries.flatten() == entry].mean(0)
        assert torch.allclose(code.weights[entry], mean, atol=1e-2)


def test_entries_that_nothing_is_near_to_begin_again():
    code = quantized(8)
    code.train()
    h = some(8, 5, 3, 3)
    code.begin(h)
    code.weights[3:].add_(1000.0)
    code.sums.copy_(code.weights)
    for _ in range(100):
        found = code(h)
        code.after_step(found)
    assert code.weights.abs().max() < 100
    assert perplexity(found.entries, 8) > 4


def test_perplexity_counts_entries_in_even_use():
    assert perplexity(torch.tensor([[0, 1, 2, 3]]), 8) == pytest.approx(4.0)
    assert perplexity(torch.zeros(2, 5, dtype=torch.int64), 8) == pytest.approx(1.0)


@pytest.mark.parametrize("kind", ["conv", "resnet"])
def test_a_quantized_autoencoder_gives_samples_of_the_same_shape(kind):
    spec = a_run(
        network=NetworkSpec(kind=kind, widths=(4, 8)),
        code=QuantizedCodeSpec(n_dims=3, codebook_size=16),
        objective=VQ,
    )
    model = new_model(spec, SHAPE).eval()
    x = some(2, *SHAPE)
    output = model(x)
    assert output.x_hat.shape == x.shape
    assert model.plan.n_dims == output.code.z.shape[1] == 3 * 3 * 3
    assert torch.allclose(model.decode(output.code.z), output.x_hat, atol=1e-6)


def test_joined_encoders_both_reach_the_code():
    spec = a_run(
        network=NetworkSpec(kind="conv", widths=(4,)),
        beside=NetworkSpec(widths=(6,)),
        code=PlainCodeSpec(n_dims=3),
    )
    model = new_model(spec, SHAPE)
    assert model.code.z.in_features == 4 * 6 * 6 + 6
    model.encode(some(2, *SHAPE)).z.sum().backward()
    for part in (model.encoder, model.beside):
        assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in part.parameters())


@pytest.mark.parametrize("kind", ["linear", "dense", "conv"])
def test_contraction_of_joined_encoders_is_that_of_their_jacobian(kind):
    spec = a_run(
        network=NetworkSpec(kind=kind, widths=() if kind == "linear" else (4,)),
        beside=NetworkSpec(kind="conv", widths=(3,)),
        code=PlainCodeSpec(n_dims=3, activation="sigmoid"),
    )
    model = new_model(spec, SHAPE)
    model.noise.seed(0, torch.device("cpu"))
    x = some(1, *SHAPE)
    jacobian = torch.autograd.functional.jacobian(lambda given: model.encode(given).z[0], x)
    many = x.expand(4000, -1, -1, -1)
    term = ContractiveSpec(reduction="sum")
    batch = Batch(Output(many, model.encode(many), many, many), many, model, term)
    found = TERMS["contractive"].function(batch).mean()
    assert found.item() == pytest.approx(jacobian.square().sum().item(), rel=0.1)


def test_a_residual_block_of_zero_weights_changes_nothing():
    spec = a_run(network=NetworkSpec(kind="resnet", widths=(4,), batch_norm=True))
    model = new_model(spec, SHAPE)
    block = next(step for step in model.encoder if type(step).__name__ == "Residual")
    torch.nn.init.zeros_(block.steps[-1].weight)
    torch.nn.init.zeros_(block.steps[-1].bias)
    x = some(2, 4, 6, 6)
    assert torch.equal(block(x), x)


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (3, 64, 64), (1, 9, 7)])
@pytest.mark.parametrize(
    "code", [PlainCodeSpec(), PlainCodeSpec(batch_norm=True), QuantizedCodeSpec(n_dims=4)]
)
def test_the_plan_of_a_resnet_counts_its_weights(shape, batch_norm, code):
    spec = a_run(
        network=NetworkSpec(kind="resnet", widths=(4, 8), batch_norm=batch_norm),
        code=code,
        objective=VQ if code.kind == "quantized" else (MseSpec(),),
    )
    model = new_model(spec, shape)
    assert model.plan.n_params == sum(p.numel() for p in model.parameters())
    assert model(some(2, *shape)).x_hat.shape == (2, *shape)


def test_entries_are_summed_by_a_product_as_by_adding_row_after_row():
    """A GPU takes the product, which is the same at each call."""
    vectors = some(50, 3)
    entries = torch.randint(0, 8, (50,), generator=torch.Generator().manual_seed(0))
    counts, sums = added_by_product(vectors, entries, 8)
    for entry in range(8):
        rows = vectors[entries == entry]
        assert counts[entry] == len(rows)
        assert torch.allclose(sums[entry], rows.sum(0), atol=1e-5)
    assert all(map(torch.allclose, added(vectors, entries, 8), (counts, sums)))
