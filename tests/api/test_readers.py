"""Readers beside a writer of another process: every view is one state of the collection, however the two fall together."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ragline
from ragline.types import Document

BEFORE = {"a": "alpha alpha text v1", "m": "some text between", "z": "unrelated zebra text"}
AFTER = {"a": "beta text v2", "m": "some text between", "y": "one more text"}


def put(kb: ragline.Collection, documents: dict[str, str], *, first: str) -> None:
    """Ingest, the document ``first`` in front; documents with ``z`` in their id have an access list."""
    ids = sorted(documents, key=lambda doc_id: (doc_id != first, doc_id))
    kb.ingest([Document(doc_id, documents[doc_id], acl=("staff",) if "z" in doc_id else None) for doc_id in ids])


def seen(kb: ragline.Collection, query: str, mode: Any) -> dict[str, str]:
    principal = ragline.Principal("ann", frozenset({"staff"}))
    return {hit.doc_id: hit.text for hit in kb.search(query, k=20, mode=mode, principal=principal)}


@pytest.mark.parametrize("first", ["a", "z"])
@pytest.mark.parametrize("read", ["pinned", "vector_rows", "removed_documents", "access_lists"])
@pytest.mark.parametrize("generation", [False, True])
def test_a_publication_while_a_reader_takes_over_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: str, first: str, generation: bool
) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as writer, ragline.open(tmp_path / "kb") as reader:
        put(writer, BEFORE, first=first)
        if generation:
            writer.rebuild(kind="flat")
        catalog, original = reader._store.catalog, getattr(reader._store.catalog, read)

        def interrupted(*arguments: Any, **named: Any) -> Any:
            monkeypatch.undo()
            writer.delete("z")
            put(writer, AFTER, first="a")  # published, and the rows of the former versions reclaimed
            return original(*arguments, **named)

        monkeypatch.setattr(catalog, read, interrupted)
        view = reader._store.snapshot()
        assert view.live_count == view.lexical.count == len(AFTER if read == "pinned" else BEFORE)
        numbers, _ = view.lexical.search("text", limit=20)
        rows = numbers if view.removed is None else view.chunk_nos[~view.removed]
        assert set(numbers.tolist()) == set(rows.tolist())
        for mode in ("lexical", "vector", "hybrid"):
            assert seen(reader, "text", mode) == AFTER
        assert seen(reader, "alpha", "lexical") == {}
        assert reader.health()["ok"]


def test_a_reader_never_meets_two_versions_or_none(tmp_path: Path) -> None:
    def edition(number: int) -> Document:
        return Document("d", f"always edition{number} " + " ".join(f"filler{i}" for i in range(600)))

    stop, failures = threading.Event(), []

    def read(search: Callable[..., list[ragline.Hit]]) -> None:
        while not stop.is_set():
            for mode in ("lexical", "vector"):
                hits = search("always edition", k=50, mode=mode)
                found = {word for hit in hits for word in hit.text.split() if word.startswith("edition")}
                if len(found) != 1:
                    failures.append(f"{mode}: {sorted(found)}")

    with ragline.open(tmp_path / "kb", embedder="light") as writer, ragline.open(tmp_path / "kb") as other:
        writer.ingest([edition(0)])
        thread = threading.Thread(target=read, args=(other.search,))
        thread.start()
        for number in range(1, 50):
            writer.ingest([edition(number)])
            if number % 10 == 0:
                writer.rebuild(kind="flat")
        stop.set()
        thread.join()
    assert failures == []


@pytest.mark.parametrize("read", ["vector_rows", "removed_documents", "access_lists"])
def test_taking_over_may_be_interrupted_at_any_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: str) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as writer, ragline.open(tmp_path / "kb") as reader:
        put(writer, BEFORE, first="a")
        assert seen(reader, "text", "vector") == BEFORE
        writer.delete("z")
        put(writer, AFTER, first="a")

        def interrupt(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(reader._store.catalog, read, interrupt)
            with pytest.raises(KeyboardInterrupt):
                reader.search("text")
        for mode in ("vector", "lexical", "hybrid"):
            assert seen(reader, "text", mode) == AFTER
        writer.ingest([Document("late", "late text")])
        for mode in ("vector", "lexical", "hybrid"):
            assert seen(reader, "text", mode) == {**AFTER, "late": "late text"}
        assert reader.health()["ok"]


def test_an_index_that_names_foreign_chunks_is_an_error_and_no_wrong_hit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        put(kb, BEFORE, first="a")
        searcher = kb._store.snapshot().lexical
        original = searcher.search
        for shift in (-1, 1):

            def shifted(*arguments: Any, shift: int = shift, **named: Any) -> Any:
                numbers, scores = original(*arguments, **named)
                return numbers + shift * len(BEFORE), scores

            with monkeypatch.context() as patch:
                patch.setattr(searcher, "search", shifted)
                with pytest.raises(ragline.RaglineError, match="the catalog does not hold"):
                    kb.search("text", mode="lexical")
