"""What the commands of the command line share: exit codes, options, opening a collection, showing what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from api import render
from ragline.errors import InputError
from ragline.types import TENANT, Principal, SearchMode

if TYPE_CHECKING:
    from api.collection import Collection
    from ragline.filters import Filter

DONE, FAILED, BAD_INPUT, INCOMPLETE = 0, 1, 2, 3
INTERRUPTED = 130  # as shells have it: 128 and the number of SIGINT

Kb = Annotated[Path, typer.Option("--kb", help="The collection's folder.", envvar="RAGLINE_KB")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
KB = Path("kb")
Golden = Annotated[Path, typer.Argument(help="A golden set: JSONL, SQuAD (.json), or a folder of BEIR or TREC.")]
Mode = Annotated[str, typer.Option(help="hybrid, vector or lexical.")]
Filters = Annotated[str, typer.Option("--filter", help='A filter as JSON, e.g. \'{"year": {"gte": 2024}}\'.')]
Where = Annotated[
    str,
    typer.Option(metavar="FILTER", help="A filter in words, e.g. 'year >= 2024 and product in (HX-200, HX-300)'."),
]
Collapse = Annotated[
    bool | None, typer.Option(help="Show near-duplicate passages as one.", show_default="the setting collapse_duplicates")
]
Names = Annotated[
    list[str] | None, typer.Option("--as", help="Principal and groups that ask; the first is the id, tenant:NAME its tenant.")
]


def open_collection(kb: Path, *, create: bool = True, **overrides: Any) -> Collection:
    from api import collection

    return collection.open(kb, create=create, **overrides)


def show(values: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        render.json_object(values)
    else:
        render.pairs(values)


def filter_of(text: str, where: str = "") -> Filter | None:
    """The filter of ``--filter`` and ``--where``; raises :class:`ragline.errors.InputError` where one cannot be read."""
    import json

    from ragline.filters import And, parse_filter
    from ragline.where import parse_where

    try:
        given = [json.loads(text)] if text else []
    except ValueError as error:
        raise InputError(f'--filter is not JSON ({error}). Write e.g. \'{{"year": {{"gte": 2024}}}}\'.') from error
    parts = [parse_filter(value) for value in given]
    if where:
        parts.append(parse_where(where))
    return And(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def mode_of(text: str) -> SearchMode:
    """The mode of ``--mode``; raises :class:`ragline.errors.InputError` for an unknown one."""
    if text not in get_args(SearchMode):
        raise InputError(f"Unknown mode {text!r}; choose one of {', '.join(get_args(SearchMode))}.")
    return cast("SearchMode", text)


def principal_of(names: list[str] | None) -> Principal | None:
    """Who asks, of ``--as``; ``None`` where nobody was named."""
    tenants = [name.removeprefix(TENANT) for name in names or () if name.startswith(TENANT)]
    others = [name for name in names or () if not name.startswith(TENANT)]
    if len(tenants) > 1 or (tenants and not others):
        raise InputError("--as names a principal, and its one tenant. Write e.g. --as ann --as staff --as tenant:acme.")
    return Principal(others[0], frozenset(others[1:]), *tenants) if others else None
