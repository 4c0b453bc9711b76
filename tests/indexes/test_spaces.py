"""Which space is in use: one rename, a role that is written down and never guessed, nothing removed that something leads to."""

import subprocess
import sys
from pathlib import Path

import pytest

from indexes.lock import rebuild_lock
from indexes.spaces import (
    InUse,
    begin_space,
    finish_space,
    forget_spaces,
    remove_space,
    space_folder,
    space_in_use,
    spaces_on_disk,
    stamp,
    unfinished,
    use_space,
)
from ragline.errors import CorruptIndexError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "catalog.sqlite").write_bytes(b"first")
    (tmp_path / "lexical").mkdir()
    return tmp_path


def made(home: Path, note: dict[str, object]) -> int:
    number = begin_space(home, note)
    space_folder(home, number).mkdir()
    (space_folder(home, number) / "catalog.sqlite").write_bytes(b"later")
    return number


def test_without_a_pointer_the_folder_itself_is_in_use(home: Path) -> None:
    assert space_in_use(home) == InUse(1, None)
    assert space_folder(home, 1) == home
    assert stamp(home) == (0, 0)
    assert spaces_on_disk(home) == [1]


def test_a_space_in_the_making_is_none_until_it_is_used(home: Path) -> None:
    number = made(home, {"configuration": 7})
    assert (number, unfinished(home)) == (2, {2: {"configuration": 7}})
    assert space_in_use(home) == InUse(1, None)
    use_space(home, 2, previous=1)
    assert unfinished(home) == {}  # also where a process died before it could say so
    finish_space(home, 2)
    assert sorted(path.name for path in (home / "spaces").iterdir()) == ["000002"]


def test_numbers_go_up_and_every_use_is_seen(home: Path) -> None:
    stamps = {stamp(home)}
    for number in (2, 3):
        assert made(home, {}) == number
        use_space(home, number, previous=number - 1)
        finish_space(home, number)
        stamps.add(stamp(home))
    use_space(home, 2, previous=3)
    assert len(stamps | {stamp(home)}) == 4
    assert made(home, {}) == 4
    assert space_in_use(home) == InUse(2, 3)


@pytest.mark.parametrize("in_use", [1, 2])
def test_all_but_the_one_in_use_can_be_forgotten(home: Path, in_use: int) -> None:
    made(home, {})
    use_space(home, in_use, previous=3 - in_use)
    finish_space(home, 2)
    made(home, {"half": True})
    assert forget_spaces(home, with_unfinished=False)
    assert space_in_use(home) == InUse(in_use, None)
    assert spaces_on_disk(home) == [in_use, 3]
    assert forget_spaces(home, with_unfinished=True)
    assert spaces_on_disk(home) == [in_use]
    assert (home / "lexical").exists() == (in_use == 1)
    assert (home / "spaces").exists() == (in_use == 2)


@pytest.mark.parametrize("busy", [1, 2])
def test_a_space_in_which_an_index_is_built_stays_until_that_has_ended(home: Path, busy: int) -> None:
    made(home, {})
    use_space(home, 3 - busy, previous=busy)
    finish_space(home, 2)
    with rebuild_lock(space_folder(home, busy)).hold():
        forget = f"forget_spaces(Path({str(home)!r}), with_unfinished=True)"
        code = f"from pathlib import Path; from indexes.spaces import *; print({forget})"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == "False\n"
        assert spaces_on_disk(home) == [1, 2]
    assert forget_spaces(home, with_unfinished=True)
    assert spaces_on_disk(home) == [3 - busy]


def test_removing_what_is_half_there_is_no_error(home: Path) -> None:
    begin_space(home, {})
    remove_space(home, 2)
    remove_space(home, 2)
    assert spaces_on_disk(home) == [1]


def test_a_note_that_cannot_be_read_says_nothing(home: Path) -> None:
    made(home, {"configuration": 7})
    (home / "spaces" / "000002.json").write_bytes(b"[")
    assert unfinished(home) == {2: {}}


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"space": "two", "previous": null, "check": 0}', '{"space": 2}'])
def test_a_pointer_that_cannot_be_read_is_an_error(home: Path, content: str) -> None:
    (home / "space.json").write_text(content)
    with pytest.raises(CorruptIndexError, match="Restore the collection from a backup"):
        space_in_use(home)
