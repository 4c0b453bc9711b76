"""Durable writes: the old content or the new one, and nothing left behind."""

from pathlib import Path

import pytest

from ragline.durable import sha256_file, write_atomically, write_json, write_named_file
from ragline.errors import InputError, StorageError


def test_a_file_is_replaced_and_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"b": 1, "a": "é"})
    write_json(path, {"b": 2})
    assert path.read_text() == '{\n "b": 2\n}'
    assert path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_a_failed_write_leaves_the_old_content_and_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    write_atomically(path, b"old")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", b"abc")
    assert sha256_file(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_what_a_caller_names_is_made_with_its_folder_and_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_named_file(tmp_path / "new" / "folder" / "a", b"here")
    assert (tmp_path / "new" / "folder" / "a").read_bytes() == b"here"
    for place in (tmp_path / "new" / "folder" / "a" / "b", tmp_path / "new"):
        with pytest.raises(InputError, match=r"cannot be written .*\. Name another place\."):
            write_named_file(place, b"x")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(StorageError, match=r"No space left on device\)\. Make room, and run again\."):
        write_named_file(tmp_path / "c", b"x")
    assert [each.name for each in tmp_path.iterdir()] == ["new"]
