"""Long queries: what looks at their words takes time in proportion to their length, and only so much of it."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

import ragline
from ragline.types import Document
from retrieval.context import compares_rows
from retrieval.query import spelling
from retrieval.query.identifiers import rewritten
from retrieval.query.parts import parts_of
from retrieval.query.vocabulary import VisibleWords

LENGTH = 40_000
SECONDS = 2.0
"""What takes a time that grows with the square of the length needs more than ten; the rest some milliseconds."""


class NoWords(VisibleWords):
    """The words of a collection that has none."""

    def __init__(self) -> None:
        pass

    def terms_of(self, text: str) -> list[str]:
        return [text.lower()]

    def knows_any(self, terms: object) -> bool:
        return False

    def lacks_all(self, terms: object) -> bool:
        return True


@pytest.mark.parametrize(
    ("look_at", "query"),
    [
        (parts_of, "warranty" + " " * LENGTH + "pump"),
        (lambda query: rewritten(query, NoWords()), "a " + "1" * LENGTH + "_"),
        (compares_rows, "what " * (LENGTH // 5)),
    ],
)
def test_what_looks_at_a_query_takes_time_in_proportion_to_its_length(look_at: Callable[[str], object], query: str) -> None:
    started = time.perf_counter()
    look_at(query)
    assert time.perf_counter() - started < SECONDS


def test_only_so_many_unknown_words_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(spelling, "_correction", lambda word, words: asked.append(word) or "known")
    query = " ".join("unheard" + letter for letter in "abcdefghijkl")
    found = spelling.corrected(query, NoWords(), lambda _: False)
    assert len(asked) == spelling.MOST_UNKNOWN
    assert found.split() == ["known"] * spelling.MOST_UNKNOWN + query.split()[spelling.MOST_UNKNOWN :]


def test_a_query_of_a_hundred_thousand_characters_is_answered(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([Document("a", "The warranty of the pump lasts three years."), Document("b", "Error E-4012: it is too hot.")])
        for text in ("warrantee ", "warranty pomp ", "e 4012 ", "?! ", "保修期", "how long is it and what is a warranty? "):
            query = (text * (100_000 // len(text))) + "end"
            started = time.perf_counter()
            assert kb.search(query, 2, expand="variants,parts,feedback,rocchio")
            assert time.perf_counter() - started < 5 * SECONDS
