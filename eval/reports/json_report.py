"""The evaluation as JSON: everything, for programs. :func:`eval.reports.json_reader.read_result` reads it back."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from eval.reports.files import FORMAT, VERSION
from eval.reports.text import worst_and_best
from eval.result import EvalResult, MetricValue


def json_report(result: EvalResult) -> str:
    """The whole result as one JSON object. The last key, ``rows``, has every query, one on each line.

    Figures that could not be measured are ``null``; there is no NaN. What can be computed from the rest stands beside it, for
    readers in other languages: ``fingerprint``, ``counts``, ``verdicts``, ``diagnoses``, ``scored_share``, bounds of metrics.
    """
    head: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "golden": {"name": result.golden_name, "sha256": result.golden_sha256},
        "configuration": dict(result.configuration),
        "fingerprint": result.fingerprint,
        "started_at": result.started_at,
        "seconds": result.seconds,
        "parts_s": dict(result.parts_s),
        "ks": list(result.ks),
        "counts": result.counts,
        "scored_share": result.scored_share,
        "metrics": _metrics(result.metrics),
        "answers": _metrics(result.answers),
        "judge": None if result.judge is None else {**_plain(result.judge), "passed": result.judge.passed},
        "agreement": _plain(result.agreement),
        "slices": {
            tag: {**_plain(part), "metrics": _metrics(part.metrics), "answers": _metrics(part.answers)}
            for tag, part in result.slices.items()
        },
        "abstention": _abstention(result),
        "verdicts": result.verdicts,
        "diagnoses": result.diagnoses,
        "timings": _plain(result.timings),
        "stages": _plain(result.stages),
        "spending": _plain(result.spending),
        "freshness": _plain(result.freshness),
        "golden_version": result.golden_version,
        "stale": _plain(result.stale),
    }
    rows = ",\n    ".join(json.dumps(_plain(row), allow_nan=False) for row in result.rows)
    opening = json.dumps(head, indent=2, allow_nan=False).removesuffix("\n}")
    return f'{opening},\n  "rows": [\n    {rows}\n  ]\n}}\n'


def _metrics(values: Mapping[str, MetricValue]) -> dict[str, dict[str, Any]]:
    bounds = {name: worst_and_best(name, value) for name, value in values.items()}
    return {name: {**_plain(value), "worst": bounds[name][0], "best": bounds[name][1]} for name, value in values.items()}


def _abstention(result: EvalResult) -> dict[str, Any] | None:
    counts = result.abstention
    if counts is None:
        return None
    shares = {"precision": counts.precision, "recall": counts.recall, "false_alarms": counts.false_alarms}
    return {**_plain(counts), **shares, "intervals": _plain(counts.intervals)}


def _plain(value: Any) -> Any:
    """``value`` in the types of JSON. As ``dataclasses.asdict``, without its copies of what is never changed."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in _names(type(value))}
    raise TypeError(f"{type(value).__name__} has no form in JSON. Give a value of an evaluation.")


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
