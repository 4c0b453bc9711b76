"""The commands that search, and that tell why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer

from api import render, render_search
from api.cli_options import (
    KB,
    Collapse,
    Filters,
    Json,
    Kb,
    Mode,
    Names,
    Where,
    filter_of,
    mode_of,
    open_collection,
    principal_of,
)


def search(
    query: str,
    kb: Kb = KB,
    k: Annotated[int, typer.Option("-k", help="How many passages.")] = 5,
    mode: Mode = "hybrid",
    filters: Filters = "",
    where: Where = "",
    names: Names = None,
    explain: Annotated[bool, typer.Option(help="Show how each passage came to its place.")] = False,
    collapse: Collapse = None,
    as_json: Json = False,
) -> None:
    """Show the best passages for a query."""
    with open_collection(kb, create=False) as collection:
        hits = collection.search(
            query,
            k,
            mode=mode_of(mode),
            filters=filter_of(filters, where),
            principal=principal_of(names),
            explain=explain,
            collapse=collapse,
        )
    if as_json:
        render.json_object({"query": query, "hits": [asdict(hit) for hit in hits]})
    else:
        render_search.hits(hits, query)


def why_not(
    query: str,
    doc_id: str,
    kb: Kb = KB,
    k: Annotated[int, typer.Option("-k", help="How many passages were asked for.")] = 5,
    mode: Mode = "hybrid",
    filters: Filters = "",
    where: Where = "",
    names: Names = None,
    collapse: Collapse = None,
    as_json: Json = False,
) -> None:
    """Tell why a document is not among the passages that `search` shows for a query: the stage at which it fell out."""
    with open_collection(kb, create=False) as collection:
        told = collection.why_not(
            query,
            doc_id,
            k,
            mode=mode_of(mode),
            filters=filter_of(filters, where),
            principal=principal_of(names),
            collapse=collapse,
        )
    if as_json:
        render.json_object(asdict(told))
    else:
        render_search.why_not(told)


COMMANDS: tuple[Callable[..., None], ...] = (search, why_not)
"""In the order of the help."""
