"""Crash safety of purges and backups: killed at any step, a collection opens clean, and what has a name is whole."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import ragline
from ragline.types import Document

DOCUMENTS = 40
STEPS = 150
STEPS_AT_ONCE = 30
SECRET = "xylophonequartz"
RunKilled = Callable[..., list[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with ragline.open(tmp_path / "kb", embedder="light", exact_threshold=20, auto_rebuild="wait") as kb:
        kb.ingest([Document(f"d{number}", f"own{number} edition none") for number in range(DOCUMENTS)])
        kb.ingest([Document("gone", f"The edition of {SECRET}.")])
        kb.rebuild()
    return tmp_path / "kb"


def check_is_whole(folder: Path) -> bool:
    """Whether the document is still there; it is there as a whole, or not at all."""
    with ragline.open(folder, exact_threshold=20, auto_rebuild="wait") as kb:
        assert kb.health()["ok"], kb.health()
        ids = set(kb.document_ids())
        assert ids - {"gone"} == {f"d{number}" for number in range(DOCUMENTS)}
        for mode in ("vector", "lexical"):
            assert {hit.doc_id for hit in kb.search("edition", k=DOCUMENTS + 1, mode=mode)} == ids  # type: ignore[arg-type]
        return "gone" in ids


def killed_at_every_step(action: str, folder: Path, run_killed: RunKilled) -> Iterator[Path]:
    """A copy of the collection for every step, at which the work on it was killed; the last one is that of the work done."""
    for first in range(1, STEPS, STEPS_AT_ONCE):
        steps = range(first, first + STEPS_AT_ONCE)
        places = [folder.with_name(f"at-{number}") / "kb" for number in range(STEPS_AT_ONCE)]
        for place in places:
            shutil.rmtree(place.parent, ignore_errors=True)
            shutil.copytree(folder, place)
        outcomes = run_killed(action, folder.with_name("at-{}") / "kb", steps)
        yield from places[: outcomes.index("done") + 1 if "done" in outcomes else None]
        if "done" in outcomes:
            return
    pytest.fail(f"{action} takes more than {STEPS} steps")


@pytest.mark.slow
def test_a_kill_at_any_step_of_a_purge_loses_nothing_and_the_next_one_ends_it(folder: Path, run_killed: RunKilled) -> None:
    seen = set()
    for place in killed_at_every_step("purge", folder, run_killed):
        seen.add(check_is_whole(place))
        with ragline.open(place, exact_threshold=20, auto_rebuild="wait") as kb:
            kb.purge(["gone"])
            assert kb.doctor().ok
            assert "gone" not in kb.document_ids()
        paths = [Path(parent, name) for parent, _, names in os.walk(place) for name in names]
        assert not [path for path in paths if SECRET.encode() in path.read_bytes()]
    assert seen == {True, False}, "no kill hit it before and after the document was deleted"
