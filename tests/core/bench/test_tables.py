"""The bench of tables: what is held against what, on tables of a few rows."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.bench.tables import measure
from aecore.errors import DataError
from aecore.sklearn import AutoencoderDetector


@pytest.fixture(scope="module")
def odd() -> tuple[np.ndarray, np.ndarray]:
    """Rows near a plane, and some that lie off it."""
    random = np.random.default_rng(0)
    mix = random.normal(size=(2, 6))
    x = random.normal(size=(330, 2)) @ mix + 0.05 * random.normal(size=(330, 6))
    x[300:] += random.normal(size=(30, 6))
    return x, (np.arange(330) >= 300).astype(int)


@pytest.fixture(autouse=True)
def shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The detector of the bench, trained for a tenth of its time."""

    def detector(random_state: int) -> AutoencoderDetector:
        return AutoencoderDetector(n_epochs=40, random_state=random_state)

    monkeypatch.setattr(measure, "AutoencoderDetector", detector)


def test_all_four_find_what_lies_off_the_plane(odd):
    found = measure.areas(*odd, seed=0)
    assert set(found) == {"autoencoder", "PCA", "nearest neighbours", "isolation forest"}
    assert found["autoencoder"] > 0.9 and found["PCA"] > 0.95


def test_mixed_rows_are_trained_on_as_well(odd):
    found = measure.areas(*odd, seed=0, is_mixed=True)
    assert all(0.5 < area <= 1 for area in found.values())


def test_the_verdict_counts_tables_and_finds_the_worst():
    ours = {"autoencoder": 0.9, "PCA": 0.8, "nearest neighbours": 0.9, "isolation forest": 0.7}
    worse = {**ours, "autoencoder": 0.75}
    best, below = measure._verdicts({"a": ours, "b": worse})
    assert best.figure == 1 and not best.passed
    assert below.figure == pytest.approx(0.05) and below.reference == "b"


def test_a_table_without_anomalies_is_one_sentence(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(DataError, match="no column 'anomaly'"):
        measure.read(path)
