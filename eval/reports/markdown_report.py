"""The evaluation as Markdown: the tables, for a pull request or a log."""

from collections.abc import Mapping

from eval.diagnosis import EXPLAINED, LABELS
from eval.reports.markdown_parts import cell, plain, table
from eval.reports.text import (
    ABSENT,
    JUDGES,
    bounds,
    cost,
    counted,
    days_ago,
    directed,
    families,
    figure,
    label,
    mean_of,
    milliseconds,
    percent,
    scored,
    setting,
    unfitting,
)
from eval.result import EvalResult, MetricValue, QueryRow

WORST_QUERIES = 10  # a summary; all of them are in the JSON report


def markdown_report(result: EvalResult) -> str:
    """A page of tables: metrics with intervals, what went wrong, tags, latency, cost, the worst queries, the configuration."""
    counts = result.counts
    sections = [
        f"# Evaluation of {cell(result.golden_name)}",
        f"{counted(counts['queries'], 'question')}: {counts['ok']:,} ok, {counted(counts['errors'], 'error')}; "
        f"{counts['answerable']:,} answerable, {counts['unanswerable']:,} unanswerable. Data set "
        f"`{result.golden_sha256[:12]}`, configuration `{result.fingerprint}`, {result.started_at}, {result.seconds:.1f} s.",
        _judge(result),
        _metrics("Metrics", result.metrics),
        _metrics("Answers", result.answers),
        _diagnosis(result),
        _slices(result),
        _abstention(result),
        _latency(result),
        _cost(result),
        _freshness(result),
        _worst(result),
        "## Configuration\n\n" + table(["setting", "value"], [[k, setting(v)] for k, v in result.configuration.items()]),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _judge(result: EvalResult) -> str:
    """Whether the figures of the answers can be believed, and whether any figure is of too few."""
    told = [] if result.is_complete else [f"**Incomplete:** a metric is the mean of only {percent(result.scored_share)}."]
    if result.stale:
        told.append(f"**Stale:** {unfitting(len(result.stale))} the documents any more; `report.json` lists them.")
    if result.judge is not None:
        check = result.judge
        state = "checked" if check.passed else "**not to be believed**"
        accuracy = f"balanced accuracy {mean_of(check.balanced_accuracy)} on known answers, {check.bound:.2f} is the least"
        told.append(f"Judge {cell(check.judge)}: {state}; {accuracy}. {JUDGES.get(check.judge, '')}".rstrip())
    for each in result.agreement:
        figures = f"balanced accuracy {mean_of(each.balanced_accuracy)}, AUROC {mean_of(each.auroc)}"
        figures += f", at equal lengths {mean_of(each.auroc_length_matched)}"
        note = f" Note: {plain(each.note)}." if each.note else ""
        told.append(f"Agreement on {cell(each.data_set)} ({counted(each.items, 'answer')}): {figures}.{note}")
    return "\n\n".join(told)


def _metrics(title: str, values: Mapping[str, MetricValue]) -> str:
    rows = [
        [directed(name), figure(value.value), f"{figure(value.low)} – {figure(value.high)}", scored(value), bounds(value)]
        for name, value in values.items()
    ]
    return f"## {title}\n\n" + table(["metric", "mean", "95 % interval", "scored", "range"], rows) if rows else ""


def _diagnosis(result: EvalResult) -> str:
    counts, causes = result.verdicts, result.diagnoses
    rows = [[LABELS[cause], str(count), EXPLAINED[cause]] for cause, count in causes.items() if count]
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    listed = "\n\n" + table(["cause", "questions", "meaning"], rows) if rows else ""
    return f"## What went wrong\n\n{told}.{listed}"


def _slices(result: EvalResult) -> str:
    if not result.slices:
        return ""
    names = [names[result.ks[-1]] for names in families(result.metrics).values()]
    rows = [
        [
            tag,
            *map(str, (part.queries, part.errors, part.right, part.wrong)),
            *(figure(part.metrics[name].value) for name in names),
            *(figure(part.answers[name].value) if name in part.answers else ABSENT for name in result.answers),
        ]
        for tag, part in result.slices.items()
    ]
    header = ["tag", "queries", "errors", "right", "wrong or missed", *map(label, names), *map(label, result.answers)]
    return "## By tag\n\n" + table(header, rows)


def _abstention(result: EvalResult) -> str:
    counts = result.abstention
    if counts is None:
        return ""
    rows = [
        ["unanswerable", str(counts.correct_abstentions), str(counts.missed_abstentions)],
        ["answerable", str(counts.false_abstentions), str(counts.answered)],
    ]
    shares = ", ".join(f"{name} {mean_of(value)}" for name, value in counts.intervals.items())
    summary = f"Not measured: {counts.unmeasured}. {shares[:1].upper()}{shares[1:]}".strip()
    return f"## Abstention\n\n{table(['question', 'abstained', 'answered'], rows)}\n\n{summary}"


def _latency(result: EvalResult) -> str:
    rows = [
        [part, *map(milliseconds, (values.p50_ms, values.p95_ms, values.p99_ms)), str(values.count)]
        for part, values in result.timings.items()
    ]
    rows += [
        [f"{part}: {stage}", *map(milliseconds, (values.p50_ms, values.p95_ms, values.p99_ms)), str(values.count)]
        for part, stages in result.stages.items()
        for stage, values in stages.items()
    ]
    return "## Latency\n\n" + table(["stage", "p50", "p95", "p99", "calls"], rows) if rows else ""


def _cost(result: EvalResult) -> str:
    rows = [
        [name, str(spent.calls), str(spent.failed), str(spent.prompt_tokens), str(spent.completion_tokens), cost(spent)]
        for name, spent in result.spending.items()
    ]
    return "## Cost\n\n" + table(["for", "calls", "failed", "tokens in", "tokens out", "cost"], rows) if rows else ""


def _freshness(result: EvalResult) -> str:
    found = result.freshness
    if found is None or found.newest_age is None:
        return ""
    stopped = [source.source for source in found.sources if source.has_stopped]
    told = f"{counted(found.documents, 'document')}, newest change {days_ago(found.newest_age)}"
    return f"## Staleness\n\n{told}; sources that have stopped: {cell(', '.join(stopped)) or 'none'}."


def _worst(result: EvalResult) -> str:
    rows = [_worst_row(result, row) for row in result.worst_first()[:WORST_QUERIES]]
    header = ["query", result.headline, "first relevant at", "expected", "found first", "what went wrong"]
    return "## Worst queries\n\n" + table(header, rows)


def _worst_row(result: EvalResult, row: QueryRow) -> list[str]:
    rank = row.first_relevant_rank
    return [
        row.query,
        figure(row.metrics.get(result.headline)),
        str(rank) if rank else "–",
        ", ".join(row.relevant[:3]),
        row.ranking[0].doc_id if row.ranking else "nothing",
        row.error or (LABELS[row.diagnosis.cause] if row.diagnosis.cause else row.diagnosis.verdict),
    ]
