"""The audit of all chunks of a collection: how many have which fault, with examples."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from eval.chunk_audit.boundaries import broken, cut_at, fenced
from eval.chunk_audit.self_contained import PROSE, dangling
from ingestion.duplicates.clusters import DEFAULT_THRESHOLD, cluster
from ingestion.duplicates.jaccard import ShingleSets
from ingestion.duplicates.minhash import signatures_of
from ingestion.duplicates.shingles import Shingler
from ingestion.embedded import embedded_text
from ragline.types import Chunk

EXAMPLES = 3
EXCERPT = 100
SHORT_WORDS = 8
"""Prose of fewer words than this says nothing that a question asks for: it is a heading, a caption, or a rest."""

_BATCH = 64


@dataclass(frozen=True, slots=True)
class AuditedDocument:
    """A document's text and language (``None`` = not known), and its chunks in reading order."""

    doc_id: str
    text: str
    language: str | None
    chunks: Sequence[Chunk]


@dataclass(frozen=True, slots=True)
class Example:
    """A chunk with a fault: ``detail`` says which, ``excerpt`` shows where."""

    chunk_id: str
    doc_id: str
    detail: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Fault:
    """``count`` of all chunks have it, each counted once; ``by_detail`` says how many have which form of it."""

    name: str
    count: int
    share: float
    by_detail: dict[str, int]
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class ChunkAudit:
    """Of ``chunks`` body chunks in ``documents``; ``sound`` have no fault at all. Sizes are in the embedder's tokens.

    ``faults`` are "not self-contained", "boundary", "duplicate", "short" and "long", in this order. A chunk may have several.
    """

    documents: int
    chunks: int
    sound: int
    faults: tuple[Fault, ...]
    tokens_p5: float
    tokens_p50: float
    tokens_p95: float

    @property
    def sound_share(self) -> float:
        """The share of chunks without a fault; 1 of none."""
        return self.sound / self.chunks if self.chunks else 1.0

    def fault(self, name: str) -> Fault:
        """The fault of this name."""
        return next(fault for fault in self.faults if fault.name == name)

    def json(self) -> dict[str, Any]:
        """The audit as plain values."""
        return {**asdict(self), "sound_share": self.sound_share}


FAULTS = ("not self-contained", "boundary", "duplicate", "short", "long")


@dataclass(slots=True)
class _Tally:
    """What has been found so far, by fault."""

    most: int
    details: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in FAULTS})
    examples: dict[str, list[Example]] = field(default_factory=lambda: {name: [] for name in FAULTS})
    chunks: dict[str, set[int]] = field(default_factory=lambda: {name: set() for name in FAULTS})

    def add(self, name: str, number: int, chunk: Chunk, detail: str, excerpt: str) -> None:
        self.details[name][detail] += 1
        if number not in self.chunks[name] and len(self.examples[name]) < self.most:
            self.examples[name].append(Example(chunk.id, chunk.doc_id, detail, excerpt))
        self.chunks[name].add(number)


def audit_chunks(
    documents: Iterable[AuditedDocument],
    *,
    count_tokens: Callable[[Sequence[str]], list[int]],
    max_tokens: int | None,
    threshold: float = DEFAULT_THRESHOLD,
    examples: int = EXAMPLES,
) -> ChunkAudit:
    """Look at every body chunk of ``documents``; rows and summaries of tables are made by the chunker, and have no part.

    Memory: the texts of all chunks. ``count_tokens`` and ``max_tokens`` are the embedder's; ``threshold`` is the share of
    word triples from which two chunks are near-duplicates: the later one of them counts. Chunks of fewer than three words are
    none.
    """
    tally, sizes, texts, owners, count = _Tally(examples), list[int](), list[str](), list[Chunk](), 0
    for document in documents:
        count += 1
        bodies, code = [chunk for chunk in document.chunks if chunk.role == "body"], fenced(document.text)
        for place, chunk in enumerate(bodies):
            number = len(owners)
            owners.append(chunk)
            texts.append(chunk.text)
            if why := dangling(chunk, document.language):
                tally.add("not self-contained", number, chunk, why, _excerpt(chunk.text))
            following = bodies[place + 1] if place + 1 < len(bodies) else None
            for detail, excerpt in _cuts(document.text, chunk, following, code):
                tally.add("boundary", number, chunk, detail, excerpt)
            if chunk.kind in PROSE and _words(chunk) < SHORT_WORDS:
                tally.add("short", number, chunk, f"under {SHORT_WORDS} words", _excerpt(chunk.text))
        sizes += _tokens(bodies, count_tokens)
    for number, size in enumerate(sizes):
        if max_tokens is not None and size > max_tokens:
            tally.add("long", number, owners[number], f"over {max_tokens} tokens", _excerpt(texts[number]))
    for number, leader in _repeats(texts, threshold):
        tally.add("duplicate", number, owners[number], _of(owners[leader], owners[number]), _excerpt(texts[number]))
    return _audit(count, owners, sizes, tally)


def _audit(documents: int, owners: Sequence[Chunk], sizes: Sequence[int], tally: _Tally) -> ChunkAudit:
    faulty = set[int]().union(*tally.chunks.values())
    low, middle, high = np.percentile(sizes, (5, 50, 95)).tolist() if sizes else (0.0, 0.0, 0.0)
    faults = tuple(
        Fault(
            name,
            len(tally.chunks[name]),
            len(tally.chunks[name]) / max(1, len(owners)),
            dict(tally.details[name].most_common()),
            tuple(tally.examples[name]),
        )
        for name in FAULTS
    )
    return ChunkAudit(documents, len(owners), len(owners) - len(faulty), faults, low, middle, high)


def _cuts(text: str, chunk: Chunk, following: Chunk | None, code: Sequence[tuple[int, int]]) -> Iterator[tuple[str, str]]:
    """What is broken where the chunk begins and ends."""
    for side, position, after in (("begins", chunk.start, chunk), ("ends", chunk.end, following)):
        place = cut_at(text, position)
        if place is not None and (what := broken(place, chunk, after, code)):
            front, behind = (
                text[max(0, place.before - EXCERPT // 2) : place.before],
                text[place.after : place.after + EXCERPT // 2],
            )
            yield f"{side} in {'code' if what == 'code' else f'a {what}'}", f"…{_flat(front)} ¦ {_flat(behind)}…"


def _tokens(chunks: Sequence[Chunk], count_tokens: Callable[[Sequence[str]], list[int]]) -> list[int]:
    found: list[int] = []
    for start in range(0, len(chunks), _BATCH):
        found += count_tokens([embedded_text(chunk) for chunk in chunks[start : start + _BATCH]])
    return found


def _repeats(texts: Sequence[str], threshold: float) -> Iterator[tuple[int, int]]:
    """The number of each text that is like an earlier one, and the number of that."""
    long = [number for number, text in enumerate(texts) if len(text.split()) > 2]
    if not long:
        return
    shingler = Shingler()
    parts = [signatures_of(shingler.shingle([texts[n] for n in long[at : at + _BATCH]])) for at in range(0, len(long), _BATCH)]
    found = cluster(np.concatenate(parts), ShingleSets(lambda row: texts[long[row]]), threshold)
    for row, leader in enumerate(found.leaders.tolist()):
        if leader != row:
            yield long[row], long[leader]


def _of(leader: Chunk, chunk: Chunk) -> str:
    return "in the same document" if leader.doc_id == chunk.doc_id else "in another document"


def _words(chunk: Chunk) -> int:
    """Words of a chunk, headings left out."""
    return sum(len(line.split()) for line in chunk.text.splitlines() if not line.lstrip().startswith("#"))


def _excerpt(text: str) -> str:
    flat = _flat(text)
    return flat if len(flat) <= EXCERPT else f"{flat[: EXCERPT - 1].rstrip()}…"


def _flat(text: str) -> str:
    return " ".join(text.split())
