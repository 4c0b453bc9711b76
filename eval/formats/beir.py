"""Folders in the layout of BEIR, read as they are.

``corpus.jsonl`` holds ``{"_id", "title", "text"}``, ``queries.jsonl`` holds ``{"_id", "text"}``, and the judgements are
lines of query id, document id and grade, split by tabs. Further fields are ignored: the layout allows them.

Source of the layout: Thakur et al., "BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of Information Retrieval
Models", NeurIPS 2021 Datasets and Benchmarks.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from eval.golden_types import UNANSWERABLE, GoldenItem, GoldenSet, Relevance
from eval.lines import json_objects, malformed, numbered_lines, text_field
from ragline.durable import write_named_file
from ragline.errors import GoldenSetError
from ragline.types import Document

Judgements = dict[str, dict[str, int]]


def is_beir_folder(path: Path) -> bool:
    """Whether ``path`` is a folder with queries in the layout of BEIR."""
    return (path / "queries.jsonl").is_file()


def load_beir_corpus(path: str | Path) -> Iterator[Document]:
    """The documents of a BEIR folder (or of its ``corpus.jsonl``), in the order of the file, one at a time.

    Raises :class:`GoldenSetError` for a malformed line and for an id that comes twice. An empty text or title is kept.
    """
    path = Path(path)
    file = path / "corpus.jsonl" if path.is_dir() else path
    first_seen: dict[str, int] = {}
    for line, record in json_objects(file):
        doc_id = _new_id(file, line, text_field(file, line, record, "_id"), first_seen)
        text = text_field(file, line, record, "text", default="")
        yield Document(doc_id, text, text_field(file, line, record, "title", default=""))


def read_texts(file: Path) -> dict[str, str]:
    """The text of each ``_id`` of a file of queries, in the order of the file."""
    first_seen: dict[str, int] = {}
    texts: dict[str, str] = {}
    for line, record in json_objects(file):
        query_id = _new_id(file, line, text_field(file, line, record, "_id"), first_seen)
        texts[query_id] = text_field(file, line, record, "text")
    return texts


def judgements_file(folder: Path, split: str) -> Path:
    """The file of judgements of a split: ``qrels/test.tsv``, ``qrels.test.tsv`` or, for the test split, ``qrels.tsv``."""
    candidates = [folder / "qrels" / f"{split}.tsv", folder / f"qrels.{split}.tsv"]
    if split == "test":
        candidates.append(folder / "qrels.tsv")
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    names = ", ".join(str(candidate.relative_to(folder)) for candidate in candidates)
    raise GoldenSetError(f"{folder}: no judgements for the split {split!r}. Add one of: {names}; or name another split.")


def read_judgements(file: Path) -> Judgements:
    """Grade by document id, by query id. A header line is recognised by a third column that is not a number."""
    judgements: Judgements = {}
    remedy = "Write query id, document id and a whole number as grade, split by tabs"
    lines = numbered_lines(file)
    for position, (line, text) in enumerate(lines):
        columns = [column.strip() for column in text.split("\t")]
        if len(columns) != 3 or not columns[0] or not columns[1]:
            raise malformed(file, line, f"{len(columns)} columns, or an empty one", remedy)
        query_id, doc_id, grade = columns
        if not _is_integer(grade):
            if position == 0:
                continue
            raise malformed(file, line, f"{grade!r} is not a whole number", remedy, field="score")
        of_query = judgements.setdefault(query_id, {})
        if doc_id in of_query:
            raise malformed(file, line, f"document {doc_id!r} is judged twice for query {query_id!r}", "Keep one of them")
        of_query[doc_id] = int(grade)
    return judgements


def read_beir(folder: Path, split: str, *, unanswerable: bool = False) -> list[GoldenItem]:
    """The queries that are judged in ``split``, in the order of ``queries.jsonl``; ``unanswerable`` adds those of that file."""
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
        items += [GoldenItem(query_id, text, answerable=False, tags=(UNANSWERABLE,)) for query_id, text in texts.items()]
    return items


def write_beir(golden: GoldenSet, folder: Path) -> None:
    """Write ``queries.jsonl``, ``qrels/test.tsv`` and, where there are some, ``unanswerable.jsonl`` to ``folder``.

    The layout has no place for answers, quotes, spans and tags. Raises :class:`GoldenSetError` where an id holds a tab or a
    line end.
    """
    judged = [item for item in golden.items if item.relevant]
    rows = ["query-id\tcorpus-id\tscore\n"]
    for item in judged:
        rows += [f"{_column(item.id)}\t{_column(doc_id)}\t{grade}\n" for doc_id, grade in item.grades.items()]
    write_named_file(folder / "qrels" / "test.tsv", "".join(rows).encode("utf-8"))
    _write_texts(folder / "queries.jsonl", judged)
    if silent := [item for item in golden.items if not item.answerable and not item.relevant]:
        _write_texts(folder / "unanswerable.jsonl", silent)


def write_corpus(documents: Iterable[Document], file: Path) -> int:
    """Write documents as a ``corpus.jsonl``; returns how many."""
    lines = [_line({"_id": each.id, "title": each.title, "text": each.text}) for each in documents]
    write_named_file(file, "".join(lines).encode("utf-8", "surrogatepass"))
    return len(lines)


def _write_texts(file: Path, items: Iterable[GoldenItem]) -> None:
    lines = "".join(_line({"_id": item.id, "text": item.query}) for item in items)
    write_named_file(file, lines.encode("utf-8", "surrogatepass"))


def _line(record: Mapping[str, str]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _column(text: str) -> str:
    if not text.strip() or set(text) & set("\t\n\r"):
        raise GoldenSetError(f"{text!r} cannot stand in a table of judgements, which tabs part. Rename it first.")
    return text


def _is_integer(text: str) -> bool:
    return text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()


def _new_id(file: Path, line: int, name: str, first_seen: dict[str, int]) -> str:
    """``name``, remembered with its line; an error when it was there before."""
    if name in first_seen:
        raise malformed(
            file, line, f"id {name!r} was used on line {first_seen[name]}", "Give every line its own id", field="_id"
        )
    first_seen[name] = line
    return name
