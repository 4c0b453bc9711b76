"""Fixtures for the lexical index: one analyser for all tests, and a small folder with a history."""

from collections.abc import Callable
from pathlib import Path

import pytest

from indexes.lexical.analyser import Analyser
from indexes.lexical.base import LexicalEntry
from indexes.lexical.tantivy_index import TantivyIndex

WORDS = ("amber", "birch", "copper", "dune", "ember", "fjord", "grove", "heron", "islet", "jetty", "knoll")


def text_of(number: int) -> str:
    """Eight words that depend on ``number`` alone, one of them unique."""
    return " ".join([f"unique{number}", *(WORDS[(number * k + k * k) % len(WORDS)] for k in range(1, 8))])


@pytest.fixture(scope="session")
def analyser() -> Analyser:
    return Analyser()


@pytest.fixture(scope="session")
def entries() -> Callable[[range], list[LexicalEntry]]:
    return lambda numbers: [LexicalEntry(number, text_of(number)) for number in numbers]


@pytest.fixture
def folder(tmp_path: Path, analyser: Analyser) -> Path:
    """A closed index at sequence 3: numbers 0 to 59, of which 5 are removed and 10 to 19 were written twice."""
    place = tmp_path / "lexical"
    with TantivyIndex.create(place, analyser=analyser) as index:
        index.add(LexicalEntry(number, text_of(number)) for number in range(40))
        index.commit(1)
        index.remove([5])
        index.add(LexicalEntry(number, text_of(number)) for number in range(10, 20))
        index.commit(2)
        index.add(LexicalEntry(number, text_of(number)) for number in range(40, 60))
        index.commit(3)
    return place
