"""Nothing but a regular file is read, whatever a name stands for by the time it is opened."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

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
