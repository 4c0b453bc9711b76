"""The small charts of a comparison. They carry no text: the figures stand beside them, for eyes and screen readers alike."""

from eval.comparison.comparison import MetricDifference


def difference_bar(metric: MetricDifference, limit: float, state: str) -> str:
    """A scale from ``-limit`` to ``limit`` with 0 in the middle, the interval as a band and the difference as a tick."""
    if metric.difference is None or metric.low is None or metric.high is None:
        return ""
    low, high, tick = (50 + 50 * max(-1.0, min(1.0, end / limit)) for end in (metric.low, metric.high, metric.difference))
    return (
        '<svg class="delta" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" x="0" y="3" width="100" height="2"/>'
        f'<rect class="band {state}" x="{low:.2f}" y="2" width="{max(high - low, 0.5):.2f}" height="4"/>'
        '<line class="zero" x1="50" x2="50" y1="0" y2="8"/>'
        f'<rect class="tick" x="{min(max(tick, 1), 99) - 0.75:.2f}" y="0" width="1.5" height="8"/></svg>'
    )


def outcome_bar(metric: MetricDifference) -> str:
    """One bar of three parts: better, equal, worse; empty without pairs."""
    if not metric.pairs:
        return ""
    better, worse = 100 * metric.wins / metric.pairs, 100 * metric.losses / metric.pairs
    return (
        '<svg class="outcomes" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" x="0" y="0" width="100" height="8"/>'
        f'<rect class="good" x="0" y="0" width="{better:.2f}" height="8"/>'
        f'<rect class="bad" x="{100 - worse:.2f}" y="0" width="{worse:.2f}" height="8"/></svg>'
    )
