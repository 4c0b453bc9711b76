"""The sections of the HTML report on what the answers take: time by stage, tokens and money, and how old the documents are."""

from collections.abc import Mapping, Sequence
from html import escape

from eval.reports.html_parts import number, pairs, panel, row_header, table, wide
from eval.reports.svg import histogram, share_bar
from eval.reports.text import cost, days, days_ago, milliseconds
from eval.result import EvalResult, StageTimings, Timings

LATENCY_BINS = 30
SHOWN_SOURCES = 10
_STOPPED = ' <span class="mark bad">stopped</span>'


def latencies(result: EvalResult) -> list[str]:
    """A panel for searching and one for answering: a histogram, and the stages."""
    return [_latency(result, part, values) for part, values in result.timings.items()]


def _latency(result: EvalResult, part: str, values: Timings) -> str:
    calls = [row.answer_milliseconds if part == "answer" else row.milliseconds for row in result.rows]
    counts, limit = _bins([call for call in calls if call is not None], values.p99_ms)
    marks = [min(value / limit, 1.0) for value in (values.p50_ms, values.p95_ms)]
    facts = [(f"p{p}", milliseconds(ms)) for p, ms in ((50, values.p50_ms), (95, values.p95_ms), (99, values.p99_ms))]
    return panel(
        f"latency-{part}",
        f"Latency of {part}",
        f'<dl class="figures">{pairs(facts)}</dl>{histogram(counts, marks)}'
        f'<p class="axis"><span>0</span><span>{milliseconds(limit)} and more</span></p>'
        f'<p class="note">{values.count:,} calls; the lines are p50 and p95.</p>{_stages(part, result.stages.get(part, {}))}',
    )


def _bins(calls: Sequence[float], limit: float) -> tuple[list[int], float]:
    """Calls in equal bins from 0 to ``limit``; the last one holds the slower calls too, so that no outlier hides the rest."""
    limit = limit or 1.0
    counts = [0] * LATENCY_BINS
    for call in calls:
        counts[min(int(call / limit * LATENCY_BINS), LATENCY_BINS - 1)] += 1
    return counts, limit


def _stages(part: str, stages: Mapping[str, StageTimings]) -> str:
    """The stages of a call, by the time that they take altogether."""
    totals = {name: values.mean_ms * values.count for name, values in stages.items()}
    whole = sum(totals.values()) or 1.0
    rows = [
        [
            row_header(name),
            wide(share_bar(totals[name] / whole)),
            *(number(milliseconds(value)) for value in (values.mean_ms, values.p50_ms, values.p95_ms)),
        ]
        for name, values in stages.items()
    ]
    return table(f"Stages of {part}", ["Stage", "Share", "Mean", "p50", "p95"], rows)


def spending(result: EvalResult) -> str:
    """What models were asked and what that took, for the answers and for each judge that tells."""
    if not result.spending:
        return ""
    rows = [
        [
            row_header(name),
            *(number(f"{count:,}") for count in (spent.calls, spent.failed, spent.prompt_tokens, spent.completion_tokens)),
            number(escape(cost(spent))),
        ]
        for name, spent in result.spending.items()
    ]
    told = table("Calls of models", ["For", "Calls", "Failed", "Tokens in", "Tokens out", "Cost"], rows)
    models = sorted({row.model for row in result.rows if row.model})
    reused = sum(spent.reused for spent in result.spending.values())
    notes = [f"Answers by {', '.join(models)}." if models else "", f"{reused:,} were kept from before." if reused else ""]
    return panel("cost", "Tokens and cost", f'{told}<p class="note">{escape(" ".join(filter(None, notes)))}</p>')


def parts(result: EvalResult) -> str:
    """Where the time of the evaluation itself went."""
    whole = sum(result.parts_s.values()) or 1.0
    rows = [
        [row_header(name), wide(share_bar(seconds / whole)), number(milliseconds(1000 * seconds))]
        for name, seconds in result.parts_s.items()
    ]
    told = table("Parts of the evaluation", ["Part", "Share", "Time"], rows)
    return panel("parts", "Time of the evaluation", told) if told else ""


def freshness(result: EvalResult) -> str:
    """How old the documents are, and which of their sources have stopped changing."""
    found = result.freshness
    if found is None:
        return ""
    newest = "–" if found.newest_age is None else days_ago(found.newest_age)
    stopped = sum(source.has_stopped for source in found.sources)
    facts = [
        ("documents", f"{found.documents:,}"),
        ("newest change", newest),
        ("sources that have stopped", f'<span class="{"bad" if stopped else "good"}">{stopped:,}</span>'),
    ]
    rows = [
        [
            row_header(source.source or "(no folder)", _STOPPED if source.has_stopped else ""),
            number(f"{source.documents:,}"),
            number(days(source.newest_age)),
            number("–" if source.usual_gap is None else days(source.usual_gap)),
        ]
        for source in found.sources[:SHOWN_SOURCES]
    ]
    header = ["Source", "Documents", "Age of newest", "Usual gap"]
    told = table("Sources, the stalest first", header, rows)
    return panel("freshness", "Staleness", f'<dl class="figures">{pairs(facts)}</dl>{told}')
