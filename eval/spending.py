"""What the calls of models took, by question and together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from eval.judges.progress import Spent
from ragline.types import Answer


@dataclass(frozen=True, slots=True)
class Spending:
    """Calls of models; ``failed`` of the ``calls`` gave nothing. ``cost_usd`` is that of what has a known price.

    ``unpriced`` counts the results (answers, judgements) whose price is not known: above 0 the cost is a least one.
    ``reused`` counts those that were taken from a cache, and cost nothing.
    """

    calls: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0
    reused: int = 0


@runtime_checkable
class Accounted(Protocol):
    """A scorer that tells what it has spent; asked when its scores are there."""

    @property
    def spent(self) -> Spent: ...


def of_answer(answer: Answer) -> Spending:
    """What an answer took; one that was written without a model took nothing.

    Where the attempts are not told, an answer with tokens is one call.
    """
    usage = answer.usage
    calls = len(usage.attempts) or int(usage.prompt_tokens + usage.completion_tokens > 0)
    return Spending(
        calls=calls,
        failed=sum(bool(attempt.error) for attempt in usage.attempts),
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cost_usd=usage.cost_usd or 0.0,
        unpriced=int(calls > 0 and usage.cost_usd is None),
        reused=int(answer.cached),
    )


def of_scorer(scorer: Accounted) -> Spending:
    """What the calls of a scorer took."""
    spent = scorer.spent
    return Spending(
        calls=spent.calls,
        failed=spent.retried + spent.given_up,
        prompt_tokens=spent.prompt_tokens,
        completion_tokens=spent.completion_tokens,
        cost_usd=spent.cost_usd or 0.0,
        unpriced=spent.replies if spent.cost_usd is None else 0,
        reused=spent.from_store,
    )


def together(parts: Iterable[Spending]) -> Spending:
    """The sums."""
    total = Spending()
    for part in parts:
        total = Spending(
            total.calls + part.calls,
            total.failed + part.failed,
            total.prompt_tokens + part.prompt_tokens,
            total.completion_tokens + part.completion_tokens,
            total.cost_usd + part.cost_usd,
            total.unpriced + part.unpriced,
            total.reused + part.reused,
        )
    return total
