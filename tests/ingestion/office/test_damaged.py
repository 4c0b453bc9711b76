"""Office files with damaged parts are read, or refused with a reason: nothing else comes out of a parser."""

import io
import random
import re
import zipfile
from pathlib import Path

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.registry import parse
from ragline.errors import ParseError

pytest.importorskip("unstructured", reason="needs the documents extra")

VALUES = (b"", b"-1", b"0", b"99999999999", b"abc", b"1e400", b"NaN", b"A1:XFD1048576")
ROUNDS = 25


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The archive with one of its XML parts changed; for other files the bytes themselves."""
    if not data.startswith(b"PK"):
        return changed(data, chance)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice([name for name in parts if name.endswith((".xml", ".rels", ".xhtml", ".opf"))])
    parts[name] = changed(parts[name], chance)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def changed(data: bytes, chance: random.Random) -> bytes:
    """Another value for an attribute or a text, a tag less, or a stretch of bytes cut out."""
    patterns = (rb'="([^"]*)"', rb">([^<]+)<", rb"(<[^>]*/>)", None)
    pattern = chance.choice(patterns)
    spans = [match.span(1) for match in re.finditer(pattern, data)] if pattern else []
    if spans:
        start, end = chance.choice(spans)
        return data[:start] + (b"" if pattern == patterns[2] else chance.choice(VALUES)) + data[end:]
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.randint(1, 40) :]


def read(source: RawSource) -> ParsedDocument | None:
    """The document, ``None`` where it is refused as it should be."""
    try:
        return parse(source)
    except ParseError:
        return None


@pytest.mark.parametrize(
    "name",
    [
        "handbook/pool-cars.docx",
        "handbook/first-years.epub",
        "products/distributor-briefing-2025.pptx",
        "products/distributor-prices-2025.xlsx",
        "support/asturias-delivery.eml",
    ],
)
def test_damaged_files(samples: Path, name: str) -> None:
    data = (samples / "documents" / name).read_bytes()
    for seed in range(ROUNDS):
        source = RawSource(name, damaged(data, random.Random(seed)))
        parsed = read(source)
        if parsed is None:
            continue
        parsed.text.encode("utf-8")
        at = 0
        for element in parsed.elements:
            assert at <= element.start < element.end <= len(parsed.text)
            at = element.end
        assert parsed == parse(source)


@pytest.mark.parametrize(
    "name", ["handbook/pool-cars.docx", "products/distributor-prices-2025.xlsx", "handbook/first-years.epub"]
)
def test_bombs_are_refused_before_a_library_sees_them(samples: Path, name: str) -> None:
    out = io.BytesIO((samples / "documents" / name).read_bytes())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/bomb.xml", bytes(16 * 2**20))
    with pytest.raises(ParseError, match="is a bomb"):
        parse(RawSource(name, out.getvalue()))
