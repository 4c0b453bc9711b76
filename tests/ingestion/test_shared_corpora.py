"""Real files of other people: every one is read or refused with a reason, and the invariants hold."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ingestion.chunkers.structure import StructureChunker
from ingestion.elements import RawSource
from ingestion.parsers.registry import is_supported
from ingestion.pipeline import prepare
from ragline.errors import ParseError

pytestmark = pytest.mark.shared_data

# The scans, the locked and the damaged ones; larger files take seconds and show nothing new.
MAX_BYTES = 1_000_000


class CharacterCounter:
    """A token for every four characters, roughly as real vocabularies do it."""

    max_tokens: int | None = 256

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [-(-len(text) // 4) for text in texts]


@pytest.mark.parametrize(
    ("folder", "step", "at_least"),
    [("docs-unstructured", 1, 100), ("docs-pypdf-samples", 1, 30), ("docs-markdown", 10, 130)],
)
def test_files_are_read_or_refused(shared_data: Path, folder: str, step: int, at_least: int) -> None:
    chunker = StructureChunker(CharacterCounter())
    files = [path for path in sorted((shared_data / folder).rglob("*")) if path.is_file() and is_supported(path.name)]
    read = 0
    refused: list[str] = []
    for path in [path for path in files if path.stat().st_size <= MAX_BYTES][::step]:
        try:
            prepared = prepare(RawSource(path.name, path.read_bytes()), chunker, doc_id=path.name)
        except ParseError as error:
            refused.append(error.reason)
            continue
        read += 1
        fulls = [f"{chunk.context}\n{chunk.text}" for chunk in prepared.chunks]
        assert max(CharacterCounter().count_tokens(fulls), default=0) <= 256
        assert all(prepared.text[chunk.start : chunk.end] == chunk.text for chunk in prepared.chunks)
        assert prepared.title
        assert prepared.chunks or prepared.warnings
    assert read >= at_least
    assert all(";" in reason or ":" in reason for reason in refused)  # what happened, and what to do
