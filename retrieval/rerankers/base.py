"""The reranker protocol: candidates of one query in, a score for each out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexes.catalog.reader import CatalogReader
from indexes.embedders.base import Vectors
from indexes.snapshot import Candidates, Snapshot, StaleSnapshotError
from ragline.types import Chunk
from retrieval.fusion import Fused

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class CandidatePool:
    """The best candidates of a fusion, best first, with what is known of them; what costs time is read when it is asked for.

    ``rows`` are theirs in ``snapshot``; ``legs`` what each leg brought in all. ``query_vector`` is ``None`` where no vector leg
    ran. Raises :class:`StaleSnapshotError` where chunks have been replaced meanwhile.
    """

    query: str
    query_vector: Vectors | None
    items: Sequence[Fused]
    rows: NDArray[np.int64]
    legs: Mapping[str, Candidates]
    snapshot: Snapshot
    catalog: CatalogReader

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def fused(self) -> Scores:
        """The fusion's scores, shape ``(n,)``, descending."""
        return np.fromiter((item.score for item in self.items), np.float64, len(self.items))

    @cached_property
    def vectors(self) -> Vectors:
        """The candidates' unit vectors, float32 of shape ``(n, dim)``."""
        return self.snapshot.vectors_of(self.rows)

    @cached_property
    def chunks(self) -> list[Chunk]:
        """The candidates' chunks."""
        numbers = [int(number) for number in self.snapshot.chunk_nos[self.rows]]
        found = self.catalog.chunks(numbers)
        if len(found) != len(numbers):
            raise StaleSnapshotError
        return [found[number] for number in numbers]

    def ranks(self, leg: str) -> NDArray[np.int64]:
        """The candidates' ranks in a leg, from 1, shape ``(n,)``; 0 where the leg did not bring one."""
        return np.fromiter((item.ranks.get(leg, 0) for item in self.items), np.int64, len(self.items))

    def leg_scores(self, leg: str) -> Scores:
        """The candidates' raw scores in a leg, shape ``(n,)``; NaN where the leg did not bring one."""
        ranks = self.ranks(leg)
        scores = np.full(len(ranks), np.nan)
        if leg in self.legs:
            scores[ranks > 0] = self.legs[leg].scores[ranks[ranks > 0] - 1]
        return scores


@dataclass(frozen=True, slots=True)
class Reranked:
    """``scores`` of shape ``(n,)``, higher is better; ``features`` maps what they are made of to each candidate's share.

    Where there are features, they add up to the scores.
    """

    scores: Scores
    features: Mapping[str, Scores] = field(default_factory=dict)


class Reranker(Protocol):
    """Scores candidates. Safe to use from several threads.

    ``depth`` is its budget: it is never given more candidates. The scores do not depend on the order of the candidates, and are
    finite. Raises :class:`ragline.errors.BackendUnavailableError` where a model does not answer.
    """

    @property
    def name(self) -> str: ...

    @property
    def depth(self) -> int: ...

    def score(self, pool: CandidatePool) -> Reranked: ...
