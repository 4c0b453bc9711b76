"""How fresh a collection is: the age of its newest document, and the sources that have stopped changing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

DAY_S = 86_400.0
LEAST_SILENCE_DAYS = 30.0
"""A source that has been silent for less has not stopped, however often it changed before."""

USUAL_GAPS = 4.0
"""A source has stopped when it is silent for so many times its usual gap between two days with changes."""


@dataclass(frozen=True, slots=True)
class SourceFreshness:
    """A folder of the sources (or the documents in hand). Ages and gaps are in days, before the moment of the report.

    ``usual_gap`` is the median between successive days on which something in it was changed, ``None`` with fewer than two.
    ``has_stopped`` is true when its newest change is older than :data:`USUAL_GAPS` usual gaps and than 30 days.
    """

    source: str
    documents: int
    newest_age: float
    oldest_age: float
    usual_gap: float | None
    has_stopped: bool


@dataclass(frozen=True, slots=True)
class FreshnessReport:
    """``newest_age`` in days, ``None`` for an empty collection; sources by the age of their newest change, oldest first."""

    documents: int
    newest_age: float | None
    sources: tuple[SourceFreshness, ...]


def freshness(changes: Mapping[str, Iterable[float]], *, now: float) -> FreshnessReport:
    """The report from the times of last change (seconds since 1970) of the documents of each source."""
    rows = [_source(name, sorted(times), now) for name, times in changes.items()]
    rows.sort(key=lambda row: (-row.newest_age, row.source))
    newest = min((row.newest_age for row in rows), default=None)
    return FreshnessReport(sum(row.documents for row in rows), newest, tuple(rows))


def _source(name: str, times: list[float], now: float) -> SourceFreshness:
    newest, oldest = ((now - time) / DAY_S for time in (times[-1], times[0]))
    days = sorted({int(time // DAY_S) for time in times})
    gap = float(median(later - earlier for earlier, later in pairwise(days))) if len(days) > 1 else None
    has_stopped = gap is not None and newest > max(LEAST_SILENCE_DAYS, USUAL_GAPS * gap)
    return SourceFreshness(name, len(times), newest, oldest, gap, has_stopped)
