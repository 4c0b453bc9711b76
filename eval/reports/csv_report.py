"""The evaluation as CSV: a row for each question, for a spreadsheet."""

import csv
import io
from collections.abc import Iterator

from eval.result import EvalResult, QueryRow

_FIRST = (
    "id",
    "query",
    "tags",
    "answerable",
    "status",
    "error",
    "verdict",
    "cause",
    "decided_by",
    "first_relevant_rank",
    "evidence_rank",
    "expected",
    "found",
)
_ANSWER = ("abstained", "answer", "expected_answer", "reason", "cited", "model", "calls", "tokens_in", "tokens_out", "cost_usd")
_OBEYED = ("=", "+", "-", "@", "\t", "\r")
_JOINT = " | "


def csv_report(result: EvalResult) -> str:
    """The rows in the order of the golden set, as RFC 4180 has it; a figure that is not there is an empty cell.

    Lists are joined by `` | ``. A text that a spreadsheet would take for a formula has an apostrophe in front of it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_header(result))
    writer.writerows([_cell(value) for value in _row(result, row)] for row in result.rows)
    return out.getvalue()


def _header(result: EvalResult) -> list[str]:
    scores = [column for name in result.answers for column in (name, f"{name}:status", f"{name}:reason")]
    return [*_FIRST, *result.metrics, *_ANSWER, *scores, "search_ms", "answer_ms"]


def _row(result: EvalResult, row: QueryRow) -> Iterator[object]:
    told, place, spent = row.diagnosis, row.evidence, row.spending
    yield from (row.id, row.query, _JOINT.join(row.tags), row.answerable, row.status, row.error)
    yield from (told.verdict, told.cause, told.by, row.first_relevant_rank, place.rank if place is not None else None)
    yield from (_JOINT.join(row.relevant), _JOINT.join(document.doc_id for document in row.ranking))
    yield from (row.metrics.get(name) for name in result.metrics)
    cited = dict.fromkeys(citation.doc_id for citation in row.citations)
    yield from (row.abstained, row.answer, row.expected_answer, row.reason, _JOINT.join(cited), row.model)
    counts = (spent.calls, spent.prompt_tokens, spent.completion_tokens) if spent is not None else (None, None, None)
    yield from (*counts, None if spent is None or spent.unpriced else spent.cost_usd)
    for name in result.answers:
        score = row.scores.get(name)
        yield from (score.value, score.status, score.reason) if score is not None else (None, None, None)
    yield from (row.milliseconds, row.answer_milliseconds)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value) if isinstance(value, float) else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_OBEYED) else text
