"""Real office files of other people: read, or refused with a reason, and no word is lost that other readers find."""

import email
import email.policy
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.registry import parse
from ragline.errors import ParseError

pytest.importorskip("unstructured", reason="needs the documents extra")
pytestmark = pytest.mark.shared_data

SUFFIXES = (".docx", ".pptx", ".xlsx", ".xls", ".odt", ".epub", ".rtf", ".org", ".eml", ".msg")


def files(shared_data: Path, *suffixes: str) -> Iterator[Path]:
    folder = shared_data / "docs-unstructured"
    yield from (path for path in sorted(folder.rglob("*")) if path.suffix in suffixes)


def read(path: Path) -> ParsedDocument | None:
    try:
        return parse(RawSource(path.name, path.read_bytes()))
    except ParseError:
        return None


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()))


def missing(text: str, parsed: ParsedDocument) -> dict[str, int]:
    """Words of ``text`` that the canonical text does not have at all."""
    there = words(f"{parsed.title}\n{parsed.text}")
    return {word: count for word, count in words(text).items() if word not in there}


def test_nearly_all_are_read_and_the_others_have_a_reason(shared_data: Path) -> None:
    found = list(files(shared_data, *SUFFIXES))
    refused = {path.name: None for path in found if read(path) is None}
    assert len(found) >= 90
    assert len(refused) <= 0.05 * len(found)
    assert set(refused) == {"password_protected.xlsx", "empty.eml"}


def test_words_of_word_documents(shared_data: Path) -> None:
    docx = pytest.importorskip("docx")
    for path in files(shared_data, ".docx"):
        document = docx.Document(io.BytesIO(path.read_bytes()))
        # Cell by cell as they are written: the library fails on rows that lack some of the grid.
        cells = [paragraph.text for table in document.tables for paragraph in table._tbl.iter(docx.oxml.ns.qn("w:p"))]
        lines = [line.text for line in document.paragraphs if not str(line.style.name).lower().startswith("toc ")]
        parsed = read(path)
        assert parsed is not None, path.name
        assert missing("\n".join([*lines, *cells]), parsed) == {}, path.name


def test_words_of_workbooks(shared_data: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    for path in files(shared_data, ".xlsx"):
        parsed = read(path)
        if parsed is None:
            continue
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), data_only=True)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        texts = [cell for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, str)]
        assert missing("\n".join(texts), parsed) == {}, path.name


def test_words_of_mails(shared_data: Path) -> None:
    checked = 0
    for path in files(shared_data, ".eml"):
        parsed = read(path)
        data = path.read_bytes()
        if parsed is None or b"\0" in data[:64]:  # in UTF-16, which the standard library does not read
            continue
        message = email.message_from_bytes(data, policy=email.policy.default)
        body = message.get_body(("plain",))
        if body is None or message.get_body(("html",)) is not None:
            continue
        checked += 1
        assert missing(f"{message['subject'] or ''}\n{body.get_content()}", parsed) == {}, path.name
    assert checked >= 10


def test_messages_in_wide_characters_are_what_the_narrow_one_is(shared_data: Path) -> None:
    folder = shared_data / "docs-unstructured" / "eml"
    texts = {path.name: parsed.text for path in folder.glob("fake-email-utf-16*.eml") if (parsed := read(path)) is not None}
    assert len(texts) == 3
    assert len(set(texts.values())) == 1
    assert "From: " in next(iter(texts.values()))
