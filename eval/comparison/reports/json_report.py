"""The comparison as JSON: everything, for programs."""

import json
from dataclasses import asdict
from typing import Any

from eval.comparison.comparison import Comparison, MetricDifference, QueryDifference
from eval.rows import QueryRow

FORMAT = "ragline-comparison"
VERSION = 1


def json_report(comparison: Comparison) -> str:
    """The whole comparison as one JSON object; what could not be compared is ``null``, there is no NaN.

    The last key, ``queries``, has one query on each line.
    """
    head = json_object(comparison)
    queries = ",\n  ".join(json.dumps(query, allow_nan=False) for query in head.pop("queries"))
    opening = json.dumps(head, indent=1, allow_nan=False).removesuffix("\n}")
    return f'{opening},\n "queries": [\n  {queries}\n ]\n}}\n'


def json_object(comparison: Comparison) -> dict[str, Any]:
    """The same as a dictionary. ``queries`` are those that anything changed on, the losses first."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "a": asdict(comparison.a),
        "b": asdict(comparison.b),
        "joined_by_id": comparison.joined_by_id,
        "headline": comparison.headline,
        "counts": comparison.counts,
        "tested": comparison.tested,
        "changed_settings": {name: list(pair) for name, pair in comparison.changed_settings.items()},
        "notes": list(comparison.notes),
        "passed": comparison.passed,
        "gates": [asdict(verdict) for verdict in comparison.gates],
        "metrics": {name: _metric(metric) for name, metric in comparison.metrics.items()},
        "queries": [_query(query) for query in comparison.most_changed_first()],
    }


def _metric(metric: MetricDifference) -> dict[str, Any]:
    return {
        **asdict(metric),
        "higher_is_better": metric.higher_is_better,
        "gain": metric.gain,
        "is_significant": metric.is_significant,
    }


def _query(query: QueryDifference) -> dict[str, Any]:
    return {
        "id": query.id,
        "query": query.query,
        "outcome": query.outcome,
        "gains": dict(query.gains),
        "hits": [{**asdict(hit), "change": hit.change} for hit in query.hits],
        "a": _row(query.a),
        "b": _row(query.b),
    }


def _row(row: QueryRow | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "status": row.status,
        "error": row.error,
        "metrics": dict(row.metrics),
        "scores": {
            name: {"value": score.value, "status": score.status, "reason": score.reason} for name, score in row.scores.items()
        },
        "ranking": [document.doc_id for document in row.ranking],
        "abstained": row.abstained,
        "answer": row.answer,
    }
