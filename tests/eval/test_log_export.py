"""Golden sets from a log: only what users approved of has a label."""

from pathlib import Path
from typing import Any

import pytest

from eval.golden import load_golden
from eval.log_export import export_log
from indexes.query_log import WITHHELD, LogRow, Passage
from ragline.errors import GoldenSetError, InputError

PASSAGES = (Passage("a.md", "c1", 1, 0.9, cited=True), Passage("b.md", "c2", 2, 0.5), Passage("a.md", "c3", 3, 0.4, cited=True))


def row(log_id: str, query: str = "How long?", **values: Any) -> LogRow:
    return LogRow(log_id, 1.0, query, **{"passages": PASSAGES, "answer": "Two years.", "abstained": False, **values})


def test_a_thumbs_up_makes_the_cited_documents_relevant(tmp_path: Path) -> None:
    report = export_log([row("1", verdict="up")], tmp_path / "golden.jsonl")
    assert (report.labelled, report.unlabelled, report.unlabelled_path) == (1, 0, "")
    (item,) = load_golden(tmp_path / "golden.jsonl").items
    assert (item.id, item.tags, item.answer, item.grades) == ("log-1", ("log",), "Two years.", {"a.md": 1})


def test_an_abstention_that_is_right_is_an_unanswerable_question(tmp_path: Path) -> None:
    export_log([row("1", verdict="up", abstained=True, answer="I don't know")], tmp_path / "golden.jsonl")
    (item,) = load_golden(tmp_path / "golden.jsonl").items
    assert not item.answerable
    assert item.relevant == ()


@pytest.mark.parametrize(
    "rows",
    [
        [row("1")],
        [row("1", verdict="down")],
        [row("1", verdict="up"), row("2", verdict="down")],
        [row("1", verdict="up", answer=None)],
        [row("1", verdict="up", answer=WITHHELD)],
    ],
)
def test_everything_else_waits_for_a_label_and_the_loader_says_so(rows: list[LogRow], tmp_path: Path) -> None:
    report = export_log(rows, tmp_path / "golden.jsonl")
    assert (report.rows, report.labelled, report.unlabelled, report.path) == (len(rows), 0, 1, "")
    assert not (tmp_path / "golden.jsonl").exists()
    with pytest.raises(GoldenSetError, match="line 1, field 'relevant': neither relevant documents nor an answer"):
        load_golden(tmp_path / "golden.unlabelled.jsonl")


def test_a_question_that_was_asked_often_is_one(tmp_path: Path) -> None:
    rows = [row("1", "How  long?"), row("2", "How long?", verdict="up"), row("3", "How short?")]
    report = export_log(rows, tmp_path / "golden.jsonl")
    assert (report.rows, report.labelled, report.unlabelled) == (3, 1, 1)


@pytest.mark.parametrize("name", ["golden.jsonl", "golden.unlabelled.jsonl"])
def test_labels_that_are_there_are_not_written_over(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(InputError, match="labels may be in it"):
        export_log([row("1")], tmp_path / "golden.jsonl")
