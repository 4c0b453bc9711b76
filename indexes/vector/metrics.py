"""What a score is. Higher is better in every metric.

- ``cosine``: the cosine of the angle, in [-1, 1]; vectors are brought to unit length, those of length 0 score 0.
- ``ip``: the inner product.
- ``l2``: the squared Euclidean distance, negated.
"""

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ragline.errors import InputError

Metric = Literal["cosine", "ip", "l2"]
METRICS: tuple[Metric, ...] = get_args(Metric)

_UNIT_TOLERANCE = 1e-5
"""A squared length this close to 1 counts as 1: rounding to float32 moves it by less, and scores are off by half as much."""

_BLOCK_ROWS = 8192
Floats = NDArray[np.float32]


def prepared_vectors(vectors: Floats, metric: Metric) -> Floats:
    """The rows as they are indexed: float32, contiguous, and for the cosine of unit length. Those that are stay as they are.

    Raises :class:`InputError` for another shape than ``(n, dim)`` and for values that are not finite.
    """
    if vectors.ndim != 2:
        raise InputError(f"Vectors have the shape {vectors.shape}; give one row for each, of shape (n, dim).")
    rows = np.ascontiguousarray(vectors, np.float32)
    squares = _squares(rows)
    if not np.isfinite(squares).all():
        raise InputError("Vectors hold values that are not finite. Embed their texts again.")
    if metric != "cosine":
        return rows
    off = np.flatnonzero((np.abs(squares - 1) > _UNIT_TOLERANCE) & (squares > 0))
    if off.size:
        rows = rows.copy()
        rows[off] /= np.sqrt(squares[off, None])
    return rows


def prepared_query(query: Floats, metric: Metric, dim: int) -> Floats:
    """A query as it is searched for, of shape ``(1, dim)``. Raises :class:`InputError` for another length than ``dim``."""
    if query.shape != (dim,):
        raise InputError(f"The query has the shape {query.shape}; give a vector of shape ({dim},).")
    if metric == "cosine":
        square = float(query @ query)
        if abs(square - 1) > _UNIT_TOLERANCE and square > 0:
            query = query / np.float32(np.sqrt(square))
    return query[None]


def prepared_queries(queries: Floats, metric: Metric, dim: int) -> Floats:
    """Queries as they are searched for. Raises :class:`InputError` for another shape than ``(n, dim)``."""
    if queries.ndim != 2 or queries.shape[1] != dim:
        raise InputError(f"The queries have the shape {queries.shape}; give an array of shape (n, {dim}).")
    return prepared_vectors(queries, metric)


def scores_of(vectors: Floats, query: Floats, metric: Metric) -> Floats:
    """The score of every row, in one thread, by numpy's own SIMD loops.

    A BLAS product would use every core, and wait there for the threads of the encoder, which spin for some milliseconds after
    each query: measured behind torch on 2 cores, 2.8 ms for 10,440 x 384, against 0.9 ms in this way.
    """
    scores: Floats
    if metric != "l2":
        scores = np.einsum("ij,j->i", vectors, query)
        return scores
    # Differences, not |x|^2 - 2 x·q + |q|^2: that one loses the digits of small distances.
    scores = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), _BLOCK_ROWS):
        difference = vectors[start : start + _BLOCK_ROWS] - query
        scores[start : start + _BLOCK_ROWS] = -np.einsum("ij,ij->i", difference, difference)
    return scores


def faiss_metric(faiss: Any, metric: Metric) -> int:
    """FAISS's number of a metric."""
    return int(faiss.METRIC_L2 if metric == "l2" else faiss.METRIC_INNER_PRODUCT)


def _squares(rows: Floats) -> Floats:
    squares: Floats = np.einsum("ij,ij->i", rows, rows)
    return squares
