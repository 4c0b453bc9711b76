"""The part of the HTML report that shows the single questions, the worst first: what was expected beside what was found."""

from html import escape

from eval.diagnosis import LABELS
from eval.reports.html_answer import answer_details
from eval.reports.html_hits import ranked_document
from eval.reports.text import figure, milliseconds
from eval.result import EvalResult, ExpectedDocument, QueryRow

SHOWN_QUESTIONS = 200  # about 1 MB of page; the JSON report has all of them
DETAILED_QUESTIONS = 50  # of which passages and judgements are shown too
OPEN_QUESTIONS = 1
LONG_QUOTES = 3  # quotes shown of one document
SHOWN_EXPECTED = 10
_LOW_SCORE = 0.5  # below it a score is marked as bad: the best relevant document is at rank 3 or deeper, or others are missing
_VERDICTS = {"right": "good", "wrong": "bad", "missed": "bad", "unmeasured": ""}


def anchors(result: EvalResult) -> dict[str, str]:
    """The place on the page of each question that is shown, by its id."""
    return {row.id: f"question-{place}" for place, row in enumerate(result.worst_first()[:SHOWN_QUESTIONS], start=1)}


def questions(result: EvalResult) -> str:
    """A section with one collapsible block a question: what was expected beside what was ranked."""
    rows, places = result.worst_first(), anchors(result)
    shown = rows[:SHOWN_QUESTIONS]
    blocks = "".join(
        _question(result, row, places[row.id], opened=place < OPEN_QUESTIONS, detailed=place < DETAILED_QUESTIONS)
        for place, row in enumerate(shown)
    )
    told = f"{len(shown):,} of {len(rows):,}; all are in the JSON report." if len(shown) < len(rows) else f"All {len(rows):,}."
    return (
        '<section aria-labelledby="questions">\n<h2 id="questions">Questions, worst first</h2>\n'
        f'<p class="note">Errors, then what went wrong, then the rest, each by {escape(result.headline)}. {told}</p>\n'
        f"{blocks}</section>\n"
    )


def _question(result: EvalResult, row: QueryRow, anchor: str, *, opened: bool, detailed: bool) -> str:
    tags = "".join(f'<span class="tag">{escape(tag)}</span>' for tag in row.tags)
    cause = f'<span class="cause">{LABELS[row.diagnosis.cause]}</span>' if row.diagnosis.cause else ""
    return (
        f'<details class="question"{" open" if opened else ""}>\n<summary>{_badge(result, row)}'
        f'<span class="query" dir="auto">{escape(row.query)}</span><span class="tags">{cause}{tags}</span></summary>\n'
        f'<div class="sides" id="{anchor}">\n<div class="side">{_wanted(row)}</div>\n'
        f'<div class="side">{_found(row, detailed=detailed)}</div>\n</div>\n{_foot(row)}</details>\n'
    )


def _badge(result: EvalResult, row: QueryRow) -> str:
    if row.status == "error":
        return '<span class="badge bad">error</span>'
    score = row.metrics.get(result.headline)
    if score is not None:
        return f'<span class="badge {"bad" if score < _LOW_SCORE else "good"}">{figure(score)}</span>'
    if row.answerable or row.abstained is None:
        return '<span class="badge">not scored</span>'
    return '<span class="badge good">abstained</span>' if row.abstained else '<span class="badge bad">answered</span>'


def _foot(row: QueryRow) -> str:
    """Id, verdict and times."""
    told = row.diagnosis
    verdict = f'<span class="{_VERDICTS[told.verdict]}">{told.verdict}</span>' + (f" by {escape(told.by)}" if told.by else "")
    times = [
        f"{name} {milliseconds(value)}"
        for name, value in (("search", row.milliseconds), ("answer", row.answer_milliseconds))
        if value is not None
    ]
    unexplained = f" Not explained: {escape(row.unexplained)}" if row.unexplained else ""
    return (
        f'<p class="note"><code>{escape(row.id)}</code> <span>{verdict}</span> '
        f'<span class="time">{", ".join(times)}</span>{unexplained}</p>\n'
    )


def _wanted(row: QueryRow) -> str:
    """What the golden set says: the answer and the relevant documents with their ranks."""
    answer = f'<p class="answer" dir="auto">{escape(row.expected_answer)}</p>' if row.expected_answer else ""
    if not row.answerable:
        documents = '<p class="note">The documents hold no answer: to abstain is right.</p>'
    elif not row.expected:
        documents = '<p class="note">No relevant document is named: ranking metrics do not apply.</p>'
    else:
        documents = f'<ul class="documents">{"".join(map(_expected, row.expected[:SHOWN_EXPECTED]))}</ul>'
        if len(row.expected) > SHOWN_EXPECTED:
            documents += f'<p class="note">and {len(row.expected) - SHOWN_EXPECTED:,} more</p>'
    return f"<h3>Expected</h3>{answer}{documents}{_evidence(row)}"


def _evidence(row: QueryRow) -> str:
    """Where the search had the first passage that carries some of it."""
    place = row.evidence
    if place is None:
        return ""
    if place.rank is None:
        return f'<p class="note">No passage that carries it is among the {place.hits:,} looked at.</p>'
    used = f"; an answer is written from {place.given}" if place.given else ""
    return f'<p class="note">The first passage that carries it is number {place.rank} of {place.hits:,} looked at{used}.</p>'


def _expected(document: ExpectedDocument) -> str:
    placed = f"rank {document.rank}" if document.rank is not None else "not found"
    if document.is_held is False:
        placed = "not in the collection"
    grade = f", grade {document.grade}" if document.grade != 1 else ""
    quotes = "".join(f'<q dir="auto">{escape(quote)}</q>' for quote in document.quotes[:LONG_QUOTES])
    state = "good" if document.rank is not None else "bad"
    why = f'<span class="why">{escape(document.why_not)}</span>' if document.why_not else ""
    return f'<li><code>{escape(document.doc_id)}</code> <span class="mark {state}">{placed}{grade}</span>{why}{quotes}</li>'


def _found(row: QueryRow, *, detailed: bool) -> str:
    """What came of it: the failure if there was one, the answer, the ranked documents."""
    error = f'<p class="error" dir="auto">{escape(row.error)}</p>' if row.error else ""
    answer = ""
    if row.abstained is not None:
        told = "Abstained" if row.abstained else "Answered"
        reason = f'<p class="note" dir="auto">{escape(row.reason)}</p>' if row.reason else ""
        answer = f'<p class="answer" dir="auto"><strong>{told}.</strong> {escape(row.answer)}</p>{reason}'
        answer += answer_details(row) if detailed else ""
    hits = f'<ol class="documents">{"".join(map(ranked_document, row.ranking))}</ol>' if row.ranking else ""
    nothing = "" if hits or error else '<p class="note">Nothing was found.</p>'
    return f"<h3>Found</h3>{error}{answer}{hits}{nothing}"
