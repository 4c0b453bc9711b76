"""Which encoding bytes are in."""

from pathlib import Path

import pytest

from ingestion.decode import decode
from ingestion.encodings import codec, declared_encoding, detected_encoding, wide_encoding
from ragline.errors import ParseError

GERMAN = "Die Pumpe für große Größen läuft nicht über längere Zeit. Prüfen Sie die Führung und die Dichtung regelmäßig. "
SAMPLES = {
    "cp1252": GERMAN * 4,
    "cp1250": "Zażółć gęślą jaźń. Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. " * 3,
    "iso8859-2": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. " * 8,
    "cp1251": "Все люди рождаются свободными и равными в своем достоинстве и правах.",
    "koi8-u": "Все люди рождаются свободными и равными в своем достоинстве и правах.",
    "cp1253": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "cp1255": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "cp1256": "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميراً",
    "cp932": "日本語の説明書です。ポンプを交換するには、まず電源を切ってください。",
    "euc_jp": "日本語の説明書です。ポンプを交換するには、まず電源を切ってください。",
    "gb18030": "中华人民共和国的公民在法律面前一律平等。国家尊重和保障人权。",
    "big5hkscs": "中華民國的公民在法律面前一律平等。國家尊重和保障人權。",
    "cp949": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
}


@pytest.mark.parametrize("encoding", SAMPLES)
def test_enough_letters_tell_the_encoding_without_a_warning(encoding: str) -> None:
    text = SAMPLES[encoding]
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.warnings) == (text, encoding, ())
    assert decoded.metadata == {"encoding": encoding}


def test_few_letters_are_read_and_reported_as_uncertain() -> None:
    assert detected_encoding("Größe".encode("cp1252")) == ("cp1252", False)
    decoded = decode("Größe".encode("cp1252"))
    assert decoded.text == "Größe"
    assert "0xF6 at offset 2 read as cp1252" in decoded.warnings[0]


def test_utf8_with_a_stray_byte_stays_utf8() -> None:
    decoded = decode((GERMAN * 3).encode() + b"ros\xe9")
    assert decoded.text == GERMAN * 3 + "rosé"
    assert decoded.encoding == "utf-8"
    assert "offset" in decoded.warnings[0]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["This is a test document\nfor you.", "Номер 7 на складе 12: да, есть 5 штук.\r\n" * 2000])
def test_wide_text_without_a_mark_is_read(encoding: str, text: str) -> None:
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.warnings) == (text.replace("\r\n", "\n"), encoding, ())


def test_half_a_character_at_the_end_of_wide_text_is_reported() -> None:
    decoded = decode("a line of text\n".encode("utf-16-le") * 500 + b"x")
    assert decoded.text.endswith("text\n\ufffd")
    assert "UTF-16-LE" in decoded.warnings[0]


@pytest.mark.parametrize("data", [b"\x00\x01\x02\x03", b"abc\0def", b"\x01\x00\x02\x00a\x00", bytes(64), b"a\0b\0\x01\0"])
def test_zero_bytes_alone_make_no_text(data: bytes) -> None:
    assert wide_encoding(data) is None
    with pytest.raises(ParseError, match="binary content"):
        decode(data)


def test_japanese_mail_text_is_read() -> None:
    decoded = decode("日本語の説明です".encode("iso2022_jp"))
    assert (decoded.text, decoded.encoding) == ("日本語の説明です", "iso2022_jp")
    assert decode(b"\x1b$B is no Japanese\xff").warnings
    assert decode(b"\x1b$@").text == "\x1b$@"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b'<?xml version="1.0" encoding="windows-1251"?>', "windows-1251"),
        (b"<html><head><meta charset=koi8-r>", "koi8-r"),
        (b"<meta http-equiv='Content-Type' content='text/html; charset=Shift_JIS'>", "Shift_JIS"),
        (b"# -*- coding: iso-8859-15 -*-\n", "iso-8859-15"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1250 :\n", "cp1250"),
        (b".. -*- coding: latin-1 -*-\n", "latin-1"),
        (b"---\r\ntitle: x\r\nencoding: 'cp1253'\r\n---\r\n", "cp1253"),
        (b"text about a coding: none", None),
        (b"one\ntwo\n# coding: cp1250\n", None),
    ],
)
def test_documents_name_their_encoding(head: bytes, name: str | None) -> None:
    assert declared_encoding(head) == name


def test_what_the_document_names_is_used_where_it_is_not_utf8() -> None:
    decoded = decode(b"# coding: cp1251\n" + "Привет".encode("cp1251"))
    assert (decoded.text, decoded.encoding, decoded.warnings) == ("# coding: cp1251\nПривет", "cp1251", ())
    assert decode(b"# coding: cp1251\n" + "Привет".encode()).encoding == "utf-8"
    assert decode(b"# coding: utf-16\nros\xe9").warnings


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("ISO-8859-1", "cp1252"),
        ("latin1", "cp1252"),
        ("Shift_JIS", "cp932"),
        ("x-sjis", "cp932"),
        ("GB2312", "gb18030"),
        ("ks_c_5601-1987", "cp949"),
        ("iso-8859-8-i", "iso8859-8"),
        ("windows-1251", "cp1251"),
        ("rot13", None),
        ("zip", None),
        ("unicode_escape", None),
        ("windows-9999", None),
    ],
)
def test_names_of_encodings(name: str, known: str | None) -> None:
    assert codec(name) == known


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "encoding", "words"),
    [
        ("fake-text-utf-16-be.txt", "utf-16-be", "This is a test document"),
        ("fake-text-utf-16-le.txt", "utf-16-le", "This is a test document"),
        ("fake-text-utf-16.txt", "utf-16-le", "This is a test document"),
        ("fake-text-utf-32.txt", "utf-32-le", "This is a test document"),
        ("stanley-cups-utf-16.csv", "utf-16-be", "Maple Leafs"),
        ("example-steelJIS-datasheet-utf-16.html", "utf-16-le", "SNB22-3"),
        ("fake-html-cp1252.html", "cp1252", "ñoquis"),
        ("umlauts-non-utf8.md", "cp1252", "äöüß"),
        ("umlauts-utf8.md", "utf-8", "äöüß"),
    ],
)
def test_odd_encodings_of_real_files(shared_data: Path, name: str, encoding: str, words: str) -> None:
    decoded = decode((shared_data / "docs-unstructured" / name).read_bytes())
    assert decoded.encoding == encoding
    assert words in decoded.text


@pytest.mark.shared_data
def test_a_language_in_its_usual_encoding_is_found(shared_data: Path) -> None:
    """One sentence each, at least 32 letters outside ASCII: the bound from which a guess counts as sure."""
    text = (shared_data / "docs-unstructured/language-docs/UDHR_first_article_all.txt").read_text("utf-8")
    articles = dict(block.split("\n", 1) for block in text.split("\n\n") if block.count("\n") == 1)
    usual = {
        "Russian": "cp1251",
        "Ukrainian": "koi8-u",
        "Bulgarian": "cp1251",
        "Greek (monotonic)": "cp1253",
        "Arabic, Standard": "cp1256",
        "Thai": "cp874",
        "Japanese": "cp932",
        "Korean": "cp949",
        "Chinese, Mandarin (Simplified)": "gb18030",
        "Chinese, Mandarin (Traditional)": "big5hkscs",
    }
    for language, encoding in usual.items():
        if language in articles:
            data = articles[language].encode(encoding)
            assert (decode(data).text, decode(data).warnings) == (articles[language], ())
    assert len(usual.keys() & articles.keys()) >= 7
