"""Names and paths that are longer than the system takes: rows and typed errors, never the end of an ingest."""

import os
from pathlib import Path

import pytest

import ragline
from ingestion.sources import SkippedSource, SourceFile, survey
from ragline.errors import InputError


def test_a_name_as_long_as_the_system_takes_is_a_document(tmp_path: Path) -> None:
    """There is no room for the name of a sidecar beside it."""
    for name in ("a" * 250 + ".md", "b" * 252 + ".md", "c.md"):
        (tmp_path / name).write_text("words")
    assert sum(isinstance(each, SourceFile) for each in survey(tmp_path).found) == 3


@pytest.mark.parametrize("argument", ["a" * 5000, "a/" * 3000 + "b.md", "a\0b.md"])
def test_an_argument_that_can_be_no_path_is_bad_input(tmp_path: Path, argument: str) -> None:
    with (
        ragline.open(tmp_path / "kb", embedder="light") as kb,
        pytest.raises(InputError, match="does not exist"),
    ):
        kb.ingest(argument)


def test_a_tree_deeper_than_paths_may_be_ends_in_a_row(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("words")
    before = Path.cwd()
    os.chdir(tmp_path / "docs")
    try:
        for _ in range(25):
            os.mkdir("d" * 200)  # noqa: PTH102 - a path of its own would be too long
            os.chdir("d" * 200)
            Path("b.md").write_text("words")
    finally:
        os.chdir(before)
    found = survey(tmp_path / "docs").found
    files = [each for each in found if isinstance(each, SourceFile)]
    skipped = [each for each in found if isinstance(each, SkippedSource)]
    assert 10 < len(files) < 25
    assert len(skipped) == 1
    assert "too long" in skipped[0].reason
