"""Parent links: a hit leads to its section and to the passages around it, for those who may see the document."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline
from ragline.errors import InputError
from ragline.types import Document, Principal

PARTS = [f"Part {part} says that pump {part} needs oil number {part}. " * 6 for part in range(5)]
TEXT = "# Oils\n\n" + "\n\n".join(PARTS) + "\n\n# Prices\n\n| Oil | Price |\n|---|---|\n| thin | 5 |\n| thick | 9 |\n"


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    settings = {"embedder": "light", "chunk_tokens": 96, "chunk_overlap": 0.0, "table_chunks": "both"}
    with ragline.open(tmp_path / "kb", **settings) as collection:
        collection.ingest([Document("a", TEXT, "Handbook", metadata={"format": "markdown"})])
        yield collection


def test_a_hit_leads_to_the_passages_around_it(kb: ragline.Collection) -> None:
    bodies = [chunk for chunk in kb.chunks("a") if chunk.role == "body"]
    assert len(bodies) >= 6
    hit = kb.search("pump 2 oil number 2", k=1)[0]
    at = bodies.index(hit.chunk)
    assert 0 < at < len(bodies) - 1
    assert kb.neighbours(hit.chunk) == bodies[at - 1 : at + 2]
    assert kb.neighbours(hit.chunk, before=0, after=2) == bodies[at : at + 3]
    assert kb.neighbours(bodies[0], before=5) == bodies[:2]
    assert kb.neighbours(bodies[-1]) == bodies[-2:]
    with pytest.raises(InputError):
        kb.neighbours(hit.chunk, before=-1)


def test_a_hit_leads_to_its_section(kb: ragline.Collection) -> None:
    hit = kb.search("pump 2 oil number 2", k=1)[0]
    section = kb.section(hit.chunk)
    assert section.startswith("# Oils")
    assert section.rstrip().endswith(PARTS[-1].rstrip())
    assert hit.text in section
    assert hit.chunk.section_path == ("Oils",)


def test_a_row_leads_to_the_table_that_holds_it(kb: ragline.Collection) -> None:
    (row,) = [chunk for chunk in kb.chunks("a") if chunk.role == "row" and "thick" in chunk.text]
    (body,) = kb.neighbours(row, before=0, after=0)
    assert body.role == "body"
    assert body.start <= row.start <= row.end <= body.end
    assert kb.section(row).startswith("# Prices")


def test_a_chunk_that_is_gone_leads_nowhere_and_one_that_moved_leads_to_where_it_is(kb: ragline.Collection) -> None:
    hit = kb.search("pump 2 oil number 2", k=1)[0]
    kb.ingest([Document("a", "# New\n\nThe first words.\n\n" + TEXT, "Handbook", metadata={"format": "markdown"})])
    (moved,) = kb.neighbours(hit.chunk, before=0, after=0)
    assert (moved.id, moved.text) == (hit.chunk.id, hit.text)
    assert moved.start > hit.chunk.start
    assert kb.section(hit.chunk).startswith("# Oils")
    kb.ingest([Document("b", "The owl.")])
    chunk = kb.chunks("b")[0]
    kb.delete("b")
    assert kb.neighbours(chunk) == []
    assert kb.section(chunk) == ""


@pytest.mark.parametrize("wrong", ["a", None, 3])
def test_only_chunks_have_surroundings(kb: ragline.Collection, wrong: object) -> None:
    for ask in (kb.neighbours, kb.section):
        with pytest.raises(InputError, match=r"hit\.chunk"):
            ask(wrong)  # type: ignore[operator]


def test_what_is_around_a_chunk_has_the_access_list_of_its_document(kb: ragline.Collection) -> None:
    kb.ingest([Document("closed", "The secret owl.", acl=("hr",))])
    chunk = kb.chunks("closed")[0]
    for principal in (None, Principal("eve"), Principal("eve", frozenset({"it"}))):
        assert kb.neighbours(chunk, principal=principal) == []
        assert kb.section(chunk, principal=principal) == ""
    assert kb.neighbours(chunk, principal=Principal("hr")) == [chunk]
    assert kb.section(chunk, principal=Principal("bob", frozenset({"hr"}))) == "The secret owl."
