"""Exact scans. What all indexes have in common is in ``tests/contracts/test_vector_index_contract.py``."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.vector.flat import ExactScan, exact_scan
from indexes.vector.half import LEAST_ROWS

DIM = 32


def unit(count: int, *, seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(0, 40), st.lists(st.booleans(), min_size=30, max_size=30))
def test_exact_scan_equals_sorting(values: list[int], k: int, mask: list[bool]) -> None:
    vectors = np.array(values, np.float32).reshape(-1, 1)
    allowed = np.array(mask[: len(values)], np.bool_)
    rows, scores = exact_scan(vectors, np.ones(1, np.float32), k, allowed=allowed)
    order = sorted((row for row in range(len(values)) if allowed[row]), key=lambda row: (-values[row], row))
    best = order[:k]
    expected = [row for row in order if best and values[row] >= values[best[-1]]]
    assert rows.tolist() == expected
    assert scores.tolist() == [values[row] for row in expected]
    several = np.zeros((3 * LEAST_ROWS, 8), np.float32)
    several[:, 0] = 1.0
    assert len(ExactScan().search(several, several[0], max(k, 1))[0]) == 3 * LEAST_ROWS, "ties are whole"


@pytest.mark.parametrize("share", [1.0, 0.9, 0.4, 0.1])
@pytest.mark.parametrize("k", [1, 10, 100, 5_000])
def test_the_half_precision_pass_changes_no_result(share: float, k: int) -> None:
    """Many near neighbours: clusters whose members differ by less than half precision can tell."""
    rng = np.random.default_rng(11)
    centres = unit(40, seed=12)
    close = np.repeat(centres, 150, axis=0) + rng.standard_normal((6_000, DIM)).astype(np.float32) * 2e-4
    close /= np.linalg.norm(close, axis=1, keepdims=True)
    allowed = None if share == 1.0 else rng.random(len(close)) < share
    scan = ExactScan()
    for count in (3_000, 3_500, 6_000, 2_500):  # made, used with a tail, made anew, an older view
        mask = None if allowed is None else allowed[:count]
        for query in (*centres[:3], *unit(3, seed=13)):
            rows, scores = scan.search(close[:count], query, k, allowed=mask)
            expected_rows, expected_scores = exact_scan(close[:count], query, k, allowed=mask)
            assert rows.tolist() == expected_rows.tolist()
            np.testing.assert_array_equal(scores, expected_scores)
