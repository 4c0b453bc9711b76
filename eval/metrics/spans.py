"""Spans of documents, and what the metrics of spans share. Their rules in empty cases are those of ``base.py``.

These metrics count chunks, not documents, since chunks are what an answer is written from, and characters, not tokens, since
a golden set has to outlive its tokeniser. ``covered`` are the wanted characters that lie within at least one of the first k
chunks, ``wanted`` all wanted characters, each counted once; ``read`` are the characters of the first k chunks, what two of
them share counted twice: a reader reads it twice. Then::

    span recall    = wanted spans of which one chunk holds half or more / wanted spans
    coverage       = covered / wanted
    span precision = covered / read
    span IoU       = covered / (read + wanted - covered)

Source: Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval", Chroma, 2024, in characters instead of tokens.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from eval.metrics.base import check_cut_off


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` to ``end`` (half open) of a document."""

    doc_id: str
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def overlap(self, other: "Span") -> int:
        """Number of characters that both hold."""
        return max(0, min(self.end, other.end) - max(self.start, other.start)) if self.doc_id == other.doc_id else 0


class SpanFunction(Protocol):
    """A metric in [0, 1] of the first ``k`` chunks, higher is better; ``None`` for a query without wanted spans."""

    def __call__(self, returned: Sequence[Span], wanted: Sequence[Span], k: int) -> float | None: ...


@dataclass(frozen=True, slots=True)
class SpanMetric:
    """A span metric at a cut-off: ``coverage@5`` is the family ``coverage`` at ``k`` = 5."""

    family: str
    k: int
    function: SpanFunction

    @property
    def name(self) -> str:
        return f"{self.family}@{self.k}"

    def score(self, returned: Sequence[Span], wanted: Sequence[Span]) -> float | None:
        """The score of one query, in [0, 1], or ``None`` when no span is wanted. ``returned`` are chunks, best first."""
        return self.function(returned, wanted, self.k)


@dataclass(frozen=True, slots=True)
class Characters:
    """How many characters are ``wanted``, how many were ``read``, and how many of the wanted ones are ``covered``."""

    covered: int
    wanted: int
    read: int


def characters(returned: Sequence[Span], wanted: Sequence[Span], k: int) -> Characters | None:
    """The counts for the first ``k`` of ``returned``; ``None`` when nothing is wanted.

    Raises :class:`ragline.errors.InputError` for ``k`` below 1.
    """
    check_cut_off(k)
    whole = united(wanted)
    if not whole:
        return None
    chunks = returned[:k]
    documents = {span.doc_id for span in whole}
    held = united(chunk for chunk in chunks if chunk.doc_id in documents)
    covered = sum(span.overlap(chunk) for chunk in held for span in whole)
    return Characters(covered, sum(map(len, whole)), sum(map(len, chunks)))


def united(spans: Iterable[Span]) -> list[Span]:
    """The same characters as spans that do not touch, in order; those without a character are left out."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.doc_id, span.start)):
        last = found[-1] if found else None
        if last is not None and last.doc_id == span.doc_id and span.start <= last.end:
            found[-1] = Span(last.doc_id, last.start, max(last.end, span.end))
        elif span.start < span.end:
            found.append(span)
    return found
