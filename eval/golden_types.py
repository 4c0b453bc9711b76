"""What a golden set is made of: questions, and judgements of what answers them.

The unit of a judgement is a document, or a span of one. A chunk is never judged by its id, which the next chunk size would
change: it is relevant when it overlaps a relevant span (:mod:`eval.golden_units`).
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from ragline.errors import GoldenSetError

UNANSWERABLE = "unanswerable"
"""The tag that questions without an answer get where they are read from a format that has no tags."""


@dataclass(frozen=True, slots=True)
class Relevance:
    """One judgement. ``grade`` above 0 is relevant, 0 or below is judged and not relevant.

    ``quote`` is the passage that answers; ``start`` and ``end`` are its place in the document's text (code points, half
    open), both given or both ``None``.
    """

    doc_id: str
    grade: int = 1
    quote: str = ""
    start: int | None = None
    end: int | None = None

    @property
    def span(self) -> tuple[int, int] | None:
        """``(start, end)``, or ``None`` where the place is not known."""
        if self.start is None or self.end is None or self.start >= self.end:
            return None
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class GoldenItem:
    """One question. An item that is not ``answerable`` has no relevant document: the right reaction is to abstain."""

    id: str
    query: str
    answer: str = ""
    answerable: bool = True
    tags: tuple[str, ...] = ()
    relevant: tuple[Relevance, ...] = ()

    @property
    def grades(self) -> dict[str, int]:
        """The grade of each judged document; the highest where several passages of it are judged."""
        grades: dict[str, int] = {}
        for judgement in self.relevant:
            grades[judgement.doc_id] = max(judgement.grade, grades.get(judgement.doc_id, judgement.grade))
        return grades


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """Questions in the order of their file.

    ``sha256`` is the digest of the questions and judgements as they were loaded (not of the bytes of the file), so that it
    stays the same when white space, key order or the file's name change, and differs when a question or a judgement does.
    ``version`` is what its makers call this state of it, and ``notes`` what they say of it; empty where they say nothing.
    """

    name: str
    items: tuple[GoldenItem, ...]
    sha256: str
    version: str = ""
    notes: str = ""

    def __len__(self) -> int:
        return len(self.items)


def golden_set(name: str, items: Iterable[GoldenItem], *, version: str = "", notes: str = "") -> GoldenSet:
    """A golden set of ``items`` with its digest. Raises :class:`GoldenSetError` when an id comes twice."""
    items = tuple(items)
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise GoldenSetError(f"golden set {name!r}: id {item.id!r} comes twice. Give every question its own id.")
        seen.add(item.id)
    return GoldenSet(name, items, digest_of(items), version, notes)


def digest_of(items: Sequence[GoldenItem]) -> str:
    """The sha256, as hex, of questions and judgements in their order."""
    canonical = json.dumps([asdict(item) for item in items], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
