"""Golden sets: questions with the documents that answer them, the answers, or both.

Our own format is JSON lines, one question a line::

    {"id": "q1", "query": "How long is the warranty?", "answer": "Two years.", "answerable": true, "tags": ["table"],
     "relevant": [{"doc_id": "manual.md", "grade": 1, "quote": "The warranty runs for two years", "start": null, "end": null}]}

``id`` and ``query`` are required. A folder in the layout of BEIR is read as it is.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.beir import is_beir_folder, judgements_file, load_beir_corpus, read_judgements, read_texts
from eval.lines import JsonObject, json_objects, malformed, text_field
from ragline.errors import GoldenSetError

__all__ = ["GoldenItem", "GoldenSet", "Relevance", "golden_set", "load_beir_corpus", "load_golden"]

_ITEM_FIELDS = ("id", "query", "answer", "answerable", "tags", "relevant")
_RELEVANCE_FIELDS = ("doc_id", "grade", "quote", "start", "end")


@dataclass(frozen=True, slots=True)
class Relevance:
    """One judgement. ``grade`` above 0 is relevant, 0 or below is judged and not relevant.

    ``quote`` is the passage that answers; ``start`` and ``end`` are its place in the document's text (code points, half
    open), both given or both ``None``.
    """

    doc_id: str
    grade: int = 1
    quote: str = ""
    start: int | None = None
    end: int | None = None

    @property
    def span(self) -> tuple[int, int] | None:
        """``(start, end)``, or ``None`` where the place is not known."""
        return (self.start, self.end) if self.start is not None and self.end is not None else None


@dataclass(frozen=True, slots=True)
class GoldenItem:
    """One question. An item that is not ``answerable`` has no relevant document: the right reaction is to abstain."""

    id: str
    query: str
    answer: str = ""
    answerable: bool = True
    tags: tuple[str, ...] = ()
    relevant: tuple[Relevance, ...] = ()

    @property
    def grades(self) -> dict[str, int]:
        """The grade of each judged document; the highest where several passages of it are judged."""
        grades: dict[str, int] = {}
        for judgement in self.relevant:
            grades[judgement.doc_id] = max(judgement.grade, grades.get(judgement.doc_id, judgement.grade))
        return grades


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """Questions in the order of their file.

    ``sha256`` is the digest of the questions and judgements as they were loaded (not of the bytes of the file), so that it
    stays the same when white space, key order or the file's name change, and differs when a question or a judgement does.
    """

    name: str
    items: tuple[GoldenItem, ...]
    sha256: str

    def __len__(self) -> int:
        return len(self.items)


def golden_set(name: str, items: Iterable[GoldenItem]) -> GoldenSet:
    """A golden set of ``items`` with its digest. Raises :class:`GoldenSetError` when an id comes twice."""
    items = tuple(items)
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise GoldenSetError(f"golden set {name!r}: id {item.id!r} comes twice. Give every question its own id.")
        seen.add(item.id)
    canonical = json.dumps([asdict(item) for item in items], sort_keys=True, separators=(",", ":"))
    return GoldenSet(name, items, hashlib.sha256(canonical.encode()).hexdigest())


def load_golden(path: str | Path, *, split: str = "test", unanswerable: bool = False) -> GoldenSet:
    """The golden set at ``path``: a JSON-lines file of ours, or a folder in the layout of BEIR.

    Of a BEIR folder only the queries judged in ``split`` are taken, in the order of ``queries.jsonl``; ``unanswerable``
    adds those of ``unanswerable.jsonl``. Raises :class:`GoldenSetError` naming file, line and field when something is
    malformed, an id comes twice, a query is empty, a field is unknown, or there is no question at all.
    """
    path = Path(path)
    if path.is_dir():
        items = _read_beir(path, split, unanswerable)
    elif path.is_file():
        items = _read_jsonl(path)
    else:
        raise GoldenSetError(f"{path}: no such file or folder. Give a golden set (.jsonl) or a folder in the layout of BEIR.")
    if not items:
        raise GoldenSetError(f"{path}: holds no questions. Add at least one line with 'id' and 'query'.")
    return golden_set(path.resolve().name if path.is_dir() else path.stem, items)


def _read_jsonl(path: Path) -> list[GoldenItem]:
    first_seen: dict[str, int] = {}
    items = []
    for line, record in json_objects(path):
        item = _item(path, line, record)
        if item.id in first_seen:
            problem = f"id {item.id!r} was used on line {first_seen[item.id]}"
            raise malformed(path, line, problem, "Give every question its own id", field="id")
        first_seen[item.id] = line
        items.append(item)
    return items


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
    grade = entry.get("grade", 1)
    if not isinstance(grade, int) or isinstance(grade, bool) or grade < 0:
        remedy = "Write 0 for not relevant, 1 or more for relevant"
        raise malformed(path, line, "not a whole number of 0 or more", remedy, field="relevant.grade")
    start, end = _offset(path, line, entry, "start"), _offset(path, line, entry, "end")
    if (start is None) != (end is None) or (start is not None and end is not None and start >= end):
        remedy = "Give both with start < end, or leave both out"
        raise malformed(path, line, f"{start} to {end} is no span", remedy, field="relevant.start")
    doc_id = text_field(path, line, entry, "doc_id")
    return Relevance(doc_id, grade, text_field(path, line, entry, "quote", default=""), start, end)


def _offset(path: Path, line: int, entry: JsonObject, field: str) -> int | None:
    value = entry.get(field)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise malformed(path, line, "not an offset in characters", "Write 0 or more, or null", field=f"relevant.{field}")


def _refuse_unknown(path: Path, line: int, record: JsonObject, known: Sequence[str], prefix: str) -> None:
    for field in record:
        if field not in known:
            raise malformed(path, line, "unknown field", f"Known are: {', '.join(known)}", field=prefix + field)


def _read_beir(folder: Path, split: str, unanswerable: bool) -> list[GoldenItem]:
    if not is_beir_folder(folder):
        raise GoldenSetError(f"{folder}: no queries.jsonl in it. Give a golden set (.jsonl) or a folder in the layout of BEIR.")
    queries = read_texts(folder / "queries.jsonl")
    file = judgements_file(folder, split)
    judgements = read_judgements(file)
    unknown = [query_id for query_id in judgements if query_id not in queries]
    if unknown:
        raise GoldenSetError(f"{file}: judges {len(unknown)} queries that queries.jsonl lacks, first {unknown[0]!r}. Add them.")
    items = [
        GoldenItem(query_id, text, relevant=tuple(Relevance(doc, grade) for doc, grade in judgements[query_id].items()))
        for query_id, text in queries.items()
        if query_id in judgements
    ]
    if unanswerable:
        texts = read_texts(folder / "unanswerable.jsonl")
        items += [GoldenItem(query_id, text, answerable=False, tags=("unanswerable",)) for query_id, text in texts.items()]
    return items
