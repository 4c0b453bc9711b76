"""Comparing answers in both orders, so that the place of an answer decides nothing.

Judges prefer what stands first, or last (Zheng et al., "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena", NeurIPS 2023,
section 3.3: GPT-4 changes its verdict in a third of the pairs). Every pair is therefore judged twice. An answer wins when it
is preferred from both places; verdicts that contradict each other are a tie, and are counted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from eval.bootstrap import Interval, mean_interval
from eval.configuration import Setting
from eval.judges.pairwise.base import Choice, Pair, PairJudge, Preference

Winner = Literal["one", "other", "tie"]

SAME_LENGTH = 0.05
"""Answers whose lengths differ by less than this share of the longer say nothing of a liking for long ones."""


@dataclass(frozen=True, slots=True)
class PairResult:
    """``winner`` is ``None`` where a verdict is missing. ``forward`` was given with ``one`` first, ``backward`` with it second.

    ``consistent`` is ``None`` where a verdict is missing.
    """

    pair: Pair
    forward: Preference
    backward: Preference

    @property
    def consistent(self) -> bool | None:
        """Whether both orders lead to the same answer, or both to a tie."""
        verdicts = self._verdicts
        return None if verdicts is None else verdicts[0] == verdicts[1]

    @property
    def winner(self) -> Winner | None:
        verdicts = self._verdicts
        if verdicts is None:
            return None
        return verdicts[0] if verdicts[0] == verdicts[1] else "tie"

    @property
    def _verdicts(self) -> tuple[Winner, Winner] | None:
        if self.forward.choice is None or self.backward.choice is None:
            return None
        forward: Mapping[Choice, Winner] = {"first": "one", "second": "other", "tie": "tie"}
        backward: Mapping[Choice, Winner] = {"first": "other", "second": "one", "tie": "tie"}
        return forward[self.forward.choice], backward[self.backward.choice]


@dataclass(frozen=True, slots=True)
class PairReport:
    """What a judge says of pairs. ``wins``, ``losses`` and ``ties`` of ``one``, with ``failed``, add up to the pairs.

    ``score`` is the mean of 1 for a win, 0.5 for a tie and 0 for a loss, with its interval; ``None`` where all failed.
    ``inconsistent`` pairs are among the ties. ``position_bias`` is the share of verdicts that prefer the answer shown first,
    of those that prefer one, less a half: above 0 the first place helps. ``length_bias`` is the same of the longer answer in
    pairs with a winner: it is a bias only where length does not make an answer better. Both are ``None`` without such verdicts.
    """

    judge: str
    fingerprint: Mapping[str, Setting]
    rows: tuple[PairResult, ...]
    wins: int
    losses: int
    ties: int
    failed: int
    inconsistent: int
    score: Interval | None
    position_bias: float | None
    length_bias: float | None


def compare(
    judge: PairJudge, pairs: Sequence[Pair], *, concurrency: int = 1, progress: Callable[[int], None] | None = None
) -> PairReport:
    """Both orders of every pair, ``concurrency`` pairs at a time. ``progress`` is told how many more pairs are done."""
    rows: list[PairResult] = []
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        for row in pool.map(lambda pair: _both_orders(judge, pair), pairs):
            rows.append(row)
            if progress is not None:
                progress(1)
    return pair_report(judge, rows)


def pair_report(judge: PairJudge, rows: Sequence[PairResult]) -> PairReport:
    """What ``judge`` said in ``rows``, summed up."""
    winners = [row.winner for row in rows]
    points = {"one": 1.0, "tie": 0.5, "other": 0.0}
    scores = [points[winner] for winner in winners if winner is not None]
    return PairReport(
        judge=judge.name,
        fingerprint=judge.fingerprint,
        rows=tuple(rows),
        wins=winners.count("one"),
        losses=winners.count("other"),
        ties=winners.count("tie"),
        failed=winners.count(None),
        inconsistent=sum(row.consistent is False for row in rows),
        score=mean_interval(scores) if scores else None,
        position_bias=_above_half(list(_firsts(rows))),
        length_bias=_above_half(list(_longer(rows))),
    )


def _both_orders(judge: PairJudge, pair: Pair) -> PairResult:
    forward = judge.prefer(pair.question, pair.contexts, pair.one, pair.other)
    return PairResult(pair, forward, judge.prefer(pair.question, pair.contexts, pair.other, pair.one))


def _firsts(rows: Sequence[PairResult]) -> Iterator[bool]:
    """Of every verdict that prefers an answer, of pairs with both verdicts, whether it is the one shown first."""
    for row in rows:
        if row.winner is not None:
            yield from (each.choice == "first" for each in (row.forward, row.backward) if each.choice != "tie")


def _longer(rows: Sequence[PairResult]) -> Iterator[bool]:
    """Of every pair with a winner whose lengths differ, whether the longer answer is it."""
    for row in rows:
        one, other = len(row.pair.one), len(row.pair.other)
        if row.winner in ("one", "other") and abs(one - other) >= SAME_LENGTH * max(one, other):
            yield (row.winner == "one") == (one > other)


def _above_half(found: Sequence[bool]) -> float | None:
    return sum(found) / len(found) - 0.5 if found else None
