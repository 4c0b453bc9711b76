"""Whether passages carry a statement."""

from collections.abc import Sequence
from typing import Protocol

from eval.judges.base import Passage
from ragline.types import Chunk
from retrieval.answers.base import SentenceEmbedder
from retrieval.answers.claims import reasons_against
from retrieval.answers.grounding import Evidence, ground


class Carries(Protocol):
    """Says whether passages, taken together, carry a statement."""

    @property
    def name(self) -> str:
        """What decides, for the record of an evaluation."""
        ...

    def __call__(self, statement: str, passages: Sequence[Passage]) -> bool: ...


class Grounded:
    """By the comparison that marks the statements of an answer (:mod:`retrieval.answers.grounding`).

    Words, numbers, names, quotations and negations are compared, and meanings with ``embedder``. It does not reason: see there
    for what it finds and what passes it.
    """

    def __init__(self, embedder: SentenceEmbedder | None = None) -> None:
        self._embedder = embedder
        self._passages: tuple[Passage, ...] = ()
        self._evidence: Evidence | None = None

    @property
    def name(self) -> str:
        return f"grounding with {self._embedder.fingerprint.name}" if self._embedder else "grounding"

    def __call__(self, statement: str, passages: Sequence[Passage]) -> bool:
        return bool(passages) and not reasons_against(ground(statement, self._read(passages), embedder=self._embedder))

    def _read(self, passages: Sequence[Passage]) -> Evidence:
        """The last passages are kept as they were read: statements that follow each other often cite the same."""
        if self._evidence is None or self._passages != tuple(passages):
            self._passages, self._evidence = tuple(passages), Evidence([_chunk(passage) for passage in passages])
        return self._evidence


def _chunk(passage: Passage) -> Chunk:
    end = passage.start + len(passage.text)
    return Chunk(passage.chunk_id, passage.doc_id, passage.text, passage.start, end, title=passage.above)
