"""A health report in the text format of Prometheus, for a scrape or for the textfile collector of the node exporter.

Source: Prometheus, "Exposition formats", text-based format 0.0.4.
"""

import math
from collections.abc import Iterator, Mapping

from eval.health.checks import Check
from eval.health.report import ServiceHealth

_UNITS: Mapping[str, tuple[str, float]] = {
    "share": ("ratio", 1.0),
    "ms": ("seconds", 0.001),
    "days": ("seconds", 86_400.0),
    "psi": ("index", 1.0),
    "ks": ("statistic", 1.0),
    "auroc": ("auroc", 1.0),
    "folders": ("count", 1.0),
}
"""What the unit of a check is called, and how much of it one is: Prometheus counts time in seconds, and shares from 0 to 1."""

_STATUS: Mapping[str, float] = {"ok": 0.0, "alarm": 1.0, "too few": math.nan}


def prometheus(report: ServiceHealth | None, *, is_sound: bool | None = None, collection: str = "") -> str:
    """The report as gauges: each check's value in its window, its threshold, and whether it raises an alarm (NaN = too few
    rows).

    ``is_sound`` is whether every index agrees with the catalog; ``collection`` is a label of every line, where it is given.
    """
    lines: list[str] = []
    label = {"collection": collection} if collection else {}
    if is_sound is not None:
        lines += _family("ragline_index_sound", "1 where every index agrees with the catalog.", [(label, float(is_sound))])
    if report is not None:
        lines += _family("ragline_service_ok", "1 where no check of the service raises an alarm.", [(label, float(report.ok))])
        counts = [("current", report.rows), ("reference", report.reference_rows)]
        lines += _family(
            "ragline_window_rows", "Rows of the query log in a window.", [({**label, "window": w}, float(n)) for w, n in counts]
        )
        alarms = [({**label, "check": check.name}, _STATUS[check.status]) for check in report.checks]
        lines += _family("ragline_check_alarm", "1 where a check raises an alarm, NaN where there are too few rows.", alarms)
        for check in report.checks:
            lines += _of(check, label)
    return "\n".join(lines) + "\n" if lines else ""


def _of(check: Check, label: Mapping[str, str]) -> Iterator[str]:
    unit, factor = _UNITS[check.unit]
    found = {"current": check.value, "reference": check.reference, "threshold": check.threshold}
    samples = [({**label, "window": name}, value * factor) for name, value in found.items() if value is not None]
    if samples:
        yield from _family(f"ragline_{check.name}_{unit}", f"The check {check.name} of ragline health --service.", samples)


def _family(name: str, text: str, samples: list[tuple[dict[str, str], float]]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{name}{{{inner}}} {_number(value)}" if inner else f"{name} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return repr(value) if math.isfinite(value) else "+Inf" if value > 0 else "-Inf"
