"""The vectors and queries that are measured with: all of a collection's, or as many as a bound allows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.golden import load_golden
from indexes.rebuilding.gate import SAMPLE
from indexes.store import CollectionStore
from indexes.vector.base import Vectors
from indexes.vector.recall import Truth, own_rows, truth_of
from ragline.errors import InputError

MOST_VECTORS = 50_000
"""Vectors that are measured at the most: a graph over so many takes half a minute to build."""

MOST_QUERIES = SAMPLE
"""Stored vectors that are asked for: the same as of the checks before an index comes into use."""

LEAST_VECTORS = 100
"""Below, every search is exact whatever the kind: there is nothing to choose."""

SEED = 20_260_202


@dataclass(frozen=True, slots=True)
class Sample:
    """Vectors of unit length, of the ``total`` that there are, and queries, asked one at a time, with their ``truth``.

    ``source`` says where the queries come from.
    """

    truth: Truth
    total: int
    source: str

    @property
    def vectors(self) -> Vectors:
        """Those that are measured."""
        return self.truth.vectors

    @property
    def queries(self) -> Vectors:
        """What is asked."""
        return self.truth.queries

    @property
    def is_partial(self) -> bool:
        """Whether only a part of the vectors is measured."""
        return len(self.vectors) < self.total


def read_vectors(store: CollectionStore, dim: int, most: int = MOST_VECTORS) -> tuple[Vectors, int]:
    """Vectors of at most ``most`` live chunks, by ascending chunk number, and how many there are in all.

    A part is drawn with a fixed seed, and nothing else is read: memory stays bounded. Raises :class:`InputError` for too few.
    """
    snapshot = store.snapshot()
    live = snapshot.chunk_nos if snapshot.removed is None else snapshot.chunk_nos[~snapshot.removed]
    if len(live) < LEAST_VECTORS:
        raise InputError(f"A search of {len(live)} chunks is exact whatever the index. Ingest at least {LEAST_VECTORS} first.")
    if len(live) <= most:
        return store.catalog.vector_rows(0, snapshot.sequence, dim=dim).vectors, len(live)
    drawn = np.random.default_rng(SEED).choice(live, most, replace=False)
    return store.catalog.vectors(drawn.tolist(), dim=dim), len(live)


def sample_of(vectors: Vectors, total: int, queries: Vectors | None = None, source: str = "") -> Sample:
    """The vectors with ``queries``, or else with some of themselves as the queries, and the truth by exact search."""
    if queries is not None:
        return Sample(truth_of(vectors, queries), total, source)
    own = own_rows(len(vectors), MOST_QUERIES)
    return Sample(truth_of(vectors, vectors[own], own), total, "stored vectors, each left out of its own answer")


def golden_queries(path: str, embed: Callable[[str], Vectors]) -> Vectors:
    """The vectors of a golden set's queries. Raises :class:`ragline.errors.GoldenSetError` for a malformed one."""
    texts: Sequence[str] = [item.query for item in load_golden(path).items]
    return np.stack([embed(text) for text in texts])
