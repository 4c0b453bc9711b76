"""The chunkers that look at the text alone, example by example. Their invariants are in the chunker contract."""

import itertools
from collections.abc import Sequence

import pytest

from ingestion.chunkers.base import ChunkSpan
from ingestion.chunkers.fixed import FixedChunker
from ingestion.chunkers.flat import FlatChunker
from ingestion.chunkers.recursive import RecursiveChunker
from ingestion.chunkers.sentence import SentenceChunker
from ingestion.elements import Element, ParsedDocument, RawSource
from ingestion.parsers.registry import parse
from ingestion.parsers.text import parse_plain_text


class WordCounter:
    max_tokens: int | None = None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def markdown(text: str) -> ParsedDocument:
    return parse(RawSource("page.md", text.encode()))


def texts(parsed: ParsedDocument, spans: Sequence[ChunkSpan]) -> list[str]:
    return [parsed.text[span.start : span.end] for span in spans]


def words(count: int, prefix: str = "w") -> str:
    return " ".join(f"{prefix}{index}" for index in range(count))


def sentences(count: int, length: int = 10) -> str:
    return " ".join(f"S{index} {words(length - 2)} end." for index in range(count))


FLAT = (FixedChunker, RecursiveChunker, SentenceChunker)


def test_fixed_windows_are_full_and_overlap_as_asked() -> None:
    parsed = parse_plain_text(words(500))
    spans = FixedChunker(WordCounter(), size_tokens=100, overlap=0.2).chunk(parsed)
    sizes = [len(text.split()) for text in texts(parsed, spans)]
    assert set(sizes[:-1]) == {99}  # and one for the line end behind a context
    assert [len(parsed.text[b.start : a.end].split()) for a, b in itertools.pairwise(spans)] == [20] * (len(spans) - 1)


def test_fixed_windows_cut_where_the_size_says() -> None:
    parsed = parse_plain_text(sentences(30))
    (first, *_) = texts(parsed, FixedChunker(WordCounter(), size_tokens=64, overlap=0).chunk(parsed))
    assert not first.endswith("end.")


def test_sentences_are_whole_and_so_is_what_is_repeated() -> None:
    parsed = parse_plain_text(sentences(40))
    spans = SentenceChunker(WordCounter(), size_tokens=64, overlap=0.2).chunk(parsed)
    assert all(text.startswith("S") and text.endswith("end.") for text in texts(parsed, spans))
    repeated = [parsed.text[after.start : before.end] for before, after in itertools.pairwise(spans)]
    assert all(text.count("end.") == 1 for text in repeated)


def test_a_sentence_that_is_longer_than_the_overlap_is_not_repeated() -> None:
    parsed = parse_plain_text(sentences(40, 20))
    spans = SentenceChunker(WordCounter(), size_tokens=64, overlap=0.2).chunk(parsed)
    assert all(before.end < after.start for before, after in itertools.pairwise(spans))


def test_recursive_prefers_the_strongest_separator() -> None:
    paragraphs = [sentences(3) for _ in range(8)]
    parsed = parse_plain_text("\n\n".join(paragraphs))
    assert texts(parsed, RecursiveChunker(WordCounter(), size_tokens=64, overlap=0).chunk(parsed)) == [
        "\n\n".join(paragraphs[index : index + 2]) for index in range(0, 8, 2)
    ]
    lines = "\n".join(sentences(4) for _ in range(6))
    parsed = parse_plain_text(lines)
    pieces = texts(parsed, RecursiveChunker(WordCounter(), size_tokens=64, overlap=0).chunk(parsed))
    assert len(pieces) == 6
    assert "\n".join(pieces) == lines
    parsed = parse_plain_text(sentences(12, 30))
    pieces = texts(parsed, RecursiveChunker(WordCounter(), size_tokens=64, overlap=0).chunk(parsed))
    assert all(piece.endswith("end.") for piece in pieces)


def test_wrapped_lines_are_no_separators() -> None:
    text = "\n".join(words(100, "long")[at : at + 70] for at in range(0, 700, 70))
    parsed = parse_plain_text(text.replace(" ", "x"))
    wrapped = parse_plain_text(f"{sentences(3, 12)}\n{words(14)}\n{words(14)}")
    assert len(RecursiveChunker(WordCounter(), size_tokens=64, overlap=0).chunk(wrapped)) == 2
    assert len(RecursiveChunker(WordCounter(), size_tokens=64, overlap=0).chunk(parsed)) == 1


@pytest.mark.parametrize("kind", FLAT)
def test_sections_may_share_a_chunk_that_names_what_they_have_in_common(kind: type[FlatChunker]) -> None:
    parsed = markdown("---\ntitle: Handbook\n---\n# Guide\n\n## Setup\n\nPlug in.\n\n## Use\n\nPress.\n")
    (span,) = kind(WordCounter(), size_tokens=64).chunk(parsed)
    assert (span.section_path, span.context) == (("Guide",), "Handbook")


@pytest.mark.parametrize("kind", FLAT)
def test_nothing_is_repeated_from_another_section(kind: type[FlatChunker]) -> None:
    parsed = markdown("".join(f"# Part {part}\n\n{sentences(9)}\n\n" for part in range(4)))
    spans = kind(WordCounter(), size_tokens=48, overlap=0.3).chunk(parsed)
    pairs = list(itertools.pairwise(spans))
    assert all(a.end <= b.start for a, b in pairs if a.section_path != b.section_path)
    assert any(a.end > b.start for a, b in pairs)


@pytest.mark.parametrize("kind", FLAT)
def test_pages_and_parts_of_a_file_are_never_mixed(kind: type[FlatChunker]) -> None:
    text = "one\n\ntwo\n\nthree"
    elements = (
        Element("paragraph", 0, 3, page=1),
        Element("paragraph", 5, 8, page=2),
        Element("paragraph", 10, 15, page=2, source="attachment.txt"),
    )
    spans = kind(WordCounter()).chunk(ParsedDocument(text, elements))
    assert [text[span.start : span.end] for span in spans] == ["one", "two", "three"]


def test_a_heading_is_not_left_behind() -> None:
    parsed = markdown(f"# One\n\n{sentences(5)}\n\n# Two\n\n{sentences(5)}\n\n# Three\n\n{sentences(5)}\n")
    for text in texts(parsed, RecursiveChunker(WordCounter(), size_tokens=64, overlap=0).chunk(parsed)):
        assert not text.splitlines()[-1].startswith("#")


@pytest.mark.parametrize("kind", FLAT)
def test_many_documents_give_the_same_as_one_by_one(kind: type[FlatChunker]) -> None:
    documents = [parse_plain_text(sentences(count)) for count in (1, 40, 3, 90, 0, 26)]
    chunker = kind(WordCounter(), size_tokens=100)
    assert chunker.chunk_many(documents) == [chunker.chunk(document) for document in documents]
