"""What all builders share: the documents that they read, and reports whose parts add up."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eval.golden_types import GoldenItem, Relevance
from indexes.catalog.records import DocumentVersion
from ingestion.elements import ParsedDocument
from ingestion.pipeline import text_document
from ingestion.stored import parsed_from_chunks, text_again
from ragline.errors import RaglineError
from ragline.types import Chunk

MAX_QUOTE = 600
"""Characters of a passage that is wanted as a whole: longer ones do not fit into one chunk of 256 tokens."""

TWICE = "asked already"


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document with its structure and its chunks of role "body", in order. What is in quarantine is in neither."""

    doc_id: str
    title: str
    parsed: ParsedDocument
    chunks: tuple[Chunk, ...]

    @property
    def text(self) -> str:
        return self.parsed.text


@dataclass(frozen=True, slots=True)
class Built:
    """What one builder made. ``candidates == len(items) + sum(refused.values())``; ``refused`` is by reason.

    ``notes`` say what is to be known of it: what a model cost, why it stopped early.
    """

    origin: str
    candidates: int
    items: tuple[GoldenItem, ...]
    refused: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Gathering:
    """Collects the questions of one builder, and counts what it refuses."""

    origin: str
    candidates: int = 0
    items: list[GoldenItem] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def refuse(self, reason: str) -> None:
        self.candidates += 1
        self.refused[reason] += 1

    def keep(self, query: str, answer: str, relevant: Sequence[Relevance]) -> None:
        self.candidates += 1
        self.items.append(made_item(self.origin, query, answer, relevant))

    def built(self) -> Built:
        return Built(self.origin, self.candidates, tuple(self.items), dict(self.refused), tuple(self.notes))


def made_item(origin: str, query: str, answer: str, relevant: Sequence[Relevance]) -> GoldenItem:
    """A question with the tag of its origin, and an id that is the same whenever it is made from the same places."""
    places = "\n".join(f"{each.doc_id}\t{each.quote}" for each in relevant)
    digest = hashlib.sha256(f"{query}\n{places}".encode("utf-8", "surrogatepass")).hexdigest()
    return GoldenItem(f"{origin}-{digest[:12]}", query, answer, True, (origin,), tuple(relevant))


def source_of(version: DocumentVersion) -> SourceDocument:
    """A stored document as builders read it. Formats whose text is no source have the structure that their chunks tell."""
    chunks = tuple(chunk for chunk in version.chunks if chunk.role == "body" and not chunk.quarantined)
    hidden = [(chunk.start, chunk.end) for chunk in version.chunks if chunk.quarantined]
    parsed = _parsed(version)
    shown = tuple(each for each in parsed.elements if not any(each.start < end and start < each.end for start, end in hidden))
    return SourceDocument(
        version.doc_id, version.title, ParsedDocument(parsed.text, shown, language=parsed.language or version.language), chunks
    )


def combined(parts: Iterable[Built]) -> list[Built]:
    """The same, where a question that was asked before, in the same words, is refused: the first origin keeps it."""
    asked: set[str] = set()
    found = []
    for part in parts:
        kept = []
        for item in part.items:
            words = " ".join(item.query.casefold().split())
            if words not in asked:
                asked.add(words)
                kept.append(item)
        refused = Counter(part.refused)
        refused[TWICE] += len(part.items) - len(kept)
        found.append(Built(part.origin, part.candidates, tuple(kept), dict(+refused), part.notes))
    return found


def passage(text: str, start: int, end: int) -> tuple[int, int]:
    """At most :data:`MAX_QUOTE` characters from ``start``, cut between words, without white space around."""
    if end - start > MAX_QUOTE:
        cut = start + MAX_QUOTE
        while cut > start and not text[cut].isspace():
            cut -= 1
        end = cut if cut > start else start + MAX_QUOTE
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _parsed(version: DocumentVersion) -> ParsedDocument:
    document = text_again(version.doc_id, version.source, version.text, version.title, version.metadata)
    if document is not None:
        try:
            parsed = text_document(document)
        except RaglineError:
            parsed = None
        if parsed is not None and parsed.text == version.text:
            return parsed
    return parsed_from_chunks(version.text, version.title, version.chunks)
