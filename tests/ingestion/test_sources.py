"""Finding files and naming documents."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

import ingestion.sources
from ingestion.sources import Found, SkippedSource, SourceFile, load, walk
from ragline.errors import InputError, ParseError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    for name in ("b.md", "a.txt", "guide/z.html", "guide/deep/x.md", ".hidden.md", ".git/config.md", "guide/photo.xyz"):
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text of {name}")
    return docs


def ids(found: Iterable[Found]) -> list[str]:
    return [each.doc_id for each in found if isinstance(each, SourceFile)]


def reasons(found: Iterable[Found]) -> dict[str, str]:
    return {each.path.name: each.reason for each in found if isinstance(each, SkippedSource)}


def test_a_folder_gives_sorted_ids_below_its_name(tree: Path) -> None:
    found = list(walk(tree))
    assert ids(found) == ["docs/a.txt", "docs/b.md", "docs/guide/deep/x.md", "docs/guide/z.html"]
    assert reasons(found) == {"photo.xyz": "format .xyz is not supported; convert it or leave it out"}
    assert list(walk(str(tree))) == found


def test_a_file_is_named_by_its_folder(tree: Path) -> None:
    assert ids(walk(tree / "b.md")) == ["docs/b.md"]
    assert ids(walk([tree / "guide" / "deep" / "x.md"])) == ["deep/x.md"]


def test_known_roots_keep_ids_the_same_however_a_file_is_reached(tree: Path) -> None:
    known = {str(tree): "docs", str(tree.parent): "all"}
    expected = ["docs/guide/deep/x.md"]
    assert ids(walk(tree / "guide" / "deep", known_roots=known)) == expected
    assert ids(walk(tree / "guide" / "deep" / "x.md", known_roots=known)) == expected
    assert ids(walk(f"{tree}/guide/*/*.md", known_roots=known)) == expected
    assert ids(walk(tree / "b.md", known_roots={tree: ""})) == ["b.md"]


def test_a_folder_and_a_file_in_it_are_one_source(tree: Path) -> None:
    assert ids(walk([tree / "guide" / "deep" / "x.md", tree, tree / "guide"])) == ids(walk(tree))


def test_root_makes_ids_relative(tree: Path) -> None:
    assert ids(walk([tree / "guide"], root=tree.parent)) == ["docs/guide/deep/x.md", "docs/guide/z.html"]
    with pytest.raises(InputError, match="not below the root"):
        list(walk([tree / "b.md"], root=tree / "guide"))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.md", ["docs/b.md"]),
        ("**/*.md", ["docs/b.md", "docs/guide/deep/x.md"]),
        ("**/*.[th]*", ["docs/a.txt", "docs/guide/z.html"]),
        ("?.md", ["docs/b.md"]),
        ("[!a].*", ["docs/b.md"]),
        ("guide/**", ["guide/deep/x.md", "guide/z.html"]),
    ],
)
def test_patterns(tree: Path, pattern: str, expected: list[str]) -> None:
    assert ids(walk(f"{tree}/{pattern}")) == expected


def test_relative_arguments(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    assert ids(walk(".")) == ids(walk(tree))
    assert ids(walk("*.md")) == ["docs/b.md"]
    assert ids(walk("guide/../b.md")) == ["docs/b.md"]


def test_what_does_not_exist(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / ".x.md").write_text("x")
    for argument, reason in [
        (tree / "missing.md", "does not exist"),
        (tmp_path / "empty", "holds no files"),
        (tmp_path / "hidden", "holds no files"),
        (f"{tree}/*.pdf", "no file matches"),
        (f"{tree}/missing/*.md", "no file matches"),
    ]:
        with pytest.raises(InputError, match=reason):
            walk(argument)
    with pytest.raises(InputError, match="no paths"):
        walk([])


def test_a_file_whose_name_looks_like_a_pattern(tmp_path: Path) -> None:
    (tmp_path / "a[1].md").write_text("x")
    assert ids(walk(tmp_path / "a[1].md")) == [f"{tmp_path.name}/a[1].md"]


def test_two_files_with_one_id(tmp_path: Path) -> None:
    for parent in ("one", "two"):
        (tmp_path / parent / "docs").mkdir(parents=True)
        (tmp_path / parent / "docs" / "a.md").write_text("x")
    arguments = [tmp_path / "one" / "docs", tmp_path / "two" / "docs"]
    with pytest.raises(InputError, match=r"would both be the document 'docs/a\.md'"):
        walk(arguments)
    assert ids(walk(arguments, root=tmp_path)) == ["one/docs/a.md", "two/docs/a.md"]


def test_links(tree: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret.md"
    outside.write_text("secret")
    (tree / "leaves.md").symlink_to(outside)
    (tree / "stays.md").symlink_to(tree / "b.md")
    (tree / "nothing.md").symlink_to(tree / "gone.md")
    (tree / "loop").symlink_to(tree)
    (tree / "away").symlink_to(tmp_path)
    found = list(walk(tree))
    assert "docs/stays.md" in ids(found)
    assert not {"docs/leaves.md", "docs/nothing.md"} & set(ids(found))
    assert reasons(found).keys() >= {"leaves.md", "nothing.md", "loop", "away"}
    assert "leaves the folder" in reasons(found)["leaves.md"]
    assert "leaves the folder" in reasons(found)["away"]
    assert ids(walk(tree / "leaves.md")) == ["docs/leaves.md"]  # named by the caller: meant


def test_special_and_large_files(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tree / "pipe.md")
    monkeypatch.setattr(ingestion.sources, "MAX_FILE_BYTES", 20)
    (tree / "large.md").write_text("x" * 21)
    skipped = reasons(walk(tree))
    assert skipped["pipe.md"] == "not a regular file"
    assert "larger than" in skipped["large.md"]
    with pytest.raises(ParseError, match="larger than"):
        load(SourceFile(tree / "large.md", "docs/large.md"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_files_and_folders(tree: Path) -> None:
    (tree / "b.md").chmod(0)
    (tree / "guide").chmod(0)
    try:
        skipped = reasons(walk(tree))
    finally:
        (tree / "guide").chmod(0o755)
    assert "permission" in skipped["b.md"].lower()
    assert "permission" in skipped["guide"].lower()


def test_load(tree: Path) -> None:
    (source,) = walk(tree / "b.md")
    assert isinstance(source, SourceFile)
    raw = load(source)
    assert (raw.name, raw.data) == (str(tree / "b.md"), b"text of b.md")
    source.path.unlink()
    with pytest.raises(ParseError, match="cannot be read"):
        load(source)
