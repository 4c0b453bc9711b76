"""The part of the HTML report that shows the single questions, the worst first."""

from html import escape

from eval.reports.text import figure, milliseconds
from eval.result import EvalResult, ExpectedDocument, QueryRow, RankedDocument

SHOWN_QUESTIONS = 200  # about 1 MB of page; the JSON report has all of them
OPEN_QUESTIONS = 1
LONG_QUOTES = 3  # quotes shown of one document
_LOW_SCORE = 0.5  # below it a score is marked as bad: the best relevant document is at rank 3 or deeper, or others are missing


def questions(result: EvalResult) -> str:
    """A section with one collapsible block a question: what was expected beside what was ranked."""
    rows = result.worst_first()
    shown = rows[:SHOWN_QUESTIONS]
    blocks = "".join(_question(result, row, opened=place < OPEN_QUESTIONS) for place, row in enumerate(shown))
    told = f"{len(shown):,} of {len(rows):,}; all are in the JSON report." if len(shown) < len(rows) else f"All {len(rows):,}."
    return (
        '<section aria-labelledby="questions">\n<h2 id="questions">Questions, worst first</h2>\n'
        f'<p class="note">Ordered by {escape(result.headline)}. {told}</p>\n{blocks}</section>\n'
    )


def _question(result: EvalResult, row: QueryRow, *, opened: bool) -> str:
    tags = "".join(f'<span class="tag">{escape(tag)}</span>' for tag in row.tags)
    timing = f'<span class="time">{milliseconds(row.milliseconds)}</span>' if row.milliseconds is not None else ""
    return (
        f'<details class="question"{" open" if opened else ""}>\n<summary>{_badge(result, row)}'
        f'<span class="query" dir="auto">{escape(row.query)}</span><span class="tags">{tags}</span></summary>\n'
        f'<div class="sides">\n<div class="side">{_wanted(row)}</div>\n<div class="side">{_found(row)}</div>\n</div>\n'
        f'<p class="note"><code>{escape(row.id)}</code> {timing}</p>\n</details>\n'
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


def _wanted(row: QueryRow) -> str:
    """What the golden set says: the answer and the relevant documents with their ranks."""
    answer = f'<p class="answer" dir="auto">{escape(row.expected_answer)}</p>' if row.expected_answer else ""
    if not row.answerable:
        documents = '<p class="note">The documents hold no answer: to abstain is right.</p>'
    elif not row.expected:
        documents = '<p class="note">No relevant document is named: ranking metrics do not apply.</p>'
    else:
        documents = f'<ul class="documents">{"".join(map(_expected, row.expected))}</ul>'
    return f"<h3>Expected</h3>{answer}{documents}"


def _expected(document: ExpectedDocument) -> str:
    placed = f"rank {document.rank}" if document.rank is not None else "not found"
    grade = f", grade {document.grade}" if document.grade != 1 else ""
    quotes = "".join(f'<q dir="auto">{escape(quote)}</q>' for quote in document.quotes[:LONG_QUOTES])
    state = "good" if document.rank is not None else "bad"
    return f'<li><code>{escape(document.doc_id)}</code> <span class="mark {state}">{placed}{grade}</span>{quotes}</li>'


def _found(row: QueryRow) -> str:
    """What came of it: the failure if there was one, the answer, the ranked documents."""
    error = f'<p class="error" dir="auto">{escape(row.error)}</p>' if row.error else ""
    answer = ""
    if row.abstained is not None:
        told = "Abstained" if row.abstained else "Answered"
        answer = f'<p class="answer" dir="auto"><strong>{told}.</strong> {escape(row.answer)}</p>'
    hits = f'<ol class="documents">{"".join(map(_ranked, row.ranking))}</ol>' if row.ranking else ""
    nothing = "" if hits or error else '<p class="note">Nothing was found.</p>'
    return f"<h3>Found</h3>{error}{answer}{hits}{nothing}"


def _ranked(document: RankedDocument) -> str:
    state = "relevant" if document.is_relevant else "other"
    mark = '<span class="mark good">✓ relevant</span>' if document.is_relevant else '<span class="mark">not relevant</span>'
    return (
        f'<li class="{state}"><code>{escape(document.doc_id)}</code> {mark} '
        f'<span class="score">score {document.score:.4g}</span>'
        f'<span class="excerpt" dir="auto">{escape(document.excerpt)}</span></li>'
    )
