"""The chunker protocol, and the token counting that chunk sizes are stated in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ingestion.elements import ParsedDocument
from ragline.types import ChunkRole, ElementKind


class TokenCounter(Protocol):
    """Counts tokens as the collection's embedder would.

    ``max_tokens`` is the most content tokens (special tokens not counted) that the embedder reads, ``None`` where it has no
    limit.
    """

    max_tokens: int | None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Number of content tokens of each text, special tokens not counted."""
        ...


@dataclass(frozen=True, slots=True)
class ChunkSpan:
    """A chunk before it has an identity: ``parsed.text[start:end]`` with its place in the structure.

    ``context`` goes in front of the text when it is embedded and indexed (joined by a newline); it is empty or ends without
    a newline. ``role`` tells what holds the document's text from what helps to find it, see :class:`ragline.types.Chunk`.
    """

    start: int
    end: int
    kind: ElementKind
    section_path: tuple[str, ...]
    page: int | None
    context: str
    role: ChunkRole = "body"


class Chunker(Protocol):
    """Splits parsed documents into chunks.

    ``fingerprint`` changes whenever the same document could come out differently: name, version and every setting. Spans are
    exact, and ``context + "\\n" + text`` never exceeds the limit in tokens. All of a chunk is on its page. Those of role
    "body" come first, ordered by start, and cover every non-space character; the others lie inside a table.
    """

    fingerprint: str

    def chunk(self, parsed: ParsedDocument) -> list[ChunkSpan]: ...


class BatchChunker(Chunker, Protocol):
    """A chunker that is faster on many documents at a time, with the same result."""

    def chunk_many(self, documents: Sequence[ParsedDocument]) -> list[list[ChunkSpan]]: ...
