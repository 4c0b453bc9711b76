"""How a collection is doing in service: the checks of all that is known, and their verdict."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from eval.health.checks import (
    Check,
    all_ok,
    days_text,
    feedback_figure,
    latency_checks,
    query_check,
    score_checks,
    share_checks,
)
from eval.health.windows import DAYS, REFERENCE_DAYS, Window, windows
from indexes.embedders.base import Vectors
from indexes.freshness import FreshnessReport
from indexes.query_log import LogRow
from indexes.staleness import Staleness
from ragline.errors import InputError

QUERIES = 500
"""Distinct questions of each window that are embedded to find drift: seconds, and enough to see a fifth of them change
topic."""

STALE_SHARE = 0.05
"""Documents that are not what their file is now may be this share of all: some files always change between two syncs."""

SHOWN = 3
SEED = 0


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """``checks`` of the ``rows`` of the current window against the ``reference_rows`` before, and of the documents' age.

    Times are UTC in ISO 8601. Under no change at all, at most one report in twenty has an alarm (measured: decision 0048).
    """

    checks: tuple[Check, ...]
    rows: int
    reference_rows: int
    start: str
    end: str
    reference_start: str

    @property
    def ok(self) -> bool:
        """Whether no check raises an alarm."""
        return all_ok(self.checks)

    @property
    def alarms(self) -> tuple[Check, ...]:
        """Those that do."""
        return tuple(check for check in self.checks if check.status == "alarm")

    def json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {"ok": self.ok, **asdict(self)}


def service_health(
    rows: Sequence[LogRow],
    *,
    now: float,
    days: float = DAYS,
    reference_days: float = REFERENCE_DAYS,
    p95_ms: float | None = None,
    embed: Callable[[Sequence[str]], Vectors] | None = None,
    stale: Staleness | None = None,
    fresh: FreshnessReport | None = None,
) -> ServiceHealth:
    """The report from the rows of a query log; ``embed`` gives the vectors of questions, without it their drift is left out.

    Raises :class:`ragline.errors.InputError` for a window without length, or a ``p95_ms`` that is not above 0.
    """
    if p95_ms is not None and not 0 < p95_ms < math.inf:
        raise InputError(f"p95_ms is {p95_ms:g}; no question is answered in that. Give milliseconds above 0.")
    reference, current = windows(rows, now=now, days=days, reference_days=reference_days)
    checks = [*share_checks(reference, current), feedback_figure(reference, current), *score_checks(reference, current)]
    if embed is not None:
        checks.append(_drift(reference, current, embed))
    checks += latency_checks(reference, current, p95_ms)
    if stale is not None:
        checks += [_stale_check(stale), *_age(stale)]
    if fresh is not None:
        checks.append(_stopped_check(fresh))
    moments = (current.start, current.end, reference.start)
    start, end, first = (datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds") for moment in moments)
    return ServiceHealth(tuple(checks), len(current.rows), len(reference.rows), start, end, first)


def _drift(reference: Window, current: Window, embed: Callable[[Sequence[str]], Vectors]) -> Check:
    old, new = _drawn(reference.queries), _drawn(current.queries)
    vectors = embed([*old, *new]) if old or new else np.empty((0, 1), np.float32)
    return query_check(vectors[: len(old)], vectors[len(old) :], days_text(current))


def _drawn(queries: Sequence[str]) -> list[str]:
    """At most :data:`QUERIES` of them, always the same."""
    if len(queries) <= QUERIES:
        return list(queries)
    places = np.sort(np.random.default_rng(SEED).choice(len(queries), QUERIES, replace=False))
    return [queries[place] for place in places]


def _stale_check(stale: Staleness) -> Check:
    if not stale.files:
        return Check("stale", "ok", 0.0, None, STALE_SHARE, "share", "no document came from a file")
    share = stale.stale / stale.files
    if not stale.stale:
        return Check("stale", "ok", share, None, STALE_SHARE, "share", f"{stale.files} documents are as their files are")
    names = ", ".join([*stale.changed, *stale.vanished][:SHOWN])
    reason = (
        f"of {stale.files} files {len(stale.changed)} have changed and {len(stale.vanished)} have vanished since they were "
        f"ingested, e.g. {names}. Bring them in: ragline sync"
    )
    return Check("stale", "alarm" if share > STALE_SHARE else "ok", share, None, STALE_SHARE, "share", reason)


def _age(stale: Staleness) -> list[Check]:
    if stale.age_p50 is None:
        return []
    said = f"half of {stale.documents} documents are older than {stale.age_p50:.0f} days, a tenth than {stale.age_p90:.0f}"
    return [Check("document_age", "ok", stale.age_p50, None, None, "days", said)]


def _stopped_check(fresh: FreshnessReport) -> Check:
    stopped = [row for row in fresh.sources if row.has_stopped]
    if not stopped:
        return Check("stopped_sources", "ok", 0.0, None, 0.0, "folders", f"{len(fresh.sources)} folders change as they used to")
    names = ", ".join(f"{row.source or 'documents in hand'} ({row.newest_age:.0f} days)" for row in stopped[:SHOWN])
    reason = f"{len(stopped)} of {len(fresh.sources)} folders have stopped changing: {names}. See whether their feed still runs"
    return Check("stopped_sources", "alarm", float(len(stopped)), None, 0.0, "folders", reason)
