"""Whether a golden set still fits the documents: quotes that moved are placed anew, those that are gone are listed."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Literal

from eval.builders.origins import origins
from eval.golden_types import GoldenSet, Relevance, golden_set
from eval.spans import quote_places

State = Literal["placed", "found", "document", "unproved", "moved", "gone", "beyond", "missing"]
"""What became of a judgement, from good to bad.

"placed": the quote stands where the set says. "found": the set has a quote without a place, and it stands in the text.
"document": only the document is named, and is there. "unproved": the set has a place without a quote, which lies in the text.
"moved": the quote stands elsewhere in the document. "gone": it stands nowhere in it. "beyond": the place, which has no quote,
reaches beyond the text. "missing": there is no such document.
"""

STALE: tuple[State, ...] = ("moved", "gone", "beyond", "missing")
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement: what became of it, and what to do where it is stale (else empty). ``place`` is where its quote stands."""

    item_id: str
    doc_id: str
    state: State
    quote: str = ""
    place: tuple[int, int] | None = None
    remedy: str = ""

    def __str__(self) -> str:
        quote = f" {' '.join(self.quote.split())[:_SHOWN]!r}" if self.quote else ""
        return f"{self.item_id}: {self.doc_id}:{quote} is {self.state}. {self.remedy}".rstrip()


@dataclass(frozen=True, slots=True)
class GoldenCheck:
    """A golden set against documents. ``states`` counts all judgements by what became of them; they add up to ``judgements``.

    ``updated`` is the set with the quotes that moved, or had no place, at the place where they stand; everything else in it is
    as it was.
    """

    golden: GoldenSet
    findings: tuple[Finding, ...]
    updated: GoldenSet

    @property
    def judgements(self) -> int:
        return len(self.findings)

    @property
    def states(self) -> dict[str, int]:
        return dict(Counter(finding.state for finding in self.findings))

    @property
    def stale(self) -> tuple[Finding, ...]:
        """The judgements that do not hold any more, in the order of the set."""
        return tuple(finding for finding in self.findings if finding.state in STALE)

    @property
    def origins(self) -> dict[str, int]:
        """How many questions come from where."""
        return origins(self.golden.items)

    @property
    def tags(self) -> dict[str, int]:
        """How many questions have each tag, in alphabetical order."""
        return dict(sorted(Counter(tag for item in self.golden.items for tag in item.tags).items()))

    def json(self) -> dict[str, object]:
        """For programs; ``stale`` with every finding and what to do."""
        return {
            "name": self.golden.name,
            "version": self.golden.version,
            "sha256": self.golden.sha256,
            "questions": len(self.golden),
            "unanswerable": sum(not item.answerable for item in self.golden.items),
            "judgements": self.judgements,
            "states": self.states,
            "origins": self.origins,
            "tags": self.tags,
            "stale": [
                {
                    "id": each.item_id,
                    "doc_id": each.doc_id,
                    "state": each.state,
                    "quote": each.quote,
                    "place": each.place,
                    "remedy": each.remedy,
                }
                for each in self.stale
            ],
        }


class _Names:
    """Documents by the name of their file; sorted out when the first one is missing, which in most sets none is."""

    def __init__(self, doc_ids: Iterable[str]) -> None:
        self._doc_ids = doc_ids

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for doc_id in sorted(self._doc_ids):
            found.setdefault(PurePosixPath(doc_id).name, []).append(doc_id)
        return found

    def alike(self, doc_id: str) -> list[str]:
        """The documents whose file is called as that of ``doc_id``."""
        return self._by_name.get(PurePosixPath(doc_id).name, [])


def check_golden(
    golden: GoldenSet, text_of: Callable[[str], str | None], doc_ids: Iterable[str] = (), *, version: str | None = None
) -> GoldenCheck:
    """Hold every judgement of ``golden`` against the text of its document (``None`` where there is none).

    ``doc_ids`` are the documents that there are: one with the same file name is proposed for one that is missing. ``version``
    is what the updated set is called; without one it keeps the version that it has.
    """
    known = set(doc_ids)
    texts: dict[str, str | None] = {}
    names = _Names(known)
    findings, items = [], []
    for item in golden.items:
        placed = []
        for judgement in item.relevant:
            if not judgement.quote.strip() and judgement.span is None and judgement.doc_id in known:
                found = Finding(item.id, judgement.doc_id, "document")  # its text is not needed, and may be long
            else:
                if judgement.doc_id not in texts:
                    texts[judgement.doc_id] = text_of(judgement.doc_id)
                found = _finding(item.id, judgement, texts[judgement.doc_id], names)
            findings.append(found)
            is_new = found.state in {"moved", "found"}
            start, end = found.place if is_new and found.place else (judgement.start, judgement.end)
            placed.append(replace(judgement, start=start, end=end))
        items.append(replace(item, relevant=tuple(dict.fromkeys(placed))))
    updated = golden_set(golden.name, items, version=golden.version if version is None else version, notes=golden.notes)
    return GoldenCheck(golden, tuple(findings), updated)


def _finding(item_id: str, judgement: Relevance, text: str | None, names: _Names) -> Finding:
    doc_id, quote, span = judgement.doc_id, judgement.quote, judgement.span
    if text is None:
        return Finding(item_id, doc_id, "missing", quote, None, _where_it_may_be(doc_id, names))
    if not quote.strip():
        if span is None:
            return Finding(item_id, doc_id, "document")
        if span[1] <= len(text):
            return Finding(item_id, doc_id, "unproved", "", span)
        remedy = f"Its place {span[0]} to {span[1]} reaches beyond {len(text)} characters: give it a quote, or delete it."
        return Finding(item_id, doc_id, "beyond", "", None, remedy)
    if span is not None and text[slice(*span)].split() == quote.split():
        return Finding(item_id, doc_id, "placed", quote, span)
    places = list(quote_places(quote, text))
    if not places:
        remedy = (
            "Read the document: quote what answers now, or delete the judgement; a question without one left is unanswerable."
        )
        return Finding(item_id, doc_id, "gone", quote, None, remedy)
    if span is None:
        return Finding(item_id, doc_id, "found", quote, places[0])
    nearest = min(places, key=lambda place: abs(place[0] - span[0]))
    return Finding(item_id, doc_id, "moved", quote, nearest, f"It stands at {nearest[0]} to {nearest[1]}: place it anew.")


def _where_it_may_be(doc_id: str, names: _Names) -> str:
    alike = names.alike(doc_id)
    if alike:
        return f"Did it become {alike[0]!r}? Correct doc_id, or ingest the document."
    return "Ingest the document, correct doc_id, or delete the judgement."
