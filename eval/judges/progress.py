"""What a judge tells of its work: before it begins, while it is at it, and when it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from eval.judges.base import AnswerScorer


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is about to be done. ``kept`` of the ``judgements`` are known from an earlier run, or do not apply: they cost
    nothing.

    ``calls`` and tokens are of the rest, as they are when no reply has to be asked for again. ``cost_usd`` is ``None`` where
    LiteLLM has no price. ``seconds`` is wall time.
    """

    judgements: int
    kept: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Spent:
    """The calls of a run. ``calls`` were sent; they add up to ``replies``, ``retried`` and ``given_up``.

    ``replies`` came back with a completion, whatever it was worth; ``retried`` failed and were followed by another try;
    ``given_up`` failed for good. ``rate_limited`` of the failed ones had status 429. ``repairs`` of the replies were asked for
    because the one before could not be read. ``from_store`` replies came from an earlier run and are no calls. Tokens and
    ``cost_usd`` are of the replies; ``uncertain_usd`` is what those at most cost that failed after they had been sent.
    """

    calls: int = 0
    replies: int = 0
    retried: int = 0
    given_up: int = 0
    rate_limited: int = 0
    repairs: int = 0
    from_store: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0
    uncertain_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Of ``total`` judgements ``done`` are decided, ``scored`` with a value and ``failed`` without.

    The others do not apply. ``seconds_left`` is ``None`` until there is something to reckon it from.
    """

    done: int
    total: int
    scored: int
    failed: int
    spent: Spent
    seconds: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class Checking:
    """Of ``total`` known answers the judge has been asked about ``done``, before it judges others."""

    done: int
    total: int


Told = Callable[[Estimate | Progress | Checking], None]
"""Who is told: of the check, where one is made; once of the estimate; then of the progress after every judgement. It must
not raise."""


@runtime_checkable
class RunScorer(AnswerScorer, Protocol):
    """A scorer whose work is worth keeping and watching: a model's, which costs time and money."""

    def for_run(self, *, folder: Path | None, told: Told | None) -> AnswerScorer:
        """The same, which keeps its judgements in ``folder`` (``None`` = nowhere) and tells ``told`` how far it is."""
        ...
