"""What a ranking metric is, and the rules that all of them share.

- A ranking is a list of document ids, best first. An id that comes twice counts once, at its first place.
- A document is relevant when its grade is above 0. A document without a judgement is not relevant.
- A query without any relevant document is not scored: the metric is ``None``, never 0 and never part of a mean.
- An empty ranking scores 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ragline.errors import InputError


class RankingFunction(Protocol):
    """A metric in [0, 1] at cut-off ``k``, higher is better; ``None`` for a query without relevant documents."""

    def __call__(self, ranking: Sequence[str], relevance: Mapping[str, int], k: int) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric at a cut-off: ``nDCG@10`` is the family ``nDCG`` at ``k`` = 10."""

    family: str
    k: int
    function: RankingFunction

    @property
    def name(self) -> str:
        return f"{self.family}@{self.k}"

    def score(self, ranking: Sequence[str], relevance: Mapping[str, int]) -> float | None:
        """The score of one query, in [0, 1], or ``None`` when it has no relevant document."""
        return self.function(ranking, relevance, self.k)


def top(ranking: Sequence[str], k: int) -> list[str]:
    """The first ``k`` distinct ids of ``ranking``. Raises :class:`InputError` for ``k`` below 1."""
    if k < 1:
        raise InputError(f"A cut-off of {k} ranks nothing. Use 1 or more.")
    return list(dict.fromkeys(ranking))[:k]


def relevant_ids(relevance: Mapping[str, int]) -> set[str]:
    """The ids with a grade above 0."""
    return {doc_id for doc_id, grade in relevance.items() if grade > 0}
