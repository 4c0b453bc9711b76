"""What the elements of each format carry, on the sample documents: kind, level, sections, page, box, span, language, source."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ingestion.elements import Element, ParsedDocument, RawSource
from ingestion.parsers.registry import parse

# What only some formats have; where a format is not named, none of its elements may claim it.
PAGES = {".pdf", ".pptx", ".xlsx"}
BOXES = {".pdf"}
SOURCES = {".xlsx", ".eml"}
LANGUAGES = {".html", ".epub"}
NO_SECTIONS = {".csv", ".eml", ".jsonl", ".txt"}
EXTRA = {".docx", ".pptx", ".xlsx", ".epub"}


def parsed(samples: Path, suffix: str) -> list[ParsedDocument]:
    if suffix in EXTRA:
        pytest.importorskip("unstructured", reason="needs the documents extra")
    paths = sorted((samples / "documents").rglob(f"*{suffix}"))
    assert paths, f"no sample with the suffix {suffix}"
    return [parse(RawSource(path.name, path.read_bytes())) for path in paths]


def all_of(documents: Sequence[ParsedDocument]) -> list[Element]:
    return [element for document in documents for element in document.elements]


@pytest.mark.parametrize(
    "suffix", [".md", ".html", ".txt", ".csv", ".json", ".jsonl", ".pdf", ".docx", ".pptx", ".xlsx", ".eml", ".epub"]
)
def test_elements_carry_what_their_format_has(samples: Path, suffix: str) -> None:
    documents = parsed(samples, suffix)
    elements = all_of(documents)
    for document in documents:
        at = 0
        for element in document.elements:
            assert at <= element.start < element.end <= len(document.text)
            at = element.end
            assert (element.kind == "heading") == (1 <= element.level <= 6)
    assert any(element.section_path for element in elements) or suffix in NO_SECTIONS
    assert {element.page is not None for element in elements} == {suffix in PAGES}
    assert {element.box is not None for element in elements} == {suffix in BOXES}
    assert any(element.source for element in elements) == (suffix in SOURCES)
    assert all(document.language for document in documents) or suffix not in LANGUAGES


@pytest.mark.parametrize("suffix", [".md", ".html", ".csv", ".json", ".pdf", ".docx", ".pptx", ".xlsx", ".epub"])
def test_tables_come_with_columns_and_cells(samples: Path, suffix: str) -> None:
    tables = [element.table for element in all_of(parsed(samples, suffix)) if element.kind == "table"]
    assert tables
    known = [table for table in tables if table is not None]
    assert len(known) == len(tables)
    assert all(any(name.strip() for name in table.columns) for table in known)
    assert all(len(row) == len(table.columns) for table in known for row in table.cells)


def test_code_names_its_language() -> None:
    source = b"# Use\n\n```python\nprint(1)\n```\n"
    (code,) = [element for element in parse(RawSource("a.md", source)).elements if element.kind == "code"]
    assert code.language == "python"
    assert {element.language for element in parse(RawSource("a.py", b"def f():\n    return 1\n")).elements} == {"python"}
