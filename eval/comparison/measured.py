"""What a row of an evaluation says of a metric: a score, or why there is none."""

from dataclasses import dataclass

from eval.result import EvalResult
from eval.rows import QueryRow

ABSTENTION_ACCURACY = "abstention_accuracy"
"""1 for an answer to an answerable question and for abstaining from another one, else 0."""


@dataclass(frozen=True, slots=True)
class Measured:
    """``value`` is ``None`` where there is no score, and ``reason`` says why.

    ``is_due`` tells a score that failed from one that there cannot be, as of the faithfulness of an answer that abstains.
    """

    value: float | None
    reason: str = ""
    is_due: bool = True


def metric_names(result: EvalResult) -> list[str]:
    """Every metric that ``result`` has for single queries: of rankings, of answers, of abstaining."""
    names = [*result.metrics, *result.answers]
    return [*names, ABSTENTION_ACCURACY] if result.abstention is not None else names


def measured(result: EvalResult, row: QueryRow, name: str) -> Measured:
    """The score that ``row`` of ``result`` has for the metric ``name``."""
    if name in row.metrics:
        return Measured(row.metrics[name])
    if name in row.scores:
        score = row.scores[name]
        return Measured(score.value, score.reason or score.status, is_due=score.value is not None or score.status == "failed")
    if name == ABSTENTION_ACCURACY and row.abstained is not None:
        return Measured(float(row.abstained != row.answerable))
    if name not in metric_names(result):
        return Measured(None, "not measured", is_due=False)
    if row.status == "error":
        return Measured(None, row.error, is_due=name not in result.metrics or bool(row.expected))
    return Measured(None, "does not apply", is_due=False)
