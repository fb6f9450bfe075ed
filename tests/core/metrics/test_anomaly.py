"""Scores of oddness judged: areas, lines with a promise, verdicts, and regions of heat maps."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

from aecore.errors import DataError, SpecError, TooFewSamplesError
from aecore.metrics.anomaly import (
    auroc,
    best_f1,
    conformal_threshold,
    least_cost,
    p_values,
    verdicts,
)
from aecore.metrics.localization import aupro, pixel_auroc


@pytest.fixture
def scores():
    random = np.random.default_rng(0)
    return random.normal(size=300).round(1), random.normal(1, size=80).round(1)


def labelled(normal, odd):
    return np.repeat([0, 1], [len(normal), len(odd)]), np.concatenate([normal, odd])


def test_the_area_is_scikit_learns_and_lies_in_its_interval(scores):
    found = auroc(*scores)
    assert found.mean == pytest.approx(roc_auc_score(*labelled(*scores)))
    assert found.low < found.mean < found.high


def test_realised_false_alarms_keep_the_promise_on_average_and_within_bounds():
    random = np.random.default_rng(1)
    realised, inside = [], 0
    for _ in range(400):
        line = conformal_threshold(random.gamma(2, size=199), 0.05)
        n_false = int((random.gamma(2, size=500) > line.value).sum())
        low, high = line.expected(500)
        inside += low <= n_false <= high
        realised.append(n_false / 500)
    assert np.mean(realised) == pytest.approx(0.05, abs=0.004)
    assert inside / 400 >= 0.93


def test_a_line_that_no_data_supports_names_the_smallest_honest_rate():
    assert conformal_threshold(np.arange(99.0), 0.01).value == 98
    with pytest.raises(TooFewSamplesError, match="the fewest they can is 10") as problem:
        conformal_threshold(np.arange(99.0), 0.009)
    assert "hold out 111 normal samples" in problem.value.hint
    with pytest.raises(SpecError, match="0 false alarms"):
        conformal_threshold(np.arange(99.0), 0.0)


def test_an_alarm_is_a_p_value_of_at_most_the_rate():
    random = np.random.default_rng(2)
    known, fresh = random.normal(size=150), random.normal(1, 2, size=400)
    line = conformal_threshold(known, 0.1)
    assert np.array_equal(fresh > line.value, p_values(known, fresh) <= 0.1)


def test_verdicts_are_scikit_learns(scores):
    truth, all_of_them = labelled(*scores)
    found = verdicts(*scores, 0.7)
    assert found.precision == pytest.approx(precision_score(truth, all_of_them > 0.7))
    assert found.recall == pytest.approx(recall_score(truth, all_of_them > 0.7))
    assert found.f1 == pytest.approx(f1_score(truth, all_of_them > 0.7))
    assert found.false_alarm_rate == pytest.approx((scores[0] > 0.7).mean())


def test_the_best_cuts_are_those_of_a_slow_loop(scores):
    cuts = np.unique(np.concatenate(scores)).tolist()
    every = {cut: verdicts(*scores, cut) for cut in [-9.0, *cuts]}
    assert best_f1(*scores).value == pytest.approx(max(each.f1 for each in every.values()))
    price = {"of_miss": 20.0, "of_false_alarm": 1.0, "share": 0.1}
    found = least_cost(*scores, **price)
    assert found.value == pytest.approx(min(each.cost(**price) for each in every.values()))
    assert verdicts(*scores, found.threshold).cost(**price) == pytest.approx(found.value)


def test_scores_that_are_no_numbers_are_refused_in_a_sentence(scores):
    with pytest.raises(DataError, match="1 of 300 normal scores are no finite numbers"):
        auroc(np.r_[scores[0][:-1], np.nan], scores[1])
    with pytest.raises(TooFewSamplesError, match="There is no anomalous sample"):
        auroc(scores[0], np.empty(0))


def test_a_perfect_map_covers_every_region_and_noise_does_by_chance():
    random = np.random.default_rng(3)
    masks = np.zeros((8, 40, 40), bool)
    masks[:, 3:9, 3:9] = masks[:, 20:36, 22:34] = True
    noise = random.random(masks.shape)
    assert pixel_auroc(masks + noise, masks) == 1
    assert aupro(masks + 0.5 * noise, masks) == pytest.approx(1, abs=0.01)
    assert aupro(noise, masks) == pytest.approx(0.15, abs=0.02)
    only_large = noise + masks * (np.arange(40) > 15)
    # half of the regions are found at once, the others by chance
    assert aupro(only_large, masks) == pytest.approx((1 + 0.15) / 2, abs=0.03)
    assert pixel_auroc(only_large, masks) > 0.9  # which counts pixels
