"""Folders in the layout of BEIR, read as they are.

``corpus.jsonl`` holds ``{"_id", "title", "text"}``, ``queries.jsonl`` holds ``{"_id", "text"}``, and the judgements are
lines of query id, document id and grade, split by tabs. Further fields are ignored: the layout allows them.

Source of the layout: Thakur et al., "BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of Information Retrieval
Models", NeurIPS 2021 Datasets and Benchmarks.
"""

from collections.abc import Iterator
from pathlib import Path

from eval.lines import json_objects, malformed, numbered_lines, text_field
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
