"""What went wrong with a question, and where: the first stage that lost what the golden set names as evidence.

Whether an answer is right is decided by what is known of it, in this order:

- a score of a metric in :data:`DECISIVE` below one half: it is wrong;
- a score of a metric in :data:`CORRECTNESS` of one half and more: it is right;
- otherwise it is right when it cites some of the evidence, or holds at least half of the words of the expected answer, and
  wrong when it does neither;
- without citations and an expected answer it is wrong when what it was written from holds no evidence, and else unmeasured.

An abstention from a question that has an answer is "missed"; so is, where no answers were asked for, one whose evidence is not
among the documents of the deepest cut-off. An answer to a question that has none is wrong.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from eval.evidence import Evidence
from eval.metrics.spans import Span
from eval.result import Cause, Diagnosis, QueryRow

SUPPORT = ("faithfulness",)
"""Below one half, most of an answer is carried by no passage of its own. Above, it may still be beside the point."""

CORRECTNESS = ("completeness", "factual_correctness")
"""Metrics that hold an answer against the expected one."""

DECISIVE = (*CORRECTNESS, *SUPPORT)

HALF = 0.5
_WORD = re.compile(r"\w+")

EXPLAINED: Mapping[Cause, str] = {
    "not_in_collection": "No document with the evidence is in the collection.",
    "not_retrieved": "The evidence is in the collection, and not among the passages that the search looked at.",
    "ranked_too_low": "The search found the evidence, too far down to be used.",
    "cut_from_context": "The evidence was among the best passages, and was left out of what the answer was written from.",
    "abstained_despite_context": "What the answer was to be written from held the evidence, and still there was no answer.",
    "generated_wrong": "What the answer was written from held the evidence, and the answer is wrong.",
    "answered_unanswerable": "The documents hold no answer, and one was given.",
}
"""Each cause in a sentence."""

LABELS: Mapping[Cause, str] = {
    "not_in_collection": "not in the collection",
    "not_retrieved": "not retrieved",
    "ranked_too_low": "ranked too low",
    "cut_from_context": "cut from the context",
    "abstained_despite_context": "abstained though the context held it",
    "generated_wrong": "generated wrong",
    "answered_unanswerable": "answered what has no answer",
}
"""Each cause in a few words."""


def diagnose(row: QueryRow, evidence: Evidence, *, deepest: int, absent: Collection[str] = ()) -> Diagnosis:
    """What became of ``row``. ``deepest`` is the deepest cut-off, ``absent`` the documents that are not in the collection.

    Without evidence what is wrong has no cause: it cannot be said where it was lost.
    """
    verdict = _verdict(row, evidence, deepest)
    if verdict.verdict in ("right", "unmeasured") or verdict.cause is not None or not evidence:
        return verdict
    return replace(verdict, cause=_cause(row, evidence, absent))


def _verdict(row: QueryRow, evidence: Evidence, deepest: int) -> Diagnosis:
    if row.status == "error":
        return Diagnosis("unmeasured", by="error")
    if not row.answerable:
        return _unanswerable(row)
    if row.abstained is None:
        return _ranking(row, deepest)
    return Diagnosis("missed", by="abstained") if row.abstained else _answer(row, evidence)


def _unanswerable(row: QueryRow) -> Diagnosis:
    if row.abstained is None:
        return Diagnosis("unmeasured", by="no answer was asked for")
    return Diagnosis("right", by="abstained") if row.abstained else Diagnosis("wrong", "answered_unanswerable", "answered")


def _ranking(row: QueryRow, deepest: int) -> Diagnosis:
    """Without an answer: whether the evidence is among the documents of the deepest cut-off."""
    if row.evidence is None:
        return Diagnosis("unmeasured", by="no relevant document is named")
    best = max((document.grade for document in row.expected), default=0)
    ranks = [document.rank for document in row.expected if document.grade == best and document.rank is not None]
    return Diagnosis("right" if ranks and min(ranks) <= deepest else "missed", by="ranking")


def _answer(row: QueryRow, evidence: Evidence) -> Diagnosis:
    values = {name: score.value for name, score in row.scores.items() if score.value is not None}
    if low := [name for name in DECISIVE if values.get(name, 1.0) < HALF]:
        return Diagnosis("wrong", by=", ".join(low))
    if high := [name for name in CORRECTNESS if name in values]:
        return Diagnosis("right", by=", ".join(high))
    told = []
    if evidence and row.citations:
        if any(evidence.is_touched_by(Span(cited.doc_id, cited.start, cited.end)) for cited in row.citations):
            return Diagnosis("right", by="citations")
        told.append("citations")
    if row.expected_answer:
        if _share_of_words(row.expected_answer, row.answer) >= HALF:
            return Diagnosis("right", by="expected answer")
        told.append("expected answer")
    if told:
        return Diagnosis("wrong", by=", ".join(told))
    if evidence and not any(context.holds_evidence for context in row.contexts):
        return Diagnosis("wrong", by="passages without evidence")
    return Diagnosis("unmeasured", by="nothing to hold the answer against")


def _cause(row: QueryRow, evidence: Evidence, absent: Collection[str]) -> Cause:
    """The stage that lost the evidence, from the last to the first."""
    if any(context.holds_evidence for context in row.contexts):
        return "abstained_despite_context" if row.abstained else "generated_wrong"
    place = row.evidence
    if place is not None and place.rank is not None:
        was_answered = row.abstained is not None
        return "cut_from_context" if was_answered and place.rank <= place.given else "ranked_too_low"
    return "not_in_collection" if evidence.doc_ids <= set(absent) else "not_retrieved"


def _share_of_words(wanted: str, text: str) -> float:
    """Of the words of ``wanted`` the share that ``text`` holds, upper and lower case being equal; 0.0 without words."""
    words, held = _words(wanted), set(_words(text))
    return sum(word in held for word in words) / len(words) if words else 0.0


def _words(text: str) -> Sequence[str]:
    return _WORD.findall(text.casefold())
