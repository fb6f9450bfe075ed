"""Error histograms count every sample once."""

import numpy as np

from aecore.figures.histogram import error_histogram, histogram_figure


def test_every_finite_error_is_counted_once() -> None:
    errors = np.append(np.random.default_rng(0).gamma(2.0, size=500), [np.nan, np.inf])
    histogram = error_histogram(errors, 13)
    assert histogram.counts.sum() == 500
    for i in (0, 7, 12):
        low, high = histogram.edges[i], histogram.edges[i + 1]
        inside = sum(low <= e < high or (i == 12 and e == high) for e in errors)
        assert histogram.counts[i] == inside


def test_no_errors_at_all_are_an_empty_histogram() -> None:
    assert error_histogram(np.array([np.nan])).counts.sum() == 0


def test_two_histograms_share_their_bins() -> None:
    figure = histogram_figure(
        {"model": np.array([0.1, 0.1, 0.3]), "PCA": np.array([0.9])}, title="MSE", n_bins=8
    )
    model, pca = figure.data
    np.testing.assert_array_equal(model.x, pca.x)
    assert (sum(model.y), sum(pca.y)) == (3, 1)
    assert figure.layout.xaxis.title.text == "MSE"
