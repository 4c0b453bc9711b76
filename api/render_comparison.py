"""How a comparison looks in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import render

if TYPE_CHECKING:
    from eval.comparison.comparison import Comparison, MetricDifference

SHOWN_QUERIES = 5
_WIDTH = 60  # characters of a question


def comparison(found: Comparison) -> None:
    """The differences that were tested, the questions that lost most, the verdict of the gates."""
    from eval.comparison.reports.figures import family, gate, signed, summary

    render.line(f"A: {found.a.name}\nB: {found.b.name}\n")
    shown = [metric for metric in found.metrics.values() if metric.is_tested or not metric.pairs]
    width = max((len(metric.name) for metric in shown), default=0)
    render.line(f"{'metric':<{width}}      A      B   B - A  95 % interval     p, Holm  better / equal / worse  verdict")
    for metric in shown:
        render.line(_row(metric, width))
    render.line(f"\n{summary(found)}\n{family(found)}")
    for note in found.notes:
        render.line(f"note: {note}")
    lost = [query for query in found.most_changed_first() if query.outcome == "loss"]
    if lost:
        render.line(f"\nlost most, by {found.headline}:")
    for query in lost[:SHOWN_QUERIES]:
        render.line(f"  {signed(query.gains[found.headline])}  {query.id}: {_short(query.query)}")
    if found.gates:
        render.line("\ngates:")
    for each in found.gates:
        render.line(f"  {gate(each)}")


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _WIDTH else f"{flat[: _WIDTH - 1]}…"


def _row(metric: MetricDifference, width: int) -> str:
    from eval.comparison.reports.figures import interval, outcomes, probability, signed, verdict
    from eval.reports.text import figure

    missing = f", {len(metric.unpaired)} of {metric.pairs + len(metric.unpaired)} without a pair" if metric.unpaired else ""
    return (
        f"{metric.name:<{width}}  {figure(metric.a):>5}  {figure(metric.b):>5}  {signed(metric.difference):>6}  "
        f"{interval(metric):<16}  {probability(metric.p_holm):>7}  {outcomes(metric):>22}  {verdict(metric)}{missing}"
    )
