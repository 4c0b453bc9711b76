"""Bands: as long as they may be, and every text finds those that share one with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.duplicates.banding import ALONE, MISSED, Bands, buckets, choose_bands
from ingestion.duplicates.minhash import PERMUTATIONS


@given(st.floats(0.5, 1))
def test_few_pairs_escape_and_longer_bands_would_let_more_escape(threshold: float) -> None:
    bands = choose_bands(threshold)
    assert bands.count * bands.rows <= PERMUTATIONS
    assert 1 - bands.probability(threshold) <= MISSED
    if bands.rows < PERMUTATIONS:
        longer = Bands(PERMUTATIONS // (bands.rows + 1), bands.rows + 1)
        assert 1 - longer.probability(threshold) > MISSED


def test_the_bands_of_the_default_threshold() -> None:
    bands = choose_bands(0.85)
    assert (bands.count, bands.rows) == (18, 7)
    assert bands.threshold == pytest.approx((1 / 18) ** (1 / 7))
    assert bands.probability(1.0) == 1.0
    assert bands.probability(0.3) < 0.005


def test_buckets_are_those_of_equal_bands() -> None:
    rng = np.random.default_rng(3)
    signatures = rng.integers(0, 2, (30, PERMUTATIONS), np.uint32)
    bands = Bands(20, 4)
    found = buckets(signatures, bands)
    for band in range(bands.count):
        part = signatures[:, 4 * band : 4 * band + 4]
        for row in range(30):
            equal = [other for other in range(30) if other != row and (part[other] == part[row]).all()]
            number = found[row, band]
            assert [other for other in range(30) if other != row and number != ALONE and found[other, band] == number] == equal
            assert (number == ALONE) == (not equal)
    numbers = [set(found[:, band].tolist()) - {ALONE} for band in range(bands.count)]
    assert sum(map(len, numbers)) == len(set().union(*numbers))


def test_the_share_of_candidates_follows_the_curve() -> None:
    """Pairs of signatures that agree in each place with probability .7: as many become candidates as the formula says."""
    rng = np.random.default_rng(4)
    bands, pairs = choose_bands(0.85), 4000
    first = rng.integers(0, 2**32, (pairs, PERMUTATIONS), np.uint32)
    second = np.where(rng.random((pairs, PERMUTATIONS)) < 0.7, first, rng.integers(0, 2**32, first.shape, np.uint32))
    found = buckets(np.concatenate([first, second]), bands)
    share = ((found[:pairs] == found[pairs:]) & (found[:pairs] != ALONE)).any(axis=1).mean()
    assert share == pytest.approx(bands.probability(0.7), abs=0.03)


def test_no_texts() -> None:
    assert buckets(np.empty((0, PERMUTATIONS), np.uint32), Bands(18, 7)).shape == (0, 18)
