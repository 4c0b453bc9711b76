"""Notes of the cache folder: whole or absent, never half, and never needed."""

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.embedders.model_cache import ModelCache, default_cache_folder

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3), max_leaves=6
)


@settings(max_examples=40, deadline=None)
@given(note=st.dictionaries(st.text(max_size=9), values, max_size=5))
def test_what_is_written_is_read(note: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> None:
    cache = ModelCache(tmp_path_factory.mktemp("notes") / "made" / "when needed")
    assert cache.read("name") is None
    cache.write("name", note)
    assert cache.read("name") == note


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b"\xff\xfe", b'"text"'])
def test_a_damaged_note_counts_as_absent(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "name.json").write_bytes(damage)
    cache = ModelCache(tmp_path)
    assert cache.read("name") is None
    cache.write("name", {"new": 1})
    assert cache.read("name") == {"new": 1}


def test_writers_and_readers_meet_only_whole_notes(tmp_path: Path) -> None:
    cache = ModelCache(tmp_path)
    cache.write("name", {"writer": 0, "fill": ["x"] * 2000})
    halves: list[object] = []

    def write(writer: int) -> None:
        for _ in range(30):
            cache.write("name", {"writer": writer, "fill": ["x"] * 2000})

    def read() -> None:
        for _ in range(100):
            note = cache.read("name")
            if note is None or len(note["fill"]) != 2000:
                halves.append(note)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)] + [threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert halves == []
    assert [path.name for path in tmp_path.iterdir()] == ["name.json"]


def test_a_folder_that_cannot_be_made_is_logged_not_raised(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = ModelCache(tmp_path / "file" / "folder")
    cache.write("name", {"a": 1})
    assert cache.read("name") is None
    assert "cannot write name" in caplog.text


def test_a_value_that_is_no_json_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        ModelCache(tmp_path).write("name", {"a": object()})
    assert list(tmp_path.iterdir()) == []


def test_notes_are_readable_by_people(tmp_path: Path) -> None:
    ModelCache(tmp_path).write("name", {"b": 1, "a": 2})
    text = (tmp_path / "name.json").read_text("utf-8")
    assert list(json.loads(text)) == ["a", "b"]
    assert "\n" in text


def test_default_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAGLINE_CACHE_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_cache_folder() == tmp_path / "own"
    monkeypatch.delenv("RAGLINE_CACHE_DIR")
    assert default_cache_folder() == tmp_path / "xdg" / "ragline"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    assert default_cache_folder() == tmp_path / "home" / ".cache" / "ragline"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_cache_folder() == tmp_path / "home" / ".cache" / "ragline"
