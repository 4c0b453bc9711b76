"""The evaluation as one HTML page that needs nothing else: no script, no font, no request.

Every text that comes from data is escaped. A content security policy in the page refuses whatever might slip through.
"""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from eval.reports.html_questions import questions
from eval.reports.svg import histogram, interval_bar, share_bar
from eval.reports.text import families, figure, interval, label, milliseconds, scored, setting
from eval.result import EvalResult, MetricValue, Timings

LATENCY_BINS = 30
# rank of the first relevant document: single places where they matter, then ranges
_RANK_GROUPS = (("1", 1, 1), ("2", 2, 2), ("3", 3, 3), ("4 – 5", 4, 5), ("6 – 10", 6, 10))


def html_report(result: EvalResult) -> str:
    """The page as text: header, metrics, tags, ranks, latency, abstention, and the queries with the worst first."""
    style = files("eval.reports").joinpath("report.css").read_text(encoding="utf-8")
    title = escape(result.golden_name)
    body = [_header(result), _metrics(result), _slices(result), _panels(result), questions(result)]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>Evaluation of {title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"{body[0]}\n<main>\n{''.join(part for part in body[1:])}</main>\n"
        "<footer><p>Made by Ragline. Ranges are 95 % intervals: two figures whose ranges overlap widely may well be "
        "equal.</p></footer>\n</body>\n</html>\n"
    )


def _header(result: EvalResult) -> str:
    counts = result.counts
    errors = f'<strong class="bad">{counts["errors"]} errors</strong>' if counts["errors"] else "no errors"
    facts = [
        ("Data set", f"<code>{escape(result.golden_sha256)}</code>"),
        ("Configuration", f"<code>{escape(result.fingerprint)}</code>"),
        ("Started", escape(result.started_at)),
        ("Took", f"{result.seconds:.1f} s"),
    ]
    settings = [(escape(name), escape(setting(value))) for name, value in result.configuration.items()]
    return (
        f'<header>\n<p class="eyebrow">Ragline evaluation</p>\n<h1 dir="auto">{escape(result.golden_name)}</h1>\n'
        f'<p class="lead">{counts["queries"]:,} questions, {counts["answerable"]:,} answerable and '
        f"{counts['unanswerable']:,} not; {errors}.</p>\n"
        f'<dl class="facts">{_pairs(facts)}</dl>\n<details class="settings"><summary>Settings</summary>'
        f'<dl class="facts">{_pairs(settings)}</dl></details>\n</header>'
    )


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in pairs)


def _metrics(result: EvalResult) -> str:
    groups, deepest = families(result.metrics), result.ks[-1]
    cards = "".join(_card(names[deepest], result.metrics[names[deepest]]) for names in groups.values())
    rows = [
        [_row_header(label(family)), *(_cell(result.metrics[names[k]]) for k in result.ks)] for family, names in groups.items()
    ]
    table = _table("Mean and 95 % interval at each cut-off", ["Metric", *(f"@{k}" for k in result.ks)], rows)
    return (
        f'<section aria-labelledby="quality">\n<h2 id="quality">Retrieval quality</h2>\n'
        f'<ul class="cards">{cards}</ul>\n{table}\n</section>\n'
    )


def _card(name: str, value: MetricValue) -> str:
    return (
        f'<li><span class="name">{escape(label(name))}</span><span class="value">{figure(value.value)}</span>'
        f'{interval_bar(value)}<span class="range"><span>{interval(value)}</span>'
        f'<span title="scored of those it applies to">{scored(value)}</span></span></li>'
    )


def _cell(value: MetricValue) -> str:
    missing = f'<span class="bad"> {scored(value)}</span>' if value.scored < value.total else ""
    return (
        f'<td><span class="mean">{figure(value.value)}</span>{missing}{interval_bar(value)}'
        f'<span class="range">{interval(value)}</span></td>'
    )


def _slices(result: EvalResult) -> str:
    if not result.slices:
        return ""
    names = [names[result.ks[-1]] for names in families(result.metrics).values()]
    rows = [
        [
            _row_header(tag),
            f'<td class="number">{part.queries:,}</td>',
            f'<td class="number{" bad" if part.errors else ""}">{part.errors:,}</td>',
            *(_cell(part.metrics[name]) for name in names),
        ]
        for tag, part in result.slices.items()
    ]
    table = _table("The same metrics for the questions of each tag", ["Tag", "Questions", "Errors", *map(label, names)], rows)
    return f'<section aria-labelledby="tags">\n<h2 id="tags">By tag</h2>\n{table}\n</section>\n'


def _panels(result: EvalResult) -> str:
    panels = [_ranks(result), *(_latency(result, stage, values) for stage, values in result.timings.items())]
    panels.append(_abstention(result))
    return f'<div class="panels">\n{"".join(panels)}</div>\n'


def _ranks(result: EvalResult) -> str:
    """How far down the first relevant document of each query is."""
    ranks = [row.first_relevant_rank for row in result.rows if row.expected and row.metrics]
    if not ranks:
        return ""
    counts = [(name, sum(rank is not None and low <= rank <= high for rank in ranks)) for name, low, high in _RANK_GROUPS]
    counts.append(("beyond 10", len(ranks) - sum(count for _, count in counts)))
    rows = [
        [_row_header(name), f'<td class="wide">{share_bar(count / len(ranks))}</td>', f'<td class="number">{count:,}</td>']
        for name, count in counts
    ]
    table = _table("", ["Rank", "Share", "Questions"], rows)
    return _panel("ranks", "First relevant document", table)


def _latency(result: EvalResult, stage: str, values: Timings) -> str:
    calls = [row.answer_milliseconds if stage == "answer" else row.milliseconds for row in result.rows]
    counts, limit = _bins([call for call in calls if call is not None], values.p99_ms)
    marks = [min(value / limit, 1.0) for value in (values.p50_ms, values.p95_ms)]
    facts = [(f"p{p}", milliseconds(ms)) for p, ms in ((50, values.p50_ms), (95, values.p95_ms), (99, values.p99_ms))]
    return _panel(
        f"latency-{stage}",
        f"Latency of {stage}",
        f'<dl class="figures">{_pairs(facts)}</dl>{histogram(counts, marks)}'
        f'<p class="axis"><span>0</span><span>{milliseconds(limit)} and more</span></p>'
        f'<p class="note">{values.count:,} calls; the lines are p50 and p95.</p>',
    )


def _bins(calls: Sequence[float], limit: float) -> tuple[list[int], float]:
    """Calls in equal bins from 0 to ``limit``; the last one holds the slower calls too, so that no outlier hides the rest."""
    limit = limit or 1.0
    counts = [0] * LATENCY_BINS
    for call in calls:
        counts[min(int(call / limit * LATENCY_BINS), LATENCY_BINS - 1)] += 1
    return counts, limit


def _abstention(result: EvalResult) -> str:
    counts = result.abstention
    if counts is None:
        return ""
    rows = [
        [
            _row_header("unanswerable"),
            _count(counts.correct_abstentions, good=True),
            _count(counts.missed_abstentions, good=False),
        ],
        [_row_header("answerable"), _count(counts.false_abstentions, good=False), _count(counts.answered, good=True)],
    ]
    facts = [("precision", figure(counts.precision)), ("recall", figure(counts.recall))]
    table = _table("", ["Question", "Abstained", "Answered"], rows)
    note = f"{counts.total:,} questions; {counts.unmeasured:,} gave an error and could not be judged."
    return _panel("abstention", "Abstention", f'<dl class="figures">{_pairs(facts)}</dl>{table}<p class="note">{note}</p>')


def _count(count: int, *, good: bool) -> str:
    style = "number" if not count else "number good" if good else "number bad"
    return f'<td class="{style}">{count:,}</td>'


def _panel(name: str, title: str, content: str) -> str:
    return f'<section class="panel" aria-labelledby="{name}">\n<h2 id="{name}">{escape(title)}</h2>\n{content}\n</section>\n'


def _row_header(text: str) -> str:
    return f'<th scope="row" dir="auto">{escape(text)}</th>'


def _table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table that scrolls by itself on a narrow screen; ``rows`` hold finished cells."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in header)
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    name = escape(caption or header[0], quote=True)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}"><table>{told}<thead><tr>{head}</tr></thead>'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )
