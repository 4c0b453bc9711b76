"""Judgements as TREC has them (qrels): ``query-id iteration document-id grade``, parted by blanks or tabs.

The column of iterations is not used, and written as 0. Grades below 0 (spam, in some tracks) are judged and not relevant.
"""

import re
from pathlib import Path

from eval.golden_types import GoldenSet
from eval.lines import malformed, numbered_lines
from ragline.durable import write_named_file
from ragline.errors import GoldenSetError

_REMEDY = "Write four columns: query id, 0, document id and a whole number as grade"


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Grade by document id, by query id, both in the order of the file.

    Raises :class:`GoldenSetError`, naming the line, where there are not four columns, a grade is no whole number, or a document
    is judged twice for a query; and for a file without a line.
    """
    judgements: dict[str, dict[str, int]] = {}
    for line, text in numbered_lines(path):
        columns = text.split()
        if len(columns) != 4:
            raise malformed(path, line, f"{len(columns)} columns", _REMEDY)
        query_id, _, doc_id, grade = columns
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", grade):
            raise malformed(path, line, f"{grade!r} is not a whole number", _REMEDY, field="grade")
        of_query = judgements.setdefault(query_id, {})
        if doc_id in of_query:
            raise malformed(path, line, f"document {doc_id!r} is judged twice for query {query_id!r}", "Keep one of them")
        of_query[doc_id] = int(grade)
    if not judgements:
        raise GoldenSetError(f"{path}: holds no judgements. {_REMEDY}.")
    return judgements


def write_qrels(golden: GoldenSet, path: Path) -> int:
    """Write the grades of the documents to ``path``, replacing it in one step; returns the number of lines.

    Of several passages of a document the best grade counts. Raises :class:`GoldenSetError` where an id holds white space.
    """
    lines = [
        f"{column(item.id)} 0 {column(doc_id)} {grade}\n" for item in golden.items for doc_id, grade in item.grades.items()
    ]
    write_named_file(path, "".join(lines).encode("utf-8"))
    return len(lines)


def column(text: str) -> str:
    """``text``, where it can stand in a file whose columns blanks part; else a :class:`GoldenSetError`."""
    if not text or text.split() != [text]:
        raise GoldenSetError(
            f"{text!r} cannot stand in a file of TREC: ids and tags have no white space there. Rename it first."
        )
    return text
