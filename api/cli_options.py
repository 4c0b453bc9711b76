"""What the commands of the command line share: exit codes, options, opening a collection, showing what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import render

if TYPE_CHECKING:
    from api.collection import Collection

DONE, FAILED, BAD_INPUT, INCOMPLETE = 0, 1, 2, 3
INTERRUPTED = 130  # as shells have it: 128 and the number of SIGINT

Kb = Annotated[Path, typer.Option("--kb", help="The collection's folder.", envvar="RAGLINE_KB")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
KB = Path("kb")


def open_collection(kb: Path, *, create: bool = True, **overrides: Any) -> Collection:
    from api import collection

    return collection.open(kb, create=create, **overrides)


def show(values: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        render.json_object(values)
    else:
        render.pairs(values)
