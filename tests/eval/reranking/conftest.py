"""A collection whose questions are answered by an exact name, so that what to trust can be learned."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline
from ragline.types import Document

COLOURS = ("red", "green", "blue", "white", "black", "grey")
PARTS = ("pump", "valve", "hose", "lid", "sensor", "filter")


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """36 part sheets that differ in a code and two words."""
    folder = tmp_path_factory.mktemp("parts") / "kb"
    with ragline.open(folder, embedder="light") as collection:
        collection.ingest(
            [
                Document(f"{colour}-{part}", f"The {colour} {part} has the number {code(colour, part)}. Keep it dry and clean.")
                for colour in COLOURS
                for part in PARTS
            ]
        )
    return folder


@pytest.fixture
def kb(parts: Path) -> Iterator[ragline.Collection]:
    with ragline.open(parts, create=False) as collection:
        yield collection


@pytest.fixture(scope="session")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A question for each sheet."""
    file = tmp_path_factory.mktemp("golden") / "parts.jsonl"
    lines = [
        {"id": f"{colour}-{part}", "query": f"{part} {code(colour, part)}", "relevant": [{"doc_id": f"{colour}-{part}"}]}
        for colour in COLOURS
        for part in PARTS
    ]
    file.write_text("\n".join(map(json.dumps, lines)) + "\n", "utf-8")
    return file


def code(colour: str, part: str) -> str:
    return f"K{COLOURS.index(colour) + 1}{PARTS.index(part) + 1}"
