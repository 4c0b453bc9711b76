"""How the hits of a search look in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.tree import Tree

from api.render import MEMBERS, line
from api.terminal import escape
from ingestion.guard.injection.detector import FLAGGED

if TYPE_CHECKING:
    from ragline.types import Chunk, Hit
    from retrieval.why_not import WhyNot

EXCERPT = 320

_out = Console(highlight=False, soft_wrap=True)


def hits(found: Sequence[Hit], query: str) -> None:
    """Ranked passages with their place in the document."""
    if not found:
        line(f"Nothing found for {query!r}.")
    for hit in found:
        _out.print(f"[bold]{hit.rank}. {escape(hit.doc_id)}[/bold] [dim]{escape(_place(hit))}[/dim]")
        _out.print(f"   {escape(_excerpt(hit.text))}")
        if hit.explanation is None:
            legs = "  ".join(f"{leg.leg} #{leg.rank} ({leg.score:.3f})" for leg in hit.legs.values())
            _out.print(f"   [dim]score {hit.score:.4f}  {legs}[/dim]")
        if (hit.chunk.injection or 0.0) >= FLAGGED:
            _out.print(f"   [yellow]looks like orders to a model (score {hit.chunk.injection:.2f})[/yellow]")
        if hit.duplicates:
            more = f" and {len(hit.duplicates) - MEMBERS} more" if len(hit.duplicates) > MEMBERS else ""
            _out.print(f"   [dim]also in {escape(', '.join(hit.duplicates[:MEMBERS]))}{more}[/dim]")
        if hit.explanation is not None:
            _out.print(Padding(_explanation(hit), (0, 0, 0, 3)))


def why_not(told: WhyNot) -> None:
    """Why a document is not among the hits, and where each leg has it."""
    tree = Tree(f"[bold]{escape(told.doc_id)}[/bold]: {escape(told.reason)}", guide_style="dim")
    for leg in told.legs:
        where = "does not have it" if leg.rank is None else f"rank {leg.rank}, score {leg.score:.4f}"
        tree.add(escape(f"{leg.leg}: {where}; it brought {leg.depth}"))
    if told.rank is not None:
        score = "" if told.score is None else f", score {told.score:.5f}"
        last = "" if told.bound is None else f"; the last hit has {told.bound:.5f}"
        tree.add(escape(f"chunk {told.chunk_id}: rank {told.rank}{score}{last}"))
    for condition in told.conditions:
        tree.add(escape(f"excluded by: {condition}"))
    _out.print(tree)


def quarantined(chunks: Sequence[Chunk]) -> None:
    """The passages in quarantine with their scores, and the way out."""
    if not chunks:
        line("Nothing is in quarantine.")
        return
    for chunk in chunks:
        place = " > ".join(chunk.section_path)
        _out.print(f"[bold]{escape(chunk.doc_id)}[/bold] [dim]{escape(place)}  score {chunk.injection or 0:.2f}[/dim]")
        _out.print(f"   {escape(_excerpt(chunk.text))}")
    line(f"{len(chunks)} passages; let those of a document out with: ragline release ID")


def _explanation(hit: Hit) -> Tree:
    """How a hit came to its place, from the legs to the view it was found in."""
    explanation = hit.explanation
    tree = Tree(f"[dim]score {hit.score:.5f}[/dim]", guide_style="dim", style="dim")
    if explanation is None:
        return tree
    terms = tree.add(escape(f"fused: {explanation.formula}"))
    for name, value in explanation.terms.items():
        leg = hit.legs[name]
        form = f", for {_excerpt(explanation.forms[name])!r}" if name in explanation.forms else ""
        terms.add(escape(f"{value:.5f} from {name}: rank {leg.rank}, score {leg.score:.4f}{form}"))
    if explanation.found_as:
        tree.add(escape(f"found as its part {explanation.found_as}"))
    if hit.rerank is not None:
        moved = f"rank {hit.rerank.rank} to {hit.rank}" if hit.rerank.rank != hit.rank else f"stays at rank {hit.rank}"
        features = tree.add(escape(f"reranked by {hit.rerank.reranker}: {moved}, score {hit.rerank.score:.4f}"))
        for feature, share in sorted(hit.rerank.features.items(), key=lambda each: -abs(each[1])):
            features.add(escape(f"{share:+.4f} {feature}"))
    tree.add(escape(f"matched: {', '.join(explanation.matched_terms) or 'no query term'}"))
    if explanation.collapsed:
        tree.add(escape(f"stands for {explanation.collapsed} more candidates"))
    if explanation.displaced:
        tree.add(escape(f"came before {', '.join(explanation.displaced)}"))
    suspicion = hit.chunk.injection
    tree.add("injection: not looked for" if suspicion is None else f"injection: {suspicion:.3f} like orders to a model")
    plan = tree.add("plan")
    for part in explanation.filter_plan.split("; "):
        plan.add(escape(part))
    tree.add(escape(f"view: generation {explanation.generation}, change {explanation.sequence}"))
    tree.add(escape("ms: " + ", ".join(f"{stage} {value:.2f}" for stage, value in explanation.timings_ms.items())))
    return tree


def _place(hit: Hit) -> str:
    page = f"page {hit.chunk.page}" if hit.chunk.page else ""
    return "  ".join(part for part in (" > ".join(hit.chunk.section_path), page) if part)


def _excerpt(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= EXCERPT else flat[:EXCERPT].rsplit(" ", 1)[0] + " …"
