"""The evaluation as one HTML page that needs nothing else: no script, no font, no request.

Every text that comes from data is escaped. A content security policy in the page refuses whatever might slip through.
"""

import re
from html import escape
from importlib.resources import files

from eval.reports.html_cost import freshness, latencies, parts, spending
from eval.reports.html_diagnosis import diagnosis
from eval.reports.html_header import header
from eval.reports.html_metrics import answers, by_tag, ranks, recall_curve, retrieval
from eval.reports.html_parts import panels
from eval.reports.html_questions import anchors, questions
from eval.result import EvalResult

_HEADING = re.compile(r'<h2 id="([\w-]+)">([^<]*)</h2>')


def html_report(result: EvalResult) -> str:
    """The page as text: header, contents, quality, what went wrong, time and cost, and the questions with the worst first."""
    style = files("eval.reports").joinpath("report.css").read_text(encoding="utf-8")
    main = "".join(
        (
            retrieval(result),
            answers(result),
            _beside("found", "Where things are found", [recall_curve(result), ranks(result)]),
            diagnosis(result, anchors(result)),
            by_tag(result),
            _beside("time", "Time, cost and age", [*latencies(result), spending(result), parts(result), freshness(result)]),
            questions(result),
        )
    )
    contents = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in _HEADING.findall(main))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>Evaluation of {escape(result.golden_name)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f'{header(result)}\n<nav aria-label="Contents"><ul>{contents}</ul></nav>\n<main>\n{main}</main>\n'
        "<footer><p>Made by Ragline. Ranges are 95 % intervals: two figures whose ranges overlap widely may well be "
        "equal. Where questions have no score, the mean is shown as it would be if they scored 0, and 1.</p></footer>\n"
        "</body>\n</html>\n"
    )


def _beside(name: str, title: str, found: list[str]) -> str:
    """A section of panels; none where none of them has anything to show."""
    shown = [part for part in found if part]
    if not shown:
        return ""
    return f'<section aria-labelledby="{name}">\n<h2 id="{name}">{escape(title)}</h2>\n{panels(shown)}</section>\n'
