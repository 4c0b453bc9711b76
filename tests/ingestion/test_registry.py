"""Which parser reads what."""

import pytest

from ingestion.elements import RawSource
from ingestion.parsers.registry import (
    PARSERS,
    SUPPORTED_SUFFIXES,
    is_supported,
    parse,
    parser_for,
    parsers_fingerprint,
    title_from_name,
)
from ragline.errors import InputError, ParseError


@pytest.mark.parametrize(
    ("name", "parser"),
    [
        ("a/b.md", "markdown"),
        ("B.MDX", "markdown"),
        ("x.HTM", "html"),
        ("x.txt", "text"),
        ("README", "text"),
        ("docs/LICENSE", "text"),
        ("x.tsv", "csv"),
        ("x.jsonl", "json"),
        ("x.pdf", "pdf"),
    ],
)
def test_the_suffix_chooses(name: str, parser: str) -> None:
    assert parser_for(RawSource(name, b"text")).name == parser
    assert is_supported(name)


def test_content_goes_before_the_suffix() -> None:
    assert parser_for(RawSource("renamed.md", b"%PDF-1.7\n...")).name == "pdf"
    assert parser_for(RawSource("unknown.bin", b"%PDF-1.7\n...")).name == "pdf"


def test_a_named_format_goes_before_all() -> None:
    assert parser_for(RawSource("id-7", b"%PDF-", {"format": "markdown"})).name == "markdown"
    with pytest.raises(InputError, match="unknown format 'pages'; use one of: code, csv, docx"):
        parser_for(RawSource("id", b"", {"format": "pages"}))


@pytest.mark.parametrize("name", ["a.xyz", "noext", "archive.zip", "page.md.bak"])
def test_unknown_formats(name: str) -> None:
    assert not is_supported(name)
    with pytest.raises(ParseError, match="not supported"):
        parser_for(RawSource(name, b"text"))


@pytest.mark.parametrize("name", ["x.md", "x.html", "x.txt", "x.csv", "x.json"])
def test_binary_under_any_text_suffix_is_refused(name: str) -> None:
    with pytest.raises(ParseError, match="binary content"):
        parse(RawSource(name, b"\x7fELF\x02\x01\x01\x00\x00"))


@pytest.mark.parametrize("name", ["x.md", "x.html", "x.txt", "x.csv", "x.json", "x.jsonl"])
@pytest.mark.parametrize("data", [b"", b" \r\n \n", b"\xef\xbb\xbf"])
def test_empty_files_are_reported(name: str, data: bytes) -> None:
    parsed = parse(RawSource(name, data))
    assert parsed.elements == ()
    assert "no text in the file" in parsed.warnings[-1]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("docs/error-codes_v2.md", "Error codes v2"),
        ("README", "README"),
        (".env", ".env"),
        ("___.md", "___"),
        ("a b.txt", "A b"),
    ],
)
def test_titles_from_names(name: str, title: str) -> None:
    assert title_from_name(name) == title


def test_every_document_has_a_title() -> None:
    assert parse(RawSource("docs/pump-list.csv", b"a,b\n1,x")).title == "Pump list"
    assert parse(RawSource("docs/x.md", b"# Real title")).title == "Real title"


def test_suffixes_belong_to_one_parser_each() -> None:
    suffixes = [suffix for parser in PARSERS.values() for suffix in parser.suffixes]
    assert sorted(suffixes) == sorted(set(suffixes)) == list(SUPPORTED_SUFFIXES)
    assert parsers_fingerprint().count("/") == len(PARSERS)


@pytest.mark.parametrize("name", ["a.zip", "A.ZIP", "b.tar.gz", "c.7z"])
def test_of_an_archive_the_way_out_is_to_unpack_it(name: str) -> None:
    with pytest.raises(ParseError, match="archives are not opened; unpack it"):
        parse(RawSource(name, b"PK\x03\x04 and more"))
