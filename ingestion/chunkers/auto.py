"""The chunker that looks first what kind of document it has."""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, Literal

from ingestion.chunkers.base import ChunkSpan, TokenCounter
from ingestion.chunkers.structure import StructureChunker
from ingestion.chunkers.tables import Summarise
from ingestion.elements import ParsedDocument
from ragline.types import ElementKind

DocumentType = Literal["prose", "code", "table", "messages"]

# Kinds that are never merged with others, by the type of the document.
_APART: dict[DocumentType, frozenset[ElementKind]] = {
    "prose": frozenset(),
    "code": frozenset({"code"}),
    "table": frozenset({"table"}),
    "messages": frozenset({"record", "qa", "definition", "change"}),
}
# Which type a kind of element speaks for; what is not here is prose.
_SPEAKS_FOR: dict[ElementKind, DocumentType] = {
    "code": "code",
    "table": "table",
    "record": "messages",
    "qa": "messages",
    "definition": "messages",
    "change": "messages",
}
# Below this share the blocks of a kind are illustrations in a text.
_MAIN_SHARE = 0.5


class AutoChunker:
    """Splits source code by its functions, tables by their rows, records and messages one by one, and prose by its structure.

    What a document is, its elements say, see :func:`document_type`. Within a type it works as
    :class:`~ingestion.chunkers.structure.StructureChunker` does.
    """

    name: ClassVar[str] = "auto"

    def __init__(
        self,
        counter: TokenCounter,
        *,
        size_tokens: int | None = None,
        overlap: float = 0.15,
        rows: bool = False,
        summaries: bool = False,
        summarise: Summarise | None = None,
    ) -> None:
        """Documents that are tables have chunks of their rows anyway; with ``rows`` tables in other documents have them too.

        Raises :class:`SettingsError` for a size below 16 or above what the counter's embedder reads, or a bad overlap.
        """
        self._chunkers = {
            kind: StructureChunker(
                counter,
                size_tokens=size_tokens,
                overlap=overlap,
                apart=apart,
                rows=rows or kind == "table",
                summaries=summaries,
                summarise=summarise,
            )
            for kind, apart in _APART.items()
        }
        plain = self._chunkers["prose"]
        self.size_tokens = plain.size_tokens
        self.overlap = plain.overlap
        self.counter = counter
        self.fingerprint = f"auto/1 {plain.fingerprint}"

    def chunk(self, parsed: ParsedDocument) -> list[ChunkSpan]:
        """The chunks of one document, ordered by start; none for a document without text."""
        return self._chunkers[document_type(parsed)].chunk(parsed)

    def chunk_many(self, documents: Sequence[ParsedDocument]) -> list[list[ChunkSpan]]:
        """The chunks of each document, the same as one by one, with far fewer calls of the counter."""
        types = [document_type(parsed) for parsed in documents]
        chunked: dict[int, list[ChunkSpan]] = {}
        for kind, chunker in self._chunkers.items():
            mine = [index for index, found in enumerate(types) if found == kind]
            chunked.update(zip(mine, chunker.chunk_many([documents[index] for index in mine]), strict=True))
        return [chunked[index] for index in range(len(documents))]


def document_type(parsed: ParsedDocument) -> DocumentType:
    """The type that at least half of the characters speak for, headings aside; prose where there is none."""
    chars: Counter[DocumentType] = Counter()
    for element in parsed.elements:
        if element.kind != "heading":
            chars[_SPEAKS_FOR.get(element.kind, "prose")] += element.end - element.start
    for kind, count in chars.most_common(1):
        return kind if count >= _MAIN_SHARE * chars.total() else "prose"
    return "prose"
