"""The chunker by document type."""

from collections.abc import Sequence

import pytest

from ingestion.chunkers.auto import AutoChunker, DocumentType, document_type
from ingestion.chunkers.structure import StructureChunker
from ingestion.elements import Element, ParsedDocument, RawSource
from ingestion.parsers.registry import parse
from ragline.types import ElementKind


class WordCounter:
    max_tokens: int | None = None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def document(*kinds: ElementKind, size: int = 20) -> ParsedDocument:
    """Elements of these kinds, all of the same size."""
    text = "\n".join([f"{'word ' * 10}"[:size].strip().ljust(size, ".")] * len(kinds))
    spans = [(index * (size + 1), index * (size + 1) + size) for index in range(len(kinds))]
    return ParsedDocument(text, tuple(Element(kind, *span) for kind, span in zip(kinds, spans, strict=True)))


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((), "prose"),
        (("heading",), "prose"),
        (("paragraph", "list", "code"), "prose"),
        (("paragraph", "code", "code"), "code"),
        (("heading", "heading", "table"), "table"),
        (("record", "record", "paragraph"), "messages"),
        (("qa", "definition", "change"), "messages"),
        (("paragraph", "code", "table"), "prose"),
    ],
)
def test_types(kinds: tuple[ElementKind, ...], expected: DocumentType) -> None:
    assert document_type(document(*kinds)) == expected


def test_functions_and_messages_stand_alone_prose_does_not() -> None:
    chunker = AutoChunker(WordCounter())
    assert len(chunker.chunk(document("code", "code", "code"))) == 3
    assert len(chunker.chunk(document("record", "record", "record"))) == 3
    assert len(chunker.chunk(document("paragraph", "paragraph", "code"))) == 1


def test_prose_is_as_the_structure_chunker_makes_it() -> None:
    parsed = parse(RawSource("a.md", b"# A\n\n" + b"Some words here. " * 90 + b"\n\n## B\n\nEnd.\n"))
    assert AutoChunker(WordCounter()).chunk(parsed) == StructureChunker(WordCounter()).chunk(parsed)


def test_many_documents_come_back_in_their_order() -> None:
    documents = [document("code", "code"), document("paragraph"), document("record"), document(), document("code")]
    chunker = AutoChunker(WordCounter())
    assert chunker.chunk_many(documents) == [chunker.chunk(each) for each in documents]
