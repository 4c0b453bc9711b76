"""The structure-aware chunker, example by example. Its invariants are in the chunker contract."""

import itertools
import time
from collections.abc import Sequence
from zlib import crc32

import pytest

from ingestion.chunkers.base import ChunkSpan
from ingestion.chunkers.structure import StructureChunker
from ingestion.elements import Element, ParsedDocument, RawSource
from ingestion.parsers.registry import parse
from ingestion.parsers.text import parse_plain_text
from ragline.errors import SettingsError


class WordCounter:
    """One token for each word; keeps count of its calls."""

    def __init__(self, max_tokens: int | None = None) -> None:
        self.max_tokens = max_tokens
        self.calls = 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        self.calls += 1
        return [len(text.split()) for text in texts]


def markdown(text: str) -> ParsedDocument:
    return parse(RawSource("page.md", text.encode()))


def texts(parsed: ParsedDocument, spans: Sequence[ChunkSpan]) -> list[str]:
    return [parsed.text[span.start : span.end] for span in spans]


def words(count: int, prefix: str = "w") -> str:
    return " ".join(f"{prefix}{index}" for index in range(count))


def sentences(count: int, length: int = 10) -> str:
    return " ".join(f"S{index} {words(length - 2)} end." for index in range(count))


@pytest.mark.parametrize("overlap", [-0.1, 0.51, float("nan"), 2])
def test_bad_overlap(overlap: float) -> None:
    with pytest.raises(SettingsError, match=r"use a number from 0 to 0\.5"):
        StructureChunker(WordCounter(), overlap=overlap)


def test_bad_sizes() -> None:
    with pytest.raises(SettingsError, match="at least 16"):
        StructureChunker(WordCounter(), size_tokens=15)
    with pytest.raises(SettingsError, match="use at most 254"):
        StructureChunker(WordCounter(254), size_tokens=255)
    with pytest.raises(SettingsError):
        StructureChunker(WordCounter(8))


def test_other_boundaries_come_with_another_version() -> None:
    """Where this fails by a change on purpose: raise the version, else collections mix chunks of both kinds; then pin anew."""
    prose = [f"{words(5 + 7 * at % 40, 'abcdefgh'[at % 8] * 5)} end. {sentences(at % 5)}" for at in range(150)]
    items = "\n".join(f"- {words(3 + at % 9)}" for at in range(60))
    rows = "\n".join(f"| {at} | {words(at % 6)} |" for at in range(60))
    parsed = markdown("# A\n\n" + "\n\n".join(prose) + f"\n\n## B\n\n{items}\n\n| n | t |\n|---|---|\n{rows}\n")
    chunker = StructureChunker(WordCounter(), size_tokens=64)
    bounds = repr([(span.start, span.end, span.context) for span in chunker.chunk(parsed)])
    assert (chunker.fingerprint.partition(" ")[0], crc32(bounds.encode())) == ("structure/8", 1_137_306_544)


def test_default_size_is_what_the_embedder_reads_at_most_256() -> None:
    assert StructureChunker(WordCounter(254)).size_tokens == 254
    assert StructureChunker(WordCounter(512)).size_tokens == 256
    assert StructureChunker(WordCounter()).size_tokens == 256


def test_the_fingerprint_holds_every_setting() -> None:
    prints = {
        StructureChunker(WordCounter(), size_tokens=size, overlap=overlap).fingerprint
        for size in (100, 200)
        for overlap in (0.1, 0.2)
    }
    assert len(prints) == 4


def test_no_text_no_chunks() -> None:
    chunker = StructureChunker(WordCounter())
    assert chunker.chunk(parse_plain_text("")) == []
    assert chunker.chunk(parse_plain_text(" \n ")) == []
    assert chunker.chunk_many([]) == []


def test_a_document_that_fits_is_one_chunk_and_one_call() -> None:
    counter = WordCounter()
    parsed = parse_plain_text(sentences(10))
    (span,) = StructureChunker(counter).chunk(parsed)
    assert (span.start, span.end, span.kind, span.context) == (0, len(parsed.text), "paragraph", "")
    assert counter.calls == 1


def test_sections_are_never_merged_and_headings_open_their_chunk() -> None:
    parsed = markdown("# Guide\n\nIntro.\n\n## Setup\n\nPlug it in.\n\nWait.\n\n## Empty\n\n## Use\n\n### Daily\n\nPress.\n")
    spans = StructureChunker(WordCounter()).chunk(parsed)
    assert texts(parsed, spans) == [
        "# Guide\n\nIntro.",
        "## Setup\n\nPlug it in.\n\nWait.",
        "## Empty",
        "## Use\n\n### Daily\n\nPress.",
    ]
    assert [span.context for span in spans] == ["Guide", "Guide > Setup", "Guide", "Guide > Use > Daily"]
    assert [span.kind for span in spans] == ["paragraph", "paragraph", "heading", "paragraph"]


def test_title_stands_in_front_unless_the_first_heading_repeats_it() -> None:
    chunker = StructureChunker(WordCounter())
    other = markdown("---\ntitle: Handbook\n---\n# Leave\n\ntext")
    same = markdown("---\ntitle: leave \n---\n# Leave\n\ntext")
    assert chunker.chunk(other)[0].context == "Handbook > Leave"
    assert chunker.chunk(same)[0].context == "Leave"


def test_context_is_cut_from_the_left_at_a_quarter_of_the_size() -> None:
    parsed = markdown(f"---\ntitle: {words(20, 't')}\n---\n# Chapter one\n\n## Part two\n\n{words(30)}")
    (span,) = (
        span
        for span in StructureChunker(WordCounter(), size_tokens=40).chunk(parsed)
        if "w29" in parsed.text[span.start : span.end]
    )
    assert span.context == "Chapter one > Part two"
    narrow = StructureChunker(WordCounter(), size_tokens=16).chunk(parsed)
    assert {span.context for span in narrow} == {"> Part two"} or {span.context for span in narrow} == {"Part two"}


def test_pieces_of_a_long_run_are_balanced_and_overlap_at_sentences() -> None:
    parsed = parse_plain_text(sentences(30))
    first, second = StructureChunker(WordCounter(254)).chunk(parsed)
    one, two = texts(parsed, [first, second])
    assert abs(len(one.split()) - len(two.split())) <= 20
    overlap = parsed.text[second.start : first.end]
    assert overlap.startswith("S")
    assert overlap.endswith("end.")
    assert 20 <= len(overlap.split()) <= 40


def test_overlap_at_words_where_sentences_are_too_long() -> None:
    parsed = parse_plain_text(words(400))
    spans = StructureChunker(WordCounter(), size_tokens=100, overlap=0.2).chunk(parsed)
    for before, after in itertools.pairwise(spans):
        repeated = parsed.text[after.start : before.end].split()
        assert 15 <= len(repeated) <= 20
        assert parsed.text[after.start - 1] == " "


def test_no_overlap_when_none_is_asked() -> None:
    parsed = parse_plain_text(sentences(60))
    spans = StructureChunker(WordCounter(), size_tokens=100, overlap=0).chunk(parsed)
    assert all(before.end < after.start for before, after in itertools.pairwise(spans))


def test_overlap_in_a_script_without_blanks() -> None:
    class CharacterCounter(WordCounter):
        def count_tokens(self, texts: Sequence[str]) -> list[int]:
            return [len("".join(text.split())) for text in texts]

    parsed = parse_plain_text("山川草木" * 200)
    spans = StructureChunker(CharacterCounter(), size_tokens=100, overlap=0.2).chunk(parsed)
    repeated = [before.end - after.start for before, after in itertools.pairwise(spans)]
    assert len(spans) >= 10
    assert all(15 <= count <= 20 for count in repeated)


def test_no_overlap_across_sections_tables_and_code() -> None:
    code = "\n".join(f"line_{index} = call({index}, {index})" for index in range(60))
    table = "| a | b |\n|---|---|\n" + "\n".join(f"| {index} | value |" for index in range(60))
    parsed = markdown(f"# A\n\n{sentences(4)}\n\n```py\n{code}\n```\n\n{sentences(4)}\n\n{table}\n\n## B\n\n{sentences(4)}\n")
    spans = StructureChunker(WordCounter(), size_tokens=60, overlap=0.3).chunk(parsed)
    for before, after in itertools.pairwise(spans):
        if (
            "code" in (before.kind, after.kind)
            or "table" in (before.kind, after.kind)
            or before.section_path != after.section_path
        ):
            assert before.end <= after.start


def test_split_table_keeps_rows_whole_and_repeats_its_header() -> None:
    rows = [f"| E-{index} | meaning number {index} |" for index in range(40)]
    parsed = markdown("# Errors\n\n| code | meaning |\n|---|---|\n" + "\n".join(rows))
    spans = StructureChunker(WordCounter(), size_tokens=64).chunk(parsed)
    assert len(spans) > 3
    assert all(span.kind == "table" for span in spans)
    assert [span.context for span in spans] == ["Errors"] + ["Errors\n| code | meaning |"] * (len(spans) - 1)
    found = [line for text in texts(parsed, spans) for line in text.split("\n") if line.startswith("| E-")]
    assert found == rows


def test_a_header_that_is_too_long_is_cut_at_words_or_left_out() -> None:
    class CharacterCounter(WordCounter):
        def count_tokens(self, texts: Sequence[str]) -> list[int]:
            return [len(text) for text in texts]

    rows = "\n".join(f"| {index} | y |" for index in range(20))
    several = markdown("| first column | second column |\n|---|---|\n" + rows)
    single = markdown(f"| {'x' * 30} |\n|---|\n" + rows)
    chunker = StructureChunker(CharacterCounter(), size_tokens=72)
    assert chunker.chunk(several)[-1].context == "Page\n| first column |"
    assert chunker.chunk(single)[-1].context == "Page\n|"


def test_tables_and_code_are_whole_where_they_fit() -> None:
    code = "```\n" + "\n".join(f"run {index}" for index in range(20)) + "\n```"
    table = "| a | b |\n|---|---|\n" + "\n".join(f"| {index} | y |" for index in range(6))
    parsed = markdown(f"{sentences(6)}\n\n{code}\n\n{sentences(6)}\n\n{table}\n\n{sentences(5)}")
    pieces = texts(parsed, StructureChunker(WordCounter(), size_tokens=80).chunk(parsed))
    assert sum(code in piece for piece in pieces) == 1
    assert sum(table in piece for piece in pieces) == 1


def test_code_is_split_at_lines_with_their_indentation() -> None:
    lines = [f"    call number {index}" for index in range(40)]
    parsed = markdown("# Run\n\n```py\n" + "\n".join(lines) + "\n```")
    pieces = texts(parsed, StructureChunker(WordCounter(), size_tokens=32).chunk(parsed))
    assert pieces[0].startswith("# Run\n\n```py\n    call number 0")
    found = [line for piece in pieces for line in piece.split("\n") if "call" in line]
    assert found == lines


def test_lists_are_split_at_items() -> None:
    items = [f"- item {index} {words(6)}" for index in range(20)]
    parsed = markdown("\n".join(items))
    spans = StructureChunker(WordCounter(), size_tokens=50, overlap=0.2).chunk(parsed)
    assert len(spans) > 3
    assert all(parsed.text[span.end : span.end + 1] in ("\n", "") for span in spans)


def test_a_word_beyond_the_size_is_cut_between_graphemes() -> None:
    class CharacterCounter(WordCounter):
        def count_tokens(self, texts: Sequence[str]) -> list[int]:
            return [len(text) for text in texts]

    family = "👩\u200d👩\u200d👧"
    parsed = parse_plain_text(family * 30)
    pieces = texts(parsed, StructureChunker(CharacterCounter(), size_tokens=32, overlap=0).chunk(parsed))
    assert "".join(pieces) == parsed.text
    assert all(len(piece) % len(family) == 0 and len(piece) <= 31 for piece in pieces)


def test_pages_and_kinds_are_those_of_the_chunk() -> None:
    one, two = sentences(12), sentences(12)
    text = f"{one}\n\n{two}"
    parsed = ParsedDocument(
        text,
        (Element("paragraph", 0, len(one), page=1), Element("quote", len(one) + 2, len(text), page=2)),
    )
    spans = StructureChunker(WordCounter(), size_tokens=100, overlap=0).chunk(parsed)
    assert next(span.page for span in spans) == 1
    assert [(span.page, span.kind) for span in spans][-1] == (2, "quote")


def test_a_rule_between_paragraphs_separates_chunks() -> None:
    parsed = markdown("one\n\n---\n\ntwo")
    assert texts(parsed, StructureChunker(WordCounter()).chunk(parsed)) == ["one", "two"]


def test_many_documents_give_the_same_as_one_by_one_in_few_calls() -> None:
    documents = [parse_plain_text(sentences(count)) for count in (1, 40, 3, 90, 0, 26)]
    counter = WordCounter()
    chunker = StructureChunker(counter, size_tokens=100)
    together = chunker.chunk_many(documents)
    assert counter.calls < 10
    assert together == [chunker.chunk(document) for document in documents]


def test_thousands_of_small_documents_are_fast() -> None:
    documents = [parse_plain_text(sentences(20)) for _ in range(2_000)]
    chunker = StructureChunker(WordCounter())
    started = time.process_time()
    chunked = chunker.chunk_many(documents)
    assert all(len(spans) == 1 for spans in chunked)
    assert time.process_time() - started < 1  # about 0.05 s; the bound is for slow and busy machines


def test_one_long_paragraph_takes_linear_time() -> None:
    parsed = parse_plain_text(sentences(20_000))
    started = time.process_time()
    assert len(StructureChunker(WordCounter()).chunk(parsed)) > 700
    assert time.process_time() - started < 10


def test_running_text_is_cut_where_its_topic_changes() -> None:
    pump = "\n\n".join(f"The pump needs oil of grade {index} in its bearing." for index in range(11))
    choir = "\n\n".join(f"Our choir sings song {index} in the old church." for index in range(8))
    parsed = parse_plain_text(f"{pump}\n\n{choir}")
    spans = StructureChunker(WordCounter(), size_tokens=140, overlap=0).chunk(parsed)
    assert texts(parsed, spans) == [pump, choir]


def test_code_is_split_between_functions() -> None:
    functions = [f"def f{index}(a, b):\n    c = a + b\n\n    return c * {index}" for index in range(8)]
    parsed = markdown("```py\n" + "\n\n\n".join(functions) + "\n```")
    pieces = texts(parsed, StructureChunker(WordCounter(), size_tokens=30).chunk(parsed))
    assert len(pieces) > 2
    assert all(piece.startswith("def") for piece in pieces[1:])
    assert all(sum(function in piece for piece in pieces) == 1 for function in functions)


def test_list_items_are_whole_where_they_fit() -> None:
    items = [f"- Item {index} begins. {words(8)} It ends." for index in range(12)]
    parsed = markdown("\n".join(items))
    pieces = texts(parsed, StructureChunker(WordCounter(), size_tokens=50, overlap=0).chunk(parsed))
    assert all(sum(item in piece for piece in pieces) == 1 for item in items)
