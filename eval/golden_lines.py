"""Golden sets in our own format: JSON lines, one question a line, and in front of them, if at all, what the set is called.

``golden.schema.json`` beside this file says what a line may be, as a JSON Schema. Three rules stand in no schema: ids differ
from line to line, a span starts before it ends, and no judgement comes twice.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

from eval.golden_types import GoldenItem, GoldenSet, Relevance, digest_of, golden_set
from eval.lines import JsonObject, json_objects, malformed, text_field
from ragline.durable import write_named_file
from ragline.errors import GoldenSetError

HEAD = "golden_set"
"""The key of the line in front."""

_RAGAS = frozenset({"user_input", "question"})
_HEADER_FIELDS = ("version", "sha256", "notes")
_ITEM_FIELDS = ("id", "query", "answer", "answerable", "tags", "relevant")
_RELEVANCE_FIELDS = ("doc_id", "grade", "quote", "start", "end")


def golden_schema() -> str:
    """The JSON Schema (draft 2020-12) of one line, as text."""
    return files("eval").joinpath("golden.schema.json").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line may say of the whole set; ``sha256`` is empty where it does not say which content it is of."""

    version: str
    sha256: str = ""
    notes: str = ""


def read_lines(path: Path, *, changed: bool = False) -> GoldenSet:
    """The golden set in a file of our own format.

    Raises :class:`GoldenSetError` naming line and field for what is malformed, and where the head names a digest that is not
    that of the questions behind it; with ``changed`` that is let pass.
    """
    header, items = Header(""), []
    first_seen: dict[str, int] = {}
    for place, (line, record) in enumerate(json_objects(path)):
        if HEAD in record:
            if place:
                raise malformed(path, line, "a head that is not the first line", "Keep one, in front", field=HEAD)
            header = _header(path, line, record)
            continue
        if "query" not in record and not _RAGAS.isdisjoint(record):
            remedy = "Convert the file, which finds its contexts in a collection: ragline golden convert FILE OUT.jsonl --kb KB"
            raise malformed(path, line, "a row of RAGAS, not a question of a golden set", remedy, field="query")
        item = _item(path, line, record)
        if item.id in first_seen:
            problem = f"id {item.id!r} was used on line {first_seen[item.id]}"
            raise malformed(path, line, problem, "Give every question its own id", field="id")
        first_seen[item.id] = line
        items.append(item)
    golden = golden_set(path.stem, items, version=header.version, notes=header.notes)
    if header.sha256 and header.sha256 != golden.sha256 and not changed:
        raise GoldenSetError(
            f"{path}: says that it is version {header.version!r} with the digest {header.sha256[:12]}, but its questions have "
            f"the digest {golden.sha256[:12]}: they were changed since. Restore the file, or give what it is now a version of "
            f"its own: ragline golden check {path} --set-version NEW"
        )
    return golden


def write_lines(golden: GoldenSet, path: Path) -> None:
    """Write ``golden`` to ``path`` in our own format, replacing it in one step.

    Where it has a version or notes, a head comes first, with the digest. What :func:`read_lines` then reads is equal to it.
    Raises :class:`GoldenSetError` for what the format refuses, such as a grade below 0; nothing is written then.
    """
    lines = []
    if golden.version or golden.notes:
        head = {"version": golden.version, "sha256": digest_of(golden.items), "notes": golden.notes}
        lines.append(json.dumps({HEAD: {name: value for name, value in head.items() if value}}, ensure_ascii=False))
    for line, item in enumerate(golden.items, start=len(lines) + 1):
        record = _record(item)
        _item(path, line, record)
        lines.append(json.dumps(record, ensure_ascii=False))
    write_named_file(path, "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass"))


def _record(item: GoldenItem) -> JsonObject:
    """An item as it is written: what is not known is left out of judgements."""
    relevant = [{name: value for name, value in asdict(each).items() if value not in (None, "")} for each in item.relevant]
    return {**asdict(item), "tags": list(item.tags), "relevant": relevant}


def _header(path: Path, line: int, record: JsonObject) -> Header:
    head = record[HEAD]
    if len(record) > 1 or not isinstance(head, dict):
        raise malformed(path, line, "not an object alone on its line", f'Write {{"{HEAD}": {{"version": "1"}}}}', field=HEAD)
    _refuse_unknown(path, line, head, _HEADER_FIELDS, f"{HEAD}.")
    header = Header(
        text_field(path, line, head, "version", default=""),
        text_field(path, line, head, "sha256", default=""),
        text_field(path, line, head, "notes", default=""),
    )
    if header.sha256 and not re.fullmatch("[0-9a-f]{64}", header.sha256):
        raise malformed(path, line, "not 64 hexadecimal digits", "Leave it out, or write the digest", field=f"{HEAD}.sha256")
    return header


def _item(path: Path, line: int, record: JsonObject) -> GoldenItem:
    _refuse_unknown(path, line, record, _ITEM_FIELDS, "")
    answerable = record.get("answerable", True)
    if not isinstance(answerable, bool):
        raise malformed(path, line, "not true or false", "Write true or false", field="answerable")
    item = GoldenItem(
        id=text_field(path, line, record, "id"),
        query=text_field(path, line, record, "query"),
        answer=text_field(path, line, record, "answer", default=""),
        answerable=answerable,
        tags=_tags(path, line, record.get("tags", [])),
        relevant=_judgements(path, line, record.get("relevant", [])),
    )
    if not item.answerable and any(judgement.grade > 0 for judgement in item.relevant):
        remedy = "Empty 'relevant', or set 'answerable' to true"
        raise malformed(path, line, "an unanswerable question has relevant documents", remedy, field="relevant")
    if item.answerable and not item.relevant and not item.answer:
        remedy = "Give one of them, or set 'answerable' to false"
        raise malformed(path, line, "neither relevant documents nor an answer", remedy, field="relevant")
    return item


def _tags(path: Path, line: int, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(tag, str) and tag.strip() for tag in value):
        raise malformed(path, line, "not a list of words", 'Write a list such as ["table"]', field="tags")
    return tuple(dict.fromkeys(value))


def _judgements(path: Path, line: int, value: object) -> tuple[Relevance, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise malformed(path, line, "not a list of objects", 'Write a list such as [{"doc_id": "a.md"}]', field="relevant")
    judgements = tuple(_judgement(path, line, entry) for entry in value)
    if len(set(judgements)) < len(judgements):
        raise malformed(path, line, "the same judgement comes twice", "Keep one of them", field="relevant")
    return judgements


def _judgement(path: Path, line: int, entry: JsonObject) -> Relevance:
    _refuse_unknown(path, line, entry, _RELEVANCE_FIELDS, "relevant.")
    grade = _whole(entry.get("grade", 1))
    if grade is None or grade < 0:
        remedy = "Write 0 for not relevant, 1 or more for relevant"
        raise malformed(path, line, "not a whole number of 0 or more", remedy, field="relevant.grade")
    start, end = _offset(path, line, entry, "start"), _offset(path, line, entry, "end")
    if (start is None) != (end is None) or (start is not None and end is not None and start >= end):
        remedy = "Give both with start < end, or leave both out"
        raise malformed(path, line, f"{start} to {end} is no span", remedy, field="relevant.start")
    doc_id = text_field(path, line, entry, "doc_id")
    return Relevance(doc_id, grade, text_field(path, line, entry, "quote", default=""), start, end)


def _offset(path: Path, line: int, entry: JsonObject, field: str) -> int | None:
    if entry.get(field) is None:
        return None
    value = _whole(entry[field])
    if value is not None and value >= 0:
        return value
    raise malformed(path, line, "not an offset in characters", "Write 0 or more, or null", field=f"relevant.{field}")


def _whole(value: object) -> int | None:
    """A whole number, also where it is written as 2.0; ``None`` for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _refuse_unknown(path: Path, line: int, record: JsonObject, known: Sequence[str], prefix: str) -> None:
    for field in record:
        if field not in known:
            raise malformed(path, line, "unknown field", f"Known are: {', '.join(known)}", field=prefix + field)
