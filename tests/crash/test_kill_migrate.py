"""Crash safety of migrations: killed at any step, the old space or the new one serves, and the next call ends the work."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import ragline
from indexes.catalog.reader import CatalogReader
from indexes.migration.catch_up import CatchUp
from indexes.spaces import space_in_use, spaces_on_disk
from ragline.types import Document, Principal

DOCUMENTS = 12
STEPS = 400
STEPS_AT_ONCE = 40
SMALL = {"exact_threshold": 10, "batch_chunks": 8, "threads": 1, "auto_rebuild": "wait"}
STAFF = Principal("ann", frozenset({"staff"}))
RunKilled = Callable[..., list[str]]


def document(number: int, edition: str = "first") -> Document:
    words = " ".join(f"word{(number * 31 + at * 7) % 97}" for at in range(60 + number % 5 * 30))
    return Document(f"d{number}", f"own{number} edition {edition}. {words}.", acl=("staff",) if number % 4 == 0 else None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with ragline.open(tmp_path / "kb", embedder="light", chunk_tokens=96, **SMALL) as kb:
        kb.ingest([document(number) for number in range(DOCUMENTS)])
        assert kb.stats()["generation"] == 1
    return tmp_path / "kb"


def check_is_whole(folder: Path, edited: frozenset[int] = frozenset(), *, is_ended: bool = False) -> int:
    """Every document is there, in both legs, and closed where it was; returns the space in use."""
    with ragline.open(folder, **SMALL) as kb:
        assert kb.health()["ok"], kb.health()
        assert kb.document_ids() == sorted(f"d{number}" for number in range(DOCUMENTS))
        for number in range(DOCUMENTS):
            assert kb.get(f"d{number}") == document(number, "second" if number in edited else "first")
        for mode in ("vector", "lexical"):
            for principal, closed in ((None, 4), (STAFF, DOCUMENTS)):
                hits = kb.search("edition", k=500, mode=mode, principal=principal)  # type: ignore[arg-type]
                ids = {f"d{number}" for number in range(DOCUMENTS) if number % 4 or closed == DOCUMENTS}
                assert {hit.doc_id for hit in hits} == ids
        assert not is_ended or kb.doctor(repair=True).ok
        return int(kb.stats()["space"])


def killed_at_every_step(action: str, folder: Path, run_killed: RunKilled) -> Iterator[Path]:
    """A copy of the collection for every step at which the work on it was killed; the last one is that of the work done."""
    for first in range(1, STEPS, STEPS_AT_ONCE):
        places = [folder.with_name(f"at-{number}") / "kb" for number in range(STEPS_AT_ONCE)]
        for place in places:
            shutil.rmtree(place.parent, ignore_errors=True)
            shutil.copytree(folder, place)
        outcomes = run_killed(action, folder.with_name("at-{}") / "kb", range(first, first + STEPS_AT_ONCE))
        yield from places[: outcomes.index("done") + 1 if "done" in outcomes else None]
        if "done" in outcomes:
            return
    pytest.fail(f"{action} takes more than {STEPS} steps")


def hashes(catalog: Path) -> set[bytes]:
    """Of the texts whose vectors are committed."""
    if not catalog.exists():
        return set()
    with closing(CatalogReader(catalog)) as reader:
        tables = reader.read(lambda connection: connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        return set(reader.read(_hashes)) if tables else set()


def _hashes(connection: Any) -> list[bytes]:
    return [bytes(key) for (key,) in connection.execute("SELECT embed_hash FROM vectors")]


@pytest.mark.slow
def test_a_kill_at_any_step_of_a_migration(folder: Path, run_killed: RunKilled, monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[bytes] = []
    original = CatchUp._vectors

    def counting(self: CatchUp, texts: dict[bytes, str]) -> Any:
        computed.extend(texts)
        return original(self, texts)

    monkeypatch.setattr(CatchUp, "_vectors", counting)
    seen, resumed, halves = set(), 0, 0
    for place in killed_at_every_step("migrate", folder, run_killed):
        committed = hashes(place / "spaces" / "000002" / "catalog.sqlite")
        seen.add(check_is_whole(place))
        with ragline.open(place, **SMALL) as kb:
            computed.clear()
            if kb.stats()["space"] == 1:
                report = kb.migrate(chunk_tokens=48)
                resumed += report.resumed
                assert sum(report.ways.values()) == report.documents == DOCUMENTS
                assert not committed.intersection(computed)
                halves += bool(committed and computed)
        assert check_is_whole(place, is_ended=True) == 2
        assert spaces_on_disk(place) == [1, 2]
    assert seen == {1, 2}, "no kill hit it before and after the switch"
    assert resumed > halves > 3


@pytest.mark.slow
def test_a_kill_at_any_step_of_going_back(folder: Path, run_killed: RunKilled) -> None:
    edited = frozenset({1, 2, 4})
    with ragline.open(folder, **SMALL) as kb:
        kb.migrate(chunk_tokens=48)
        kb.ingest([document(number, "second") for number in edited])
    seen = set()
    for place in killed_at_every_step("go_back", folder, run_killed):
        seen.add(check_is_whole(place, edited))
        with ragline.open(place, **SMALL) as kb:
            if kb.stats()["space"] == 2:
                kb.rollback(space=True)
        assert check_is_whole(place, edited, is_ended=True) == 1
        assert space_in_use(place).previous == 2
    assert seen == {1, 2}
