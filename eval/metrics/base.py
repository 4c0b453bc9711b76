"""What a metric of a query is, and the rules that all of them share.

A ranking metric is of a list of ids, best first, and the grades of those that were judged; a span metric is of the spans of
chunks, best first, and the spans that are wanted. The rules, empty cases among them:

- An id that comes twice in a ranking counts once, at its first place. A chunk that comes twice is read twice.
- A document is relevant when its grade is above 0. A document without a judgement is not relevant.
- A query without any relevant document, or without a wanted span, is not scored: the metric is ``None``, never 0 and never
  part of a mean.
- Where something is wanted and nothing was found, or nothing with a character in it, the score is 0.
- A cut-off below 1 raises :class:`ragline.errors.InputError`, whatever else is empty.
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
    check_cut_off(k)
    first = list(ranking[:k])
    return first if len(set(first)) == len(first) else list(dict.fromkeys(ranking))[:k]


def check_cut_off(k: int) -> None:
    """Raise :class:`InputError` for ``k`` below 1."""
    if k < 1:
        raise InputError(f"A cut-off of {k} ranks nothing. Use 1 or more.")


def relevant_ids(relevance: Mapping[str, int]) -> set[str]:
    """The ids with a grade above 0."""
    return {doc_id for doc_id, grade in relevance.items() if grade > 0}
