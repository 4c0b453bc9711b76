"""The command that says whether a collection is sound, and how it is doing in service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import render
from api.cli_options import DONE, INCOMPLETE, KB, Json, Kb, open_collection, show

if TYPE_CHECKING:
    from eval.health.report import ServiceHealth

_MARKS = {"ok": "ok", "alarm": "ALARM", "too few": "?"}


def health(
    kb: Kb = KB,
    service: Annotated[
        bool, typer.Option("--service", help="Also how it is doing in service: the query log of now beside that of before.")
    ] = False,
    days: Annotated[float, typer.Option(help="With --service: the last days that are looked at.")] = 7.0,
    reference_days: Annotated[
        float, typer.Option(help="With --service: the days before them, that they are compared with.")
    ] = 28.0,
    p95_ms: Annotated[
        float | None, typer.Option("--p95-ms", help="With --service: milliseconds that 95 of 100 questions may take.")
    ] = None,
    drift: Annotated[bool, typer.Option(help="With --service: embed logged questions to see whether others are asked.")] = True,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Print what --service finds in the text format of Prometheus.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check that every index agrees with the catalog; repairs what can be repaired. Exit code 3: something is off.

    With --service, and a collection that was opened with query_log=on, the last days are compared with those before: hits,
    empty results, "I don't know", thumbs, scores, questions, latency; and documents with their files.
    """
    found: ServiceHealth | None = None
    with open_collection(kb, create=False) as collection:
        report = collection.health()
        if service or prometheus:
            found = collection.service_health(days=days, reference_days=reference_days, p95_ms=p95_ms, drift=drift)
    if prometheus:
        from eval.health.prometheus import prometheus as text

        typer.echo(text(found, is_sound=bool(report["ok"]), collection=kb.name), nl=False)
    elif as_json:
        render.json_object(report if found is None else {**report, "service": found.json()})
    else:
        _show(report, found)
    raise typer.Exit(DONE if report["ok"] and (found is None or found.ok) else INCOMPLETE)


def _show(report: dict[str, Any], found: ServiceHealth | None) -> None:
    show(report, as_json=False)
    if found is None:
        return
    render.line("")
    render.line(f"{found.rows} questions from {found.start} to {found.end}, {found.reference_rows} before")
    for check in found.checks:
        render.line(f"{_MARKS[check.status]:<6} {check.name:<16} {check.reason}")
    if not found.rows:
        render.line("nothing is logged; to log questions and answers: RAGLINE_QUERY_LOG=on")
