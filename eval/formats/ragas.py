"""Datasets of RAGAS: questions with reference answers and contexts, and what a system made of them. JSON lines, JSON or CSV.

Names of version 0.2 and later (``user_input``, ``reference``, ``reference_contexts``, ``retrieved_contexts``, ``response``) and
the older ones (``question``, ``ground_truth``, ``contexts``, ``answer``) are read. In test sets of the older generator, told by
``evolution_type``, ``contexts`` are what a question was made from, not what a system retrieved.

RAGAS has contexts as texts and names no documents: :func:`ragas_golden` looks for them in documents, and what it does not find
is counted and listed.
"""

import ast
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.builders.origins import LLM
from eval.golden_types import GoldenItem, Relevance
from eval.judges.base import AnsweredQuestion, Passage
from eval.lines import json_objects, malformed, numbered_lines
from eval.spans import find_quote
from ragline.errors import GoldenSetError

_NAMES: Mapping[str, tuple[str, ...]] = {
    "question": ("user_input", "question"),
    "reference": ("reference", "ground_truth", "ground_truths"),
    "reference_contexts": ("reference_contexts",),
    "retrieved_contexts": ("retrieved_contexts", "contexts"),
    "response": ("response", "answer"),
}
_MADE_BY = ("synthesizer_name", "evolution_type")  # columns of generated test sets: new and old
_HOP = re.compile(r"\A<\d+-hop>\s*")  # what RAGAS puts in front of the contexts of a question that needs several
_MAX_CELL = 1 << 27  # characters; the module's own limit of 131,072 is less than ten long contexts


@dataclass(frozen=True, slots=True)
class RagasSample:
    """One row. What is not in it is empty. ``made_by`` names what generated the question, where something did."""

    id: str
    question: str
    reference: str = ""
    reference_contexts: tuple[str, ...] = ()
    retrieved_contexts: tuple[str, ...] = ()
    response: str = ""
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class RagasImport:
    """What became of a dataset: ``items``, and by sample id the contexts that stand in no document, and the rows refused.

    A row is refused where neither a reference answer nor a place of its contexts is known.
    """

    items: tuple[GoldenItem, ...]
    contexts: int
    unplaced: tuple[tuple[str, str], ...]
    refused: tuple[str, ...]


def read_ragas(path: Path) -> list[RagasSample]:
    """The rows of a dataset (.csv, .json or .jsonl), in order; a row without an ``id`` is named by its number from 1.

    Raises :class:`GoldenSetError`, naming the row, for a question that is missing or a conversation, for a list that cannot be
    read, and for a field under its old and its new name at once.
    """
    samples = [_sample(path, line, number, record) for number, (line, record) in enumerate(_records(path), start=1)]
    if not samples:
        raise GoldenSetError(f"{path}: holds no rows. Give a dataset of RAGAS with 'user_input' or 'question'.")
    return samples


def ragas_golden(samples: Sequence[RagasSample], documents: Iterable[tuple[str, str]]) -> RagasImport:
    """Questions with their reference answers, and a judgement for each place of a reference context in ``documents``.

    ``documents`` are ids and texts. White space in contexts and texts counts as equal. A context that stands in several
    documents makes all of them relevant.
    """
    wanted = list(dict.fromkeys(context for sample in samples for context in sample.reference_contexts))
    flat = {context: " ".join(context.split()) for context in wanted}
    places: dict[str, list[Relevance]] = {context: [] for context in wanted}
    for doc_id, text in documents:
        flat_text = " ".join(text.split())
        for context in wanted:
            if flat[context] and flat[context] in flat_text and (found := find_quote(context, text)):
                places[context].append(Relevance(doc_id, 1, text[slice(*found)], *found))
    items, unplaced, refused = [], [], []
    for sample in samples:
        unplaced += [(sample.id, context) for context in sample.reference_contexts if not places[context]]
        judged = dict.fromkeys(place for context in sample.reference_contexts for place in places[context])
        if not judged and not sample.reference:
            refused.append(sample.id)
            continue
        tags = (LLM, sample.made_by) if sample.made_by else ()
        items.append(GoldenItem(sample.id, sample.question, sample.reference, True, tags, tuple(judged)))
    contexts = sum(len(sample.reference_contexts) for sample in samples)
    return RagasImport(tuple(items), contexts, tuple(unplaced), tuple(refused))


def ragas_answers(samples: Sequence[RagasSample]) -> list[AnsweredQuestion]:
    """The rows that have a response, as judges take them: what was retrieved is what the answer was written from."""
    return [
        AnsweredQuestion(
            id=sample.id,
            question=sample.question,
            answer=sample.response,
            contexts=tuple(
                Passage("", f"{sample.id}/{place}", 0, context) for place, context in enumerate(sample.retrieved_contexts)
            ),
            reference=sample.reference,
            reference_contexts=sample.reference_contexts,
        )
        for sample in samples
        if sample.response
    ]


def _records(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The rows with the line on which each begins, or its number where the file has no lines."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        yield from _csv_rows(path)
    elif suffix == ".json":
        try:
            value = json.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            raise GoldenSetError(f"{path}: cannot be read as JSON ({error}). Give a list of rows.") from error
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise GoldenSetError(f"{path}: is no list of rows. Give one object for each question.")
        yield from enumerate(value, start=1)
    else:
        yield from json_objects(path)


def _csv_rows(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    text = "\n".join(line for _, line in numbered_lines(path, blank=True))
    before = csv.field_size_limit(_MAX_CELL)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        rows = [(reader.line_num, _cells(path, reader.line_num, row)) for row in reader]
    except csv.Error as error:
        raise GoldenSetError(f"{path}: cannot be read as CSV ({error}). Save it anew, with quotes around texts.") from error
    finally:
        csv.field_size_limit(before)
    yield from rows


def _cells(path: Path, line: int, row: Mapping[str | None, Any]) -> Mapping[str, object]:
    """The cells that hold something, by column."""
    if None in row:  # what the reader has no column for
        remedy = "Put quotes around texts with commas in them"
        raise malformed(path, line, f"{len(row) - 1 + len(row[None])} cells in {len(row) - 1} columns", remedy)
    return {name: cell for name, cell in row.items() if name and cell}


def _sample(path: Path, line: int, number: int, record: Mapping[str, object]) -> RagasSample:
    made_by = next((str(record[name]) for name in _MADE_BY if record.get(name)), "")
    is_old_test_set = "evolution_type" in record and not record.get("answer")
    values = {field: _value(path, line, record, names) for field, names in _NAMES.items()}
    if is_old_test_set and not values["reference_contexts"]:
        values["reference_contexts"], values["retrieved_contexts"] = values["retrieved_contexts"], None
    question = values["question"]
    if isinstance(question, list):
        raise malformed(path, line, "a conversation", "Leave conversations out: each row is one question", field="user_input")
    name = record.get("id")
    return RagasSample(
        id=str(name) if isinstance(name, str | int) and str(name).strip() else str(number),
        question=_text(path, line, question, "user_input"),
        reference=_text(path, line, values["reference"], "reference", required=False),
        reference_contexts=_texts(path, line, values["reference_contexts"], "reference_contexts"),
        retrieved_contexts=_texts(path, line, values["retrieved_contexts"], "retrieved_contexts"),
        response=_text(path, line, values["response"], "response", required=False),
        made_by=made_by,
    )


def _value(path: Path, line: int, record: Mapping[str, object], names: Sequence[str]) -> object:
    given = {name: record[name] for name in names if record.get(name) not in (None, "", [])}
    if len({json.dumps(value, default=str) for value in given.values()}) > 1:
        raise malformed(path, line, f"differs from {names[0]!r}", "Keep one of the two", field=list(given)[-1])
    return next(iter(given.values()), None)


def _text(path: Path, line: int, value: object, field: str, *, required: bool = True) -> str:
    if isinstance(value, str) and value.lstrip()[:1] == "[" and field == "reference":
        value = _listed(value) or value  # ground_truths of a CSV
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = " ".join(value)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or not value.strip():
        raise malformed(path, line, "missing, empty or not a text", "Give it a text", field=field)
    return value


def _texts(path: Path, line: int, value: object, field: str) -> tuple[str, ...]:
    if value is None:
        return ()
    listed = _listed(value) if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise malformed(path, line, "not a list of texts", 'Write a list such as ["…", "…"]', field=field)
    return tuple(_HOP.sub("", each) for each in listed if each.strip())


def _listed(text: str) -> list[object] | None:
    """A list as a cell of a table holds it: as JSON, or as Python shows it."""
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, list):
            return value
    return None
