"""The command that answers questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer

from api import render, render_answer
from api.cli_options import KB, Filters, Json, Kb, Names, filter_of, open_collection, principal_of


def ask(
    query: str,
    kb: Kb = KB,
    model: Annotated[str, typer.Option(help="LiteLLM model that writes the answer; empty = extractive, offline.")] = "",
    filters: Filters = "",
    names: Names = None,
    as_json: Json = False,
) -> None:
    """Answer a question with citations, or say that the documents do not answer it."""
    overrides = {"model": model} if model else {}
    with open_collection(kb, create=False, **overrides) as collection:
        answer = collection.answer(query, filters=filter_of(filters), principal=principal_of(names))
    if as_json:
        render.json_object(asdict(answer))
    else:
        render_answer.answer(answer)


COMMANDS: tuple[Callable[..., None], ...] = (ask,)
"""In the order of the help."""
