"""The command that looks over the chunks of a collection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from api import render
from api.cli_options import KB, Json, Kb, Names, open_collection, principal_of

if TYPE_CHECKING:
    from eval.chunk_audit.audit import ChunkAudit


def audit_chunks(
    kb: Kb = KB,
    threshold: Annotated[float, typer.Option(help="Least similarity of near-duplicates, 0.5 to 1.")] = 0.85,
    examples: Annotated[int, typer.Option(help="Examples of each fault.", min=0)] = 3,
    names: Names = None,
    as_json: Json = False,
) -> None:
    """Count the chunks that cannot be understood alone, are cut in a sentence, list, table or code, are there twice, short
    or long.
    """
    with open_collection(kb, create=False) as collection:
        found = collection.audit_chunks(threshold=threshold, examples=examples, principal=principal_of(names))
    if as_json:
        render.json_object(found.json())
    else:
        _show(found)


def _show(found: ChunkAudit) -> None:
    render.line(
        f"{found.chunks} chunks of {found.documents} documents, {found.sound_share:.1%} without a fault; tokens p5 "
        f"{found.tokens_p5:.0f}, p50 {found.tokens_p50:.0f}, p95 {found.tokens_p95:.0f}"
    )
    for fault in found.faults:
        details = ", ".join(f"{detail} {count}" for detail, count in fault.by_detail.items())
        render.line(f"{fault.name:<20} {fault.count:>6}  {fault.share:6.1%}  {details}")
        for example in fault.examples:
            render.line(f"    {example.doc_id}: {example.detail}: {example.excerpt}")


COMMANDS: dict[str, Callable[..., None]] = {"audit-chunks": audit_chunks}
"""By name, in the order of the help."""
