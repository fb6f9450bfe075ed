"""Sparse rows: the same numbers as dense ones, kept, trained on, never dense as a whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

import aecore
from aecore.artifact import Artifact
from aecore.data.arrays import Arrays, keep_arrays
from aecore.data.health import examine
from aecore.data.samples import SampleSet, load_samples, save_samples, split, standardized
from aecore.data.sources import Raw
from aecore.data.sparse_rows import MAX_VALUES, SparseRows, taken
from aecore.errors import DataError, SpecError
from aecore.recipes import RECIPES, fitted
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.store import Store
from aecore.training.feed import DeviceDataset
from aecore.training.fit import fit
from tests.core.conftest import SOME_DATA


@pytest.fixture
def dense() -> np.ndarray:
    """Ratings 1 to 5 in a tenth of the cells, `(60, 30)`."""
    rng = np.random.default_rng(0)
    x = rng.integers(1, 6, (60, 30)) * (rng.random((60, 30)) < 0.1)
    return x.astype(np.float32)


def _set(x: np.ndarray | SparseRows) -> SampleSet:
    return SampleSet(x, split(len(x), val_fraction=0.2, test_fraction=0.1, seed=0))


def test_rows_are_those_of_the_dense_array(dense: np.ndarray) -> None:
    rows = SparseRows(sparse.csr_matrix(dense))
    assert rows.shape == dense.shape
    assert np.array_equal(rows[[3, 1, 3]], dense[[3, 1, 3]])
    assert np.array_equal(rows[2:9:3], dense[2:9:3])
    assert np.array_equal(rows[5], dense[5])
    assert np.array_equal(np.asarray(rows), dense)
    assert np.array_equal(taken(rows, np.array([4, 0]))[:], dense[[4, 0]])
    assert rows.mean() == pytest.approx(dense.mean(0))
    columns, values = rows.row(7)
    assert np.array_equal(columns, np.flatnonzero(dense[7]))
    assert np.array_equal(values, dense[7][columns])


def test_the_mean_of_what_is_known_leaves_zeros_out(dense: np.ndarray) -> None:
    known = [column[column > 0].mean() if column.any() else 0.0 for column in dense.T]
    assert SparseRows(sparse.coo_array(dense)).mean(observed=True) == pytest.approx(known)


def test_what_a_cell_holds_twice_is_added_up_and_zeros_are_left_out() -> None:
    twice = sparse.coo_array(([1.0, 2.0, 0.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    rows = SparseRows(twice)
    assert rows.n_stored == 1
    assert rows[0].tolist() == [0.0, 3.0]


def test_numbers_that_are_missing_are_refused() -> None:
    with pytest.raises(DataError, match="missing or infinite"):
        SparseRows(sparse.csr_array([[0.0, np.nan]]))


def test_more_than_fits_is_never_made_dense() -> None:
    n = 100_000
    rows = SparseRows(sparse.csr_array((n, MAX_VALUES // n + 1)))
    with pytest.raises(DataError, match="Take them in parts"):
        rows[:]


def test_a_set_of_sparse_rows_comes_back_from_disk(dense: np.ndarray, tmp_path: Path) -> None:
    samples = _set(SparseRows(sparse.csr_array(dense)))
    named = SampleSet(**{**samples.__dict__, "feature_names": tuple(f"t{i}" for i in range(30))})
    artifact = Artifact(tmp_path / "set")
    artifact.path.mkdir()
    save_samples(artifact, named)
    back = load_samples(artifact)
    assert back.is_sparse
    assert back.shape == (30,)
    assert np.array_equal(back.x[:], dense)
    assert back.feature_names == named.feature_names
    assert not (tmp_path / "set" / "x.npy").exists()


def test_sparse_rows_are_not_standardized(dense: np.ndarray) -> None:
    with pytest.raises(DataError, match="cannot be standardized"):
        standardized(_set(SparseRows(sparse.csr_array(dense))))


def test_batches_are_those_of_the_dense_array(dense: np.ndarray) -> None:
    import torch

    rows = torch.tensor([5, 2, 59])
    feeds = [
        DeviceDataset(_set(x), torch.device("cpu"))
        for x in (dense, SparseRows(sparse.csr_array(dense)))
    ]
    assert torch.equal(feeds[0].batch(rows), feeds[1].batch(rows))


def test_training_gives_the_weights_that_dense_rows_give(dense: np.ndarray) -> None:
    settings = fitted(RECIPES["mult-dae"].settings, is_pictures=False, scale="unit")
    spec = RunSpec.of(data=SOME_DATA, **{**settings, "n_epochs": 2, "batch_size": 16})
    ends = []
    for x in (dense, SparseRows(sparse.csr_array(dense))):
        *_, last = fit(_set(x), spec)
        ends.append(last.progression.model.code.z.weight.detach().numpy().copy())
    assert ends[0] == pytest.approx(ends[1], abs=1e-6)


def test_a_sparse_matrix_goes_where_arrays_go(dense: np.ndarray, tmp_path: Path) -> None:
    store = Store(tmp_path)
    samples = aecore.load(sparse.csr_matrix(dense), store=store, labels=np.arange(60) % 3)
    assert samples.is_sparse
    assert np.array_equal(samples.x[:], dense)
    assert samples.label_names == ("0", "1", "2")
    run = aecore.train("mult-dae", sparse.csr_matrix(dense), store=store, n_epochs=1)
    assert run.reconstruct(samples.x[:4]).sum(1) == pytest.approx(np.ones(4), abs=1e-5)
    assert run.encode(samples.x[:4]).shape == (4, 200)


def test_names_of_rows_and_columns_are_kept(dense: np.ndarray, tmp_path: Path) -> None:
    store = Store(tmp_path)
    names, things = tuple(f"p{i}" for i in range(60)), tuple(f"t{i}" for i in range(30))
    x = SparseRows(sparse.csr_array(dense))
    upload = keep_arrays(store, Arrays(x, names=names, feature_names=things, told=("Read.",)))
    other = keep_arrays(store, Arrays(x, names=names[::-1], feature_names=things))
    assert upload != other
    artifact = store.create(DataSpec(source="own", upload=upload, n_max=50))
    from aecore.api.lab import finish

    samples = load_samples(finish(store, artifact.key))
    assert samples.feature_names == things
    kept = [int(name[1:]) for name in samples.names]
    assert len(kept) == 50
    assert np.array_equal(samples.x[:], dense[kept])
    assert artifact.read_json("report.json")["told"][-1] == "Read."


def test_the_report_names_empty_rows_and_unused_columns(dense: np.ndarray) -> None:
    x = dense.copy()
    x[3:5] = 0.0
    x[:, 7] = 0.0
    x[10] = x[11]
    report = examine(Raw(SparseRows(sparse.csr_array(x))), np.arange(11))
    unused = int((~x.any(0)).sum())
    n_empty = int((~x.any(1)).sum())
    assert f"{n_empty:,} rows are empty" in report.warnings[0] + report.warnings[1]
    assert any(f"{unused} of 30 columns are empty" in warning for warning in report.warnings)
    assert report.n_leaked >= 1


def test_pictures_are_no_counts_and_are_told_so() -> None:
    for name in ("mult-dae", "mult-vae", "autorec"):
        with pytest.raises(SpecError, match="rows of counts"):
            fitted(RECIPES[name].settings, is_pictures=True, scale="unit")


def test_negative_numbers_are_no_counts(dense: np.ndarray) -> None:
    settings = fitted(RECIPES["mult-dae"].settings, is_pictures=False, scale="unit")
    spec = RunSpec.of(data=SOME_DATA, **{**settings, "n_epochs": 1})
    with pytest.raises(SpecError, match="less than 0"):
        next(fit(_set(SparseRows(sparse.csr_array(-dense))), spec))


def test_autorec_needs_ratings_that_differ(dense: np.ndarray) -> None:
    settings = fitted(RECIPES["autorec"].settings, is_pictures=False, scale="unit")
    spec = RunSpec.of(data=SOME_DATA, **{**settings, "n_epochs": 1})
    with pytest.raises(SpecError, match="no ratings to learn"):
        next(fit(_set(SparseRows(sparse.csr_array(np.sign(dense)))), spec))
