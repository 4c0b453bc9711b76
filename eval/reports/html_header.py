"""The head of the HTML report: what was measured, with what, and whether the judge behind it can be believed."""

from collections.abc import Iterable
from html import escape

from eval.bootstrap import Interval
from eval.judges.base import HumanAgreement, JudgeCheck
from eval.reports.html_parts import number, pairs, row_header, table
from eval.reports.text import JUDGES, cost, counted, figure, mean_of, percent, setting, unfitting
from eval.result import EvalResult
from eval.spending import together

STALE_SHOWN = 100
"""Judgements that are listed on the page: more than that, and the set is to be made anew."""


def header(result: EvalResult) -> str:
    """Name and counts, fingerprints, settings, and the check of the judge."""
    counts = result.counts
    errors = f'<strong class="bad">{counted(counts["errors"], "error")}</strong>' if counts["errors"] else "no errors"
    facts = [
        ("Data set", f"{escape(result.golden_version)} <code>{escape(result.golden_sha256)}</code>".strip()),
        ("Configuration", f"<code>{escape(result.fingerprint)}</code>"),
        ("Started", escape(result.started_at)),
        ("Took", f"{result.seconds:.1f} s"),
    ]
    if result.spending:
        facts.append(("Cost", escape(cost(together(result.spending.values())))))
    settings = [(escape(name), escape(setting(value))) for name, value in result.configuration.items()]
    return (
        f'<header>\n<p class="eyebrow">Ragline evaluation</p>\n<h1 dir="auto">{escape(result.golden_name)}</h1>\n'
        f'<p class="lead">{counted(counts["queries"], "question")}, {counts["answerable"]:,} answerable and '
        f"{counts['unanswerable']:,} not; {errors}.</p>\n{_completeness(result)}{_staleness(result)}"
        f'<dl class="facts">{pairs(facts)}</dl>\n{_judge(result)}<details class="settings"><summary>Settings</summary>'
        f'<dl class="facts">{pairs(settings)}</dl></details>\n</header>'
    )


def _completeness(result: EvalResult) -> str:
    """A warning where figures are means of too few."""
    if result.is_complete:
        return ""
    return (
        f'<p class="warning"><strong>Incomplete.</strong> A metric here is the mean of only {percent(result.scored_share)} of '
        "the questions that it applies to. How far off it can be stands beside it.</p>\n"
    )


def _staleness(result: EvalResult) -> str:
    """The judgements that the documents left behind."""
    if not result.stale:
        return ""
    more = '<p class="note">All are in the JSON report.</p>' if len(result.stale) > STALE_SHOWN else ""
    listed = "".join(f'<li dir="auto">{escape(text)}</li>' for text in result.stale[:STALE_SHOWN])
    return (
        f'<details class="settings"><summary class="warning">{unfitting(len(result.stale))} the '
        f"documents any more</summary><ul>{listed}</ul>{more}</details>\n"
    )


def _judge(result: EvalResult) -> str:
    """How the judge did on known answers, in red where it is not to be believed; and how it agrees with people."""
    agreement = _agreement(result.agreement)
    if result.judge is None:
        told = '<p class="note">No judge was checked: what is told of the answers is computed.</p>' if result.answers else ""
        return f'<div class="judge">{told}{agreement}</div>\n' if told or agreement else ""
    check = result.judge
    verdict = (
        f'<p><strong class="good">Judge {escape(check.judge)}: checked.</strong> {_check_told(check)}</p>'
        if check.passed
        else f'<p class="warning"><strong>Judge {escape(check.judge)}: not to be believed.</strong> {_check_told(check)}</p>'
    )
    kinds = [
        [row_header(kind), number(f"{each.items:,}"), number(f"{each.scored:,}"), number(f"{each.right:,}")]
        for kind, each in {**check.kinds, **check.ways}.items()
    ]
    biases = [[row_header(name), number(figure(value))] for name, value in check.biases.items()]
    more = table("The judge on known answers", ["Kind", "Answers", "Scored", "Right"], kinds)
    more += table("What sways the judge", ["Bias", "Share"], biases)
    pinned = pairs((escape(name), escape(setting(value))) for name, value in check.fingerprint.items())
    return (
        f'<div class="judge">{verdict}{agreement}<details class="settings"><summary>How the judge was checked</summary>'
        f'<dl class="facts">{pinned}</dl><div class="panels">{more}</div></details></div>\n'
    )


def _check_told(check: JudgeCheck) -> str:
    kind = f" {JUDGES[check.judge]}" if check.judge in JUDGES else ""
    problems = f" That speaks against it: {'; '.join(check.problems)}." if check.problems else ""
    return escape(
        f"Balanced accuracy {mean_of(check.balanced_accuracy)} on the built-in answers; {check.bound:.2f} is the least. "
        f"AUROC {mean_of(check.auroc)}, at equal lengths {mean_of(check.auroc_length_matched)}.{kind}{problems}"
    )


def _agreement(agreement: Iterable[HumanAgreement]) -> str:
    rows = [
        [
            row_header(each.data_set),
            number(f"{each.items:,}"),
            *(_interval_cell(value) for value in (each.balanced_accuracy, each.auroc, each.auroc_length_matched)),
            f'<td class="words">{escape(each.note)}</td>',
        ]
        for each in agreement
    ]
    header = ["Data set", "Answers", "Balanced accuracy", "AUROC", "AUROC, equal lengths", "Note"]
    return table("How the judge agrees with people and other labels, on answers that it was not made on", header, rows)


def _interval_cell(value: Interval | None) -> str:
    return number(escape(mean_of(value)))
