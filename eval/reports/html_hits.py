"""A ranked document in the HTML report, with how it came to its place where that was asked."""

from collections.abc import Iterator
from html import escape

from eval.reports.html_parts import pairs
from eval.reports.text import milliseconds
from eval.result import ExplainedHit, RankedDocument

SHOWN_FEATURES = 8
SHOWN_TERMS = 20


def ranked_document(document: RankedDocument) -> str:
    """A line of a ranking: id, whether it is relevant, score, the beginning of its best passage, its explanation."""
    state = "relevant" if document.is_relevant else "other"
    mark = '<span class="mark good">✓ relevant</span>' if document.is_relevant else '<span class="mark">not relevant</span>'
    return (
        f'<li class="{state}"><code>{escape(document.doc_id)}</code> {mark} '
        f'<span class="score">score {document.score:.4g}</span>'
        f'<span class="excerpt" dir="auto">{escape(document.excerpt)}</span>{_explanation(document.explained)}</li>'
    )


def _explanation(found: ExplainedHit | None) -> str:
    if found is None:
        return ""
    return (
        f'<details class="explain"><summary>How it came there</summary><dl class="facts">{pairs(_facts(found))}</dl></details>'
    )


def _facts(found: ExplainedHit) -> Iterator[tuple[str, str]]:
    """Names and finished values, in the order of the stages."""
    told = found.explanation
    for name, leg in found.legs.items():
        share = f", gives {told.terms[name]:.4g}" if name in told.terms else ""
        form = f", for “{escape(told.forms[name])}”" if name in told.forms else ""
        yield escape(f"{name} leg"), f"rank {leg.rank}, raw score {leg.score:.4g}{share}{form}"
    for name in told.terms:
        if name not in found.legs:
            yield escape(name), f"gives {told.terms[name]:.4g}"
    yield "fusion", escape(told.formula)
    if found.rerank is not None:
        yield "reranker", f"{escape(found.rerank.reranker)}: {found.rerank.score:.4g}; it was at rank {found.rerank.rank}"
        first = sorted(found.rerank.features.items(), key=lambda pair: -abs(pair[1]))[:SHOWN_FEATURES]
        if first:
            yield "made of", escape(", ".join(f"{name} {share:+.3g}" for name, share in first))
    if told.matched_terms:
        yield "words in common", escape(", ".join(told.matched_terms[:SHOWN_TERMS]))
    if told.filter_plan:
        yield "plan", escape(told.filter_plan)
    if told.collapsed:
        yield "stands for", f"{told.collapsed:,} more like it"
    if told.found_as:
        yield "found as", f"<code>{escape(told.found_as)}</code>"
    if told.timings_ms:
        yield "took", escape(", ".join(f"{stage} {milliseconds(value)}" for stage, value in told.timings_ms.items()))
