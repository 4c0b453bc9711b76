"""What an evaluation measures: anything that searches, and whatever more it can tell."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from ragline.types import Answer, Hit


class Searcher(Protocol):
    """What is evaluated. The mode, the filters and the principal of a search are bound in it beforehand."""

    def search(self, query: str, *, k: int) -> Sequence[Hit]:
        """Up to ``k`` hits, best first; fewer only when there are no more."""
        ...


@runtime_checkable
class Answerer(Protocol):
    """A searcher that also answers."""

    def answer(self, query: str) -> Answer: ...


@runtime_checkable
class Staged(Protocol):
    """A searcher that tells where the time of a search goes."""

    def search_in_stages(self, query: str, *, k: int) -> tuple[Sequence[Hit], Mapping[str, float]]:
        """The hits of ``search``, and the milliseconds of each stage."""
        ...


@runtime_checkable
class Explaining(Protocol):
    """A searcher that explains what it finds, and what it does not; asked of the worst questions, after the timed run."""

    def explain(self, query: str, *, k: int) -> Sequence[Hit]:
        """The hits of ``search``, each with its explanation."""
        ...

    def why_not(self, query: str, doc_id: str, *, k: int) -> str:
        """Why a document is not among the first ``k`` hits, in a sentence."""
        ...


@runtime_checkable
class Holding(Protocol):
    """A searcher that knows what there is to be found."""

    @property
    def answer_hits(self) -> int:
        """How many hits an answer is drawn from, at most."""
        ...

    def holds(self, doc_id: str) -> bool:
        """Whether there is such a document, for the principal that asks."""
        ...
