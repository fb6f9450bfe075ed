"""The readings that ship: fixed by their seed, with faults that no single column shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

import aecore
from aecore.data import row_values, sensors
from aecore.data.sources import SOURCES
from aecore.store import Store


def test_readings_are_fixed_by_their_seed():
    one, same, other = (sensors.readings(50, seed) for seed in (1, 1, 2))
    assert one.equals(same) and not one.equals(other)


def test_faults_are_rare_and_of_every_kind():
    table = sensors.readings()
    assert 0.03 < table["anomaly"].mean() < 0.07
    assert set(table["fault"]) == {*sensors.FAULTS, "healthy"}
    assert ((table["fault"] != "healthy") == (table["anomaly"] == 1)).all()


def test_no_single_column_shows_the_faults_but_the_relations_do():
    table = sensors.readings()
    numbers = table.drop(columns=["time", "machine", "serviced", "fault", "anomaly"])
    alone = [
        abs(roc_auc_score(table["anomaly"], numbers[name].fillna(0)) - 0.5) for name in numbers
    ]
    assert max(alone) < 0.25
    expected = 1.93 * table["power_kW"] + 4  # how readings are made
    is_current = table["fault"] == "wrong current"
    off = (table["current_A"] - expected).abs()
    assert roc_auc_score(is_current, off) > 0.95


def test_they_come_in_as_rows_whose_faults_are_not_learnt_from(tmp_path: Path):
    samples = aecore.load("sensors", store=Store(tmp_path), normal=("normal",))
    assert samples.shape == SOURCES["sensors"].shape and len(samples) == sensors.N_ROWS
    assert samples.label_names == ("normal", "anomaly")
    assert not samples.labels[samples.parts["train"]].any()
    assert set(samples.columns["fault"].names) == {*sensors.FAULTS, "healthy"}
    came = row_values.in_own_units(samples, samples.x[:20])
    table = sensors.readings()
    assert came["machine"] == table["machine"][:20].tolist()
    np.testing.assert_allclose(came["flow_m3_h"], table["flow_m3_h"][:20], atol=0.05)
