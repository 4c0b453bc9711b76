"""The comparison as one HTML page that needs nothing else, in the style of the evaluation's: no script, no font, no request.

Every text that comes from data is escaped. A content security policy in the page refuses whatever might slip through.
"""

from html import escape
from importlib.resources import files

from eval.comparison.comparison import Comparison, MetricDifference, Side
from eval.comparison.reports.figures import family, interval, outcomes, probability, signed, summary, verdict
from eval.comparison.reports.html_queries import queries
from eval.comparison.reports.svg import difference_bar, outcome_bar
from eval.reports.html_parts import number, pairs, row_header, section, table
from eval.reports.text import figure, label, milliseconds, setting


def html_report(comparison: Comparison) -> str:
    """The page as text: who is compared, gates, differences, latency, what was not compared, the queries that changed."""
    styles = [("eval.reports", "report.css"), ("eval.comparison.reports", "comparison.css")]
    style = "".join(files(package).joinpath(name).read_text(encoding="utf-8") for package, name in styles)
    title = escape(f"{comparison.a.name} against {comparison.b.name}")
    parts = [_notes, _gates, _metrics, _settings, _latency, _missing, queries]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"{_header(comparison)}\n<main>\n{''.join(part(comparison) for part in parts)}</main>\n"
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
    return f'<dl class="facts of-side">{pairs(facts)}</dl>\n'


def _notes(comparison: Comparison) -> str:
    notes = "".join(f'<li class="bad">{escape(note)}</li>' for note in comparison.notes)
    return section("notes", "Before you read on", f'<ul class="notes">{notes}</ul>') if notes else ""


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
    return section("gates", title, f'<ul class="gates">{"".join(rows)}</ul>')


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
    return section("metrics", "Metrics", f'{shown}<p class="note">{escape(family(comparison))}</p>')


def _metric(metric: MetricDifference, limit: float) -> list[str]:
    state = "good" if verdict(metric) == "B is better" else "bad" if verdict(metric) == "B is worse" else ""
    direction = "" if metric.higher_is_better else ' <span class="note">less is better</span>'
    missing = f'<span class="bad"> {len(metric.unpaired)} without</span>' if metric.unpaired else ""
    return [
        row_header(label(metric.name), direction),
        number(figure(metric.a)),
        number(figure(metric.b)),
        f'<td><span class="mean {state}">{signed(metric.difference)}</span>{difference_bar(metric, limit, state)}'
        f'<span class="range">{interval(metric)}</span></td>',
        f'<td class="{state}">{verdict(metric)}</td>',
        number(escape(probability(metric.p))),
        number(escape(probability(metric.p_holm))),
        f'<td>{outcome_bar(metric)}<span class="range">{outcomes(metric)}</span></td>',
        number(f"{metric.pairs:,}{missing}"),
    ]


def _settings(comparison: Comparison) -> str:
    rows = [
        [row_header(name), f"<td>{escape(setting(a))}</td>", f"<td>{escape(setting(b))}</td>"]
        for name, (a, b) in comparison.changed_settings.items()
    ]
    shown = table("Of the two configurations", ["Setting", "A", "B"], rows)
    return section("settings", "Settings that differ", shown) if rows else ""


def _latency(comparison: Comparison) -> str:
    a, b = comparison.a.timings, comparison.b.timings
    rows = []
    for stage in (stage for stage in a if stage in b):
        times = (a[stage].p50_ms, b[stage].p50_ms, a[stage].p95_ms, b[stage].p95_ms)
        rows.append([row_header(stage), *(number(milliseconds(time)) for time in times)])
    if not rows:
        return ""
    caption = "Not tested: it depends on the machine of each run"
    return section("latency", "Latency", table(caption, ["Stage", "p50 of A", "p50 of B", "p95 of A", "p95 of B"], rows))


def _missing(comparison: Comparison) -> str:
    blocks = [_missing_of(metric) for metric in comparison.metrics.values() if metric.unpaired]
    note = '<p class="note">Questions that one side has a score for, or should have, and the other does not.</p>'
    return section("missing", "Not compared", note + "".join(blocks)) if blocks else ""


def _missing_of(metric: MetricDifference) -> str:
    rows = [
        [row_header(each.id), *(f"<td>{escape(side or 'scored')}</td>" for side in (each.a, each.b))]
        for each in metric.unpaired
    ]
    shown = table(f"Without a pair for {label(metric.name)}", ["Question", "A", "B"], rows)
    return f'<details class="more"><summary>{escape(label(metric.name))}: {len(rows):,}</summary>{shown}</details>\n'
