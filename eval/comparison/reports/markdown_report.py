"""The comparison as Markdown: the tables, for a pull request or a log."""

from eval.comparison.comparison import Comparison, MetricDifference, QueryDifference, Side
from eval.comparison.reports.figures import family, gate, interval, outcomes, probability, signed, summary, verdict
from eval.reports.markdown_parts import cell, table
from eval.reports.text import figure, milliseconds, setting

SHOWN_QUERIES = 20  # a summary; all of them are in the JSON report
SHOWN_HITS = 5
SHOWN_MISSING = 10


def markdown_report(comparison: Comparison) -> str:
    """A page of tables: gates, differences with intervals and tests, settings, latency, the queries that changed most."""
    sections = [
        f"# {cell(comparison.a.name)} against {cell(comparison.b.name)}",
        f"{_side('A', comparison.a)}\n\n{_side('B', comparison.b)}\n\n{summary(comparison)}",
        "\n".join(f"- {cell(note)}" for note in comparison.notes),
        _gates(comparison),
        _metrics(comparison),
        _settings(comparison),
        _latency(comparison),
        _queries(comparison),
        _missing(comparison),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _side(letter: str, side: Side) -> str:
    return (
        f"**{letter}** {cell(side.name)}: {side.queries} queries of {cell(side.golden_name)} "
        f"(`{side.golden_sha256[:12]}`), {side.errors} errors, configuration `{side.fingerprint}`, {side.started_at}."
    )


def _gates(comparison: Comparison) -> str:
    if not comparison.gates:
        return ""
    return f"## Gates\n\n{'Passed' if comparison.passed else 'Failed'}.\n\n" + "\n".join(
        f"- {cell(gate(verdict))}" for verdict in comparison.gates
    )


def _metrics(comparison: Comparison) -> str:
    header = ["metric", "A", "B", "difference", "95 % interval", "p", "p, Holm", "better / equal / worse", "pairs", "verdict"]
    rows = [_metric(metric) for metric in comparison.metrics.values()]
    return f"## Metrics\n\n{table(header, rows)}\n\n{family(comparison)}"


def _metric(metric: MetricDifference) -> list[str]:
    due = metric.pairs + len(metric.unpaired)
    return [
        metric.name,
        figure(metric.a),
        figure(metric.b),
        signed(metric.difference),
        interval(metric),
        probability(metric.p),
        probability(metric.p_holm),
        outcomes(metric),
        f"{metric.pairs}/{due}",
        verdict(metric),
    ]


def _settings(comparison: Comparison) -> str:
    rows = [[name, setting(a), setting(b)] for name, (a, b) in comparison.changed_settings.items()]
    return "## Settings that differ\n\n" + table(["setting", "A", "B"], rows) if rows else ""


def _latency(comparison: Comparison) -> str:
    a, b = comparison.a.timings, comparison.b.timings
    rows = [
        [stage, *map(milliseconds, (a[stage].p50_ms, b[stage].p50_ms, a[stage].p95_ms, b[stage].p95_ms))]
        for stage in a
        if stage in b
    ]
    header = ["stage", "p50 of A", "p50 of B", "p95 of A", "p95 of B"]
    return "## Latency\n\n" + table(header, rows) + "\n\nNot tested: it depends on the machine of each run." if rows else ""


def _queries(comparison: Comparison) -> str:
    changed = comparison.most_changed_first()
    if not changed:
        return "## Queries\n\nNothing changed on any query."
    rows = [_query(comparison, query) for query in changed[:SHOWN_QUERIES]]
    told = f"{len(rows)} of {len(changed)} that changed, losses first; all are in the JSON report."
    header = ["query", comparison.headline, "entered", "left", "moved"]
    return f"## Queries\n\n{told}\n\n{table(header, rows)}"


def _query(comparison: Comparison, query: QueryDifference) -> list[str]:
    return [query.query, signed(query.gains.get(comparison.headline)), *(_hits(query, kind) for kind in _KINDS)]


_KINDS = ("entered", "left", "moved")


def _hits(query: QueryDifference, kind: str) -> str:
    told = [
        f"{hit.doc_id}{'+' if hit.is_relevant else ''} {'–' if hit.a is None else hit.a}→{'–' if hit.b is None else hit.b}"
        for hit in query.hits
        if hit.change == kind
    ]
    return ", ".join(told[:SHOWN_HITS]) + (f" and {len(told) - SHOWN_HITS} more" if len(told) > SHOWN_HITS else "")


def _missing(comparison: Comparison) -> str:
    rows = [
        [metric.name, missing.id, missing.a or "scored", missing.b or "scored"]
        for metric in comparison.metrics.values()
        for missing in metric.unpaired[:SHOWN_MISSING]
    ]
    told = f"The first {SHOWN_MISSING} of each metric; all are in the JSON report."
    return f"## Not compared\n\n{told}\n\n{table(['metric', 'query', 'A', 'B'], rows)}" if rows else ""
