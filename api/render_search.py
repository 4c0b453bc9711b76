"""How the hits of a search look in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from api.render import MEMBERS, line

if TYPE_CHECKING:
    from ragline.types import Hit

EXCERPT = 320

_out = Console(highlight=False, soft_wrap=True)


def hits(found: Sequence[Hit], query: str) -> None:
    """Ranked passages with their place in the document."""
    if not found:
        line(f"Nothing found for {query!r}.")
    for hit in found:
        _out.print(f"[bold]{hit.rank}. {escape(hit.doc_id)}[/bold] [dim]{escape(_place(hit))}[/dim]")
        _out.print(f"   {escape(_excerpt(hit.text))}")
        legs = "  ".join(f"{leg.leg} #{leg.rank} ({leg.score:.3f})" for leg in hit.legs.values())
        _out.print(f"   [dim]score {hit.score:.4f}  {legs}[/dim]")
        if hit.duplicates:
            more = f" and {len(hit.duplicates) - MEMBERS} more" if len(hit.duplicates) > MEMBERS else ""
            _out.print(f"   [dim]also in {escape(', '.join(hit.duplicates[:MEMBERS]))}{more}[/dim]")
        if hit.explanation is not None:
            _explanation(hit)


def _explanation(hit: Hit) -> None:
    explanation = hit.explanation
    if explanation is None:
        return
    terms = " + ".join(f"{value:.5f} ({name})" for name, value in explanation.terms.items())
    times = ", ".join(f"{stage} {value:.2f}" for stage, value in explanation.timings_ms.items())
    for name, text in (
        ("score", f"{hit.score:.5f} = {terms}  [{explanation.formula}]"),
        ("matched", ", ".join(explanation.matched_terms) or "no query term"),
        ("plan", explanation.filter_plan),
        ("view", f"generation {explanation.generation}, change {explanation.sequence}; ms: {times}"),
    ):
        _out.print(f"   [dim]{name}: {escape(text)}[/dim]")


def _place(hit: Hit) -> str:
    page = f"page {hit.chunk.page}" if hit.chunk.page else ""
    return "  ".join(part for part in (" > ".join(hit.chunk.section_path), page) if part)


def _excerpt(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= EXCERPT else flat[:EXCERPT].rsplit(" ", 1)[0] + " …"
