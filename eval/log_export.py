"""Golden sets from a query log: what users found right is known, everything else waits for a label."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexes.query_log import WITHHELD, LogRow
from ragline.durable import write_named_file
from ragline.errors import InputError

ORIGIN = "log"
"""The tag that says where a question comes from."""

UNLABELLED = "unlabelled"


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written: the questions with a label, and those without; ``""`` for a file that would be empty.

    ``rows`` of the log became ``labelled + unlabelled`` questions: a question that was asked several times is one.
    """

    rows: int
    labelled: int
    unlabelled: int
    path: str
    unlabelled_path: str


def export_log(rows: Sequence[LogRow], path: Path) -> ExportReport:
    """Write the questions of ``rows`` as JSON lines, those with a label to ``path``, the others to ``NAME.unlabelled.jsonl``.

    Only a thumbs up, without a thumbs down on the same question, gives a label: the documents that the answer cites are
    relevant, and an abstention that is right makes the question unanswerable. Every question has the tag "log"; one that went
    on with a conversation is written as it was understood, alone. The second file has no label on any line, which
    :func:`eval.golden.load_golden` refuses, naming the line: fill in ``relevant``, ``answer`` or ``answerable`` first. Raises
    :class:`InputError` where a file of either name exists.
    """
    beside = path.with_name(f"{path.stem}.{UNLABELLED}.jsonl")
    for place in (path, beside):
        if place.exists():
            raise InputError(f"{place} exists. Name another file: labels may be in it.")
    items = [_item(query, same) for query, same in asked_alike(rows).items()]
    labelled = [item for item in items if UNLABELLED not in item["tags"]]
    others = [item for item in items if UNLABELLED in item["tags"]]
    _write(path, labelled)
    _write(beside, others)
    return ExportReport(len(rows), len(labelled), len(others), str(path) if labelled else "", str(beside) if others else "")


def asked_alike(rows: Sequence[LogRow]) -> dict[str, list[LogRow]]:
    """The rows of each question, in the order in which the questions came; a follow-up counts as it was understood, alone."""
    asked: dict[str, list[LogRow]] = {}
    for row in rows:
        asked.setdefault(" ".join(str(row.details.get("standalone") or row.query).split()), []).append(row)
    return asked


def approved(rows: Sequence[LogRow]) -> LogRow | None:
    """The newest row with a thumbs up, ``None`` where there is none or a thumbs down; what a purge took out is no answer."""
    liked = [row for row in rows if row.verdict == "up" and row.answer not in (None, WITHHELD)]
    return liked[-1] if liked and not any(row.verdict == "down" for row in rows) else None


def _item(query: str, rows: Sequence[LogRow]) -> dict[str, Any]:
    """The newest approved answer decides."""
    item: dict[str, Any] = {"id": f"log-{rows[0].log_id}", "query": query}
    best = approved(rows)
    if best is None:
        return {**item, "tags": [ORIGIN, UNLABELLED]}
    if best.abstained:
        return {**item, "answerable": False, "tags": [ORIGIN], "relevant": []}
    cited = dict.fromkeys(passage.doc_id for passage in best.passages if passage.cited)
    return {**item, "answer": best.answer, "tags": [ORIGIN], "relevant": [{"doc_id": doc_id, "grade": 1} for doc_id in cited]}


def _write(path: Path, items: Sequence[Mapping[str, Any]]) -> None:
    if items:
        lines = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
        write_named_file(path, lines.encode("utf-8", "surrogatepass"))
