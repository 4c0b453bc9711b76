"""Recall, precision and IoU of retrieved characters.

After Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval" (Chroma, 2024), and their code
(``chunking_evaluation``), in characters, over all chunks that were retrieved. The recall is the coverage of
:mod:`eval.metrics.spans`, where the formulas stand.

Each is the mean over all questions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.metrics.coverage import coverage
from eval.metrics.span_iou import span_iou
from eval.metrics.span_precision import span_precision
from eval.metrics.spans import Span
from ragline.errors import InputError


@dataclass(frozen=True, slots=True)
class SpanScores:
    """All in [0, 1], higher is better."""

    recall: float
    precision: float
    iou: float


def span_scores(retrieved: Sequence[Span], answer: Sequence[Span]) -> SpanScores:
    """The scores of one question. Raises :class:`InputError` where there is nothing to find."""
    depth = max(len(retrieved), 1)
    recall, precision = coverage(retrieved, answer, depth), span_precision(retrieved, answer, depth)
    iou = span_iou(retrieved, answer, depth)
    if recall is None or precision is None or iou is None:
        raise InputError("A question without references cannot be scored. Leave it out.")
    return SpanScores(recall, precision, iou)


def mean_scores(scores: Sequence[SpanScores]) -> SpanScores:
    """The mean over questions. Raises :class:`InputError` for none."""
    if not scores:
        raise InputError("There are no questions. Give at least one.")
    count = len(scores)
    return SpanScores(
        sum(each.recall for each in scores) / count,
        sum(each.precision for each in scores) / count,
        sum(each.iou for each in scores) / count,
    )
