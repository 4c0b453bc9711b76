"""Ties are broken by chunk id, also at the cut: a shorter list is the beginning of a longer one, on any history."""

from pathlib import Path

import pytest

import ragline
from ragline.types import Document, SearchMode

COPIES = 300


@pytest.mark.parametrize("mode", ["hybrid", "vector", "lexical"])
def test_a_shorter_list_is_the_beginning_of_a_longer_one(tmp_path: Path, mode: SearchMode) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest(Document(f"copy{number}", "The kettle boils at noon.", title="Kettle") for number in range(COPIES))
        every = [hit.chunk.id for hit in kb.search("kettle noon", k=COPIES, mode=mode)]
        assert every == sorted(every)
        assert len(every) == COPIES
        for k in (1, 7, 10, 100, 299):
            assert [hit.chunk.id for hit in kb.search("kettle noon", k=k, mode=mode)] == every[:k]
