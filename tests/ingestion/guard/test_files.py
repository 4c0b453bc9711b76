"""Nothing but a regular file is read, whatever a name stands for by the time it is opened."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

import ingestion.sources
from ingestion.description import read_sidecar
from ingestion.guard.files import read_regular
from ingestion.own_files import REPORT_MARKER
from ingestion.sources import SkippedSource, SourceFile, load, walk
from ragline.errors import ParseError


@pytest.fixture(autouse=True)
def nothing_waits() -> Iterator[None]:
    """A pipe without a writer would be waited for until the alarm."""

    def fail(*_: object) -> None:
        raise AssertionError("it waited")

    former = signal.signal(signal.SIGALRM, fail)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, former)


def open_files() -> int:
    """How many descriptors this process has, where the system tells."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def test_files_are_read_up_to_a_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"words")
    assert read_regular(tmp_path / "a", 100) == b"words"
    assert read_regular(tmp_path / "a", 3) == b"wor"


def test_a_pipe_a_device_a_folder_and_a_socket_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for path in (tmp_path / "pipe", Path("/dev/zero"), Path("/dev/null"), tmp_path, tmp_path / "socket"):
            before = open_files()
            with pytest.raises(OSError, match=r"not a regular file|No such device"):
                read_regular(path, 10)
            assert open_files() == before


def test_a_file_that_became_a_pipe_is_no_reason_to_wait(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("words")
    (source,) = walk(tmp_path)
    assert isinstance(source, SourceFile)
    source.path.unlink()
    os.mkfifo(source.path)
    with pytest.raises(ParseError, match=r"cannot be read \(not a regular file\)"):
        load(source)


def test_pipes_among_the_files_are_skipped_and_waited_for_by_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("words")
    for name in ("b.md", REPORT_MARKER, "a.md.meta.yaml", "c.py"):
        os.mkfifo(tmp_path / name)
    found = {each.path.name: each for each in walk(tmp_path)}
    assert isinstance(found["a.md"], SourceFile)
    assert all(isinstance(found[name], SkippedSource) for name in ("b.md", "c.py"))
    assert read_sidecar(tmp_path / "a.md.meta.yaml").acl == ()


def test_a_file_that_became_a_link_since_it_was_found_is_not_followed(tmp_path: Path) -> None:
    docs, outside = tmp_path / "docs", tmp_path / "outside"
    (docs / "sub").mkdir(parents=True)
    outside.mkdir()
    for folder in (docs, docs / "sub", outside):
        (folder / "a.md").write_text(f"words in {folder.name}")
    (docs / "inside.md").symlink_to("a.md")
    found = {source.doc_id: source for source in walk(docs) if isinstance(source, SourceFile)}
    assert load(found["docs/inside.md"]).data == load(found["docs/a.md"]).data == b"words in docs"
    (docs / "a.md").unlink()
    (docs / "a.md").symlink_to(outside / "a.md")
    (docs / "sub" / "a.md").unlink()
    (docs / "sub").rmdir()
    (docs / "sub").symlink_to(outside)
    for doc_id in ("docs/a.md", "docs/sub/a.md", "docs/inside.md"):
        with pytest.raises(ParseError, match="leads elsewhere than when it was found"):
            load(found[doc_id])


def test_a_file_that_was_replaced_since_it_was_found_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("old")
    (source,) = walk(tmp_path)
    assert isinstance(source, SourceFile)
    (tmp_path / "b").write_text("new")
    (tmp_path / "b").replace(tmp_path / "a.md")
    assert load(source).data == b"new"


def test_a_link_that_changes_while_the_folder_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("words")
    (tmp_path / "secret.md").write_text("secret")
    looks: list[Path] = []

    def is_link(path: Path) -> bool:
        """The moment between two looks at the file."""
        looks.append(path)
        if len(looks) == 1:
            path.unlink()
            path.symlink_to(tmp_path / "secret.md")
        return False

    monkeypatch.setattr(ingestion.sources, "is_link", is_link)
    (found,) = walk(tmp_path / "docs")
    monkeypatch.undo()
    assert isinstance(found, SkippedSource)
    assert "link that leaves the folder" in found.reason


@pytest.mark.parametrize("kind", ["pipe", "link to nothing", "link out", "link beside", "folder"])
def test_a_sidecar_that_is_no_file_shuts_the_document_off(tmp_path: Path, kind: str) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.md").write_text("words")
    (docs / "other.yaml").write_text("acl: [everybody]")
    (tmp_path / "secret.yaml").write_text("password: hidden")
    sidecar = docs / "a.md.meta.yaml"
    if kind == "pipe":
        os.mkfifo(sidecar)
    elif kind == "folder":
        sidecar.mkdir()
    else:
        sidecar.symlink_to({"link to nothing": "missing", "link out": "../secret.yaml", "link beside": "other.yaml"}[kind])
    (source,) = [each for each in walk(docs) if isinstance(each, SourceFile)]
    assert source.description is not None
    assert source.description.acl == ()
    assert source.description.metadata == {}
    assert "cannot be read" in source.description.warnings[0]
