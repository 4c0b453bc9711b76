"""What is ranked and judged: documents, or chunks.

A golden set judges documents and spans of them, never chunks by their ids, which change with the chunk size. Which chunks are
relevant is worked out for the chunks that a collection has now: those that overlap a relevant span, with the best grade of the
spans that they overlap; of a document that is judged as a whole, all. Spans are measured by the metrics of spans besides,
whatever the unit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from eval.golden_types import GoldenItem
from ragline.types import Chunk

Unit = Literal["document", "chunk"]
ChunksOf = Callable[[str], Sequence[Chunk]]
"""The chunks of a document by its id; none where there is no such document."""


def relevant_chunks(item: GoldenItem, chunks_of: ChunksOf) -> dict[str, int]:
    """The grade of each judged chunk by its id: those with a grade of 0 overlap only what was judged not relevant.

    Only chunks of role "body" are judged: rows and summaries of tables are further ways to find them. A span that no chunk
    overlaps any more judges nothing: where that was the only one, the question has no score, and counts among those that lack
    one.
    """
    grades: dict[str, int] = {}
    for doc_id in dict.fromkeys(judgement.doc_id for judgement in item.relevant):
        for chunk in chunks_of(doc_id):
            if chunk.role == "body":
                _judge(item, chunk, grades)
    return grades


def chunk_judgements(items: Iterable[GoldenItem], chunks_of: ChunksOf) -> Mapping[str, dict[str, int]]:
    """:func:`relevant_chunks` of each question by its id; each document is asked for once."""
    known: dict[str, Sequence[Chunk]] = {}

    def remembered(doc_id: str) -> Sequence[Chunk]:
        if doc_id not in known:
            known[doc_id] = chunks_of(doc_id)
        return known[doc_id]

    return {item.id: relevant_chunks(item, remembered) for item in items}


def _judge(item: GoldenItem, chunk: Chunk, grades: dict[str, int]) -> None:
    for judgement in item.relevant:
        if judgement.doc_id != chunk.doc_id:
            continue
        span = judgement.span
        if span is None or (span[0] < chunk.end and chunk.start < span[1]):
            grades[chunk.id] = max(judgement.grade, grades.get(chunk.id, judgement.grade))
