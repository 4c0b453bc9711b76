"""From sources and documents to chunks with identities."""

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.chunkers.fixed import FixedChunker
from ingestion.chunkers.structure import StructureChunker
from ingestion.elements import Element, ParsedDocument, RawSource
from ingestion.identity import chunk_id, content_hash
from ingestion.parsers.registry import PARSERS
from ingestion.pipeline import (
    PreparedDocument,
    document_hash,
    ingestion_fingerprint,
    prepare,
    prepare_document,
    prepare_documents,
    prepare_parsed,
    text_document,
)
from ragline.errors import InputError, ParseError
from ragline.types import Document


class WordCounter:
    max_tokens: int | None = 256

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


CHUNKER = StructureChunker(WordCounter(), size_tokens=32)


def check(prepared: PreparedDocument) -> None:
    assert [chunk.ordinal for chunk in prepared.chunks] == list(range(len(prepared.chunks)))
    assert len({chunk.id for chunk in prepared.chunks}) == len(prepared.chunks)
    for chunk in prepared.chunks:
        assert 0 <= chunk.section_start <= chunk.start < chunk.end <= chunk.section_end <= len(prepared.text)
        assert prepared.text[chunk.start : chunk.end] == chunk.text
        assert (chunk.doc_id, chunk.title, chunk.metadata) == (prepared.doc_id, prepared.title, prepared.metadata)


def test_a_file() -> None:
    data = b"---\ntitle: Guide\nacl: [hr]\nteam: core\n---\n# Setup\n\nPlug it in.\n\n# Use\n\nPress.\n"
    prepared = prepare(RawSource("docs/guide.md", data), CHUNKER, doc_id="docs/guide.md")
    check(prepared)
    assert (prepared.title, prepared.acl, prepared.metadata) == ("Guide", ("hr",), {"team": "core"})
    assert prepared.content_hash == content_hash(data)
    assert [chunk.context for chunk in prepared.chunks] == ["Guide > Setup", "Guide > Use"]
    assert [chunk.section_path for chunk in prepared.chunks] == [("Setup",), ("Use",)]
    assert prepared.warnings == ()


def test_warnings_of_the_parser_are_kept() -> None:
    prepared = prepare(RawSource("a.txt", b"ros\xe9"), CHUNKER, doc_id="a")
    assert prepared.text == "rosé"
    assert len(prepared.warnings) == 1
    with pytest.raises(ParseError, match="binary"):
        prepare(RawSource("a.txt", b"\0"), CHUNKER, doc_id="a")


def test_ids_are_stable_and_tell_equal_chunks_apart() -> None:
    source = RawSource("a.md", b"# A\n\nsame\n\n---\n\nother\n\n---\n\nother\n")
    first = prepare(source, CHUNKER, doc_id="a")
    again = prepare(source, CHUNKER, doc_id="a")
    assert first == again
    check(first)
    assert [chunk.text for chunk in first.chunks][1:] == ["other", "other"]
    assert first.chunks[2].id == chunk_id("a", "other", 1, CHUNKER.fingerprint)
    assert {chunk.id for chunk in prepare(source, CHUNKER, doc_id="b").chunks}.isdisjoint(chunk.id for chunk in first.chunks)


def test_an_edit_keeps_the_ids_of_all_other_chunks() -> None:
    sections = [f"# S{index}\n\nText of section {index}.\n\n" for index in range(10)]
    before = prepare(RawSource("a.md", "".join(sections).encode()), CHUNKER, doc_id="a")
    sections[4] = "# S4\n\nChanged.\n\n"
    after = prepare(RawSource("a.md", "".join(sections).encode()), CHUNKER, doc_id="a")
    assert len({chunk.id for chunk in before.chunks} & {chunk.id for chunk in after.chunks}) == 9


def test_plain_documents_stay_as_they_are() -> None:
    text = "\ufeff one\r\ntwo \r\n\r\n three\0\n"
    prepared = prepare_document(Document("d", text, "Title", {"year": 2024}, ("hr",)), CHUNKER)
    check(prepared)
    assert prepared.text == text
    assert (prepared.title, prepared.acl, prepared.metadata) == ("Title", ("hr",), {"year": 2024})
    assert prepared.chunks[0].context == "Title"


def test_documents_in_other_formats() -> None:
    markdown = Document("d", "---\ntitle: Inner\nacl: [hr]\na: 1\n---\n# H\n\ntext", metadata={"format": "markdown", "a": 2})
    parsed = text_document(markdown)
    assert (parsed.title, parsed.acl, parsed.metadata) == ("Inner", ("hr",), {"format": "markdown", "a": 2})
    assert text_document(replace(markdown, title="Outer", acl=("all",))).title == "Outer"
    assert text_document(replace(markdown, acl=("all",))).acl == ("all",)
    html = text_document(Document("h", "<h1>A</h1><p>b</p>", metadata={"format": "html", "language": "de"}))
    assert (html.text, html.language) == ("A\n\nb", "de")
    unknown = Document("u", "# not a heading", metadata={"format": "paperback"})
    assert text_document(unknown).elements[0].kind == "paragraph"


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(InputError, match="lone surrogate at character 3"):
        prepare_document(Document("d", "abc\ud800"), CHUNKER)


def test_the_hash_covers_all_but_the_id() -> None:
    base = Document("d", "text", "title", {"a": 1, "b": ["x"]}, ("hr",))
    assert document_hash(base) == document_hash(replace(base, id="e", metadata={"b": ["x"], "a": 1}))
    changed = [
        replace(base, text="text "),
        replace(base, title=""),
        replace(base, metadata={"a": 2, "b": ["x"]}),
        replace(base, acl=None),
        replace(base, acl=()),
    ]
    assert len({document_hash(document) for document in [base, *changed]}) == len(changed) + 1


def test_the_fingerprint_covers_parsers_and_chunker() -> None:
    fingerprint = ingestion_fingerprint(CHUNKER)
    assert CHUNKER.fingerprint in fingerprint
    assert f"markdown/{PARSERS['markdown'].version}" in fingerprint


texts = st.text(max_size=200) | st.lists(st.sampled_from(["word", "Pump.", "\n\n", "1.2 Scope"]), max_size=80).map(" ".join)


@given(st.lists(texts, max_size=5), st.text(max_size=10))
def test_many_are_the_same_as_one_by_one(contents: list[str], title: str) -> None:
    documents = [Document(str(index), text, title) for index, text in enumerate(contents)]
    together = prepare_documents(documents, CHUNKER)
    assert together == [prepare_document(document, CHUNKER) for document in documents]
    for prepared, text in zip(together, contents, strict=True):
        assert prepared.text == text
        check(prepared)


def test_thousands_of_short_documents_are_fast() -> None:
    chunker = StructureChunker(WordCounter())
    documents = [
        Document(str(index), f"Document {index}. " + "Some ten words of text that mean very little. " * 24)
        for index in range(2_000)
    ]
    started = time.process_time()
    assert all(len(prepared.chunks) == 1 for prepared in prepare_documents(documents, chunker))
    assert time.process_time() - started < 2  # about 0.1 s; the bound is for slow and busy machines


def test_a_chunk_knows_its_section_whatever_pages_it_has() -> None:
    text = "Setup Plug it in. Wait. Use Press."
    elements = (
        Element("heading", 0, 5, 1, page=1),
        Element("paragraph", 6, 17, section_path=("Setup",), page=1),
        Element("paragraph", 18, 23, section_path=("Setup",), page=2),
        Element("heading", 24, 27, 1, page=2),
        Element("paragraph", 28, 34, section_path=("Use",), page=2),
    )
    chunks = prepare_parsed(ParsedDocument(text, elements), CHUNKER, doc_id="a", digest="").chunks
    assert [(chunk.text, chunk.section_start, chunk.section_end) for chunk in chunks] == [
        ("Setup Plug it in.", 0, 23),
        ("Wait.", 0, 23),
        ("Use Press.", 24, 34),
    ]
    (flat, last) = prepare_parsed(ParsedDocument(text, elements), FixedChunker(WordCounter()), doc_id="a", digest="").chunks
    assert (last.text, last.section_start, last.section_end) == ("Wait. Use Press.", 0, 34)
    assert (flat.section_start, flat.section_end) == (0, 23)
