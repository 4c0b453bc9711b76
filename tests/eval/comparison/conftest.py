"""Evaluations made of tables of scores, so that every figure of a comparison can be worked out by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from eval.aggregate import abstentions, summarise, summarise_scores
from eval.judges.base import Score
from eval.result import EvalResult
from eval.rows import ExpectedDocument, QueryRow, RankedDocument

MakeResult = Callable[..., EvalResult]


def ranking_of(doc_ids: Sequence[str], relevant: str) -> tuple[RankedDocument, ...]:
    """Documents in the order given; the one that is called ``relevant`` has a grade."""
    return tuple(
        RankedDocument(rank, doc_id, 1 / rank, f"{doc_id}:0", f"text of {doc_id}", 1 if doc_id == relevant else None)
        for rank, doc_id in enumerate(doc_ids, start=1)
    )


def result_of(
    scores: Mapping[str, float | None],
    *,
    answers: Mapping[str, Mapping[str, Score]] | None = None,
    rankings: Mapping[str, Sequence[str]] | None = None,
    sha256: str = "5" * 64,
    **changes: object,
) -> EvalResult:
    """An evaluation with nDCG@10 of each query by id; a query without a score raised. ``answers`` are by query and metric."""
    rows = []
    for query_id, score in scores.items():
        row = QueryRow(query_id, f"what is {query_id}?", (), answerable=True, status="ok")
        row = replace(row, expected=(ExpectedDocument("doc", 1, 1),), metrics={} if score is None else {"nDCG@10": score})
        if score is None:
            row = replace(row, status="error", error="search: TimeoutError: too slow")
        row = replace(row, ranking=ranking_of((rankings or {}).get(query_id, ()), "doc"))
        if answers is not None and query_id in answers:
            row = replace(row, scores=answers[query_id], abstained=False, answer=f"It is {query_id}.")
        rows.append(row)
    names = dict.fromkeys(name for found in (answers or {}).values() for name in found)
    result = EvalResult(
        golden_name="table",
        golden_sha256=sha256,
        configuration={"mode": "hybrid"},
        ks=(10,),
        metrics=summarise(rows, ["nDCG@10"]),
        slices={},
        rows=tuple(rows),
        abstention=None if answers is None else abstentions(rows),
        timings={},
        started_at="2026-01-01T00:00:00+00:00",
        seconds=1.0,
        answers=summarise_scores(rows, names),
    )
    return replace(result, **changes)  # type: ignore[arg-type]


@pytest.fixture
def make_result() -> MakeResult:
    return result_of
