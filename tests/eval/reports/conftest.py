"""A result with something in every field, and a real browser for the pages of reports."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from eval.bootstrap import Interval
from eval.judges.base import HumanAgreement, JudgeCheck, JudgedClaim, KindCheck, Score, Support
from eval.result import (
    AnswerContext,
    Diagnosis,
    EvalResult,
    EvidencePlace,
    ExpectedDocument,
    ExplainedHit,
    MetricValue,
    QueryRow,
    RankedDocument,
    StageTimings,
)
from eval.spending import Spending
from indexes.freshness import FreshnessReport, SourceFreshness
from ragline.types import Citation, Explanation, LegScore, RerankScore
from tests.eval.reports.chromium import Browser, browser_program


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = browser_program()
    if program is None:
        pytest.skip("no Chromium is installed: chromium, chromium-browser, google-chrome and chrome were looked for")
    with Browser(program, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def explained() -> ExplainedHit:
    explanation = Explanation(
        "rrf", {"vector": 1 / 61}, "exact", ("pump",), 3, 41, {"embed": 2.25}, 1, ("c9",), {"lexical:1": "pumps"}, "c7"
    )
    leg, rerank = LegScore("vector", 1, 0.1 + 0.2), RerankScore("learned", 1.5, 2, {"bm25": 0.5})
    return ExplainedHit({"vector": leg}, rerank, explanation)


def full_row() -> QueryRow:
    """A row with something in every field."""
    claim = JudgedClaim("It holds.", 0, 9, True, 0.9, Support(0, 3, 8), "")
    return QueryRow(
        id="q\ud800",
        query="half \ud800 pair",
        tags=("a", "b"),
        answerable=True,
        status="error",
        error="answer: boom",
        ranking=(
            RankedDocument(1, "d", 1 / 3, "c", "text", None, 4, 8, 1, explained()),
            RankedDocument(2, "e", 0.1, "f", "", 2),
        ),
        expected=(ExpectedDocument("d", 2, 1, ("quote",), True), ExpectedDocument("g", 1, None, (), False, "It is absent.")),
        spans=1,
        metrics={"nDCG@10": 1 / 7},
        abstained=False,
        answer="It holds. [1]",
        expected_answer="So.",
        milliseconds=1.25,
        answer_milliseconds=3.5,
        scores={"faithfulness": Score(0.5, "scored", "", (claim,), "raw"), "other": Score(None, "failed", "cut off")},
        stages_ms={"embed": 1.0},
        answer_stages_ms={"answer": 2.0},
        reason="a note",
        contexts=(AnswerContext("d", "c", 4, 8, "text", True),),
        citations=(Citation(1, "It holds.", "d", "c", 4, 8, "text", 0.8, "Title", ("A", "B"), 3),),
        model="stub",
        spending=Spending(2, 1, 10, 5, 0.01, 0, 0),
        evidence=EvidencePlace(1, 50, 8),
        diagnosis=Diagnosis("wrong", "generated_wrong", "faithfulness"),
    )


@pytest.fixture
def full(result: EvalResult) -> EvalResult:
    """A result with something in every field."""
    interval = Interval(0.9, 0.85, 0.95)
    return replace(
        result,
        rows=(full_row(), *result.rows),
        answers={"faithfulness": MetricValue(0.5, 0.5, 0.5, 1, 2)},
        judge=JudgeCheck(
            "offline", {"v": 1}, {"refusal": KindCheck(40, 40, 39)}, interval, None, interval, 0.8, {"length": 0.1}
        ),
        agreement=(HumanAgreement("qags-cnndm", 120, interval, interval, None, "a note"),),
        stages={"search": {"embed": StageTimings(1.0, 1.0, 2.0, 3.0, 7)}},
        parts_s={"search": 0.5},
        spending={"answer": Spending(2, 1, 10, 5, 0.01)},
        freshness=FreshnessReport(3, 12.5, (SourceFreshness("docs", 3, 12.5, 80.25, None, False),)),
        golden_version="2",
        stale=("q: the quote is gone",),
        configuration={"text": "x", "whole": 3, "part": 0.5, "flag": True, "none": None},
    )
