"""Files that change, go and turn into other things while they are read."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import ragline

VERSIONS = [f"# Pump {number}\n\n" + f"Version {number} of the text. " * (50 * number) + "\n" for number in range(1, 6)]


@contextmanager
def meanwhile(change: Callable[[int], None]) -> Iterator[None]:
    """Makes a change again and again until the block ends."""
    over = threading.Event()

    def work() -> None:
        number = 0
        while not over.is_set():
            with suppress(OSError):
                change(number)
            number += 1
            time.sleep(0.0005)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number:02d}.md").write_text(VERSIONS[0])
    (folder / "still.md").write_text("This one stays as it is.")
    return folder


def ingest_while(kb: ragline.Collection, docs: Path, change: Callable[[int], None]) -> None:
    with meanwhile(change):
        for _ in range(3):
            report = kb.ingest(docs)
            # The files come to hold the same again and again: one that has gone is found in another, as moved.
            expected = {"added", "updated", "unchanged", "moved", "failed", "skipped", "degraded"}
            assert {row.status for row in report.rows} <= expected
            assert all(row.reason for row in report.rows if row.status == "failed")
    assert kb.health()["ok"]
    assert kb.get("docs/still.md") is not None


def test_a_file_that_is_replaced_is_one_of_its_versions(kb: ragline.Collection, docs: Path) -> None:
    def change(number: int) -> None:
        path = docs / f"{number % 12:02d}.md"
        fresh = docs.parent / "fresh"
        fresh.write_text(VERSIONS[number % 5])
        fresh.replace(path)

    ingest_while(kb, docs, change)
    for number in range(12):
        document = kb.get(f"docs/{number:02d}.md")
        assert document is not None
        assert document.text in VERSIONS
    report = kb.ingest(docs)
    assert report.counts["failed"] == 0
    for number in range(12):
        document = kb.get(f"docs/{number:02d}.md")
        assert document is not None
        assert document.text == (docs / f"{number:02d}.md").read_text()


def test_a_file_that_is_written_in_place_is_right_after_the_next_ingest(kb: ragline.Collection, docs: Path) -> None:
    def change(number: int) -> None:
        (docs / f"{number % 12:02d}.md").write_text(VERSIONS[number % 5])

    ingest_while(kb, docs, change)
    kb.ingest(docs)
    assert kb.ingest(docs).counts["unchanged"] == 13
    for number in range(12):
        document = kb.get(f"docs/{number:02d}.md")
        assert document is not None
        assert document.text == (docs / f"{number:02d}.md").read_text()


def test_files_that_go_and_turn_into_pipes_folders_and_links(kb: ragline.Collection, docs: Path) -> None:
    turns: list[Callable[[Path], object]] = [
        os.mkfifo,
        Path.mkdir,
        lambda path: path.symlink_to("/etc/passwd"),
        lambda path: path.write_text(VERSIONS[1]),
        lambda path: path.write_bytes(b"\x7fELF" + bytes(100)),
    ]

    def change(number: int) -> None:
        path = docs / f"{number % 12:02d}.md"
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        turns[number % len(turns)](path)

    started = time.monotonic()
    ingest_while(kb, docs, change)
    assert time.monotonic() - started < 60
    assert not [doc_id for doc_id in kb.document_ids() if "root:x:0" in getattr(kb.get(doc_id), "text", "")]
    assert kb.search("stays as it is", k=1)[0].doc_id == "docs/still.md"


def test_a_file_that_grows_beyond_the_limit(kb: ragline.Collection, docs: Path) -> None:
    def change(number: int) -> None:
        os.truncate(docs / "00.md", (1 << 30) if number % 2 else 100)

    ingest_while(kb, docs, change)
