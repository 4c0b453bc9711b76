"""Terms that are made ahead are those which the index would have made."""

from pathlib import Path

import pytest

import ragline
from indexes.lexical.ahead import analyse_chunks
from indexes.lexical.analyser import Analyser
from indexes.lexical.base import LexicalEntry
from indexes.lexical.tantivy_index import TantivyIndex
from ragline.types import Chunk, Document

TEXTS = ["The valves of the E-4012 are leaking.", "Die Ventile sind undicht, und die Pumpe steht.", "泵漏水了", ""]


@pytest.mark.parametrize("language", [None, "de"])
def test_terms_ahead_are_the_terms_of_the_analyser(language: str | None) -> None:
    chunks = [Chunk(f"c{at}", "d", text, 0, len(text), context="Pumps" if at else "") for at, text in enumerate(TEXTS)]
    for chunk, (found, terms) in zip(chunks, analyse_chunks(chunks, language), strict=True):
        text = f"Pumps\n{chunk.text}" if chunk.context else chunk.text
        analyser = Analyser()
        assert found == analyser.language_of(text, language)
        assert terms.split() == analyser.terms(text, found)


def test_an_index_takes_them_for_exactly_their_text_and_language(tmp_path: Path) -> None:
    with TantivyIndex.create(tmp_path / "index") as index:
        entries = [LexicalEntry(1, "amber", None), LexicalEntry(2, "amber", "en"), LexicalEntry(3, "amber.", None)]
        index.add(entries, ahead={("amber", None): ("en", "dune")})
        index.commit(1)
        found = {query: index.searcher().search(query, limit=9)[0].tolist() for query in ("amber", "dune")}
    assert found == {"amber": [2, 3], "dune": [1]}


def test_what_children_analyse_is_found_as_after_a_repair(tmp_path: Path) -> None:
    words = ("valve", "Ventil", "pompe", "E-4012", "leaking", "und", "naïve")
    texts = [" ".join([*words[at % 7 :], *words[: at % 7], f"unique{at}."]) for at in range(700)]
    documents = [Document(f"d{at}", text, f"Title {at}") for at, text in enumerate(texts)]

    def hits(kb: ragline.Collection) -> list[list[tuple[str, float]]]:
        queries = ("valves leaking", "unique377", "E4012 naive", "Title 12")
        return [[(hit.chunk.id, hit.score) for hit in kb.search(query, k=20, mode="lexical")] for query in queries]

    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest(documents)
        before = hits(kb)
    (tmp_path / "kb" / "lexical" / "manifest.json").unlink()
    with ragline.open(tmp_path / "kb") as kb:
        assert hits(kb) == before
