"""Stable identity (law 4): a document keeps its id however, and in whatever order, its file is reached."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.sources import SourceFile, survey
from ragline.errors import InputError

FILES = ("a.md", "b.md", "docs/a.md", "docs/c.md", "docs/hr/a.md", "docs/hr/leave/x.md", "other/hr/a.md", "other/docs/a.md")
FOLDERS = ("", "docs", "docs/hr", "docs/hr/leave", "other", "other/hr", "other/docs", "link")
PATTERNS = ("*.md", "**/*.md", "docs/*/*.md", "other/*/a.md", "docs/**", "link/*.md")
ARGUMENTS = st.sampled_from([*FILES, *FOLDERS, *PATTERNS, "link/a.md", "link/hr/a.md"])
CALLS = st.tuples(st.lists(ARGUMENTS, min_size=1, max_size=2), st.sampled_from([None, None, *FOLDERS]))


class Ledger:
    """What a collection remembers: roots, a prefix for one folder only, and which id each file has got."""

    def __init__(self) -> None:
        self.roots: dict[Path, str] = {}
        self.ids: dict[Path, str] = {}

    def ingest(self, paths: Iterable[Path], root: Path | None = None) -> dict[str, Path]:
        """Ids of this ingest; fails when a file is renamed or two files share an id."""
        result = survey(list(map(str, paths)), root=root, known_roots=self.roots)
        for folder, prefix in result.new_roots.items():
            self.roots = {place: name for place, name in self.roots.items() if name != prefix} | {folder: prefix}
        found = {each.doc_id: each.path.resolve() for each in result.found if isinstance(each, SourceFile)}
        for doc_id, path in found.items():
            assert self.ids.setdefault(path, doc_id) == doc_id
        assert len(set(self.ids.values())) == len(self.ids)
        return found


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("naming") / "top"
    for name in FILES:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(name)
    (top / "link").symlink_to(top / "docs")
    return top


@settings(max_examples=300, deadline=None)
@given(calls=st.lists(CALLS, max_size=6))
def test_no_order_of_folders_files_patterns_and_roots_renames_a_document(
    tree: Path, calls: list[tuple[list[str], str | None]]
) -> None:
    ledger = Ledger()
    for names, root in calls:
        before = dict(ledger.roots)
        try:
            ledger.ingest([tree / name for name in names], None if root is None else tree / root)
        except InputError:
            assert ledger.roots == before


@settings(max_examples=150, deadline=None)
@given(
    calls=st.lists(
        st.sampled_from(["", "docs", "docs/hr", "docs/hr/leave", "link", "a.md", "docs/c.md", "docs/hr/*.md"]), max_size=6
    )
)
def test_without_root_no_order_is_refused_either(tree: Path, calls: list[str]) -> None:
    ledger = Ledger()
    for name in [*calls, "docs"]:
        ledger.ingest([tree / name])
    assert len(ledger.ids) >= 4


def test_a_folder_below_a_known_one_is_no_new_root(tree: Path) -> None:
    ledger = Ledger()
    ledger.ingest([tree / "docs"])
    ledger.ingest([tree / "docs" / "hr"])
    assert ledger.roots == {tree / "docs": "docs"}
    assert "docs/hr/a.md" in ledger.ingest([tree / "docs"])


def test_a_folder_above_a_known_one_leaves_it_its_ids(tree: Path) -> None:
    ledger = Ledger()
    ledger.ingest([tree / "docs" / "hr"])
    assert sorted(ledger.ingest([tree / "docs"])) == ["docs/a.md", "docs/c.md", "hr/a.md", "hr/leave/x.md"]


def test_a_single_file_decides_for_its_folder(tree: Path) -> None:
    ledger = Ledger()
    ledger.ingest([tree / "docs" / "a.md"])
    assert "docs/a.md" in ledger.ingest([tree])


def test_a_root_given_first_holds_for_later_ingests_of_the_folder(tree: Path) -> None:
    ledger = Ledger()
    ledger.ingest([tree / "docs" / "a.md"], root=tree / "docs")
    for _ in range(2):
        assert sorted(ledger.ingest([tree / "docs"])) == ["a.md", "c.md", "hr/a.md", "hr/leave/x.md"]


def test_a_root_given_later_renames_nothing(tree: Path) -> None:
    ledger = Ledger()
    ledger.ingest([tree / "docs"])
    assert list(ledger.ingest([tree / "docs" / "a.md"], root=tree / "docs")) == ["docs/a.md"]
    assert ledger.roots == {tree / "docs": "docs"}


def test_a_pattern_remembers_its_folder(tree: Path) -> None:
    ledger = Ledger()
    ledger.ingest([tree / "docs" / "hr" / "*.md"])
    assert "hr/leave/x.md" in ledger.ingest([tree / "docs"])


def test_links_to_a_folder_lead_to_the_same_ids(tree: Path) -> None:
    ledger = Ledger()
    ledger.ingest([tree / "link"])
    assert ledger.roots == {tree / "link": "link"}
    assert "link/a.md" in ledger.ingest([tree / "docs"])


def test_a_link_that_moves_on_keeps_the_ids(tmp_path: Path) -> None:
    for release in ("one", "two"):
        (tmp_path / release).mkdir()
        (tmp_path / release / "a.md").write_text(release)
    current = tmp_path / "current"
    current.symlink_to(tmp_path / "one")
    first = survey(current)
    current.unlink()
    current.symlink_to(tmp_path / "two")
    second = survey(current, known_roots=first.new_roots)
    assert [each.doc_id for each in second.found if isinstance(each, SourceFile)] == ["current/a.md"]


def test_a_folder_that_has_moved_keeps_its_ids(tmp_path: Path) -> None:
    (tmp_path / "old" / "docs").mkdir(parents=True)
    (tmp_path / "old" / "docs" / "a.md").write_text("x")
    roots = survey(tmp_path / "old" / "docs").new_roots
    (tmp_path / "old").rename(tmp_path / "new")
    moved = survey(tmp_path / "new" / "docs", known_roots=roots)
    assert moved.new_roots == {tmp_path / "new" / "docs": "docs"}
    assert [each.doc_id for each in moved.found if isinstance(each, SourceFile)] == ["docs/a.md"]


def test_one_prefix_does_not_stand_for_two_folders(tree: Path) -> None:
    ledger = Ledger()
    ledger.ingest([tree / "docs" / "hr"])
    with pytest.raises(InputError, match="would overwrite"):
        ledger.ingest([tree / "other" / "hr"])
    with pytest.raises(InputError, match="would overwrite"):
        survey([tree / "docs" / "c.md", tree / "other" / "docs" / "a.md"])
    assert "other/hr/a.md" in ledger.ingest([tree / "other" / "hr"], root=tree)


def test_prefixes_that_meet_do_not_hand_one_id_to_two_files(tree: Path) -> None:
    ledger = Ledger()
    ledger.ingest([tree / "docs"])
    with pytest.raises(InputError, match=r"would both be the document 'docs/a\.md'"):
        ledger.ingest([tree / "other" / "docs"], root=tree / "other")
