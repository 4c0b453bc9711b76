"""The space in service: whoever is in one stays in it, and it is closed when the last has left."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline
from api.serving import Space
from indexes.spaces import use_space
from ragline.errors import InputError
from ragline.types import Document


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light", chunk_tokens=64) as collection:
        collection.ingest([Document("a", "The pump has run dry.")])
        collection.migrate(chunk_tokens=128)
        yield collection


def switch(kb: ragline.Collection) -> None:
    """Put the other space in use, as another process does."""
    number = kb.stats()["space"]
    use_space(kb.folder, 3 - number, previous=number)


def is_closed(space: Space) -> bool:
    try:
        space.store.snapshot()
    except InputError:
        return True
    return False


def test_one_call_is_in_one_space_however_often_it_is_switched(kb: ragline.Collection) -> None:
    serving = kb._serving
    with serving.one_space() as first:
        switch(kb)
        assert kb._serving.space() is first
        assert kb.stats()["chunk_tokens"] == 128
        seen: list[Space] = []
        other = threading.Thread(target=lambda: seen.append(serving.space()))
        other.start()
        other.join()
        assert seen[0].configuration.chunk_tokens == 64
        assert not is_closed(first)
        with serving.one_space() as again:
            assert again is first
    assert is_closed(first)
    assert kb.stats()["chunk_tokens"] == 64


def test_a_space_that_nobody_is_in_is_closed_at_once(kb: ragline.Collection) -> None:
    spaces = [kb._serving.space()]
    for _ in range(4):
        switch(kb)
        spaces.append(kb._serving.space())
    assert [is_closed(space) for space in spaces] == [True] * 4 + [False]


def test_a_writer_writes_to_the_space_in_use_also_when_it_began_in_another(kb: ragline.Collection) -> None:
    with kb._serving.one_space() as first:
        switch(kb)
        with kb._serving.writing() as session:
            assert kb._serving.space() is not first
            session.catalog.remove_document("a")
            session.publish()
        assert kb.get("a") is None
    assert kb.get("a") is None
    switch(kb)
    assert kb.get("a") is not None


def test_closing_ends_every_space(kb: ragline.Collection) -> None:
    with kb._serving.one_space() as first:
        switch(kb)
        threads = [threading.Thread(target=kb.search, args=("pump",)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        kb.close()
        assert is_closed(first)
    switch_to_what_is_closed = kb._serving.space()
    assert is_closed(switch_to_what_is_closed)
    with pytest.raises(InputError, match="closed"):
        kb.search("pump")


def test_opening_a_space_that_has_to_be_mended_waits_for_no_lock_that_waits_for_it(kb: ragline.Collection) -> None:
    """Readers open the new space, which takes the write lock to catch up; writers hold that lock and ask for the new space."""
    inside, go = threading.Event(), threading.Event()

    def write() -> None:
        with kb._serving.holding():
            inside.set()
            go.wait(20)
            kb.ingest([Document("b", "Written meanwhile.")])

    for _ in range(3):
        inside.clear()
        go.clear()
        writer = threading.Thread(target=write)
        writer.start()
        assert inside.wait(20)
        (kb.folder / "lexical" / "manifest.json").unlink(missing_ok=True)
        (kb.folder / "spaces" / "000002" / "lexical" / "manifest.json").unlink(missing_ok=True)
        others = [threading.Thread(target=kb.search, args=("pump",)) for _ in range(2)]
        others.append(threading.Thread(target=kb.delete, args=("nothing",)))
        for other in others:
            other.start()
        go.set()
        writer.join(20)
        switch(kb)
        threads = [threading.Thread(target=kb.delete, args=("b",)), threading.Thread(target=kb.search, args=("pump",))]
        for thread in threads:
            thread.start()
        for thread in (writer, *others, *threads):
            thread.join(20)
            assert not thread.is_alive()
