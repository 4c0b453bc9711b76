"""What the tests of office formats share."""

import io
import zipfile
from collections.abc import Callable

import pytest

from ingestion.elements import ParsedDocument, RawSource
from ingestion.parsers.registry import parse

Pieces = list[tuple[str, str]]


@pytest.fixture(scope="session")
def read() -> Callable[[str, bytes], ParsedDocument]:
    """Parses bytes under a name, as a file is parsed."""
    return lambda name, data: parse(RawSource(name, data))


@pytest.fixture(scope="session")
def pieces() -> Callable[[ParsedDocument], Pieces]:
    """Kind and text of every element."""
    return lambda parsed: [(element.kind, parsed.text[element.start : element.end]) for element in parsed.elements]


@pytest.fixture(scope="session")
def repacked() -> Callable[[bytes, dict[str, Callable[[bytes], bytes]]], bytes]:
    """An archive with some parts changed."""

    def change(data: bytes, changes: dict[str, Callable[[bytes], bytes]]) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            for name in archive.namelist():
                made.writestr(name, changes.get(name, lambda content: content)(archive.read(name)))
        return out.getvalue()

    return change
