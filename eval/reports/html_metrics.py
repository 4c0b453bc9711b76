"""The sections of the HTML report with the figures of quality: rankings, answers, tags, and how recall grows."""

from collections.abc import Sequence
from html import escape
from typing import get_args

from eval.judges.base import Score, ScoreStatus
from eval.reports.html_parts import metric_cell, number, panel, row_header, section, table, wide
from eval.reports.svg import curve, interval_bar, share_bar
from eval.reports.text import bounds, families, figure, interval, label, scored, share
from eval.result import EvalResult, MetricValue, QueryRow

# rank of the first relevant document: single places where they matter, then ranges
_RANK_GROUPS = (("1", 1, 1), ("2", 2, 2), ("3", 3, 3), ("4 – 5", 4, 5), ("6 – 10", 6, 10))
_STATES: tuple[ScoreStatus, ...] = get_args(ScoreStatus)
EVERY_RANK = 20  # up to here the curve has a point for every rank; beyond, one for every cut-off


def retrieval(result: EvalResult) -> str:
    """Cards at the deepest cut-off, and every metric at every cut-off."""
    groups, deepest = families(result.metrics), result.ks[-1]
    cards = "".join(_card(names[deepest], result.metrics[names[deepest]]) for names in groups.values() if deepest in names)
    rows = [
        [row_header(label(family)), *(metric_cell(result.metrics[names[k]]) if k in names else "<td></td>" for k in result.ks)]
        for family, names in groups.items()
    ]
    whole = table("Mean and 95 % interval at each cut-off", ["Metric", *(f"@{k}" for k in result.ks)], rows)
    return section("quality", "Retrieval quality", f'<ul class="cards">{cards}</ul>\n{whole}')


def answers(result: EvalResult) -> str:
    """The metrics of the answers, and what became of those that have no score."""
    if not result.answers:
        return ""
    cards = "".join(_card(name, value) for name, value in result.answers.items())
    states = {name: _states(result.rows, name) for name in result.answers}
    shown = [state for state in _STATES if state in ("scored", "failed") or any(found[state] for found in states.values())]
    is_lacking = any(found["failed"] for found in states.values())
    rows = [
        [
            row_header(label(name)),
            *(number(f"{found[state]:,}", "bad" if state == "failed" and found[state] else "") for state in shown),
            *([_words(result.rows, name)] if is_lacking else []),
        ]
        for name, found in states.items()
    ]
    header = ["Metric", *(state.replace("_", " ").capitalize() for state in shown), *(["Why it failed"] if is_lacking else [])]
    listed = table("What became of each answer, metric by metric", header, rows)
    note = (
        '<p class="note">Only what failed counts as missing: a refusal, and an answer without context, are no part of these '
        "means.</p>"
    )
    return section("answers", "Quality of the answers", f'<ul class="cards">{cards}</ul>\n{listed}{note}')


def by_tag(result: EvalResult) -> str:
    """The same metrics for the questions of each tag."""
    if not result.slices:
        return ""
    deepest = result.ks[-1]
    names = [found[deepest] for found in families(result.metrics).values() if deepest in found]
    rows = [
        [
            row_header(tag),
            number(f"{part.queries:,}"),
            number(f"{part.errors:,}", "bad" if part.errors else ""),
            number(f"{part.right:,}"),
            number(f"{part.wrong:,}", "bad" if part.wrong else ""),
            *(metric_cell(part.metrics[name]) for name in names),
            *(metric_cell(part.answers[name]) if name in part.answers else "<td></td>" for name in result.answers),
        ]
        for tag, part in result.slices.items()
    ]
    header = ["Tag", "Questions", "Errors", "Right", "Wrong or missed", *map(label, names), *map(label, result.answers)]
    return section("tags", "By tag", table("The same metrics for the questions of each tag", header, rows))


def ranks(result: EvalResult) -> str:
    """How far down the first relevant document of each query is."""
    found = [row.first_relevant_rank for row in result.rows if row.expected and row.metrics]
    if not found:
        return ""
    counts = [(name, sum(rank is not None and low <= rank <= high for rank in found)) for name, low, high in _RANK_GROUPS]
    counts.append(("beyond 10", len(found) - sum(count for _, count in counts)))
    rows = [[row_header(name), wide(share_bar(count / len(found))), number(f"{count:,}")] for name, count in counts]
    return panel("ranks", "First relevant document", table("Questions by its rank", ["Rank", "Share", "Questions"], rows))


def recall_curve(result: EvalResult) -> str:
    """How recall, and the share of questions with any relevant document, grow with the cut-off."""
    rows = [row for row in result.rows if row.expected and row.metrics]
    deepest = result.ks[-1]
    places = list(range(1, deepest + 1)) if deepest <= EVERY_RANK else list(result.ks)
    if not rows or len(places) < 2:
        return ""
    recall = [sum(_recall(row, k) for row in rows) / len(rows) for k in places]
    hits = [sum(_recall(row, k) > 0 for row in rows) / len(rows) for k in places]
    told = {k: result.metrics.get(f"recall@{k}") for k in result.ks}
    bands = {
        places.index(k): (value.low, value.high)
        for k, value in told.items()
        if value is not None and value.low is not None and value.high is not None
    }
    ticks = "".join(f"<li>{k if k in result.ks else ''}</li>" for k in places)
    facts = f"At {places[0]}: {figure(recall[0])}; at {places[-1]}: {figure(recall[-1])}. Any relevant: {figure(hits[-1])}."
    chart = (
        '<div class="chart"><ul class="scale" aria-hidden="true"><li>1</li><li>0.5</li><li>0</li></ul>'
        f'<div>{curve([recall, hits], bands)}<ol class="ticks" aria-hidden="true">{ticks}</ol></div></div>'
    )
    legend = (
        '<p class="legend"><span class="main">recall@k, with its interval</span> <span class="other">any relevant</span></p>'
    )
    return panel("curve", "Recall at k", f'{legend}{chart}<p class="note">{facts}</p>')


def _recall(row: QueryRow, k: int) -> float:
    return sum(document.rank is not None and document.rank <= k for document in row.expected) / len(row.expected)


def _card(name: str, value: MetricValue) -> str:
    more = f'<span class="range bad">{bounds(value)}</span>' if bounds(value) else ""
    missing = " bad" if value.scored < value.total else ""
    return (
        f'<li><span class="name">{escape(label(name))}</span><span class="value">{figure(value.value)}</span>'
        f'{interval_bar(value)}<span class="range"><span>{interval(value)}</span>'
        f'<span class="of{missing}" title="scored of those it applies to">{scored(value)}</span></span>{more}</li>'
    )


def _states(rows: Sequence[QueryRow], name: str) -> dict[ScoreStatus, int]:
    """How many answers have each status; a question that gave an error instead of an answer failed."""
    found = [row.scores[name].status for row in rows if name in row.scores]
    counts = {state: found.count(state) for state in _STATES}
    counts["failed"] += sum(row.status == "error" and name not in row.scores for row in rows)
    return counts


def _words(rows: Sequence[QueryRow], name: str) -> str:
    """The most frequent reasons for a missing score."""
    reasons: dict[str, int] = {}
    for row in rows:
        score: Score | None = row.scores.get(name)
        if score is not None and score.status == "failed":
            reasons[score.reason] = reasons.get(score.reason, 0) + 1
    if unanswered := sum(row.status == "error" and name not in row.scores for row in rows):
        reasons["there was no answer: see the errors"] = unanswered
    first = sorted(reasons.items(), key=lambda pair: -pair[1])[:3]
    total = sum(reasons.values())
    told = "; ".join(f"{reason} ({share(count, total)})" if len(reasons) > 1 else reason for reason, count in first)
    return f'<td class="words">{escape(told)}</td>'
