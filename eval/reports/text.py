"""How figures are written in the reports for people."""

from collections.abc import Iterable

from eval.configuration import Setting
from eval.result import MetricValue

ABSENT = "–"


def figure(value: float | None) -> str:
    """A score with three decimals: ``0.683``; a dash when there is none."""
    return ABSENT if value is None else f"{value:.3f}"


def interval(value: MetricValue) -> str:
    """``0.61 – 0.75``, or nothing when the metric was not measured."""
    return "" if value.low is None or value.high is None else f"{value.low:.2f} – {value.high:.2f}"


def scored(value: MetricValue) -> str:
    """``48/50``: how many queries were scored of those that the metric applies to."""
    return f"{value.scored}/{value.total}"


def milliseconds(value: float | None) -> str:
    """``0.42 ms``, ``4.2 ms``, ``42 ms`` or ``1.4 s``: two digits that matter."""
    if value is None:
        return ABSENT
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    return f"{value:.2f} ms" if value < 1 else f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"


def setting(value: Setting) -> str:
    """A setting's value: ``yes`` and ``no`` for flags, a dash for none."""
    if value is None:
        return ABSENT
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def label(name: str) -> str:
    """A metric's name for people: ``hit_rate@10`` is ``hit rate@10``."""
    return name.replace("_", " ")


def families(names: Iterable[str]) -> dict[str, dict[int, str]]:
    """Metric names by family and cut-off: ``{"nDCG": {10: "nDCG@10"}}``."""
    grouped: dict[str, dict[int, str]] = {}
    for name in names:
        family, _, k = name.partition("@")
        grouped.setdefault(family, {})[int(k)] = name
    return grouped
