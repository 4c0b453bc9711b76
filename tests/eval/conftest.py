"""A searcher over a table of results, and a golden set that meets every kind of row."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from eval.golden import GoldenItem, GoldenSet, Relevance, golden_set
from eval.result import EvalResult
from eval.run import evaluate
from ragline.types import Answer, Chunk, Hit, Usage


class TableSearcher:
    """Gives the hits listed for a query, as many as asked for; a query that is not listed raises. Abstains without hits."""

    def __init__(self, table: Mapping[str, Sequence[Hit]], refuses: Sequence[str] = ()) -> None:
        self.table = table
        self.refuses = refuses
        self.asked: list[int] = []

    def search(self, query: str, *, k: int) -> Sequence[Hit]:
        self.asked.append(k)
        if query not in self.table:
            raise LookupError(f"no shelf for {query}")
        return self.table[query][:k]

    def answer(self, query: str) -> Answer:
        if query in self.refuses:
            raise TimeoutError("the model did not answer")
        hits = tuple(self.table[query])
        text = hits[0].text if hits else "I don't know."
        return Answer(query, text, (), not hits, "" if hits else "no support", hits, Usage("none"))


MakeHits = Callable[..., list[Hit]]


def hits_of(*places: str | tuple[str, int, int], text: str = "") -> list[Hit]:
    """Hits in the order given; a place is a document id, or a document id with the span of the chunk."""
    hits = []
    for rank, place in enumerate(places, start=1):
        doc_id, start, end = (place, 0, 10) if isinstance(place, str) else place
        content = text or f"passage {rank} of {doc_id}"
        hits.append(Hit(Chunk(f"{doc_id}:{start}:{rank}", doc_id, content, start, end), 1.0 / rank, rank))
    return hits


@pytest.fixture
def make_hits() -> MakeHits:
    return hits_of


@pytest.fixture
def searcher_class() -> type[TableSearcher]:
    return TableSearcher


@pytest.fixture
def golden() -> GoldenSet:
    """Found at once, found late, missed, unanswerable twice, an answer only, a search that raises, an answer that raises."""
    span = Relevance("manual", 2, "resets the pump", 100, 120)
    return golden_set(
        "workshop",
        [
            GoldenItem("first", "reset <script>alert(1)</script> pump", "Hold the key.", True, ("exact", "table"), (span,)),
            GoldenItem("late", "warranty?", "Two years.", True, ("paraphrase",), (Relevance("terms"), Relevance("faq"))),
            GoldenItem("missed", "holiday | leave", "", True, ("paraphrase",), (Relevance("leave"), Relevance("old", 0))),
            GoldenItem("silent", "capital of Mars", "", False, ("unanswerable",)),
            GoldenItem("eager", "price of the moon", "", False, ("unanswerable",)),
            GoldenItem("told", "who founded it?", "Ada.", True),
            GoldenItem("broken", "not on any shelf", "", True, ("exact",), (Relevance("shelf", 1, "", 5, 9),)),
            GoldenItem("mute", "slow model", "", True, ("exact",), (Relevance("model"),)),
        ],
    )


@pytest.fixture
def searcher() -> TableSearcher:
    return TableSearcher(
        {
            "reset <script>alert(1)</script> pump": hits_of(("manual", 90, 115), "faq", ("manual", 0, 90)),
            "warranty?": hits_of("a", "a", "b", "terms", text="See https://example.org <b>now</b> & then"),
            "holiday | leave": hits_of("old", "c"),
            "capital of Mars": [],
            "price of the moon": hits_of("moon"),
            "who founded it?": hits_of("about"),
            "slow model": hits_of("model"),
        },
        refuses=["slow model"],
    )


@pytest.fixture
def result(golden: GoldenSet, searcher: TableSearcher) -> EvalResult:
    return evaluate(golden, searcher, answers=True, configuration={"mode": "hybrid", "rerank": None, "limit": 5})
