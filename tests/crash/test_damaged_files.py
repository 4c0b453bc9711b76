"""A byte flipped or a tail missing in any file: a named error, or everything is as it was; never the end of the process."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ragline
from ragline.types import Document
from tests.crash.damaged_child import SETTINGS, contents

SHARES = (0.01, 0.25, 0.5, 0.99)
# The truth, and the log that the last changes stand in: they have no second copy, so what is not as it was has to be named.
CATALOG = ("catalog.sqlite", "catalog.sqlite-wal")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection with a generation, a delta behind it, and a document with an access list, as a killed process leaves it."""
    folder = tmp_path_factory.mktemp("damaged") / "kb"
    with ragline.open(folder.with_name("served"), settings=SETTINGS) as kb:
        texts = [f"Document {at} tells of pump {at} and valve {at * 7}." for at in range(50)]
        kb.ingest([Document(f"d{at}", text, f"Title {at}", {"number": at, "kind": "note"}) for at, text in enumerate(texts)])
        kb.delete("d7")
        kb.compact()
        kb.ingest([Document("late", "A late document about turbines."), Document("own", "For some only.", acl=("hr",))])
        shutil.copytree(kb.folder, folder)
    return folder


@pytest.fixture(scope="module")
def seen(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    copy = tmp_path_factory.mktemp("seen") / "kb"
    shutil.copytree(original, copy)
    with ragline.open(copy, settings=SETTINGS) as kb:
        return json.loads(json.dumps(contents(kb)))


def cases(original: Path) -> list[tuple[str, str, float]]:
    files = sorted(Path(place, name) for place, _, names in os.walk(original) for name in names)
    names = [str(path.relative_to(original)) for path in files if path.stat().st_size]
    assert set(CATALOG) < set(names)
    assert any(name.startswith("generations/") and name.endswith(".faiss") for name in names)
    return [(name, way, share) for name in names for way in ("truncate", "flip") for share in SHARES]


def outcomes(original: Path, work: Path) -> Iterator[dict[str, Any]]:
    wanted = cases(original)
    child = subprocess.run(
        [sys.executable, "-m", "tests.crash.damaged_child", str(original), str(work), json.dumps(wanted)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    found = [json.loads(line) for line in child.stdout.splitlines()]
    assert child.returncode == 0, f"{wanted[len(found)]} ended the process ({child.returncode}): {child.stderr[-2000:]}"
    return iter(found)


def test_damage_is_a_named_error_or_is_repaired(original: Path, seen: Any, tmp_path: Path) -> None:
    wrong = []
    for outcome in outcomes(original, tmp_path):
        name, *_ = outcome["case"]
        if name in CATALOG:
            fine = "error" in outcome or outcome["problems"] or outcome["seen"] == seen
        else:
            fine = outcome.get("seen") == seen
        if not fine:
            wrong.append({key: value for key, value in outcome.items() if key != "seen"})
    assert not wrong
