"""Bytes to text."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.decode import decode, normalize_newlines, replace_surrogates
from ragline.errors import ParseError


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_and_is_no_text(mark: bytes, encoding: str) -> None:
    decoded = decode(mark + "naïve 漢字 😀".encode(encoding))
    assert decoded.text == "naïve 漢字 😀"
    assert decoded.warnings == ()


def test_line_ends_become_line_feeds() -> None:
    assert decode(b"a\r\nb\rc\n\r\n").text == "a\nb\nc\n\n"


def test_the_first_invalid_byte_is_named_and_nothing_is_lost() -> None:
    decoded = decode("grün ".encode() + b"ros\xe9 \x80 \x81")
    assert decoded.text == "grün rosé € \x81"
    (warning,) = decoded.warnings
    assert "0xE9 at offset 9" in warning


def test_a_declared_encoding_is_used_when_utf8_fails() -> None:
    data = "日本語の説明".encode("shift_jis")
    assert decode(data, declared="Shift_JIS").text == "日本語の説明"
    assert decode(data, declared="Shift_JIS").warnings == ()
    assert decode(data, declared="rot13").warnings  # not an encoding of documents
    assert decode(b"\x93quoted\x94", declared="ISO-8859-1").text == "“quoted”"


def test_a_declared_encoding_does_not_override_valid_utf8() -> None:
    assert decode("é".encode(), declared="iso-8859-1").text == "é"


@pytest.mark.parametrize(
    "data",
    [
        b"abc\0def",
        b"PK\x03\x04 archive",
        b"\x89PNG\r\n",
        bytes(range(1, 9)) * 3 + b"text",
        bytes(set(range(1, 256)) - {9, 10, 13}),
    ],
)
def test_binary_content_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError, match="binary content"):
        decode(data)


def test_truncated_utf16_is_read_with_a_warning() -> None:
    decoded = decode(codecs.BOM_UTF16_LE + "abc".encode("utf-16-le")[:-1])
    assert decoded.text.startswith("ab")
    assert "UTF-16-LE" in decoded.warnings[0]


def test_broken_utf8_behind_a_mark_loses_nothing() -> None:
    decoded = decode(codecs.BOM_UTF8 + b"a\xe9b")
    assert decoded.text == "aéb"
    assert decoded.warnings


@given(st.text())
def test_utf8_round_trip(text: str) -> None:
    clean = text.replace("\0", "").lstrip("\ufeff")
    try:
        decoded = decode(clean.encode("utf-8"))
    except ParseError:
        assert any(ord(char) < 32 or char == "\x7f" for char in clean)
    else:
        assert decoded.text == normalize_newlines(clean)
        assert decoded.warnings == ()


@given(st.binary(min_size=1))
def test_any_bytes_give_text_or_a_parse_error(data: bytes) -> None:
    try:
        decoded = decode(data)
    except ParseError:
        return
    decoded.text.encode("utf-8")
    assert "\r" not in decoded.text


def test_lone_surrogates_are_replaced() -> None:
    assert replace_surrogates("a\ud800b😀") == "a\ufffdb😀"
