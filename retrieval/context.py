"""What an answer is drawn from: the passages of the hits, widened to what surrounds them, within a budget of tokens.

A context passage is a hit whose chunk is wider than the one that was found: still one exact span, ``document.text[start:end] ==
chunk.text``, of one document that the principal may see. It keeps the id of the chunk that was found, which is what a citation
names; its characters may lie in what surrounds that chunk. Passages whose spans overlap are one, in the better one's place.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from indexes.catalog.reader import CatalogReader
from ragline.types import Chunk, Document, Hit, Principal
from retrieval.access import Gate
from retrieval.surroundings import current_document

Expansion = Literal["none", "tables", "neighbours", "section"]
ROWS_OF_A_COMPARISON = 3
"""Hits in one table from which on all of it is wanted, whatever the question is."""

_ASKING = re.compile(r"\b(?:which|what|who)\b", re.IGNORECASE)
_AMOUNT = re.compile(r"\b(?:most|least|more|less|fewer|fewest|all)\b", re.IGNORECASE)
_COMPARING = re.compile(
    r"\b(?:compare|compared|comparison|versus|vs|differ|"
    r"difference|differences|rank|total|sum|average|mean|maximum|minimum|max|min|each|every|both|best|worst)\b|"
    r"\b(?!rest\b|test\b|west\b|nest\b|pest\b|guest\b|forest\b|request\b|interest\b|harvest\b|protest\b|contest\b|suggest\b|"
    r"invest\b|chest\b|quest\b|manifest\b|digest\b|honest\b|latest\b|arrest\b|ingest\b|priest\b)[a-z]{3,}est\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ContextRule:
    """How far passages are widened: ``tables`` = a whole table where a question compares its rows; ``neighbours`` = also the
    chunk before and behind; ``section`` = the section, or the neighbours where it is too long.

    ``tokens`` is what all passages have together at most. The hits themselves always stay, also where they are more than that.
    """

    expansion: Expansion = "none"
    tokens: int = 2048


def in_context(
    query: str,
    hits: Sequence[Hit],
    rule: ContextRule,
    *,
    catalog: CatalogReader,
    principal: Principal | None,
    gate: Gate,
    count_tokens: Callable[[Sequence[str]], list[int]],
) -> list[Hit]:
    """The passages for an answer to ``query`` from ``hits``, in their order.

    A hit whose document has changed, or which ``principal`` may not see any more, stays as it was found.
    """
    if rule.expansion == "none" or not hits:
        return list(hits)
    budget = rule.tokens - sum(count_tokens([hit.text for hit in hits]))
    documents = {
        doc_id: current_document(catalog, doc_id, principal, gate) for doc_id in dict.fromkeys(hit.doc_id for hit in hits)
    }
    sources = [_source(hit.chunk, documents[hit.doc_id]) for hit in hits]
    tables = _tables_wanted(query, [source for source in sources if source is not None])
    passages: list[_Passage] = []
    for hit, source in zip(hits, sources, strict=True):
        passage = _Passage(hit, hit.chunk.start, hit.chunk.end, source)
        if source is not None:
            own = sum(count_tokens([hit.text]))
            for start, end in _widenings(source, rule.expansion, tables):
                more = sum(count_tokens([source.document.text[start:end]])) - own
                if more <= budget:
                    budget -= more
                    passage = replace(passage, start=start, end=end)
                    break
        passages.append(passage)
    return [_widened(passage) for passage in _merged(passages)]


def best_at_the_ends(hits: Sequence[Hit]) -> list[Hit]:
    """The best hit first, the second last, the third second, and so on to the worst in the middle.

    Models read the beginning and the end of a long prompt best. Source: Liu et al., "Lost in the Middle: How Language Models
    Use Long Contexts", TACL 12, 2024.
    """
    return [*hits[::2], *reversed(hits[1::2])]


def compares_rows(query: str) -> bool:
    """Whether an English question compares rows of a table: superlatives, totals, differences."""
    asking = _ASKING.search(query)
    asks_amount = asking is not None and _AMOUNT.search(query, asking.end()) is not None
    return asks_amount or _COMPARING.search(query) is not None


@dataclass(frozen=True, slots=True)
class _Source:
    """A chunk as its document has it now, the ``bodies`` of the document in reading order, and the spans that are
    ``kept_out``: those in quarantine.
    """

    document: Document
    chunk: Chunk
    bodies: Sequence[Chunk]
    kept_out: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Passage:
    """A span around a hit; without a ``source`` it is the hit as it was found."""

    hit: Hit
    start: int
    end: int
    source: _Source | None


_Table = tuple[str, int, int]
"""A document's id, and where a table of it begins and ends."""


def _source(chunk: Chunk, found: tuple[Document, list[Chunk]] | None) -> _Source | None:
    if found is None:
        return None
    document, chunks = found
    current = next((each for each in chunks if each.id == chunk.id), None)
    if current is None or current.quarantined or (current.start, current.end) != (chunk.start, chunk.end):
        return None
    bodies = [each for each in chunks if each.role == "body" and not each.quarantined]
    return _Source(document, current, bodies, [(each.start, each.end) for each in chunks if each.quarantined])


def _tables_wanted(query: str, sources: Sequence[_Source]) -> set[_Table]:
    """The tables that are wanted as a whole."""
    counts = Counter(table for table in map(_table_around, sources) if table is not None)
    enough = 1 if compares_rows(query) else ROWS_OF_A_COMPARISON
    return {table for table, count in counts.items() if count >= enough}


def _widenings(source: _Source, expansion: Expansion, tables: set[_Table]) -> list[tuple[int, int]]:
    """Spans that hold the chunk and nothing that is in quarantine, that which is wanted most first."""
    chunk, spans = source.chunk, []
    table = _table_around(source)
    if table is not None and table in tables:
        spans.append(table[1:])
    if expansion == "section":
        spans.append((chunk.section_start, chunk.section_end))
    if expansion != "tables":
        around = _neighbours(source)
        spans.append((min(each.start for each in around), max(each.end for each in around)))
    return [
        (start, end)
        for start, end in spans
        if start <= chunk.start and chunk.end <= end
        if not any(first < end and start < last for first, last in source.kept_out)
    ]


def _neighbours(source: _Source) -> Sequence[Chunk]:
    """The bodies that hold the chunk, and one on either side."""
    chunk, bodies = source.chunk, source.bodies
    own = [at for at, body in enumerate(bodies) if body.start < chunk.end and chunk.start < body.end]
    return bodies[max(0, own[0] - 1) : own[-1] + 2] if own else [chunk]


def _table_around(source: _Source) -> _Table | None:
    """The table that the chunk is of: the table chunks of its section without others between them."""
    chunk, bodies = source.chunk, source.bodies
    own = next((at for at, body in enumerate(bodies) if body.start <= chunk.start and chunk.end <= body.end), None)
    if own is None or bodies[own].kind != "table":
        return None
    low = high = own
    while low and _is_same_table(bodies[low - 1], bodies[own]):
        low -= 1
    while high + 1 < len(bodies) and _is_same_table(bodies[high + 1], bodies[own]):
        high += 1
    return source.document.id, bodies[low].start, bodies[high].end


def _is_same_table(one: Chunk, other: Chunk) -> bool:
    return one.kind == "table" and one.section_path == other.section_path


def _merged(passages: Sequence[_Passage]) -> list[_Passage]:
    """Passages of one document whose spans overlap as one, in the place and with the hit of the best of them."""
    kept: list[_Passage] = []
    for passage in passages:
        joined = passage
        for at in reversed(range(len(kept))):
            other = kept[at]
            if _overlap(other, joined):
                joined = replace(other, start=min(other.start, joined.start), end=max(other.end, joined.end))
                del kept[at]
        kept.append(joined)
        kept.sort(key=lambda each: each.hit.rank)
    return kept


def _overlap(one: _Passage, other: _Passage) -> bool:
    """Whether they share characters; places in another version of a document are not comparable."""
    is_one_text = one.source is not None and other.source is not None and one.hit.doc_id == other.hit.doc_id
    return is_one_text and one.start < other.end and other.start < one.end


def _widened(passage: _Passage) -> Hit:
    chunk, source = passage.hit.chunk, passage.source
    if source is None or (passage.start, passage.end) == (chunk.start, chunk.end):
        return passage.hit
    parts = [body for body in source.bodies if body.start < passage.end and passage.start < body.end]
    kinds = {part.kind for part in parts}
    scores = [each.injection for each in (chunk, *parts) if each.injection is not None]
    wide = replace(
        chunk,
        text=source.document.text[passage.start : passage.end],
        start=passage.start,
        end=passage.end,
        kind=kinds.pop() if len(kinds) == 1 else "paragraph",
        context=parts[0].context if parts else chunk.context,  # that of a later part repeats the table's header
        role="body",
        injection=max(scores, default=None),  # what stands beside a clean chunk may be flagged
    )
    return replace(passage.hit, chunk=wide)
