"""How a judge does on answers whose verdict is known: the figures that stand in the header of every report that it made."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import get_args

from eval.bootstrap import Interval
from eval.judges.base import Judge, JudgeCheck, KindCheck
from eval.judges.check.known_answers import WAYS, KnownAnswer, KnownKind, set_fingerprint
from eval.judges.check.trials import Trial, Variant, bias_trials, plain_trials
from eval.judges.check.verdicts import Verdict, verdicts
from eval.metrics.auroc import auroc_interval
from eval.metrics.balanced_accuracy import balanced_accuracy
from eval.metrics.matched_auroc import matched_auroc
from indexes.embedders.model_cache import ModelCache

BOUND = 0.668
"""The least balanced accuracy of a judge that is believed: 5 points below the weakest of the published checkers.

On LLM-AggreFact (11 sets with verdicts of people) these lie between 71.8 % (HHEM-2.1-Open) and 77.4 % (Bespoke-MiniCheck-7B).
"""

LEAST_SCORED = 0.9
"""Share of each side that must have a verdict before a figure is given: what a judge fails on is rarely the easy part."""

Verdicts = Mapping[Trial, Verdict]


def check_judge(
    judge: Judge, *, cache: ModelCache | None = None, biases: bool = True, progress: Callable[[int], None] | None = None
) -> JudgeCheck:
    """Run ``judge`` on the built-in set (:mod:`eval.judges.check.known_answers`), and with ``biases`` on changed versions.

    With ``cache`` a judge of the same fingerprint is asked once for each trial, however often it is checked; failures are asked
    again. ``progress`` is told how many more of :func:`trial_count` trials are done.

    ``biases`` are, each 0 for a judge that has none: "position", the share of supported answers that are called supported when
    their evidence is the first of several passages, less the share when it is the last; "length", the share of contradicted
    answers that are called supported with a true sentence behind them, less the share without.
    """
    found = verdicts(judge, (*plain_trials(), *(bias_trials() if biases else ())), cache, progress)
    plain = {trial.known: verdict for trial, verdict in found.items() if trial.variant == "plain"}
    ways = {f"{kind}: {way}": (kind, way) for kind, each in WAYS.items() for way in each if way}
    true, false = _of_kinds(plain, "supported"), _of_kinds(plain, "contradicted", "unrelated")
    return JudgeCheck(
        judge=judge.name,
        fingerprint={**judge.fingerprint, "check.set": set_fingerprint()},
        kinds={kind: _counted(plain, kind) for kind in get_args(KnownKind)},
        balanced_accuracy=_balanced(true, false),
        auroc=_area(true, false),
        auroc_length_matched=_matched_area(true, false),
        bound=BOUND,
        biases=_biases(found) if biases else {},
        ways={name: _counted(plain, kind, way) for name, (kind, way) in ways.items()},
    )


def trial_count(*, biases: bool = True) -> int:
    """How many answers a judge is given to judge, at most."""
    return len(plain_trials()) + (len(bias_trials()) if biases else 0)


def _of_kinds(plain: Mapping[KnownAnswer, Verdict], *kinds: KnownKind) -> dict[KnownAnswer, Verdict]:
    return {known: verdict for known, verdict in plain.items() if known.kind in kinds}


def _counted(plain: Mapping[KnownAnswer, Verdict], kind: KnownKind, way: str | None = None) -> KindCheck:
    found = {known: verdict for known, verdict in plain.items() if known.kind == kind and way in (None, known.way)}
    scored = [_is_right(known, verdict) for known, verdict in found.items() if _has_verdict(verdict)]
    return KindCheck(len(found), len(scored), sum(scored))


def _has_verdict(verdict: Verdict) -> bool:
    return verdict.status in ("scored", "refusal")


def _is_right(known: KnownAnswer, verdict: Verdict) -> bool:
    """A refusal is right to be called one, and nothing else is: not even "unsupported", which would count in a mean."""
    if known.kind == "refusal":
        return verdict.status == "refusal"
    return verdict.supported is (known.kind == "supported")


def _balanced(true: Mapping[KnownAnswer, Verdict], false: Mapping[KnownAnswer, Verdict]) -> Interval | None:
    sides = [[_is_right(known, verdict) for known, verdict in side.items() if _has_verdict(verdict)] for side in (true, false)]
    return balanced_accuracy(*sides) if _enough(sides, (true, false)) else None


def _area(true: Mapping[KnownAnswer, Verdict], false: Mapping[KnownAnswer, Verdict]) -> Interval | None:
    sides = [[verdict.value for verdict in side.values() if verdict.value is not None] for side in (true, false)]
    return auroc_interval(*sides) if _enough(sides, (true, false)) else None


def _matched_area(true: Mapping[KnownAnswer, Verdict], false: Mapping[KnownAnswer, Verdict]) -> Interval | None:
    sides = [
        [(verdict.value, len(known.answer)) for known, verdict in side.items() if verdict.value is not None]
        for side in (true, false)
    ]
    return matched_auroc(*sides) if _enough(sides, (true, false)) else None


def _enough(scored: Sequence[Sequence[object]], sides: Sequence[Mapping[KnownAnswer, Verdict]]) -> bool:
    return all(len(found) >= LEAST_SCORED * len(side) for found, side in zip(scored, sides, strict=True))


def _biases(found: Verdicts) -> dict[str, float]:
    """Each over the answers that have a verdict both ways; left out where there are none."""
    pairs = {
        "position": _shift(found, "supported", "first", "last"),
        "length": _shift(found, "contradicted", "padded", "plain"),
    }
    return {name: shift for name, shift in pairs.items() if shift is not None}


def _shift(found: Verdicts, kind: KnownKind, one: Variant, other: Variant) -> float | None:
    """The share that is called supported in the variant ``one``, less that in ``other``."""
    sides = [_by_answer(found, kind, variant) for variant in (one, other)]
    both = [name for name in sides[0] if name in sides[1]]
    return sum(sides[0][name] - sides[1][name] for name in both) / len(both) if both else None


def _by_answer(found: Verdicts, kind: KnownKind, variant: Variant) -> dict[str, bool]:
    rows: Iterable[tuple[Trial, Verdict]] = found.items()
    return {
        trial.known.id: verdict.supported is True
        for trial, verdict in rows
        if trial.variant == variant and trial.known.kind == kind and _has_verdict(verdict)
    }
