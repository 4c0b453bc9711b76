"""The commands of the query log: what was asked, what users think of the answers, and golden sets made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from api import render
from api.cli_options import KB, Json, Kb, open_collection, show

if TYPE_CHECKING:
    from indexes.query_log import LogRow, Verdict

_MARKS = {"up": "+", "down": "-", None: " "}


def log(
    kb: Kb = KB,
    limit: Annotated[int, typer.Option("--limit", "-n", help="The newest rows; 0 = all.")] = 20,
    export: Annotated[
        Path | None, typer.Option(help="Write the questions as golden sets: those with a thumbs up here, the others beside it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what was asked of a collection, where it was opened with query_log=on; or make golden sets of it."""
    with open_collection(kb, create=False) as collection:
        if export is not None:
            show(asdict(collection.export_log(export)), as_json=as_json)
            return
        rows = collection.log(limit=limit or None)
    if as_json:
        render.json_object({"rows": [asdict(row) for row in rows]})
        return
    for row in rows:
        render.line(_line(row))
    if not rows:
        render.line("nothing is logged; to log questions and answers: RAGLINE_QUERY_LOG=on")


def feedback(
    log_id: Annotated[str, typer.Argument(help="The answer's row, from `ragline log` or `ragline ask`.")],
    verdict: Annotated[str, typer.Argument(help="up or down.")],
    kb: Kb = KB,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    as_json: Json = False,
) -> None:
    """Give an answer a thumbs up or down."""
    with open_collection(kb, create=False) as collection:
        collection.feedback(log_id, cast("Verdict", verdict), note=note)
    show({"log_id": log_id, "verdict": verdict, "note": note}, as_json=as_json)


def _line(row: LogRow) -> str:
    moment = datetime.fromtimestamp(row.asked_at, UTC).isoformat(sep=" ", timespec="seconds")[:19]
    what = "search" if row.answer is None else "no answer" if row.abstained else "answer"
    return f"{row.log_id}  {moment}  {_MARKS[row.verdict]} {what:<9}  {row.query}"


COMMANDS: tuple[Callable[..., None], ...] = (log, feedback)
"""In the order of the help."""
