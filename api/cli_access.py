"""The commands about who may see what, and who has seen what."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, cast

import typer

from api import render
from api.cli_options import KB, Json, Kb, open_collection, show

if TYPE_CHECKING:
    from retrieval.access import Demand


def access(
    demand: Annotated[
        str,
        typer.Argument(help="What every query must say: lists (nothing), required (a principal), tenants (and its tenant)."),
    ] = "",
    kb: Kb = KB,
    as_json: Json = False,
) -> None:
    """Show what the collection demands of every query, or change it."""
    with open_collection(kb, create=False) as collection:
        if demand:
            collection.set_access(cast("Demand", demand))
        show({"access": collection.stats()["access"]}, as_json=as_json)


def audit(
    kb: Kb = KB,
    principal: Annotated[str, typer.Option(help="Only what this principal asked for.")] = "",
    document: Annotated[str, typer.Option(help="Only what showed this document.")] = "",
    last: Annotated[int, typer.Option("--last", "-n", min=0, help="How many rows, the newest; 0 = all.")] = 50,
    as_json: Json = False,
) -> None:
    """Show the audit log: who asked for what, and which documents were shown."""
    with open_collection(kb, create=False) as collection:
        rows = [
            row
            for row in collection.audit()
            if (not principal or row.get("principal") == principal) and (not document or document in row.get("documents", ()))
        ]
    rows = rows[-last:] if last else rows
    if as_json:
        render.json_object({"rows": rows})
    else:
        render.audit(rows)


COMMANDS: tuple[Callable[..., None], ...] = (access, audit)
"""In the order of the help."""
