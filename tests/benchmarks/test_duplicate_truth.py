"""The truth that near-duplicates are measured against."""

from pathlib import Path

import pytest

from benchmarks import duplicates
from benchmarks.corpora import CorpusMissingError, shared_file
from benchmarks.duplicate_truth import page_of, repeated_words, true_leaders
from benchmarks.vector_store import VectorStore
from benchmarks.workspace import Workspace

PAGE = " ".join(f"word{number}" for number in range(60))


def test_leaders_are_what_is_unlike_all_leaders_before() -> None:
    one, two = PAGE.replace("word30", "edited"), PAGE.replace("word30", "edited").replace("word10", "edited")
    assert true_leaders([PAGE, one, "Something else."], 0.85) == 2
    assert true_leaders([PAGE, one, two], 0.85) == 2  # the third is like the second, which does not lead
    assert true_leaders([PAGE, one, two], 0.8) == 1
    assert true_leaders([], 0.85) == 0


def test_words_of_paragraphs_that_came_up_before() -> None:
    assert repeated_words(["One two.\n\nThree four five", "ONE, TWO\n \nsix"]) == pytest.approx(2 / 8)
    assert repeated_words([]) == 0


@pytest.mark.parametrize(
    ("doc_id", "page"),
    [
        ("manual/docs/a/b.mdx", "docs/a/b.mdx"),
        ("manual/versioned_docs/version-2.18/a/b.mdx", "docs/a/b.mdx"),
        ("manual/reference/x.md", "reference/x.md"),
        ("manual/reference_versioned_docs/version-3.1-unstable/x.md", "reference/x.md"),
    ],
)
def test_versions_of_a_page(doc_id: str, page: str) -> None:
    assert page_of(doc_id) == page


def test_the_suite_is_skipped_without_its_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGLINE_SHARED_DATA", str(tmp_path))
    with pytest.raises(CorpusMissingError, match="no file docs-haystack-all-versions"):
        duplicates.measure(Workspace(tmp_path, VectorStore(tmp_path / "vectors.sqlite")))
    (tmp_path / "docs.tar.xz").touch()
    assert shared_file("docs.tar.xz") == tmp_path / "docs.tar.xz"
