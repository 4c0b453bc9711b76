"""How answers look in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from api.terminal import escape

if TYPE_CHECKING:
    from ragline.types import Answer, Citation, ClaimCheck
    from retrieval.answers.verification import Verification

SHOWN_CLAIM = 80

_out = Console(highlight=False, soft_wrap=True)


def answer(value: Answer) -> None:
    """An answer with its numbered citations, and a mark at every sentence that these do not carry; or why there is none."""
    if value.cached and value.original_query != value.query:
        _out.print(f"[dim]answered before, for: {escape(value.original_query)}[/dim]")
    if value.standalone:
        _out.print(f"[dim]asked: {escape(value.standalone)}[/dim]")
    if value.abstained:
        _out.print(f"[yellow]I don't know.[/yellow] [dim]{escape(value.reason)}[/dim]")
    else:
        _given(value)
    for attempt in value.usage.attempts:
        if attempt.error:
            _out.print(f"  [yellow]{escape(attempt.model)}: {escape(attempt.error)}[/yellow]")
    if value.log_id:
        _out.print(f"  [dim]right or wrong? ragline feedback {value.log_id} up|down[/dim]")


def _given(value: Answer) -> None:
    """The text of an answer, where each claim stands, and what is to be known of it."""
    _out.print(_marked(value))
    for citation in value.citations:
        _out.print(f"  [dim]{escape(place(citation))}[/dim]")
    for claim in value.claims:
        if claim.verdict != "supported":
            _out.print(
                f"  [yellow]{claim.verdict}[/yellow] {escape(_excerpt(value, claim))}: {escape('; '.join(claim.reasons))}"
            )
    if value.reason:
        _out.print(f"  [yellow]{escape(value.reason)}[/yellow]")


def verification(report: Verification) -> None:
    """A line for each citation: whether it still holds, and where."""
    counts = ", ".join(f"{count} {status}" for status, count in report.counts.items() if count)
    _out.print(escape(f"{len(report.rows)} citations: {counts or 'nothing to verify'}"))
    for row in report.rows:
        colour = "green" if row.status == "exact" else "yellow" if row.status == "moved" else "red"
        now = f", now at {row.start}-{row.end}" if row.status == "moved" else ""
        _out.print(f"  [{colour}]{row.status}[/{colour}] {escape(f'{place(row.citation)}{now}')}")


def place(citation: Citation) -> str:
    """Where a citation points, in one line."""
    page = f", page {citation.page}" if citation.page else ""
    section = f" ({' > '.join(citation.section_path)})" if citation.section_path else ""
    return f"[{citation.marker}] {citation.doc_id}, characters {citation.start}-{citation.end}{page}{section}"


def _marked(value: Answer) -> str:
    """The answer's text with its doubtful sentences marked, as markup of rich."""
    pieces, last = [], 0
    for claim in value.claims:
        if claim.verdict != "supported":
            pieces += [
                escape(value.text[last : claim.start]),
                f"[yellow]{escape(value.text[claim.start : claim.end])}[/yellow]",
            ]
            pieces.append(f" [bold yellow]({claim.verdict})[/bold yellow]")
            last = claim.end
    return "".join([*pieces, escape(value.text[last:])])


def _excerpt(value: Answer, claim: ClaimCheck) -> str:
    said = " ".join(value.text[claim.start : claim.end].split())
    return f"'{said}'" if len(said) <= SHOWN_CLAIM else f"'{said[:SHOWN_CLAIM].rstrip()} …'"
