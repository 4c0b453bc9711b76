"""The structure of stored documents: parsed again where the stored text is the source, else as far as chunks tell."""

from pathlib import Path

import pytest

from ingestion.chunkers.structure import StructureChunker
from ingestion.elements import RawSource
from ingestion.parsers.registry import parse
from ingestion.pipeline import PreparedDocument, prepare_document, prepare_parsed
from ingestion.stored import lost_headings, parsed_from_chunks, text_again
from ragline.types import Document


class Words:
    """Counts words."""

    max_tokens = None

    def count_tokens(self, texts: list[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def chunked(parsed, size: int = 40) -> PreparedDocument:  # type: ignore[no-untyped-def]
    return prepare_parsed(parsed, StructureChunker(Words(), size_tokens=size), doc_id="d", digest="")


@pytest.mark.parametrize(
    ("source", "doc_id", "metadata", "expected"),
    [
        ("/docs/a.md", "docs/a.md", {}, {"format": "markdown"}),
        ("/docs/a.MDX", "docs/a.mdx", {}, {"format": "markdown"}),
        ("/docs/a.rst", "docs/a.rst", {"format": "html"}, {"format": "rst"}),
        ("/docs/a.py", "docs/a.py", {}, {"format": "code"}),
        ("/docs/README", "docs/README", {"format": "markdown"}, {}),
        ("/docs/a.log", "docs/a.log", {}, {}),
        ("/docs/a.html", "docs/a.html", {}, None),
        ("/docs/a.csv", "docs/a.csv", {}, None),
        ("/docs/a.docx", "docs/a.docx", {}, None),
        ("/docs/a.py", "docs/a.js", {}, None),
        ("https://example.org/a.md", "https://example.org/a.md", {}, {"format": "markdown"}),
        ("https://example.org/a", "https://example.org/a", {}, None),
        ("hand", "hand", {}, {}),
        ("hand.md", "hand.md", {}, {}),
        ("hand", "hand", {"format": "markdown"}, {"format": "markdown"}),
        ("hand", "hand", {"format": "csv"}, None),
        ("hand", "hand", {"format": "A4"}, {}),
        ("hand", "hand", {"format": 4}, {}),
    ],
)
def test_whose_text_is_its_source(source: str, doc_id: str, metadata: dict, expected: dict | None) -> None:  # type: ignore[type-arg]
    found = text_again(doc_id, source, "text", "Title", metadata)
    assert found == (None if expected is None else Document(doc_id, "text", "Title", expected))


def test_every_sample_whose_text_is_its_source_comes_out_the_same(samples: Path) -> None:
    checked = set()
    for path in [*sorted((samples / "documents").rglob("*")), Path(__file__)]:
        document = text_again(path.name, str(path), "", "", {})
        if not path.is_file() or document is None:
            continue
        first = parse(RawSource(str(path), path.read_bytes()))
        document = text_again(path.name, str(path), first.text, first.title, first.metadata)
        assert document is not None
        chunker = StructureChunker(Words(), size_tokens=40)
        again = prepare_document(document, chunker)
        before = prepare_parsed(first, chunker, doc_id=path.name, digest="")
        assert again.text == first.text
        assert [(chunk.id, chunk.context, chunk.kind, chunk.section_start) for chunk in again.chunks] == [
            (chunk.id, chunk.context, chunk.kind, chunk.section_start) for chunk in before.chunks
        ]
        checked.add(path.suffix)
    assert {".md", ".txt", ".py"} <= checked


def test_a_heading_that_is_lost_is_told() -> None:
    html = "<h1>Top</h1><h2>Part</h2><p>words and words</p>"
    before = chunked(parse(RawSource("a.html", html.encode())))
    as_text = text_again("a.md", "/a.md", before.text, before.title, {})
    assert as_text is not None
    after = prepare_document(as_text, StructureChunker(Words(), size_tokens=40))
    assert after.text == before.text
    assert lost_headings(before.chunks, after.chunks) == {"Part", "Top"}
    assert lost_headings(after.chunks, before.chunks) == set()


@pytest.mark.parametrize("size", [16, 40, 90])
def test_from_chunks_all_text_comes_back_under_its_headings(size: int) -> None:
    rows = "".join(f"<tr><td>part {row}</td><td>{row}.50</td></tr>" for row in range(30))
    prose = " ".join(f"Sentence number {at} is here." for at in range(40))
    html = f"<h1>Top</h1><p>{prose}</p><h2>Prices</h2><table>{rows}</table><h2>End</h2><p>Last words.</p><h2>Alone</h2>"
    before = chunked(parse(RawSource("a.html", html.encode())))
    parsed = parsed_from_chunks(before.text, before.title, before.chunks)
    assert all(one.end <= other.start for one, other in zip(parsed.elements, parsed.elements[1:], strict=False))
    after = chunked(parsed, size)
    assert {chunk.section_path for chunk in after.chunks} == {chunk.section_path for chunk in before.chunks}
    covered = set().union(*(range(chunk.start, chunk.end) for chunk in after.chunks))
    assert all(character.isspace() or at in covered for at, character in enumerate(before.text))
    assert {chunk.kind for chunk in after.chunks} == {"paragraph", "table"}
    tables = [chunk for chunk in after.chunks if chunk.kind == "table"]
    assert all(chunk.text.startswith(("part", "|", "column", "Prices")) for chunk in tables), [chunk.text for chunk in tables]
    assert lost_headings(before.chunks, after.chunks) == set()
