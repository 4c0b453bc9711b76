"""The sections of the HTML report that tell what went wrong: the causes, and abstaining."""

from html import escape

from eval.diagnosis import EXPLAINED, LABELS
from eval.reports.html_parts import number, pairs, panel, panels, row_header, section, table, wide
from eval.reports.svg import share_bar
from eval.reports.text import label, mean_of
from eval.result import Cause, EvalResult

SHOWN_EXAMPLES = 3
UNPLACED = "The golden set names no document that holds the answer, so it cannot be said where it was lost."


def diagnosis(result: EvalResult, anchors: dict[str, str]) -> str:
    """How many questions went right and wrong, and at which stage the wrong ones were lost.

    ``anchors`` are the places on the page of the questions that are shown, by id.
    """
    counts, causes = result.verdicts, result.diagnoses
    wrong = counts["wrong"] + counts["missed"]
    facts = [(name, f"{count:,}") for name, count in counts.items()]
    rows = [
        [_cause(cause, _examples(result, cause, anchors)), number(f"{count:,}"), wide(share_bar(count / wrong))]
        for cause, count in causes.items()
        if wrong
    ]
    if unplaced := wrong - sum(causes.values()):
        rows.append([_named("no evidence named", UNPLACED), number(f"{unplaced:,}"), wide(share_bar(unplaced / wrong))])
    told = table("The first stage that lost what the golden set names", ["Cause", "Questions", "Share"], rows, style="causes")
    note = f'<p class="note">{_rule(result)}</p>'
    content = f'<dl class="figures">{pairs(facts)}</dl>{told}{note}'
    more = abstention(result)
    return section("diagnosis", "What went wrong", content + (panels([more]) if more else ""))


def _rule(result: EvalResult) -> str:
    deciders = {name for row in result.rows for name in row.diagnosis.by.split(", ") if name}
    told = ", ".join(map(label, sorted(deciders)))
    return (
        "Missed: not answered though the documents hold it (without answers: not among the documents of the deepest cut-off). "
        f"Decided by: {escape(told) or 'nothing'}."
    )


def _examples(result: EvalResult, cause: Cause, anchors: dict[str, str]) -> str:
    """Links to the first questions with a cause, worst first, as far as they are on the page."""
    ids = [row.id for row in result.worst_first() if row.diagnosis.cause == cause and row.id in anchors][:SHOWN_EXAMPLES]
    links = ", ".join(f'<a href="#{anchors[each]}">{escape(each)}</a>' for each in ids)
    return f' <span class="examples">{links}</span>' if links else ""


def _cause(cause: Cause, examples: str) -> str:
    return _named(LABELS[cause], EXPLAINED[cause], examples)


def _named(name: str, meaning: str, examples: str = "") -> str:
    return row_header(name, f'<span class="words">{escape(meaning)}{examples}</span>')


def abstention(result: EvalResult) -> str:
    """What was done with the questions that have an answer and with those that have none."""
    counts = result.abstention
    if counts is None:
        return ""
    rows = [
        [
            row_header("unanswerable"),
            _count(counts.correct_abstentions, good=True),
            _count(counts.missed_abstentions, good=False),
        ],
        [row_header("answerable"), _count(counts.false_abstentions, good=False), _count(counts.answered, good=True)],
    ]
    facts = [(name, mean_of(value)) for name, value in counts.intervals.items()]
    told = table("What was done with each kind of question", ["Question", "Abstained", "Answered"], rows)
    note = f"{counts.total:,} questions; {counts.unmeasured:,} gave an error and could not be judged."
    return panel("abstention", "Abstention", f'<dl class="figures">{pairs(facts)}</dl>{told}<p class="note">{note}</p>')


def _count(count: int, *, good: bool) -> str:
    return number(f"{count:,}", "" if not count else "good" if good else "bad")
