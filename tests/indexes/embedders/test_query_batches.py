"""Queries are encoded together only where each keeps the vector that it has alone."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexes.embedders.base import Vectors
from indexes.embedders.query_batches import TOGETHER, QueryBatches, Tokens

PROBE = list(range(100))


class Encoder:
    """Gives a row the sum and the number of its tokens; an inexact one lets a batch shine through."""

    def __init__(self, *, is_exact: bool) -> None:
        self._is_exact = is_exact
        self.batches: list[list[Tokens]] = []

    def __call__(self, rows: Sequence[Tokens]) -> Vectors:
        self.batches.append(list(rows))
        noise = 0.0 if self._is_exact else 1e-6 * (len(rows) - 1)
        return np.array([[sum(row) + noise, len(row)] for row in rows], np.float32)


ROWS = st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4), min_size=1, max_size=40)


@given(ROWS, st.booleans())
def test_every_row_has_the_vector_that_it_has_alone(rows: list[list[int]], is_exact: bool) -> None:
    encoder = Encoder(is_exact=is_exact)
    found = QueryBatches(encoder, PROBE).vectors(rows)
    alone = Encoder(is_exact=True)(rows)
    assert np.array_equal(found, alone)


def test_only_rows_of_one_length_are_together_and_no_more_than_the_limit() -> None:
    encoder = Encoder(is_exact=True)
    batches = QueryBatches(encoder, PROBE)
    batches.vectors([[1], [2, 2]])
    encoder.batches.clear()
    batches.vectors([[1]] * 20 + [[2, 2]] * 3)
    assert [(len(batch), {len(row) for row in batch}) for batch in encoder.batches] == [
        (TOGETHER, {1}),
        (TOGETHER, {1}),
        (4, {1}),
        (3, {2}),
    ]


def test_an_inexact_encoder_is_found_out_once() -> None:
    encoder = Encoder(is_exact=False)
    batches = QueryBatches(encoder, PROBE)
    batches.vectors([[10], [20]])
    probed = len(encoder.batches)
    batches.vectors([[10], [20]])
    assert [len(batch) for batch in encoder.batches[probed:]] == [1, 1]
