"""What judging will take, told before the first call is paid for.

The number of calls follows from the metrics and the passages, and is exact as long as no reply has to be asked for again and
no two are the same. Tokens are reckoned from the bytes of what is judged; a reply repeats the statements that it judges, with
a reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from eval.judges.base import AnsweredQuestion
from eval.judges.progress import Estimate
from eval.judges.ragas.metrics import RagasMetric, texts_of
from retrieval.answers.completion import cost_usd

BYTES_PER_TOKEN = 4
"""Of English and JSON in the tokenizers of today's models; a budget is kept by a more careful figure."""

VERDICT_TOKENS = 40
"""Tokens of a verdict with its reason and the names of its fields, without the statement: those of ragas's own examples have
35 to 50."""

STATEMENT_TOKENS = 15
"""Tokens of a statement: those of ragas's own examples have 10 to 20."""

ROUND_TRIP_S, TOKENS_PER_S = 0.6, 60.0
"""Seconds to a first token, and tokens a second after it, of a hosted model of middle size, until there is something
measured."""


@dataclass(frozen=True, slots=True)
class Call:
    """Tokens of one call, reckoned; those of the prompt without ragas's instructions and examples."""

    prompt_tokens: int
    completion_tokens: int


def calls_of(metric: RagasMetric, question: AnsweredQuestion) -> list[Call]:
    """The calls that ``metric`` makes for ``question``."""
    return list(_CALLS.get(metric.name, _none)(question))


def estimate(
    pending: Sequence[tuple[RagasMetric, AnsweredQuestion]],
    kept: int,
    *,
    model: str,
    overheads: Mapping[str, int],
    concurrency: int,
    per_minute: float,
) -> Estimate:
    """What the ``pending`` judgements will take.

    ``overheads`` are the bytes of a metric's prompt without its input, by name.
    """
    made = [(metric.name, call) for metric, question in pending for call in calls_of(metric, question)]
    prompt = sum(call.prompt_tokens + overheads[name] // BYTES_PER_TOKEN for name, call in made)
    completion = sum(call.completion_tokens for _, call in made)
    seconds = wall_s(len(made), completion, concurrency=concurrency, per_minute=per_minute)
    cost = cost_usd(model, prompt, completion) if made else 0.0
    return Estimate(len(pending) + kept, kept, len(made), prompt, completion, cost, seconds)


def wall_s(calls: int, completion_tokens: int, *, concurrency: int, per_minute: float) -> float:
    """Seconds that ``calls`` take, ``concurrency`` at a time and at most ``per_minute`` a minute (0 = any number)."""
    busy = (calls * ROUND_TRIP_S + completion_tokens / TOKENS_PER_S) / concurrency
    return max(busy, calls / per_minute * 60 if per_minute else 0.0)


def _tokens(*texts: str) -> int:
    return sum(len(text.encode("utf-8", "replace")) for text in texts) // BYTES_PER_TOKEN


def _split(text: str) -> Call:
    return Call(_tokens(text), _tokens(text) + STATEMENT_TOKENS)


def _judged(text: str, context: str) -> Call:
    """Verdicts on the statements of ``text``."""
    statements = max(1, _tokens(text) // STATEMENT_TOKENS)
    return Call(_tokens(text, context), _tokens(text) + statements * VERDICT_TOKENS)


def _faithfulness(question: AnsweredQuestion) -> Iterator[Call]:
    yield _split(question.answer)
    yield _judged(question.answer, "\n".join(texts_of(question)))


def _answer_relevancy(question: AnsweredQuestion) -> Iterator[Call]:
    yield Call(_tokens(question.answer), VERDICT_TOKENS)


def _context_precision(question: AnsweredQuestion) -> Iterator[Call]:
    for text in texts_of(question):
        yield Call(_tokens(question.question, question.reference, text), VERDICT_TOKENS)


def _context_recall(question: AnsweredQuestion) -> Iterator[Call]:
    yield _judged(question.reference, "\n".join(texts_of(question)))


def _factual_correctness(question: AnsweredQuestion) -> Iterator[Call]:
    for one, other in ((question.answer, question.reference), (question.reference, question.answer)):
        yield _split(one)
        yield _judged(one, other)


def _noise_sensitivity(question: AnsweredQuestion) -> Iterator[Call]:
    yield _split(question.reference)
    yield _split(question.answer)
    for text in texts_of(question):
        yield _judged(question.reference, text)
        yield _judged(question.answer, text)
    yield _judged(question.answer, question.reference)


def _none(_: AnsweredQuestion) -> Iterator[Call]:
    return iter(())


_CALLS = {
    "faithfulness": _faithfulness,
    "answer_relevancy": _answer_relevancy,
    "context_precision": _context_precision,
    "context_recall": _context_recall,
    "factual_correctness": _factual_correctness,
    "noise_sensitivity": _noise_sensitivity,
}
