"""The real ragas on 200 answers, and a stub of a model that is busy, breaks, hangs, writes bad JSON: scores by arithmetic."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.judges.base import AnsweredQuestion, Score
from eval.judges.progress import Estimate, Progress
from eval.judges.ragas.metrics import METRICS
from eval.judges.ragas.store import ACCOUNT
from indexes.embedders.base import Embedder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(r"ignore:Item '\w+' on TypedDict class '\w+' is using the `ReadOnly` qualifier:UserWarning"),
]

ROWS = 200

MENDED = {10: "WAIT", 20: "BREAK", 30: "HANG", 40: "CUT", 50: "EMPTY", 60: "FENCED", 70: "CHATTY", 80: "QUOTED"}
"""Words in questions that make something go wrong which comes right in the end, by row."""

FAILING = {
    90: ("question", "SEVEN", {"context_precision", "context_recall"}),
    100: ("question", "REFUSED", {"faithfulness", "context_precision", "context_recall", "noise_sensitivity"}),
    110: ("answer", "NONSENSE", set(METRICS) - {"semantic_similarity"}),
    120: ("answer", "FEWER", {"faithfulness", "factual_correctness", "noise_sensitivity"}),
}
"""Words that make judgements fail for good, where they stand, and which metrics they reach."""

REASONS = {"SEVEN": "neither 0 nor 1", "REFUSED": "refused the request", "NONSENSE": "no JSON object", "FEWER": "statements of"}


@dataclass(frozen=True)
class Row:
    """Statements of an answer and of the expected one, and the passages, each a set of statements."""

    answer: tuple[str, ...]
    reference: tuple[str, ...]
    passages: tuple[tuple[str, ...], ...]


def row_of(number: int) -> Row:
    word = FAILING[number][1] if number in FAILING and FAILING[number][0] == "answer" else "of"
    answer = tuple(f"Part {place} {word} machine {number} is made." for place in range(2 + number % 3))
    reference = (answer[0], f"Machine {number} is old.") if number % 2 else (f"Machine {number} is new.", answer[-1])
    supported = answer[: number % (len(answer) + 1)]
    first = (*supported, reference[0]) if number % 4 < 3 else supported
    return Row(answer, reference, (first, ("It rains.",)) if number % 5 == 0 else (first,))


def question_of(number: int, make_question: Callable[..., AnsweredQuestion]) -> AnsweredQuestion:
    row = row_of(number)
    contexts = tuple(" ".join(each) or "Nothing of the kind." for each in row.passages)
    made = make_question(str(number), " ".join(row.answer), contexts, " ".join(row.reference))
    word = FAILING[number][1] if number in FAILING and FAILING[number][0] == "question" else MENDED.get(number, "")
    made = replace(made, question=f"What of machine {number} {word}?")
    if number == 130:
        return replace(made, abstained=True)
    if number == 140:
        return replace(made, contexts=())
    return replace(made, reference="") if number == 150 else made


def expected(number: int, question: AnsweredQuestion, light: Embedder) -> dict[str, float]:
    """The seven metrics by their definitions."""
    row = row_of(number)
    held = {statement for passage in row.passages for statement in passage}
    useful = [row.reference[0] in passage for passage in row.passages]
    precisions = [sum(useful[: rank + 1]) / (rank + 1) for rank, is_useful in enumerate(useful) if is_useful]
    right = set(row.answer) & set(row.reference)
    precision, recall = len(right) / len(row.answer), len(right) / len(row.reference)
    relevant = {each for passage in row.passages if set(passage) & set(row.reference) for each in passage}
    back, own, reference = (
        light.embed_query(text) for text in (f"What of this: {row.answer[0]}", question.answer, question.reference)
    )
    return {
        "faithfulness": sum(statement in held for statement in row.answer) / len(row.answer),
        "answer_relevancy": cosine(light.embed_query(question.question), back),
        "context_precision": sum(precisions) / len(precisions) if precisions else 0.0,
        "context_recall": sum(statement in held for statement in row.reference) / len(row.reference),
        "factual_correctness": round(2 * precision * recall / (precision + recall), 2),
        "noise_sensitivity": sum(each in relevant and each not in right for each in row.answer) / len(row.answer),
        "semantic_similarity": cosine(own, reference),
    }


def cosine(one: Any, other: Any) -> float:
    return float(np.dot(one, other) / np.linalg.norm(one) / np.linalg.norm(other))


def statuses(number: int) -> dict[str, str]:
    of_answers = {name for name, metric in METRICS.items() if "response" in metric.inputs}
    of_contexts = {name for name, metric in METRICS.items() if "retrieved_contexts" in metric.inputs}
    of_references = {name for name, metric in METRICS.items() if "reference" in metric.inputs}
    if number == 130:
        return dict.fromkeys(METRICS, "scored") | dict.fromkeys(of_answers, "refusal")
    if number == 140:
        return dict.fromkeys(METRICS, "scored") | dict.fromkeys(of_contexts, "no_context")
    if number == 150:
        return dict.fromkeys(METRICS, "scored") | dict.fromkeys(of_references, "not_applicable")
    failing = FAILING[number][2] if number in FAILING else set()
    return dict.fromkeys(METRICS, "scored") | dict.fromkeys(failing, "failed")


def test_two_hundred_rows_have_the_scores_that_arithmetic_gives_and_the_accounts_add_up(
    stub: Any, make_scorer: Any, make_question: Callable[..., AnsweredQuestion], light: Embedder, tmp_path: Path
) -> None:
    questions = [question_of(number, make_question) for number in range(ROWS)]
    told: list[Estimate | Progress] = []
    scorer = make_scorer(stub.api_base, folder=tmp_path, told=told.append, concurrency=8, timeout_s=8.0)
    scores = scorer.score(questions)
    assert_scores(scores, questions, light)

    spent, counts = scorer.spent, stub.counts()
    assert spent.calls == counts["requests"]
    assert spent.replies == counts["replies"]
    assert spent.prompt_tokens == counts["prompt_tokens"]
    assert spent.completion_tokens == counts["completion_tokens"]
    assert spent.rate_limited == counts["limited"] > 0
    assert counts["broken"] > 0
    assert counts["hung"] == 1
    assert spent.retried == counts["limited"] + counts["broken"] + counts["hung"]
    assert spent.given_up == counts["refused"] > 0
    assert spent.calls == spent.replies + spent.retried + spent.given_up
    assert counts["twice"] == 0

    estimate, *progress = told
    assert isinstance(estimate, Estimate)
    last = progress[-1]
    assert isinstance(last, Progress)
    assert estimate.kept == 14  # what rows 130, 140 and 150 rule out is known beforehand
    assert len(progress) == estimate.judgements - estimate.kept
    assert (last.done, last.total) == (7 * ROWS, 7 * ROWS)
    by_status = Counter(score.status for row in scores for score in row.values())
    assert (last.scored, last.failed) == (by_status["scored"], by_status["failed"])
    assert sum(by_status.values()) == 7 * ROWS
    clean = spent.replies - spent.repairs
    assert 0.95 * clean < estimate.calls < 1.05 * clean  # what fails early makes fewer
    assert estimate.prompt_tokens == pytest.approx(spent.prompt_tokens, rel=0.3)
    assert (tmp_path / ACCOUNT).is_file()

    again = make_scorer(stub.api_base, folder=tmp_path, concurrency=8)
    assert_scores(again.score(questions), questions, light)
    refused = len(FAILING[100][2])
    assert again.spent.calls == stub.counts()["requests"] - counts["requests"] <= 2 * refused  # nothing else is asked again
    assert again.spent.replies == 0


def assert_scores(scores: Sequence[dict[str, Score]], questions: Sequence[AnsweredQuestion], light: Embedder) -> None:
    for number, (question, row) in enumerate(zip(questions, scores, strict=True)):
        assert {name: score.status for name, score in row.items()} == statuses(number), number
        values = expected(number, question, light)
        for name, score in row.items():
            if score.status == "scored":
                assert score.value == pytest.approx(values[name], abs=1e-6), (number, name)
                assert score.raw or name == "semantic_similarity"
            else:
                assert score.value is None
                assert score.reason
        if number in FAILING:
            word = FAILING[number][1]
            assert all(REASONS[word] in row[name].reason for name in FAILING[number][2]), row
