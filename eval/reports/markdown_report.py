"""The evaluation as Markdown: the tables, for a pull request or a log."""

from collections.abc import Iterable, Sequence

from eval.reports.text import families, figure, label, milliseconds, scored, setting
from eval.result import EvalResult, QueryRow

WORST_QUERIES = 10  # a summary; all of them are in the JSON report


def markdown_report(result: EvalResult) -> str:
    """A page of tables: metrics with intervals, tags, abstention, latency, the worst queries and the configuration."""
    counts = result.counts
    sections = [
        f"# Evaluation of {_cell(result.golden_name)}",
        f"{counts['queries']} queries: {counts['ok']} ok, {counts['errors']} errors; {counts['answerable']} answerable, "
        f"{counts['unanswerable']} unanswerable. Data set `{result.golden_sha256[:12]}`, configuration "
        f"`{result.fingerprint}`, {result.started_at}, {result.seconds:.1f} s.",
        _metrics(result),
        _slices(result),
        _abstention(result),
        _latency(result),
        _worst(result),
        "## Configuration\n\n" + _table(["setting", "value"], [[k, setting(v)] for k, v in result.configuration.items()]),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _metrics(result: EvalResult) -> str:
    rows = [
        [name, figure(value.value), f"{figure(value.low)} – {figure(value.high)}", scored(value)]
        for name, value in result.metrics.items()
    ]
    return "## Metrics\n\n" + _table(["metric", "mean", "95 % interval", "scored"], rows)


def _slices(result: EvalResult) -> str:
    if not result.slices:
        return ""
    names = [names[result.ks[-1]] for names in families(result.metrics).values()]
    rows = [
        [tag, str(part.queries), str(part.errors), *(figure(part.metrics[name].value) for name in names)]
        for tag, part in result.slices.items()
    ]
    return "## By tag\n\n" + _table(["tag", "queries", "errors", *map(label, names)], rows)


def _abstention(result: EvalResult) -> str:
    counts = result.abstention
    if counts is None:
        return ""
    rows = [
        ["unanswerable", str(counts.correct_abstentions), str(counts.missed_abstentions)],
        ["answerable", str(counts.false_abstentions), str(counts.answered)],
    ]
    summary = f"Precision {figure(counts.precision)}, recall {figure(counts.recall)}, not measured {counts.unmeasured}."
    return f"## Abstention\n\n{_table(['question', 'abstained', 'answered'], rows)}\n\n{summary}"


def _latency(result: EvalResult) -> str:
    rows = [
        [stage, *map(milliseconds, (values.p50_ms, values.p95_ms, values.p99_ms)), str(values.count)]
        for stage, values in result.timings.items()
    ]
    return "## Latency\n\n" + _table(["stage", "p50", "p95", "p99", "calls"], rows) if rows else ""


def _worst(result: EvalResult) -> str:
    rows = [_worst_row(result, row) for row in result.worst_first()[:WORST_QUERIES]]
    header = ["query", result.headline, "first relevant at", "expected", "found first", "error"]
    return "## Worst queries\n\n" + _table(header, rows)


def _worst_row(result: EvalResult, row: QueryRow) -> list[str]:
    rank = row.first_relevant_rank
    return [
        row.query,
        figure(row.metrics.get(result.headline)),
        str(rank) if rank else "–",
        ", ".join(row.relevant[:3]),
        row.ranking[0].doc_id if row.ranking else "nothing",
        row.error,
    ]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *([_cell(text) for text in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    """``text`` on one line, with what Markdown or HTML would read as markup made plain; at most 160 characters of it."""
    flat = " ".join(text.split())
    flat = flat if len(flat) <= 160 else flat[:159] + "…"
    for character in "\\`*_[]<>|":
        flat = flat.replace(character, f"\\{character}")
    return flat
