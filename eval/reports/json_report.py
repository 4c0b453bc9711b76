"""The evaluation as JSON: everything, for programs."""

import json
from dataclasses import asdict
from typing import Any

from eval.result import EvalResult, MetricValue

FORMAT = "ragline-evaluation"
VERSION = 1


def json_report(result: EvalResult) -> str:
    """The whole result as one JSON object. The last key, ``rows``, has every query, one on each line.

    Figures that could not be measured are ``null``; there is no NaN.
    """
    head: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "golden": {"name": result.golden_name, "sha256": result.golden_sha256},
        "configuration": dict(result.configuration),
        "fingerprint": result.fingerprint,
        "started_at": result.started_at,
        "seconds": result.seconds,
        "ks": list(result.ks),
        "counts": result.counts,
        "metrics": {name: asdict(value) for name, value in result.metrics.items()},
        "answers": {
            name: {**asdict(value), "worst": value.worst, "best": value.best} for name, value in result.answers.items()
        },
        "judge": None if result.judge is None else {**asdict(result.judge), "passed": result.judge.passed},
        "slices": {tag: asdict(part) for tag, part in result.slices.items()},
        "abstention": _abstention(result),
        "timings": {stage: asdict(values) for stage, values in result.timings.items()},
    }
    rows = ",\n    ".join(json.dumps(asdict(row), allow_nan=False) for row in result.rows)
    opening = json.dumps(head, indent=2, allow_nan=False).removesuffix("\n}")
    return f'{opening},\n  "rows": [\n    {rows}\n  ]\n}}\n'


def _with_bounds(value: MetricValue) -> dict[str, Any]:
    return {**asdict(value), "worst": value.worst, "best": value.best}


def _abstention(result: EvalResult) -> dict[str, Any] | None:
    counts = result.abstention
    return None if counts is None else {**asdict(counts), "precision": counts.precision, "recall": counts.recall}
