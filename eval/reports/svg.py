"""The small charts of the HTML report. They carry no text: the figures stand beside them, for eyes and screen readers alike."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from eval.result import MetricValue

_BAR_HEIGHT = 8
_CHART_HEIGHT = 60


def interval_bar(value: MetricValue) -> str:
    """A scale from 0 to 1 with the interval as a band and the mean as a tick; empty when nothing was measured."""
    if value.value is None or value.low is None or value.high is None:
        return ""
    low, width, tick = 100 * value.low, max(100 * (value.high - value.low), 0.5), min(max(100 * value.value, 1), 99)
    return (
        f'<svg class="interval" viewBox="0 0 100 {_BAR_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" x="0" y="3" width="100" height="2"/>'
        f'<rect class="band" x="{low:.2f}" y="2" width="{width:.2f}" height="4"/>'
        f'<rect class="tick" x="{tick - 1:.2f}" y="0" width="2" height="{_BAR_HEIGHT}"/></svg>'
    )


def histogram(counts: Sequence[int], marks: Sequence[float] = ()) -> str:
    """One bar for each count, on a common scale; ``marks`` are vertical lines at shares of the width in [0, 1]."""
    highest = max(counts, default=0) or 1
    step = 100 / max(len(counts), 1)
    bars = "".join(_bar(position * step, step, count / highest) for position, count in enumerate(counts) if count)
    lines = "".join(f'<line x1="{100 * x:.2f}" x2="{100 * x:.2f}" y1="0" y2="{_CHART_HEIGHT}"/>' for x in marks)
    return (
        f'<svg class="histogram" viewBox="0 0 100 {_CHART_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f"{bars}{lines}</svg>"
    )


def curve(lines: Sequence[Sequence[float]], bands: Mapping[int, tuple[float, float]] = MappingProxyType({})) -> str:
    """Lines over the same places from left to right, values in [0, 1] upwards; the first is the main one.

    ``bands`` are intervals by place, drawn upright. Behind them are lines at every quarter.
    """
    count = max((len(line) for line in lines), default=0)
    if not count:
        return ""
    grid = "".join(f'<line class="grid" x1="0" x2="100" y1="{_up(y)}" y2="{_up(y)}"/>' for y in (0.25, 0.5, 0.75, 1.0))
    uprights = "".join(
        f'<line class="range" x1="{_across(place, count)}" x2="{_across(place, count)}" y1="{_up(low)}" y2="{_up(high)}"/>'
        for place, (low, high) in bands.items()
    )
    drawn = "".join(
        f'<polyline class="{"main" if number == 0 else "other"}" points="'
        f'{" ".join(f"{_across(place, count)},{_up(value)}" for place, value in enumerate(line))}"/>'
        for number, line in enumerate(lines)
    )
    return (
        f'<svg class="curve" viewBox="0 0 100 {_CHART_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f"{grid}{uprights}{drawn}</svg>"
    )


def share_bar(share: float) -> str:
    """A horizontal bar that fills ``share`` of its width."""
    return (
        '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" x="0" y="0" width="100" height="8"/><rect class="fill" x="0" y="0" width="{100 * share:.2f}" '
        'height="8"/></svg>'
    )


def _bar(x: float, step: float, share: float) -> str:
    height = max(share * _CHART_HEIGHT, 1)  # a bin with a single call stays visible
    return f'<rect x="{x + 0.1 * step:.2f}" y="{_CHART_HEIGHT - height:.2f}" width="{0.8 * step:.2f}" height="{height:.2f}"/>'


def _across(place: int, count: int) -> str:
    return f"{100 * (place + 0.5) / count:.2f}"


def _up(value: float) -> str:
    """The height of a value, with room for the line at 1."""
    return f"{_CHART_HEIGHT - 1 - value * (_CHART_HEIGHT - 2):.2f}"
