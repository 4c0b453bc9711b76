"""The part of the HTML page that shows the single questions, A beside B: losses first."""

from html import escape

from eval.comparison.comparison import Comparison, QueryDifference
from eval.comparison.hits import HitChange
from eval.comparison.reports.figures import signed
from eval.reports.text import figure, label
from eval.rows import QueryRow, RankedDocument

SHOWN_QUERIES = 200  # about 1 MB of page; the JSON report has all of them
OPEN_QUERIES = 1


def queries(comparison: Comparison) -> str:
    """A section with one collapsible block for each question that anything changed on."""
    changed = comparison.most_changed_first()
    shown = changed[:SHOWN_QUERIES]
    blocks = "".join(_query(comparison, query, opened=place < OPEN_QUERIES) for place, query in enumerate(shown))
    told = f"{len(shown):,} of {len(changed):,} that changed" if len(shown) < len(changed) else f"{len(changed):,} changed"
    same = len(comparison.queries) - len(changed)
    return (
        '<section aria-labelledby="questions">\n<h2 id="questions">Questions, losses first</h2>\n'
        f'<p class="note">{told}, {same:,} did not. Ordered by {escape(label(comparison.headline))}.</p>\n{blocks}</section>\n'
    )


def _query(comparison: Comparison, query: QueryDifference, *, opened: bool) -> str:
    gains = "".join(
        f'<span class="tag">{escape(label(name))} {signed(gain)}</span>'
        for name, gain in query.gains.items()
        if gain and name != comparison.headline and comparison.metrics[name].is_tested
    )
    return (
        f'<details class="question"{" open" if opened else ""}>\n<summary>{_badge(comparison, query)}'
        f'<span class="query" dir="auto">{escape(query.query)}</span></summary>\n'
        f'<div class="sides pair">\n<div class="side">{_side("A", query, query.a)}</div>\n'
        f'<div class="side">{_side("B", query, query.b)}</div>\n</div>\n'
        f'<p class="note"><code>{escape(query.id)}</code> {gains}</p>\n</details>\n'
    )


def _badge(comparison: Comparison, query: QueryDifference) -> str:
    if query.outcome == "unpaired":
        return '<span class="badge">not compared</span>'
    state = {"win": " good", "loss": " bad"}.get(query.outcome, "")
    return f'<span class="badge{state}">{signed(query.gains[comparison.headline])}</span>'


def _side(letter: str, query: QueryDifference, row: QueryRow | None) -> str:
    if row is None:
        return f'<h3>{letter}</h3><p class="note">The question is not in this golden set.</p>'
    error = f'<p class="error" dir="auto">{escape(row.error)}</p>' if row.error else ""
    answer = ""
    if row.abstained is not None:
        told = "Abstained" if row.abstained else "Answered"
        scores = ", ".join(f"{label(name)} {figure(score.value)}" for name, score in row.scores.items())
        answer = (
            f'<p class="answer" dir="auto"><strong>{told}.</strong> {escape(row.answer)}'
            f"{f' <span class=note>{escape(scores)}</span>' if scores else ''}</p>"
        )
    changes = {change.doc_id: change for change in query.hits}
    hits = "".join(_document(letter, document, changes.get(document.doc_id)) for document in row.ranking)
    found = f'<ol class="documents">{hits}</ol>' if hits else "" if error else '<p class="note">Nothing was found.</p>'
    return f"<h3>{letter}</h3>{error}{answer}{found}"


def _document(letter: str, document: RankedDocument, change: HitChange | None) -> str:
    state = "relevant" if document.is_relevant else "other"
    mark = '<span class="mark good">✓ relevant</span>' if document.is_relevant else ""
    return f'<li class="{state}"><code>{escape(document.doc_id)}</code>{mark}{_move(letter, change)}</li>'


def _move(letter: str, change: HitChange | None) -> str:
    """What becomes of it in B, or where it was in A; green where that is good: a relevant one that comes or rises."""
    if change is None:
        return ""
    if change.a is None or change.b is None:
        told = "entered" if change.a is None else "left"
        state = ("good" if change.a is None else "bad") if change.is_relevant else ""
    else:
        told = f"to {change.b}" if letter == "A" else f"from {change.a}"
        state = ("good" if change.b < change.a else "bad") if change.is_relevant else ""
    return f'<span class="mark {state}">{told}</span>'
