"""An answer in the HTML report: what it cites, what it was written from, and what its judges say."""

from html import escape

from eval.diagnosis import DECISIVE, HALF
from eval.judges.base import JudgedClaim, Score
from eval.reports.text import cost, figure, label
from eval.result import AnswerContext, QueryRow
from ragline.types import Citation

SHOWN_QUOTE = 160
SHOWN_REASON = 200  # all of it stands in the JSON report


def answer_details(row: QueryRow) -> str:
    """Scores with their reasons and claims; citations, passages, tokens and cost, folded up."""
    return _scores(row) + _citations(row) + _contexts(row) + _spent(row)


def _scores(row: QueryRow) -> str:
    """Each score, and in a line what has none and is no failure either."""
    if not row.scores:
        return ""
    shown = {name: score for name, score in row.scores.items() if score.status in ("scored", "failed")}
    others: dict[tuple[str, str], list[str]] = {}
    for name, score in row.scores.items():
        if name not in shown:
            others.setdefault((score.status.replace("_", " "), score.reason), []).append(label(name))
    lines = [_score(name, score) for name, score in shown.items()]
    lines += [
        f'<li class="why">{escape(status)}{escape(f" ({reason})" if reason else "")}: {escape(", ".join(names))}</li>'
        for (status, reason), names in others.items()
    ]
    return f'<ul class="scores">{"".join(lines)}</ul>'


def _score(name: str, score: Score) -> str:
    is_low = name in DECISIVE and score.value is not None and score.value < HALF
    state = "bad" if score.status == "failed" or is_low else ""
    value = figure(score.value) if score.value is not None else score.status
    reason = f'<span class="why">{escape(score.reason[:SHOWN_REASON])}</span>' if score.reason else ""
    claims = "".join(map(_claim, score.claims))
    listed = f'<details class="explain"><summary>Claims: {_count(score)}</summary><ul>{claims}</ul></details>' if claims else ""
    return f'<li><span class="name">{escape(label(name))}</span> <span class="mean {state}">{value}</span>{reason}{listed}</li>'


def _count(score: Score) -> str:
    supported = sum(claim.supported is True for claim in score.claims)
    return f"{supported} of {len(score.claims)} supported"


def _claim(claim: JudgedClaim) -> str:
    told = {True: "supported", False: "not supported", None: "not judged"}[claim.supported]
    style = {True: "good", False: "bad", None: ""}[claim.supported]
    probability = f" {claim.probability:.2f}" if claim.probability is not None else ""
    where = f" by passage {claim.support.context + 1}" if claim.support is not None and claim.supported else ""
    reason = f'<span class="why">{escape(claim.reason)}</span>' if claim.reason else ""
    mark = f'<span class="mark {style}">{told}{probability}</span>'
    return f'<li>{mark}{where} <span dir="auto">{escape(claim.text)}</span>{reason}</li>'


def _citations(row: QueryRow) -> str:
    if not row.citations:
        return ""
    cited = "".join(map(_citation, row.citations))
    return f'<details class="explain"><summary>Citations: {len(row.citations)}</summary><ul>{cited}</ul></details>'


def _citation(citation: Citation) -> str:
    quote = citation.quote if len(citation.quote) <= SHOWN_QUOTE else citation.quote[: SHOWN_QUOTE - 1] + "…"
    return (
        f"<li>[{citation.marker}] <code>{escape(citation.doc_id)}</code> {citation.start:,} to {citation.end:,}, "
        f'support {citation.support:.2f}<q dir="auto">{escape(quote)}</q></li>'
    )


def _contexts(row: QueryRow) -> str:
    if not row.contexts:
        return ""
    held = sum(context.holds_evidence for context in row.contexts)
    given = "".join(map(_context, row.contexts))
    told = f"Written from {len(row.contexts)} passages, {held} with evidence"
    return f'<details class="explain"><summary>{told}</summary><ol>{given}</ol></details>'


def _context(context: AnswerContext) -> str:
    mark = ' <span class="mark good">evidence</span>' if context.holds_evidence else ""
    return (
        f"<li><code>{escape(context.doc_id)}</code> {context.start:,} to {context.end:,}{mark}"
        f'<span class="excerpt" dir="auto">{escape(context.excerpt)}</span></li>'
    )


def _spent(row: QueryRow) -> str:
    spent = row.spending
    if spent is None or not spent.calls:
        return ""
    tokens = f"{spent.prompt_tokens:,} tokens in, {spent.completion_tokens:,} out"
    failed = f", {spent.failed:,} of {spent.calls:,} calls failed" if spent.failed else ""
    return f'<p class="note">{escape(row.model)}: {tokens}{failed}, {escape(cost(spent))}</p>'
