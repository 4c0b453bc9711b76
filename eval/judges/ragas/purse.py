"""What a judge's calls may take, what they took, and when to stop.

A call reserves what it may cost at most before it is sent; the budget is never overrun, however many calls are under way. One
that cannot be afforded beside those under way waits for them: most take less than they may.
"""

import threading
from dataclasses import dataclass, replace

from eval.judges.progress import Spent
from eval.judges.ragas.pace import Pace
from ragline.errors import BackendUnavailableError, BudgetExceededError, InputError, RaglineError, RateLimitedError
from retrieval.answers.completion import Completion, ModelEndpoint

GIVE_UP = 10
"""Calls that fail for good one after the other, each after its retries, before a run stops: the provider is down."""

REFUSED = 3
"""Calls that are refused before any succeeds: the key or the name is wrong, and not one row."""


@dataclass(frozen=True, slots=True)
class JudgeBudget:
    """What a run may take: dollars and calls; 0 = any."""

    usd: float = 0.0
    calls: int = 0


class Purse:
    """The accounts of a run. Safe to use from several threads."""

    def __init__(self, budget: JudgeBudget) -> None:
        self._budget = budget
        self._changed = threading.Condition()
        self._spent = Spent()
        self._reserved = 0.0
        self._failed_in_a_row = 0
        self._refused: list[InputError] = []
        self._is_known_to_work = False
        self._stop: RaglineError | None = None

    @property
    def spent(self) -> Spent:
        with self._changed:
            return self._spent

    @property
    def refusal(self) -> InputError | None:
        """What the provider says to every request, where it refuses them all: its key or the model's name is wrong."""
        with self._changed:
            is_all = self._refused and not self._is_known_to_work and len(self._refused) == self._spent.given_up
            return self._refused[-1] if is_all else None

    def vouch(self) -> None:
        """The model has judged before: a request that it refuses is the fault of that request."""
        with self._changed:
            self._is_known_to_work = True

    def check(self) -> None:
        """Raise where the run has stopped."""
        with self._changed:
            if self._stop is not None:
                raise self._stop

    def stop(self, error: RaglineError) -> None:
        """Send nothing any more: every further call fails with ``error``."""
        with self._changed:
            self._stop = self._stop or error
            self._changed.notify_all()

    def reserve(self, usd: float) -> None:
        """Make room for a call that costs ``usd`` at most. Raises :class:`BudgetExceededError` where there is none."""
        with self._changed:
            while True:
                if self._stop is not None:
                    raise self._stop
                if self._budget.calls and self._spent.calls >= self._budget.calls:
                    raise self._over(f"{self._spent.calls} calls of {self._budget.calls} are made")
                if not self._budget.usd or self._gone() + self._reserved + usd <= self._budget.usd:
                    break
                if self._gone() + usd > self._budget.usd or not self._reserved:
                    raise self._over(f"a call may cost {usd:.4f} $, {self._gone():.4f} $ of {self._budget.usd:g} $ are spent")
                self._changed.wait()
            self._reserved += usd
            self._spent = replace(self._spent, calls=self._spent.calls + 1)

    def paid(self, completion: Completion, reserved: float, *, repair: bool) -> None:
        """A call has come back."""
        with self._changed:
            known, cost, spent = completion.cost_usd, self._spent.cost_usd, self._spent
            if known is None and self._budget.usd:
                known = reserved  # a server that does not count its tokens is reckoned at its dearest
            self._spent = replace(
                spent,
                replies=spent.replies + 1,
                repairs=spent.repairs + repair,
                prompt_tokens=spent.prompt_tokens + completion.prompt_tokens,
                completion_tokens=spent.completion_tokens + completion.completion_tokens,
                cost_usd=None if known is None or cost is None else cost + known,
            )
            self._reserved -= reserved
            self._failed_in_a_row = 0
            self._is_known_to_work = True
            self._changed.notify_all()

    def failed(self, error: RaglineError, reserved: float, *, again: bool) -> None:
        """A call has failed; ``again`` where it is tried once more."""
        with self._changed:
            limited, sent = isinstance(error, RateLimitedError), not isinstance(error, RateLimitedError | InputError)
            spent = self._spent
            self._spent = replace(
                spent,
                retried=spent.retried + again,
                given_up=spent.given_up + (not again),
                rate_limited=spent.rate_limited + limited,
                uncertain_usd=spent.uncertain_usd + (reserved if sent else 0.0),
            )
            self._reserved -= reserved
            if not again:
                self._note_failure(error)
            self._changed.notify_all()

    def replayed(self) -> None:
        """A reply has come from the store."""
        with self._changed:
            self._spent = replace(self._spent, from_store=self._spent.from_store + 1)
            self._is_known_to_work = True

    def _note_failure(self, error: RaglineError) -> None:
        self._failed_in_a_row += 1
        if isinstance(error, InputError) and not self._is_known_to_work:
            self._refused.append(error)
            if len(self._refused) >= REFUSED:
                self._stop = self._stop or error
        if self._failed_in_a_row >= GIVE_UP:
            self._stop = self._stop or BackendUnavailableError(
                f"stopped: {self._failed_in_a_row} calls failed one after the other, the last one so: {error} "
                "Run again when it is up: what is judged is kept."
            )

    def _gone(self) -> float:
        return (self._spent.cost_usd or 0.0) + self._spent.uncertain_usd

    def _over(self, what: str) -> RaglineError:
        self._stop = BudgetExceededError(
            f"budget: {what}. Raise judge_budget_usd or judge_budget_calls, and run again: it goes on."
        )
        self._changed.notify_all()
        return self._stop


class CallWatch:
    """What the attempts of one call answer to (an :class:`retrieval.answers.completion.AttemptWatch`)."""

    def __init__(self, purse: Purse, pace: Pace, usd: float, *, repair: bool) -> None:
        self._purse = purse
        self._pace = pace
        self._usd = usd
        self._repair = repair
        self._is_sent = False
        self._error: RaglineError | None = None

    def begin(self, endpoint: ModelEndpoint) -> float:
        self._pace.admit()
        self._purse.reserve(self._usd)
        self._is_sent = True
        return endpoint.timeout_s

    def failed(self, endpoint: ModelEndpoint, error: RaglineError) -> bool:  # noqa: ARG002 - protocol
        self._error = error
        return True

    def wait(self, seconds: float) -> None:
        """Before another try: the failure was one that passes."""
        error = self._settle(again=True)
        if isinstance(error, RateLimitedError):
            self._pace.close_for(seconds)
        else:
            self._pace.pause(seconds)

    def replied(self, completion: Completion) -> None:
        """The call has come back."""
        self._is_sent = False
        self._purse.paid(completion, self._usd, repair=self._repair)

    def end(self) -> None:
        """The call is over: an attempt without a reply that is not tried again has failed for good."""
        if self._is_sent:
            self._settle(again=False)

    def _settle(self, *, again: bool) -> RaglineError:
        error, self._error = self._error or BackendUnavailableError("the call was broken off. Run again."), None
        self._is_sent = False
        self._purse.failed(error, self._usd, again=again)
        return error
