"""How a pairwise judge does on pairs of which the better answer is known.

Three kinds of pairs are made of the built-in set (:mod:`eval.judges.check.known_answers`):

- *contradicted*: a contradicted answer against the sentence of its contexts that it was made of;
- *unrelated*: an unrelated answer against the supported one from the same contexts;
- *padded*: a supported answer against itself with a further sentence of the contexts. Both are true, and neither says more of
  what was asked, so that a judge without a liking for length prefers either as often as the other.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from eval.bootstrap import Interval, mean_interval
from eval.configuration import Setting
from eval.judges.base import KindCheck
from eval.judges.check.judge_check import BOUND
from eval.judges.check.known_answers import KnownAnswer, known_answers, set_fingerprint
from eval.judges.check.trials import padding
from eval.judges.pairwise.base import Pair, PairJudge
from eval.judges.pairwise.comparing import PairReport, compare, pair_report
from retrieval.answers.sentences import sentence_spans

PairKind = Literal["contradicted", "unrelated", "padded"]

_DECIDABLE: tuple[PairKind, ...] = ("contradicted", "unrelated")
"""The kinds with a better answer."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PairCheck:
    """``kinds`` is by kind of pair; right is an answer that wins in both orders, so that guessing is right in a quarter.

    ``accuracy`` is over contradicted and unrelated pairs, ``None`` where every verdict failed. ``inconsistent`` is the share of
    pairs whose verdict depends on the order. The biases are those of :class:`PairReport`, that of length on padded pairs only.
    """

    judge: str
    fingerprint: Mapping[str, Setting]
    kinds: Mapping[str, KindCheck]
    accuracy: Interval | None
    inconsistent: float | None
    position_bias: float | None
    length_bias: float | None
    bound: float = BOUND  # as for judges of single answers

    @property
    def passed(self) -> bool:
        return self.accuracy is not None and self.accuracy.mean >= self.bound


def check_pair_judge(judge: PairJudge, *, concurrency: int = 1, progress: Callable[[int], None] | None = None) -> PairCheck:
    """Both orders of every known pair. ``progress`` is told how many more pairs are done."""
    found = {kind: compare(judge, pairs, concurrency=concurrency, progress=progress) for kind, pairs in known_pairs().items()}
    both = pair_report(judge, [row for report in found.values() for row in report.rows])
    judged = [row.winner for kind in _DECIDABLE for row in found[kind].rows if row.winner is not None]
    decided = len(both.rows) - both.failed
    return PairCheck(
        judge=judge.name,
        fingerprint={**judge.fingerprint, "check.set": set_fingerprint()},
        kinds={kind: _counted(kind, report) for kind, report in found.items()},
        accuracy=mean_interval([float(winner == "one") for winner in judged]) if judged else None,
        inconsistent=both.inconsistent / decided if decided else None,
        position_bias=both.position_bias,
        length_bias=found["padded"].length_bias,
    )


@cache
def known_pairs() -> Mapping[PairKind, tuple[Pair, ...]]:
    """The pairs by kind; ``one`` is the better answer, and the shorter of those that are equally good."""
    answers = known_answers()
    return MappingProxyType(
        {
            "contradicted": tuple(
                _pair(known, _source(known), known.answer) for known in answers if known.kind == "contradicted"
            ),
            "unrelated": tuple(_against_unrelated()),
            "padded": tuple(
                _pair(known, known.answer, f"{known.answer} {padding(known)}") for known in answers if known.kind == "supported"
            ),
        }
    )


def _pair(known: KnownAnswer, one: str, other: str) -> Pair:
    return Pair(known.id, known.question, known.contexts, one, other)


def _against_unrelated() -> Iterator[Pair]:
    """Unrelated answers from contexts that a supported answer is from too."""
    supported = {known.contexts: known.answer for known in known_answers() if known.kind == "supported"}
    for known in known_answers():
        if known.kind == "unrelated" and known.contexts in supported:
            yield _pair(known, supported[known.contexts], known.answer)


def _source(known: KnownAnswer) -> str:
    """The sentence of the contexts that shares the most words with the answer; of several the first."""
    said = _words(known.answer)
    sentences = [text[span.start : span.end] for text in known.contexts for span in sentence_spans(text)]
    return max(sentences, key=lambda sentence: len(said & _words(sentence)))


def _words(text: str) -> set[str]:
    return set(map(str.casefold, _WORD.findall(text)))


def _counted(kind: PairKind, report: PairReport) -> KindCheck:
    """Of padded pairs a tie is right, and so is a verdict that the order turns around: nothing is preferred."""
    return KindCheck(len(report.rows), len(report.rows) - report.failed, report.wins if kind in _DECIDABLE else report.ties)
