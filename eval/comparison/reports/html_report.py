"""The comparison as one HTML page that needs nothing else, in the style of the evaluation's: no script, no font, no request.

Every text that comes from data is escaped. A content security policy in the page refuses whatever might slip through.
"""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from eval.comparison.comparison import Comparison, MetricDifference, Side
from eval.comparison.reports.figures import family, interval, outcomes, probability, signed, summary, verdict
from eval.comparison.reports.html_queries import queries
from eval.comparison.reports.svg import difference_bar, outcome_bar
from eval.reports.text import figure, label, milliseconds, setting


def html_report(comparison: Comparison) -> str:
    """The page as text: who is compared, gates, differences, latency, what was not compared, the queries that changed."""
    styles = [("eval.reports", "report.css"), ("eval.comparison.reports", "comparison.css")]
    style = "".join(files(package).joinpath(name).read_text(encoding="utf-8") for package, name in styles)
    title = escape(f"{comparison.a.name} against {comparison.b.name}")
    sections = [_notes, _gates, _metrics, _settings, _latency, _missing, queries]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"{_header(comparison)}\n<main>\n{''.join(section(comparison) for section in sections)}</main>\n"
        f"<footer><p>Made by Ragline. {escape(family(comparison))}</p></footer>\n</body>\n</html>\n"
    )


def _header(comparison: Comparison) -> str:
    a, b = comparison.a, comparison.b
    return (
        '<header>\n<p class="eyebrow">Ragline comparison</p>\n'
        f'<h1 dir="auto">{escape(a.name)} <span class="note">against</span> {escape(b.name)}</h1>\n'
        f'<p class="lead">{escape(summary(comparison))}</p>\n{_facts("A", a)}{_facts("B", b)}</header>'
    )


def _facts(letter: str, side: Side) -> str:
    errors = f'<strong class="bad">{side.errors} errors</strong>' if side.errors else "no errors"
    facts = [
        (letter, f'<span dir="auto">{escape(side.name)}</span>'),
        ("Questions", f"{side.queries:,}, {errors}"),
        ("Data set", f"{escape(side.golden_name)} <code>{escape(side.golden_sha256[:12])}</code>"),
        ("Configuration", f"<code>{escape(side.fingerprint)}</code>"),
        ("Started", escape(side.started_at)),
    ]
    return f'<dl class="facts of-side">{"".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)}</dl>\n'


def _notes(comparison: Comparison) -> str:
    notes = "".join(f'<li class="bad">{escape(note)}</li>' for note in comparison.notes)
    return _section("notes", "Before you read on", f'<ul class="notes">{notes}</ul>') if notes else ""


def _gates(comparison: Comparison) -> str:
    if not comparison.gates:
        return ""
    rows = []
    for each in comparison.gates:
        badge = '<span class="badge good">passed</span>' if each.passed else '<span class="badge bad">failed</span>'
        told = f"gain {signed(each.gain)}" if each.passed else each.reason
        bound = f"{label(each.gate.metric)} must gain {each.gate.bound:g} or more, by {each.rule}"
        rows.append(f'<li>{badge}<span>{escape(bound)}: <span class="note">{escape(told)}</span></span></li>')
    title = "Gates: passed" if comparison.passed else "Gates: failed"
    return _section("gates", title, f'<ul class="gates">{"".join(rows)}</ul>')


def _metrics(comparison: Comparison) -> str:
    """What was tested, and what was not, which is collapsed; on one scale."""
    metrics = list(comparison.metrics.values())
    limit = max((abs(end) for each in metrics for end in (each.low, each.high) if end is not None), default=0.0) or 1.0
    tested = [each for each in metrics if each.is_tested or not each.pairs]
    header = ["Metric", "A", "B", "Difference, 95 % interval", "Verdict", "p", "p, Holm", "Better / equal / worse", "Pairs"]
    caption = "B less A, over the questions that both have a score for"
    shown = table(caption, header, [_metric(each, limit) for each in tested])
    others = [_metric(each, limit) for each in metrics if each not in tested]
    if others:
        rest = table("Further metrics", header, others)
        shown += f'<details class="more"><summary>{len(others)} more, not tested</summary>{rest}</details>\n'
    return _section("metrics", "Metrics", f'{shown}<p class="note">{escape(family(comparison))}</p>')


def _metric(metric: MetricDifference, limit: float) -> list[str]:
    state = "good" if verdict(metric) == "B is better" else "bad" if verdict(metric) == "B is worse" else ""
    direction = "" if metric.higher_is_better else ' <span class="note">less is better</span>'
    missing = f'<span class="bad"> {len(metric.unpaired)} missing</span>' if metric.unpaired else ""
    return [
        f'<th scope="row" dir="auto">{escape(label(metric.name))}{direction}</th>',
        f'<td class="number">{figure(metric.a)}</td>',
        f'<td class="number">{figure(metric.b)}</td>',
        f'<td><span class="mean {state}">{signed(metric.difference)}</span>{difference_bar(metric, limit, state)}'
        f'<span class="range">{interval(metric)}</span></td>',
        f'<td class="{state}">{verdict(metric)}</td>',
        f'<td class="number">{probability(metric.p)}</td>',
        f'<td class="number">{probability(metric.p_holm)}</td>',
        f'<td>{outcome_bar(metric)}<span class="range">{outcomes(metric)}</span></td>',
        f'<td class="number">{metric.pairs:,}{missing}</td>',
    ]


def _settings(comparison: Comparison) -> str:
    rows = [
        [f'<th scope="row">{escape(name)}</th>', f"<td>{escape(setting(a))}</td>", f"<td>{escape(setting(b))}</td>"]
        for name, (a, b) in comparison.changed_settings.items()
    ]
    return _section("settings", "Settings that differ", table("", ["Setting", "A", "B"], rows)) if rows else ""


def _latency(comparison: Comparison) -> str:
    a, b = comparison.a.timings, comparison.b.timings
    rows = []
    for stage in (stage for stage in a if stage in b):
        times = (a[stage].p50_ms, b[stage].p50_ms, a[stage].p95_ms, b[stage].p95_ms)
        cells = [f'<td class="number">{milliseconds(time)}</td>' for time in times]
        rows.append([f'<th scope="row">{escape(stage)}</th>', *cells])
    if not rows:
        return ""
    shown = table("", ["Stage", "p50 of A", "p50 of B", "p95 of A", "p95 of B"], rows)
    return _section("latency", "Latency", f'{shown}<p class="note">Not tested: it depends on the machine of each run.</p>')


def _missing(comparison: Comparison) -> str:
    blocks = [_missing_of(metric) for metric in comparison.metrics.values() if metric.unpaired]
    note = '<p class="note">Questions that one side has a score for, or should have, and the other does not.</p>'
    return _section("missing", "Not compared", note + "".join(blocks)) if blocks else ""


def _missing_of(metric: MetricDifference) -> str:
    rows = [
        [f'<th scope="row">{escape(each.id)}</th>', *(f"<td>{escape(side or 'scored')}</td>" for side in (each.a, each.b))]
        for each in metric.unpaired
    ]
    shown = table("", ["Question", "A", "B"], rows)
    return f'<details class="more"><summary>{escape(label(metric.name))}: {len(rows):,}</summary>{shown}</details>\n'


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table that scrolls by itself on a narrow screen; ``rows`` hold finished cells."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in header)
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    name = escape(caption or header[0], quote=True)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}"><table>{told}<thead><tr>{head}</tr></thead>'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _section(name: str, title: str, content: str) -> str:
    return f'<section aria-labelledby="{name}">\n<h2 id="{name}">{escape(title)}</h2>\n{content}\n</section>\n'
