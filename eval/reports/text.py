"""How figures are written in the reports for people."""

from collections.abc import Iterable

from eval.bootstrap import Interval
from eval.comparison.direction import higher_is_better
from eval.configuration import Setting
from eval.result import MetricValue
from eval.spending import Spending

ABSENT = "–"

JUDGES = {"offline": "It weighs words, numbers, names, negations and meanings in code, and asks no language model."}
"""What a judge is, where its name does not say it."""


def figure(value: float | None) -> str:
    """A score with three decimals: ``0.683``; a dash when there is none."""
    return ABSENT if value is None else f"{value:.3f}"


def interval(value: MetricValue) -> str:
    """``0.61 – 0.75``, or nothing when the metric was not measured."""
    return "" if value.low is None or value.high is None else f"{value.low:.2f} – {value.high:.2f}"


def scored(value: MetricValue) -> str:
    """``48/50``: how many queries were scored of those that the metric applies to."""
    return f"{value.scored}/{value.total}"


def mean_of(value: Interval | None) -> str:
    """``0.91 (0.88 – 0.94)``, or a dash."""
    return ABSENT if value is None else f"{value.mean:.2f} ({value.low:.2f} – {value.high:.2f})"


def bounds(value: MetricValue) -> str:
    """``0.61 to 0.66 with all``: the mean if what has no score were 0, and 1; nothing where all of them are scored."""
    if value.scored == value.total or value.worst is None or value.best is None:
        return ""
    return f"{value.worst:.2f} to {value.best:.2f} with all"


def worst_and_best(name: str, value: MetricValue) -> tuple[float | None, float | None]:
    """The mean over all if what has no score were the worst there is, and the best: 1 and 0 where less is better."""
    return (value.worst, value.best) if higher_is_better(name) else (value.best, value.worst)


def percent(value: float) -> str:
    """``12 %`` of 0.12."""
    return f"{100 * value:.0f} %"


def share(part: int, whole: int) -> str:
    """``12 %``; a dash of nothing."""
    return percent(part / whole) if whole else ABSENT


def dollars(value: float) -> str:
    """``$0``, ``$0.0042`` or ``$1.27``: two digits that matter, and cents above one."""
    if value == 0:
        return "$0"
    return f"${value:.2f}" if value >= 1 else f"${value:.2g}"


def cost(spent: Spending) -> str:
    """What was spent, marked as a least cost where prices are not known."""
    if spent.unpriced and not spent.cost_usd:
        return "price not known"
    return ("at least " if spent.unpriced else "") + dollars(spent.cost_usd)


def counted(count: int, noun: str) -> str:
    """``1 question``, ``1,200 questions``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def unfitting(count: int) -> str:
    """``1 judgement does not fit``, ``2 judgements do not fit``."""
    return f"{counted(count, 'judgement')} {'does' if count == 1 else 'do'} not fit"


def days(value: float) -> str:
    """``today``, ``1 day`` or ``12 days``."""
    whole = int(value)
    return "today" if whole < 1 else "1 day" if whole == 1 else f"{whole:,} days"


def days_ago(value: float) -> str:
    """``today``, ``1 day ago`` or ``12 days ago``."""
    return f"{days(value)} ago" if int(value) >= 1 else days(value)


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
    return directed(name).replace("_", " ")


def directed(name: str) -> str:
    """The name of a metric, with a word where less of it is better."""
    return name if higher_is_better(name) else f"{name} (less is better)"


def families(names: Iterable[str]) -> dict[str, dict[int, str]]:
    """Metric names by family and cut-off: ``{"nDCG": {10: "nDCG@10"}}``."""
    grouped: dict[str, dict[int, str]] = {}
    for name in names:
        family, _, k = name.partition("@")
        grouped.setdefault(family, {})[int(k)] = name
    return grouped
