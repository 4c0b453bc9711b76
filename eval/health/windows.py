"""The rows of a query log in two windows: the last days, and those before them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from eval.health.rates import Rate
from indexes.query_log import LogRow
from ragline.errors import InputError

DAY_S = 86_400.0
DAYS = 7.0
"""A whole week, so that both windows have the same share of Sundays."""

REFERENCE_DAYS = 28.0


@dataclass(frozen=True, slots=True)
class Window:
    """The rows asked between ``start`` and ``end`` (seconds since 1970, half open)."""

    rows: tuple[LogRow, ...]
    start: float
    end: float

    @property
    def days(self) -> float:
        """How long it is."""
        return (self.end - self.start) / DAY_S

    @property
    def answers(self) -> tuple[LogRow, ...]:
        """The questions that an answer was asked for."""
        return tuple(row for row in self.rows if row.answer is not None)

    @property
    def empty(self) -> Rate:
        """Questions of which no passage was found."""
        return Rate(sum(not row.passages for row in self.rows), len(self.rows))

    @property
    def abstained(self) -> Rate:
        """Answers that said "I don't know"."""
        return Rate(sum(bool(row.abstained) for row in self.answers), len(self.answers))

    @property
    def hits(self) -> Rate:
        """Questions that came to something: a search that found a passage, an answer that rests on one that it cites."""
        return Rate(sum(_is_hit(row) for row in self.rows), len(self.rows))

    @property
    def judged(self) -> Rate:
        """Questions with a thumbs up or down."""
        return Rate(sum(row.verdict is not None for row in self.rows), len(self.rows))

    @property
    def disliked(self) -> Rate:
        """Thumbs down among all thumbs."""
        return Rate(sum(row.verdict == "down" for row in self.rows), self.judged.count)

    @property
    def milliseconds(self) -> list[float]:
        """How long each question took; answers from the cache are left out, since they say nothing of the engine."""
        taken = [row.details.get("ms") for row in self.rows if not row.details.get("cached")]
        return [float(value) for value in taken if isinstance(value, int | float)]

    def scores(self, mode: str) -> list[float]:
        """The score of the best passage of each question that was searched for in ``mode``."""
        return [row.passages[0].score for row in self.rows if row.passages and row.details.get("mode", "hybrid") == mode]

    @property
    def queries(self) -> list[str]:
        """The questions, each once, in the order in which they were first asked."""
        return list(dict.fromkeys(row.query for row in self.rows))


def windows(
    rows: Sequence[LogRow], *, now: float, days: float = DAYS, reference_days: float = REFERENCE_DAYS
) -> tuple[Window, Window]:
    """The reference window and the current one: the last ``days`` before ``now``, and ``reference_days`` in front of these.

    Raises :class:`InputError` for a window without length.
    """
    if not days > 0 or not reference_days > 0:
        raise InputError(f"Windows of {days:g} and {reference_days:g} days hold nothing. Give numbers of days above 0.")
    start = now - days * DAY_S
    first = start - reference_days * DAY_S
    return _window(rows, first, start), _window(rows, start, now)


def usual_mode(*both: Window) -> str:
    """The mode that most questions of the windows were searched for in: scores of different modes are not comparable."""
    modes = Counter(str(row.details.get("mode", "hybrid")) for window in both for row in window.rows)
    return min(modes, key=lambda mode: (-modes[mode], mode), default="hybrid")


def _window(rows: Sequence[LogRow], start: float, end: float) -> Window:
    return Window(tuple(row for row in rows if start <= row.asked_at < end), start, end)


def _is_hit(row: LogRow) -> bool:
    if row.answer is None:
        return bool(row.passages)
    return not row.abstained and any(passage.cited for passage in row.passages)
