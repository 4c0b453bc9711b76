"""Gates: how much worse a metric may be before a change is refused.

A gate ``nDCG@10:-0.01`` bounds the *gain*: the mean difference over the pairs, B - A, and A - B for a metric of which less is
better. Three rules say when the bound is crossed:

- ``mean`` (the default): when the gain is below the bound. It is what the figures in the report say, and for searches, which
  repeat exactly, a change of nothing always passes. A drop that is noise of few questions fails it too.
- ``significant``: when the upper end of the gain's 95 % interval is below the bound: only a drop that is beyond doubt. For
  metrics that do not repeat, such as those of a model that judges; small golden sets let real drops through.
- ``non-inferior``: when its lower end is below the bound: unless it is beyond doubt that B is not worse than that. The
  strictest; it takes many questions to pass (:mod:`eval.live.sample_size` says how many).

A score that is missing never helps: a gate fails when more than ``max_missing`` of the queries that either side has a score
for, or should have, are not paired, and when there is no pair at all.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from ragline.errors import InputError

if TYPE_CHECKING:
    from eval.comparison.comparison import MetricDifference

GateRule = Literal["mean", "significant", "non-inferior"]

_ROUNDING = 1e-9  # a bound that is reached exactly is reached, whatever the last digit of a mean


@dataclass(frozen=True, slots=True)
class Gate:
    """The least gain that ``metric`` must have; below 0 it may lose something."""

    metric: str
    bound: float


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What a gate says. ``missing`` is the share of queries without a pair, ``reason`` why it failed, empty if it passed."""

    gate: Gate
    rule: GateRule
    gain: float | None
    missing: float
    passed: bool
    reason: str = ""


def parse_gates(text: str) -> tuple[Gate, ...]:
    """The gates of ``nDCG@10:-0.01,faithfulness:-0.02``; none of an empty text. Raises :class:`InputError` for another form."""
    gates = [_gate(part.strip()) for part in text.split(",")] if text.strip() else []
    names = [gate.metric.casefold() for gate in gates]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"Two gates bound {twice[0]!r}. Keep one of them.")
    return tuple(gates)


def _gate(text: str) -> Gate:
    match = re.fullmatch(r"([^:\s]+)\s*:\s*([+-]?[0-9.]+(?:e-?[0-9]+)?)", text, re.IGNORECASE)
    try:
        bound = float(match[2]) if match else math.nan
    except ValueError:
        bound = math.nan
    if match is None or not -1 <= bound <= 1:
        raise InputError(f"{text!r} is no gate. Write METRIC:BOUND with a bound from -1 to 1, such as nDCG@10:-0.01.")
    return Gate(match[1], bound)


def resolve(gates: Iterable[Gate], known: Sequence[str]) -> tuple[Gate, ...]:
    """``gates`` with the names of ``known`` metrics, whatever their case. Raises :class:`InputError` for one not among them."""
    names = {name.casefold(): name for name in known}
    found = []
    for gate in gates:
        name = names.get(gate.metric.casefold())
        if name is None:
            raise InputError(
                f"Neither evaluation measures {gate.metric!r}. Have answers and a judge, where it is one of theirs, or choose "
                f"among: {', '.join(known)}."
            )
        found.append(Gate(name, gate.bound))
    return tuple(found)


def require_usable(rule: GateRule, max_missing: float) -> None:
    """Raises :class:`InputError` for a rule that is not known, or a share outside [0, 1)."""
    if rule not in get_args(GateRule):
        raise InputError(f"Unknown rule {rule!r} for gates. Use one of {', '.join(get_args(GateRule))}.")
    if not 0 <= max_missing < 1:
        raise InputError(f"max_missing={max_missing} is no share. Give 0 or more and less than 1.")


def check(
    gates: Iterable[Gate], metrics: Mapping[str, "MetricDifference"], *, rule: GateRule = "mean", max_missing: float = 0.0
) -> tuple[GateVerdict, ...]:
    """The verdict of every gate. Raises as :func:`require_usable` does."""
    require_usable(rule, max_missing)
    return tuple(_verdict(gate, metrics[gate.metric], rule, max_missing) for gate in gates)


def _verdict(gate: Gate, metric: "MetricDifference", rule: GateRule, max_missing: float) -> GateVerdict:
    due = metric.pairs + len(metric.unpaired)
    missing = len(metric.unpaired) / due if due else 1.0
    interval = metric.gain_interval
    if metric.gain is None or interval is None:
        return GateVerdict(gate, rule, None, missing, passed=False, reason="no query has a score on both sides")
    if missing > max_missing:
        told = f"{len(metric.unpaired)} of {due} queries have no score on both sides"
        return GateVerdict(gate, rule, metric.gain, missing, passed=False, reason=told)
    decisive = {"mean": metric.gain, "significant": interval[1], "non-inferior": interval[0]}[rule]
    passed = decisive >= gate.bound - _ROUNDING
    what = {"mean": "gain", "significant": "upper end of the gain", "non-inferior": "lower end of the gain"}[rule]
    reason = "" if passed else f"{what} {decisive:+.4f} is below {gate.bound:+g}"
    return GateVerdict(gate, rule, metric.gain, missing, passed=passed, reason=reason)
