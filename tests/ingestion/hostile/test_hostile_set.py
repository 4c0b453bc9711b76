"""The hostile set through a real ingest: typed rows, bounded memory, nothing outside, and everything else goes in.

All of it is one ingest, in a process of its own, because that is how it comes: between files that somebody needs.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
MOST_MIB = 500


def _load(name: str) -> Any:
    spec = spec_from_file_location(f"hostile_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hostile = _load("files")
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Run:
    place: Path
    before: frozenset[Path]
    after: frozenset[Path]
    result: Mapping[str, Any]
    expected: Mapping[str, str]

    def row(self, name: str) -> Mapping[str, Any]:
        (row,) = [each for each in self.result["rows"] if each["source"] == str(self.place / "in" / "docs" / name)]
        return row


def _tree(place: Path) -> frozenset[Path]:
    """All that is there, but for the collection and the note that the embedder's weights were verified."""
    ours = (place / "kb", place / "home" / ".cache")
    return frozenset(path for path in place.rglob("*") if not any(path.is_relative_to(each) for each in ours))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    place = tmp_path_factory.mktemp("hostile")
    folder = place / "in" / "docs"
    hostile.write_files(folder, hostile.FILES)
    hostile.write_lines(folder)
    expected = {**hostile.write_odd_names(folder), **hostile.write_links(folder), **hostile.write_specials(folder)}
    for name in ("home", "temp", "work"):
        (place / name).mkdir()
    (place / "home" / ".cache").mkdir()
    before = _tree(place)
    done = subprocess.run(
        [
            sys.executable,
            str(HERE / "ingest_and_measure.py"),
            str(place / "kb"),
            str(folder),
            json.dumps({"parse_timeout_s": 60}),
        ],
        cwd=place / "work",
        env={
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": os.pathsep.join([str(HERE.parents[2]), *sys.path]),
            "HOME": str(place / "home"),
            "XDG_CACHE_HOME": str(place / "home" / ".cache"),
            "TMPDIR": str(place / "temp"),
        },
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return Run(place, before, _tree(place), json.loads(done.stdout), expected)


@pytest.mark.parametrize("name", hostile.FILES)
def test_every_file_is_a_row_that_says_what_it_is(run: Run, name: str) -> None:
    _, status, reason = hostile.FILES[name]
    row = run.row(name)
    assert row["status"] == status, row["reason"]
    assert reason in row["reason"]
    assert not reason or ";" in row["reason"] or ":" in row["reason"]
    assert row["seconds"] < 30


@pytest.mark.parametrize("suffix", ["txt", "csv", "json", "jsonl", "md", "html"])
def test_a_line_of_a_gigabyte_is_not_read(run: Run, suffix: str) -> None:
    row = run.row(f"line.{suffix}")
    assert row["status"] == "skipped"
    assert "larger than 64 MB; split it" in row["reason"]


def test_links_names_and_specials_are_what_they_should_be(run: Run) -> None:
    assert {name: run.row(name)["status"] for name in run.expected} == run.expected
    assert "link that leaves the folder" in run.row("passwd.md")["reason"]
    assert "link that leaves the folder" in run.row("outside.md")["reason"]
    assert "link to nothing" in run.row("one.md")["reason"]


def test_the_other_files_are_ingested_and_found_and_the_collection_is_well(run: Run) -> None:
    for name in ("pump.md", "zz-last.txt"):
        assert run.row(name)["status"] == "added"
    assert run.result["healthy"]
    assert run.result["exact"]
    assert len(run.result["found"]) > 0


def test_memory_of_parent_and_children_stays_bounded(run: Run) -> None:
    assert run.result["parent_mib"] < MOST_MIB
    assert run.result["child_mib"] < MOST_MIB


def test_no_file_is_written_outside_the_collection(run: Run) -> None:
    assert run.after == run.before
    assert not [path for path in run.place.rglob("*") if "evil" in path.name and path.parent != run.place / "in" / "docs"]
    assert not Path("/tmp/evil.txt").exists()


def test_nothing_of_what_links_lead_to_is_in_the_collection(run: Run) -> None:
    data = b"".join(path.read_bytes() for path in (run.place / "kb").rglob("*") if path.is_file())
    assert b"secret words from outside" not in data
    assert b"root:x:0:0" not in data
    assert b"The pump stops with error E-4012" in data


def test_no_child_is_left(run: Run) -> None:
    assert run.result["children_left"] == 0
