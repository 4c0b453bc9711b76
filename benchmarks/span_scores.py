"""Recall, precision and IoU of retrieved characters.

After Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval" (Chroma, 2024), and their code
(``chunking_evaluation``), in characters. With the characters ``answer`` that a question's references cover, and the chunks
``c`` that were retrieved, of any document::

    found     = |answer, within the union of the retrieved chunks of its document|
    retrieved = sum over c of |c|           (what two chunks share counts twice: a reader gets it twice)
    recall    = found / |answer|
    precision = found / retrieved
    IoU       = found / (retrieved + |answer| - found)

Each is the mean over all questions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.metrics.span_recall import Span
from ragline.errors import InputError


@dataclass(frozen=True, slots=True)
class SpanScores:
    """All in [0, 1], higher is better."""

    recall: float
    precision: float
    iou: float


def span_scores(retrieved: Sequence[Span], answer: Sequence[Span]) -> SpanScores:
    """The scores of one question. Raises :class:`InputError` where there is nothing to find."""
    wanted = _united(answer)
    if not wanted:
        raise InputError("A question without references cannot be scored. Leave it out.")
    size = sum(span.end - span.start for span in wanted)
    found = sum(span.overlap(chunk) for chunk in _united(retrieved) for span in wanted)
    read = sum(chunk.end - chunk.start for chunk in retrieved)
    return SpanScores(found / size, found / read if read else 0.0, found / (read + size - found))


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


def _united(spans: Iterable[Span]) -> list[Span]:
    """The same characters as spans that do not overlap."""
    united: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.doc_id, span.start)):
        last = united[-1] if united else None
        if last is not None and last.doc_id == span.doc_id and span.start <= last.end:
            united[-1] = Span(last.doc_id, last.start, max(last.end, span.end))
        elif span.start < span.end:
            united.append(span)
    return united
