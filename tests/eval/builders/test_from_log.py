"""Questions that users approved of, with judgements that outlive the next chunk size."""

from typing import Any

from eval.builders.from_log import from_log
from eval.golden import Relevance
from indexes.query_log import LogRow, Passage
from ragline.types import Chunk

CHUNKS = {("a.md", "c1"): Chunk("c1", "a.md", "Two years.", 40, 50), ("b.md", "c9"): Chunk("c9", "b.md", "Not cited.", 0, 10)}
PASSAGES = (
    Passage("a.md", "c1", 1, 0.9, cited=True),
    Passage("b.md", "c9", 2, 0.5),
    Passage("a.md", "old", 3, 0.4, cited=True),
)


def row(log_id: str, query: str, **values: Any) -> LogRow:
    return LogRow(log_id, 1.0, query, **{"passages": PASSAGES, "answer": "Two years.", "abstained": False, **values})


def chunk_of(doc_id: str, chunk_id: str) -> Chunk | None:
    return CHUNKS.get((doc_id, chunk_id))


def test_what_was_cited_is_relevant_to_the_character_where_it_is_still_there() -> None:
    built = from_log([row("1", "How  long?", verdict="up"), row("2", "How long?")], chunk_of, lambda _: True)
    (item,) = built.items
    assert (item.query, item.answer, item.tags) == ("How long?", "Two years.", ("log",))
    assert item.relevant == (Relevance("a.md", 1, "Two years.", 40, 50), Relevance("a.md"))
    assert built.notes == ("1 judgements are of whole documents: the passages that were cited are cut anew",)
    assert (built.candidates, built.refused) == (1, {})


def test_an_abstention_that_is_right_is_unanswerable() -> None:
    built = from_log(
        [row("1", "Mars?", verdict="up", abstained=True, answer="I don't know", passages=())], chunk_of, lambda _: True
    )
    (item,) = built.items
    assert (item.answerable, item.relevant, item.tags) == (False, (), ("log",))


def test_everything_else_is_refused_with_a_reason() -> None:
    rows = [
        row("1", "nothing said"),
        row("2", "bad", verdict="down"),
        row("3", "both", verdict="up"),
        row("4", "both", verdict="down"),
        row("5", "gone", verdict="up", passages=(Passage("gone.md", "c", 1, 1.0, cited=True),)),
        row("7", "half", verdict="up", passages=(*PASSAGES, Passage("gone.md", "c", 4, 1.0))),
        row("6", "uncited", verdict="up", passages=(Passage("a.md", "c1", 1, 1.0),)),
    ]
    built = from_log(rows, chunk_of, lambda doc_id: doc_id != "gone.md")
    assert built.items == ()
    assert built.refused == {
        "no thumbs up": 1,
        "a thumbs down": 2,
        "drawn from a document that is gone, or may not be seen": 2,
        "an answer without a citation": 1,
    }
    assert built.candidates == 6
