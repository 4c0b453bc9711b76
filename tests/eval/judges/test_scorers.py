"""What an evaluation does with scorers: a score that is missing is counted with its reason and never averaged."""

import json
from collections.abc import Callable, Mapping, Sequence

import pytest

from eval.golden import GoldenItem, GoldenSet, Relevance, golden_set
from eval.judges.base import AnsweredQuestion, Score
from eval.reports.json_report import json_report
from eval.run import evaluate
from ragline.errors import InputError
from ragline.types import Answer, Citation, Hit, Usage

MakeHits = Callable[..., list[Hit]]


class Scripted:
    """A scorer that says what it was told to, by the id of the question, and keeps what it was given."""

    metrics = ("faithfulness",)
    fingerprint: Mapping[str, str] = {"judge": "scripted"}

    def __init__(self, scores: Mapping[str, Score]) -> None:
        self.scores = scores
        self.given: list[AnsweredQuestion] = []

    def score(self, questions: Sequence[AnsweredQuestion], progress: object = None) -> list[dict[str, Score]]:
        self.given = list(questions)
        return [{"faithfulness": self.scores[question.id]} for question in questions]


class Answering:
    """Finds and cites the same hits for every question."""

    def __init__(self, hits: list[Hit]) -> None:
        self.hits = hits

    def search(self, query: str, *, k: int) -> list[Hit]:
        return self.hits[:k]

    def answer(self, query: str) -> Answer:
        last = self.hits[-1]
        cited = Citation(1, "It is so.", last.doc_id, last.chunk.id, 0, 1, "p", 1.0)
        return Answer(query, f"Of {query}: it is so. [1]", (cited,), False, "", tuple(self.hits), Usage("none"))


@pytest.fixture
def golden() -> GoldenSet:
    items = [GoldenItem(name, name.upper(), answer="So.", relevant=(Relevance("a", quote="so it is"),)) for name in "wxyz"]
    return golden_set("s", items)


def test_a_missing_score_is_counted_and_never_averaged(golden: GoldenSet, make_hits: MakeHits) -> None:
    scorer = Scripted(
        {
            "w": Score(1.0, "scored"),
            "x": Score(0.5, "scored"),
            "y": Score(None, "failed", "the judge's reply was cut off"),
            "z": Score(None, "refusal", "the answer makes no claim"),
        }
    )
    result = evaluate(golden, Answering(make_hits("a", "b")), answers=True, scorers=[scorer])
    found = result.answers["faithfulness"]
    assert (found.value, found.scored, found.total) == (0.75, 2, 3)
    assert found.worst == pytest.approx(0.5)
    assert found.best == pytest.approx(2.5 / 3)
    assert [row.scores["faithfulness"].status for row in result.rows] == ["scored", "scored", "failed", "refusal"]
    assert result.configuration["judge"] == "scripted"
    report = json.loads(json_report(result))
    assert report["answers"]["faithfulness"]["scored"] == 2
    assert report["rows"][2]["scores"]["faithfulness"]["reason"] == "the judge's reply was cut off"


def test_a_scorer_is_given_the_answer_its_passages_and_what_is_known(golden: GoldenSet, make_hits: MakeHits) -> None:
    scorer = Scripted(dict.fromkeys("wxyz", Score(1.0, "scored")))
    hits = make_hits("a", "b")
    evaluate(golden, Answering(hits), answers=True, scorers=[scorer])
    first = scorer.given[0]
    assert (first.id, first.question, first.answer) == ("w", "W", "Of W: it is so. [1]")
    assert [(passage.doc_id, passage.chunk_id) for passage in first.contexts] == [(hit.doc_id, hit.chunk.id) for hit in hits]
    assert (first.reference, first.reference_contexts, first.cited) == ("So.", ("so it is",), (1,))


def test_scorers_need_answers(golden: GoldenSet, make_hits: MakeHits) -> None:
    with pytest.raises(InputError, match="Ask for 'answers'"):
        evaluate(golden, Answering(make_hits("a")), scorers=[Scripted({})])
