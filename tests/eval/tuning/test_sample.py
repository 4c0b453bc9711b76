"""What is measured with: the truth is that of exact search, and a stored vector does not find itself."""

import numpy as np

from eval.tuning.sample import sample_of
from indexes.vector.flat import exact_scan
from indexes.vector.registry import KINDS
from ragline.settings import Settings
from tests.contracts.vector_sets import clustered, queries_near


def test_a_query_of_the_users_is_compared_with_the_ten_nearest() -> None:
    vectors = clustered(5_000, 24, seed=1)
    queries = queries_near(vectors, 20, seed=2)
    sample = sample_of(vectors, 5_000, queries, "mine")
    flat = KINDS["flat"].build(vectors, metric="cosine", threads=1, settings=Settings())
    for number, query in enumerate(queries):
        _, scores = exact_scan(vectors, query, 10)
        assert sample.truth.least[number] == np.float32(scores[9]) or abs(sample.truth.least[number] - scores[9]) < 1e-6
        assert sample.truth.recall(number, flat.search(query, 10).rows) == 1
        worse = flat.search(query, 15)
        shifted = type(worse)(worse.rows[5:], worse.scores[5:], exact=True)
        assert sample.truth.recall(number, shifted.rows) == 0.5


def test_a_stored_vector_is_left_out_of_its_own_answer() -> None:
    vectors = clustered(300, 16, seed=3)
    sample = sample_of(vectors, 300)
    assert len(sample.queries) == 300
    flat = KINDS["flat"].build(vectors, metric="cosine", threads=1, settings=Settings())
    for number in (0, 7, 299):
        row = int(sample.truth.own[number])
        assert np.array_equal(sample.queries[number], vectors[row])
        rows, scores = exact_scan(vectors, vectors[row], 11)
        assert abs(sample.truth.least[number] - scores[rows != row][9]) < 1e-6
        found = flat.search(sample.queries[number], 11)
        assert sample.truth.recall(number, found.rows) == 1
        only_itself = type(found)(np.array([row]), np.array([1.0], np.float32), exact=True)
        assert sample.truth.recall(number, only_itself.rows) == 0


def test_equally_near_rows_count_as_found() -> None:
    vectors = clustered(200, 8, seed=4)
    vectors[100:130] = vectors[5]
    sample = sample_of(vectors, 200, vectors[5][None], "mine")
    flat = KINDS["flat"].build(vectors, metric="cosine", threads=1, settings=Settings())
    hits = flat.search(vectors[5], 31)
    last_copies = type(hits)(hits.rows[20:31], hits.scores[20:31], exact=True)
    assert sample.truth.recall(0, last_copies.rows) == 1
