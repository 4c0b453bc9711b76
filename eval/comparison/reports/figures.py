"""How the figures of a comparison are written for people."""

from eval.comparison.comparison import Comparison, MetricDifference
from eval.comparison.gate import GateVerdict
from eval.reports.text import ABSENT


def signed(value: float | None) -> str:
    """A difference with its sign and three decimals: ``+0.012``; ``0.000`` for none at all, a dash where there is no figure."""
    if value is None:
        return ABSENT
    return f"{value:+.3f}" if round(value, 3) else "0.000"


def interval(metric: MetricDifference) -> str:
    """``-0.010 to +0.034``, or nothing without pairs."""
    return "" if metric.low is None else f"{signed(metric.low)} to {signed(metric.high)}"


def probability(p: float | None) -> str:
    """A p-value: ``0.034``, ``< 0.001``, or a dash."""
    if p is None:
        return ABSENT
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def verdict(metric: MetricDifference) -> str:
    """What the test says: better, worse, or that no difference is shown."""
    if metric.gain is None:
        return "not comparable"
    if not metric.is_tested:
        return "not tested"
    if not metric.is_significant or not metric.gain:
        return "no difference shown"
    return "B is better" if metric.gain > 0 else "B is worse"


def outcomes(metric: MetricDifference) -> str:
    """``12 / 80 / 8``: queries that B is better on, equal ones, those that it is worse on."""
    return f"{metric.wins} / {metric.ties} / {metric.losses}"


def gate(verdict: GateVerdict) -> str:
    """``passed  nDCG@10 >= -0.01: gain +0.004``, or what failed and why."""
    name = f"{verdict.gate.metric} >= {verdict.gate.bound:+g} ({verdict.rule})"
    return f"passed  {name}: gain {signed(verdict.gain)}" if verdict.passed else f"FAILED  {name}: {verdict.reason}"


def summary(comparison: Comparison) -> str:
    """How the queries went by the headline metric, in one sentence."""
    counts = comparison.counts
    return (
        f"{counts['queries']:,} questions by {comparison.headline}: B is better on {counts['win']:,}, worse on "
        f"{counts['loss']:,}, equal on {counts['tie']:,}; {counts['unpaired']:,} have no such score on both sides."
    )


def family(comparison: Comparison) -> str:
    """What the p-values are, in one sentence."""
    return (
        f"p is of a paired randomisation test; corrected (Holm) for {comparison.tested} metrics, so that the chance of "
        "any false alarm among all of them is 5 % at most. Intervals are 95 % paired bootstrap intervals."
    )
