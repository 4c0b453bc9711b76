"""The commands for what is kept out of reach because it gives orders to a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer

from api import render, render_search
from api.cli_options import BAD_INPUT, DONE, KB, Json, Kb, open_collection


def quarantined(kb: Kb = KB, as_json: Json = False) -> None:
    """List the passages that are kept out of searches and answers because they look like orders to a model."""
    with open_collection(kb, create=False) as collection:
        chunks = collection.quarantined()
    if as_json:
        render.json_object({"chunks": [asdict(chunk) for chunk in chunks]})
    else:
        render_search.quarantined(chunks)


def release(
    doc_id: Annotated[str, typer.Argument(help="The id of the document, from `ragline quarantined`.")],
    kb: Kb = KB,
    as_json: Json = False,
) -> None:
    """Let the passages of a document out of quarantine, until it changes."""
    with open_collection(kb, create=False) as collection:
        report = collection.release(doc_id)
    if as_json:
        render.json_object(asdict(report))
    elif not report.found:
        render.line(f"{doc_id}: no such document")
    elif not report.chunks:
        render.line(f"{doc_id}: nothing of it is in quarantine")
    else:
        render.line(f"{doc_id}: {report.chunks} chunks released; to undo that: ragline rollback {report.run_id}")
    raise typer.Exit(DONE if report.found else BAD_INPUT)


COMMANDS: tuple[Callable[..., None], ...] = (quarantined, release)
"""In the order of the help."""
