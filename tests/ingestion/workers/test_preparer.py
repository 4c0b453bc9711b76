"""Preparing in child processes: the same results in the same order, and no source can take the others with it."""

import os
import queue
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from ingestion.chunkers.registry import PLAIN_CHUNKERS, TABLE_CHUNKERS, TABLE_CHUNKS, make_chunker
from ingestion.chunkers.structure import StructureChunker
from ingestion.pipeline import prepare, prepare_document
from ingestion.sources import SourceFile, load
from ingestion.workers import preparer as preparer_module
from ingestion.workers.preparer import Preparer
from ingestion.workers.process import ChildProcess, WorkerLimits
from ingestion.workers.recipes import AnalysisRecipe, CounterRecipe, recipe_of
from ingestion.workers.tasks import Outcome, Preparation, Task
from ragline.types import Document

HERE = Path(__file__).parent


class WordCounter:
    """Counts as the children do, without their misbehaviour."""

    max_tokens: int | None = 64
    recipe: CounterRecipe | None = CounterRecipe("hostile_counter", "make", "", 64)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


class CallersCounter(WordCounter):
    recipe = None


CHUNKER = StructureChunker(WordCounter(), size_tokens=32)
LIMITS = WorkerLimits(seconds=20, memory_mb=2048)


@pytest.fixture(autouse=True)
def children_find_the_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(HERE), *sys.path])


def files(folder: Path, texts: Sequence[str]) -> list[Task]:
    tasks = []
    for number, text in enumerate(texts):
        path = folder / f"{number:03d}.txt"
        path.write_text(text, "utf-8")
        tasks.append(Task(SourceFile(path, path.name), path.name, len(text)))
    return tasks


def documents(number: int) -> list[Task]:
    found = []
    for at in range(number):
        text = f"Document {at} says, \u00fcber alles \ud800: ".replace("\ud800", "x") + "some words. " * (at % 40)
        found.append(Task(Document(f"d{at}", text, f"Title {at}", {"at": at, "tags": ["a"]}, acl=("x",)), f"d{at}", len(text)))
    return found


def run(tasks: Sequence[Task], *, limits: WorkerLimits = LIMITS, chunker: StructureChunker = CHUNKER) -> list[Outcome]:
    with Preparer[Outcome](chunker, limits=limits) as preparer:
        return list(preparer.run(tasks))


def test_documents_come_out_in_order_and_as_if_prepared_here() -> None:
    tasks = documents(900)
    outcomes = run(tasks)
    assert [outcome.task for outcome in outcomes] == tasks
    for outcome in outcomes:
        assert isinstance(outcome.task.source, Document)
        assert outcome.prepared == prepare_document(outcome.task.source, CHUNKER)


def test_where_many_are_expected_a_child_helps_from_the_first_on() -> None:
    tasks = documents(40)
    with Preparer[Outcome](CHUNKER, limits=LIMITS, expected=1000) as preparer:
        outcomes = list(preparer.run(tasks))
        assert preparer._children
    assert [outcome.prepared for outcome in outcomes] == [outcome.prepared for outcome in run(tasks)]


def test_children_make_the_terms_of_their_chunks() -> None:
    analysis = AnalysisRecipe("hostile_counter", "analyse")
    with Preparer[Outcome](CHUNKER, limits=LIMITS, analysis=analysis, expected=1000) as preparer:
        outcomes = list(preparer.run(documents(300)))
    by_child = [outcome for outcome in outcomes if outcome.terms]
    assert by_child
    for outcome in by_child:
        assert outcome.prepared is not None
        assert outcome.terms == [("xx", chunk.text.upper()) for chunk in outcome.prepared.chunks]


def test_what_was_not_sent_yet_is_taken_back() -> None:
    child = ChildProcess(recipe_of(CHUNKER), LIMITS, queue.SimpleQueue(), Preparation(CHUNKER))
    try:
        batches = [documents(64) for _ in range(200)]
        for batch in batches:
            child.give(batch)
        end = time.monotonic() + 30
        while len(child._outbox) >= len(batches) and time.monotonic() < end:
            time.sleep(0.001)  # until the first ones are on their way
        taken = child.take_back()
        assert taken == batches[-1]
        assert taken is not child.batches[-1]
        while child.take_back():
            pass
        assert 0 < len(child.batches) < 200, "some were on their way before they could be taken back"
    finally:
        child.stop()


def test_files_come_out_in_order_and_as_if_prepared_here(tmp_path: Path) -> None:
    tasks = files(tmp_path, [f"1. Scope\n\nFile {number}: naïve café. " + "word " * number for number in range(120)])
    for outcome in run(tasks):
        assert isinstance(outcome.task.source, SourceFile)
        assert outcome.prepared == prepare(load(outcome.task.source), CHUNKER, doc_id=outcome.task.doc_id)


def test_a_chunker_without_a_recipe_stays_in_the_parent_and_gives_the_same(tmp_path: Path) -> None:
    own = StructureChunker(CallersCounter(), size_tokens=32)
    assert recipe_of(own) is None
    tasks = [*files(tmp_path, ["# no heading here\n\nSome words.", "a,b\n1,2\n"]), *documents(3)]
    assert [each.prepared for each in run(tasks, chunker=own)] == [each.prepared for each in run(tasks)]


@pytest.mark.parametrize("name", PLAIN_CHUNKERS)
def test_every_chunker_that_needs_no_vectors_is_made_again_in_a_child(name: str, tmp_path: Path) -> None:
    chunker = make_chunker(name, WordCounter(), 32, 0.25)
    assert recipe_of(chunker) is not None
    tasks = files(tmp_path, ["1. Scope\n\n" + "Some words here. " * 60, "a,b\n1,2\n"])
    assert [each.prepared for each in run(tasks, chunker=chunker)] == [
        prepare(load(task.source), chunker, doc_id=task.doc_id) for task in tasks if isinstance(task.source, SourceFile)
    ]


@pytest.mark.parametrize("name", TABLE_CHUNKERS)
@pytest.mark.parametrize("asked", TABLE_CHUNKS)
def test_chunks_of_tables_are_made_in_a_child_too(name: str, asked: str, tmp_path: Path) -> None:
    chunker = make_chunker(name, WordCounter(), 32, tables=asked)
    recipe = recipe_of(chunker)
    assert recipe is not None
    assert recipe.tables == asked
    path = tmp_path / "table.md"
    path.write_text("Some words here. " * 40 + "\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n", "utf-8")
    tasks = [Task(SourceFile(path, "table.md"), "table.md", 1)]
    (outcome,) = run(tasks, chunker=chunker)
    assert outcome.prepared is not None
    roles = [chunk.role for chunk in outcome.prepared.chunks if chunk.role != "body"]
    assert roles == ["row"] * (2 * (asked in {"rows", "both"})) + ["summary"] * (asked in {"summaries", "both"})


def test_a_chunker_with_settings_of_its_own_or_vectors_has_no_recipe() -> None:
    assert recipe_of(make_chunker("structure", WordCounter(), tables="both", summarise=str)) is None
    assert recipe_of(StructureChunker(WordCounter(), apart=frozenset({"qa"}))) is None
    assert recipe_of(make_chunker("semantic", WordCounter(), embed=lambda texts: [[1.0]] * len(texts))) is None


def test_children_are_replaced_after_so_many_tasks_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[ChildProcess] = []

    def child(*arguments: Any) -> ChildProcess:
        started.append(ChildProcess(*arguments))
        return started[-1]

    monkeypatch.setattr(preparer_module, "ChildProcess", child)
    monkeypatch.setattr(preparer_module, "_FILES_PER_CHILD", 40)
    tasks = files(tmp_path, [f"words of file {number}" for number in range(200)])
    assert [outcome.task.doc_id for outcome in run(tasks)] == [task.doc_id for task in tasks]
    assert len(started) >= 3
    assert all(each.exit_status() is not None for each in started)


def test_several_children_give_the_same_in_the_same_order(tmp_path: Path) -> None:
    tasks = files(tmp_path, [f"# Part {number}\n\n" + "words here. " * (number % 50) for number in range(150)])
    with Preparer[Outcome](CHUNKER, limits=LIMITS, children=3) as preparer:
        together = list(preparer.run(tasks))
        assert len(preparer._children) == 3
    assert [each.prepared for each in together] == [each.prepared for each in run(tasks)]


def test_other_items_pass_through_in_their_places(tmp_path: Path) -> None:
    one, two = files(tmp_path, ["first", "second"])
    with Preparer[str](CHUNKER) as preparer:
        found = list(preparer.run(["before", one, "between", two, "after"]))
    assert [item if isinstance(item, str) else item.task for item in found] == ["before", one, "between", two, "after"]


@pytest.mark.parametrize(
    ("word", "reason"),
    [("CRASH", "SIGSEGV"), ("HANG", "longer than 1 s"), ("DEVOUR", "parse_memory_mb"), ("RAISE", "a defect")],
)
def test_what_ends_a_child_is_the_row_of_one_file_and_the_others_go_on(tmp_path: Path, word: str, reason: str) -> None:
    texts = [f"fine {number}" for number in range(40)]
    texts[7] = texts[23] = f"not {word} fine"
    limits = WorkerLimits(seconds=1 if word == "HANG" else 20, memory_mb=1024)
    outcomes = run(files(tmp_path, texts), limits=limits)
    assert [at for at, outcome in enumerate(outcomes) if outcome.prepared is None] == [7, 23]
    assert all(reason in outcomes[at].error for at in (7, 23))


@pytest.mark.parametrize("word", ["CONNECT", "SPAWN"])
def test_a_child_reaches_neither_the_network_nor_another_program(tmp_path: Path, word: str) -> None:
    (outcome,) = run(files(tmp_path, [f"please {word} now"]))
    assert outcome.prepared is None
    assert "not allowed while documents are read" in outcome.error


def test_what_a_library_prints_does_not_garble_the_answers(tmp_path: Path) -> None:
    outcomes = run(files(tmp_path, ["a PRINT b", "c PRINT d", "e"]))
    assert [outcome.prepared is not None for outcome in outcomes] == [True, True, True]


def test_leaving_early_ends_the_children(tmp_path: Path) -> None:
    before = children()
    with Preparer[str](CHUNKER, limits=LIMITS) as preparer:
        outcomes = preparer.run(files(tmp_path, ["fine"] * 32 + ["HANG"] * 32))
        assert isinstance(next(outcomes), Outcome)
        assert len(children() - before) == 1
    assert children() == before


def test_a_child_does_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = f"""
import sys, time
sys.path[:0] = [{str(HERE)!r}, {str(HERE.parents[2])!r}]
from pathlib import Path
from test_preparer import CHUNKER, LIMITS, files
from ingestion.workers.preparer import Preparer
with Preparer(CHUNKER, limits=LIMITS) as preparer:
    print("ready", flush=True)
    list(preparer.run(files(Path({str(tmp_path)!r}), ["HANG"])))
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent.stdout:
        assert parent.stdout.readline() == b"ready\n"
        (child,) = wait_for_child(parent.pid)
        parent.kill()
        parent.wait()
    assert not psutil.wait_procs([child], timeout=10)[1]


def wait_for_child(pid: int) -> list[psutil.Process]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = psutil.Process(pid).children()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("no child was started")


def children() -> set[int]:
    return {child.pid for child in psutil.Process(os.getpid()).children()}


def test_sources_are_taken_as_they_are_needed() -> None:
    """Memory stays bounded: a stream of documents is not drained ahead of the results."""
    taken = 0

    def stream() -> Iterator[Task]:
        nonlocal taken
        for task in documents(20_000):
            taken += 1
            yield task

    with Preparer[str](CHUNKER, limits=LIMITS) as preparer:
        outcomes = preparer.run(stream())
        for _ in range(100):
            next(outcomes)
        assert taken < 5_000
