"""Questions that users asked, where they approved of the answer.

The rules are those of :mod:`eval.log_export`. What an answer cites is relevant: the characters of the chunk, where
the collection still has it, so that the judgement outlives the next chunk size; else the document.
"""

from collections.abc import Callable, Sequence

from eval.builders.base import Built, Gathering, made_item
from eval.builders.origins import LOG
from eval.golden_types import GoldenItem, Relevance
from eval.log_export import approved, asked_alike
from indexes.query_log import LogRow
from ragline.types import Chunk


def from_log(rows: Sequence[LogRow], chunk_of: Callable[[str, str], Chunk | None], known: Callable[[str], bool]) -> Built:
    """A question for each that was asked, however often. ``chunk_of`` gives a chunk by its document's id and its own.

    Refused are questions that nobody approved of, those with a thumbs down, answers that cite nothing, and those that were
    drawn from any document that is not ``known``, cited or not: the answer may hold its words.
    """
    gathering = Gathering(LOG)
    by_document = 0
    for query, same in asked_alike(rows).items():
        best = approved(same)
        if best is None:
            gathering.refuse("a thumbs down" if any(row.verdict == "down" for row in same) else "no thumbs up")
            continue
        if best.abstained:
            item = made_item(LOG, query, "", ())
            gathering.candidates += 1
            gathering.items.append(GoldenItem(item.id, query, "", False, (LOG,)))
            continue
        cited = [(passage.doc_id, passage.chunk_id) for passage in best.passages if passage.cited]
        if not cited or not all(known(passage.doc_id) for passage in best.passages):
            gathering.refuse(
                "drawn from a document that is gone, or may not be seen" if cited else "an answer without a citation"
            )
            continue
        there = [(doc_id, chunk_of(doc_id, chunk_id)) for doc_id, chunk_id in cited]
        judged = list(dict.fromkeys(_judgement(doc_id, chunk) for doc_id, chunk in there))
        by_document += sum(each.span is None for each in judged)
        gathering.keep(query, best.answer or "", judged)
    if by_document:
        gathering.notes.append(f"{by_document} judgements are of whole documents: the passages that were cited are cut anew")
    return gathering.built()


def _judgement(doc_id: str, chunk: Chunk | None) -> Relevance:
    return Relevance(doc_id) if chunk is None else Relevance(doc_id, 1, chunk.text, chunk.start, chunk.end)
