"""Questions in one: which are taken apart, and that each part is searched for."""

from pathlib import Path

import pytest

import ragline
from ragline.types import Document
from retrieval.query.parts import parts_of


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("When did the crisis begin, and who led the embargo?", ["When did the crisis begin?", "who led the embargo?"]),
        ("When did it begin? Who led the embargo?", ["When did it begin?", "Who led the embargo?"]),
        ("How long is the warranty and what does service cover; where do I send parcels", 3),
        ("How long is the warranty and what does it cover?", []),  # "it" is in the other part
        ("What is the difference between oil and gas?", []),
        ("When did it begin and why?", []),  # "why?" finds nothing alone
        ("How many people fit in the room? (Köln, induction loop)", []),  # a hint, and no question
        ("pumps and valves", []),
        ("the state and is it", []),
        (" and ".join(["what is this thing"] * 6), []),
        ("", []),
    ],
)
def test_what_is_taken_apart(query: str, parts: list[str] | int) -> None:
    found = parts_of(query)
    assert found == parts if isinstance(parts, list) else len(found) == parts


def test_each_part_is_searched_for(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([Document("a", "The warranty lasts three years."), Document("b", "Repairs are made in the Graz workshop.")])
        hits = kb.search("How long is the warranty and where are repairs made?", 2, expand="parts")
        legs = {leg for hit in hits for leg in hit.legs}
        assert {"lexical:parts.1", "lexical:parts.2", "vector:parts.1", "vector:parts.2"} <= legs
        best = {name: hit.doc_id for hit in hits for name, leg in hit.legs.items() if leg.rank == 1}
        assert best["lexical:parts.1"] == "a"
        assert best["lexical:parts.2"] == "b"
