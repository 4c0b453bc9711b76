"""Checking later whether the citations of an answer still hold: documents change, move, go, or are withdrawn from a reader.

A document that a principal may not see is reported exactly as one that does not exist.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from indexes.catalog.reader import CatalogReader
from ragline.errors import InputError
from ragline.types import Answer, Citation, Principal
from retrieval.access import Gate

CitationStatus = Literal["exact", "moved", "changed", "gone"]

_KINDS = {"marker": int, "claim": str, "doc_id": str, "chunk_id": str, "start": int, "end": int, "quote": str}
"""What a citation must have; the rest is only shown."""

_HOW = "Pass an Answer, or what `ragline ask --json` printed."


@dataclass(frozen=True, slots=True)
class VerifiedCitation:
    """What became of a citation.

    ``exact``: the document has the quote where the citation says. ``moved``: it has it elsewhere; ``start`` and ``end`` are the
    nearest place, which the characters of the document now have. ``changed``: the document no longer has the quote. ``gone``:
    there is no such document for who asks. ``start`` and ``end`` are ``None`` for the last two.
    """

    citation: Citation
    status: CitationStatus
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """A row for every citation of the answer, in its order."""

    query: str
    rows: tuple[VerifiedCitation, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by status; they add up to ``len(rows)``."""
        counts = dict.fromkeys(get_args(CitationStatus), 0)
        for row in self.rows:
            counts[row.status] += 1
        return counts

    @property
    def holds(self) -> bool:
        """Whether every quote is still in its document. True of an answer without citations."""
        return all(row.status in ("exact", "moved") for row in self.rows)


def verify(
    answer: Answer | Mapping[str, Any] | str, catalog: CatalogReader, principal: Principal | None, gate: Gate
) -> Verification:
    """Hold the citations of ``answer`` against the documents as they are now, all in one view of the catalog.

    ``answer`` is an :class:`Answer`, its JSON, or the mapping that this says. Raises :class:`InputError` for anything else.
    """
    gate.admit(principal)
    query, citations = _given(answer)
    with catalog.pinned():
        return Verification(query, tuple(_verified(citations, catalog, principal, gate)))


def _verified(
    citations: Iterable[Citation], catalog: CatalogReader, principal: Principal | None, gate: Gate
) -> Iterator[VerifiedCitation]:
    texts: dict[str, str | None] = {}
    for citation in citations:
        if citation.doc_id not in texts:
            document = catalog.document(citation.doc_id)
            visible = document is not None and gate.may_see(document.acl, principal)
            texts[citation.doc_id] = document.text if document is not None and visible else None
        yield _row(citation, texts[citation.doc_id])


def _row(citation: Citation, text: str | None) -> VerifiedCitation:
    if text is None:
        return VerifiedCitation(citation, "gone")
    length = len(citation.quote)
    if citation.end - citation.start == length and text[citation.start : citation.end] == citation.quote:
        return VerifiedCitation(citation, "exact", citation.start, citation.end)
    start = _nearest(text, citation.quote, citation.start)
    if start is None:
        return VerifiedCitation(citation, "changed")
    return VerifiedCitation(citation, "moved", start, start + length)


def _nearest(text: str, quote: str, start: int) -> int | None:
    """Where ``quote`` stands nearest to ``start``; of two equally near places the first."""
    if not quote:
        return None
    before = text.rfind(quote, 0, start + len(quote))
    after = text.find(quote, start)
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - start), default=None)


def _given(answer: Answer | Mapping[str, Any] | str) -> tuple[str, tuple[Citation, ...]]:
    if isinstance(answer, Answer):
        return answer.query, answer.citations
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except ValueError as error:
            raise InputError(f"The answer to verify is not JSON ({error}). {_HOW}") from error
    if not isinstance(answer, Mapping):
        raise InputError(f"A {type(answer).__name__} is no answer to verify. {_HOW}")
    rows = answer.get("citations")
    if not isinstance(rows, list | tuple):
        raise InputError(f"The answer to verify has no list 'citations'. {_HOW}")
    return str(answer.get("query", "")), tuple(_citation(row, number) for number, row in enumerate(rows, start=1))


def _citation(row: object, number: int) -> Citation:
    """A citation from its JSON. Names that this release does not know are passed over."""
    if isinstance(row, Citation):
        return row
    if not isinstance(row, Mapping):
        raise InputError(f"Citation {number} of the answer to verify is not an object. {_HOW}")
    values = {each.name: row[each.name] for each in fields(Citation) if each.name in row}
    if isinstance(path := values.get("section_path"), list):
        values["section_path"] = tuple(path)
    for name, kind in _KINDS.items():
        if not isinstance(values.get(name), kind) or values[name] is True:
            raise InputError(f"Citation {number} of the answer to verify has no usable {name!r}. {_HOW}")
    if not 0 <= values["start"] <= values["end"]:
        raise InputError(f"Citation {number} of the answer to verify has no usable 'start' and 'end'. {_HOW}")
    return Citation(**{"support": 0.0} | values)
