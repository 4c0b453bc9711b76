"""Law: killed in front of any step of its work, or left without disk space there, a collection is the old or the new one.

The steps are enumerated, not sampled: every call into native code that may write, see ``every_step.py``.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ragline
from tests.crash.every_step import CHANGED, DOCUMENTS, SETTINGS

DRIVER = Path(__file__).with_name("every_step.py")
WORK = [(action, way) for action in ("ingest", "rebuild", "compact", "purge", "backup") for way in ("kill", "full")]
AT_ONCE = 50
EVERY = 5
"""The work is done again after every so many steps."""

MOST_STEPS = 1500
BEFORE = {document.id: document.text for document in DOCUMENTS}
AFTER = {document.id: document.text for document in CHANGED}


def contents(kb: ragline.Collection) -> dict[str, str]:
    assert kb.health()["ok"], kb.health()
    found = {hit.doc_id: hit.text for hit in kb.search("own edition", k=50, mode="vector")}
    assert {hit.doc_id: hit.text for hit in kb.search("edition", k=50, mode="lexical")} == found
    assert sorted(found) == kb.document_ids()
    return found


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection with a generation to go back to, versions that were replaced, and one chunk in no index."""
    folder: Path = tmp_path_factory.mktemp("original") / "kb"
    with ragline.open(folder, settings=SETTINGS) as kb:
        kb.ingest(DOCUMENTS[:5])
        kb.ingest(DOCUMENTS[5:])
        kb.rebuild(kind="hnsw")
        assert contents(kb) == BEFORE
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("action", "way"), WORK)
def test_it_is_the_old_or_the_new_collection(action: str, way: str, original: Path, tmp_path: Path) -> None:
    outcomes: list[str] = []
    while "done" not in outcomes:
        assert len(outcomes) < MOST_STEPS
        numbers = range(len(outcomes) + 1, len(outcomes) + AT_ONCE + 1)
        for number in numbers:
            shutil.copytree(original, tmp_path / str(number))
        command = [sys.executable, DRIVER, action, way, tmp_path, str(numbers[0]), str(numbers[-1])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        outcomes += json.loads(done.stdout)
        for number in numbers:
            check(action, tmp_path / str(number), again=number % EVERY == 0)
            shutil.rmtree(tmp_path / str(number))
    struck = outcomes[: outcomes.index("done")]
    assert set(struck) <= ({"killed"} if way == "kill" else {"refused", "done in spite of it"}), struck
    assert len(struck) > 10


def check(action: str, folder: Path, *, again: bool) -> None:
    """Each document is there in its old or its new version; and the same work done ``again`` is done."""
    with ragline.open(folder, settings=SETTINGS) as kb:
        found = contents(kb)
        for doc_id, text in found.items():
            assert text in {BEFORE.get(doc_id), AFTER.get(doc_id) if action == "ingest" else None}
        gone = set(BEFORE) - set(found)
        assert gone <= ({"d0"} if action in {"ingest", "purge"} else set())
        if action == "backup":
            check_copy(folder.with_name(f"{folder.name}-copy"))
        elif again and action == "ingest":
            kb.ingest(CHANGED)
            kb.delete("d0")
            assert contents(kb) == {key: text for key, text in (BEFORE | AFTER).items() if key != "d0"}
        elif action == "purge":
            kb.purge(["d0"])
            assert set(contents(kb)) == set(BEFORE) - {"d0"}
        elif again:
            kb.rebuild(kind="flat")
            assert set(contents(kb)) == set(found)
    if action == "purge":
        check_is_forgotten(folder)


def check_is_forgotten(folder: Path) -> None:
    """No file holds a word that only the purged document had."""
    secret = BEFORE["d0"].split()[0].encode()
    assert not [path for path in folder.rglob("*") if path.is_file() and secret in path.read_bytes()]


def check_copy(copy: Path) -> None:
    """A backup is whole or not there."""
    if copy.exists():
        restored = copy.with_name(f"{copy.name}-restored")
        ragline.restore(copy, restored)
        with ragline.open(restored, settings=SETTINGS) as kb:
            assert contents(kb) == BEFORE
        shutil.rmtree(restored)
        shutil.rmtree(copy)
