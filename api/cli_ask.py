"""The commands that answer questions, and check answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from api import render, render_answer
from api.cli_options import DONE, INCOMPLETE, KB, Filters, Json, Kb, Names, Where, filter_of, open_collection, principal_of
from ragline.errors import InputError


def ask(
    query: str,
    kb: Kb = KB,
    model: Annotated[str, typer.Option(help="LiteLLM model that writes the answer; empty = extractive, offline.")] = "",
    filters: Filters = "",
    where: Where = "",
    names: Names = None,
    schema: Annotated[Path | None, typer.Option(help="A file with a JSON Schema for the answer; needs a model.")] = None,
    as_json: Json = False,
) -> None:
    """Answer a question with citations, or say that the documents do not answer it."""
    overrides = {"model": model} if model else {}
    shape = None if schema is None else _schema_in(schema)
    with open_collection(kb, create=False, **overrides) as collection:
        who = principal_of(names)
        answer = collection.answer(query, schema=shape, filters=filter_of(filters, where), principal=who)
    if as_json:
        render.json_object(asdict(answer))
    else:
        render_answer.answer(answer)


def verify(
    answer: Annotated[Path, typer.Argument(help="A file with what `ragline ask --json` printed; - for standard input.")],
    kb: Kb = KB,
    names: Names = None,
    as_json: Json = False,
) -> None:
    """Check whether the citations of an answer still hold. Exit code 3 when one does not."""
    text = _text_of(answer, "Give what `ragline ask --json` printed.")
    with open_collection(kb, create=False) as collection:
        report = collection.verify(text, principal=principal_of(names))
    if as_json:
        render.json_object({**asdict(report), "counts": report.counts, "holds": report.holds})
    else:
        render_answer.verification(report)
    raise typer.Exit(DONE if report.holds else INCOMPLETE)


def _schema_in(path: Path) -> dict[str, Any]:
    text = _text_of(path, "Give a file with a JSON Schema.")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError(f"{path} is not JSON ({error}). Give a file with a JSON Schema.") from error
    if not isinstance(found, dict):
        raise InputError(f"{path} holds no JSON object. Give a file with a JSON Schema.")
    return found


def _text_of(path: Path, hint: str) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read {path} ({error}). {hint}") from error


COMMANDS: tuple[Callable[..., None], ...] = (ask, verify)
"""In the order of the help."""
