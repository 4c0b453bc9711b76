"""The index on disk: opening, locks, failures, what stays in the folder."""

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexes.lexical import tantivy_view
from indexes.lexical.analyser import Analyser
from indexes.lexical.base import LexicalEntry
from indexes.lexical.manifest import LexicalManifest
from indexes.lexical.tantivy_index import TantivyIndex
from ragline.errors import CollectionLockedError, CorruptIndexError, IncompatibleError, InputError

Entries = Callable[[range], list[LexicalEntry]]


def hits(index: TantivyIndex, query: str) -> list[int]:
    return [int(number) for number in index.searcher().search(query, limit=100)[0]]


def test_reopening_gives_the_same_hits_and_scores(folder: Path, analyser: Analyser) -> None:
    first, second = (TantivyIndex.open(folder, analyser=analyser).searcher() for _ in range(2))
    assert (first.sequence, first.count, first.languages) == (3, 59, {"en": 59})
    for query in ("amber", "dune heron", "unique12", "unique5"):
        for left, right in zip(first.search(query, limit=20), second.search(query, limit=20), strict=True):
            assert left.tolist() == right.tolist()
    assert hits(TantivyIndex.open(folder), "unique12") == [12]
    assert hits(TantivyIndex.open(folder), "unique5") == []


def test_equal_histories_give_equal_scores(tmp_path: Path, analyser: Analyser, entries: Entries) -> None:
    results = []
    for name in ("a", "b"):
        with TantivyIndex.create(tmp_path / name, analyser=analyser) as index:
            for step in range(9):
                index.add(entries(range(step * 10, step * 10 + 15)))
                index.commit(step + 1)
            results.append([part.tolist() for part in index.searcher().search("amber dune knoll", limit=200)])
    assert results[0] == results[1]


def test_create_refuses_an_index_that_is_there(folder: Path, analyser: Analyser) -> None:
    with pytest.raises(InputError, match="already holds"):
        TantivyIndex.create(folder, analyser=analyser)
    assert hits(TantivyIndex.open(folder, analyser=analyser), "unique1") == [1]
    with TantivyIndex.open(folder, analyser=analyser) as index:
        index.remove([1])
        index.commit(4)


@pytest.mark.parametrize("content", [None, "empty"])
def test_open_needs_an_index(tmp_path: Path, content: str | None) -> None:
    place = tmp_path / "nothing"
    if content:
        place.mkdir()
    with pytest.raises(CorruptIndexError, match="Rebuild"):
        TantivyIndex.open(place)


def test_another_analyser_is_refused(folder: Path) -> None:
    other = Analyser()
    other.fingerprint = "ragline-terms/0"
    with pytest.raises(IncompatibleError, match="Rebuild"):
        TantivyIndex.open(folder, analyser=other)


def test_one_writer_at_a_time_and_readers_need_no_lock(folder: Path, analyser: Analyser, entries: Entries) -> None:
    first, second = TantivyIndex.open(folder, analyser=analyser), TantivyIndex.open(folder, analyser=analyser)
    first.add(entries(range(60, 61)))
    for write in (lambda: second.add(entries(range(61, 62))), lambda: second.remove([1]), lambda: second.commit(9)):
        with pytest.raises(CollectionLockedError, match="Another writer"):
            write()
    assert hits(second, "unique60") == []
    first.commit(4)
    assert (hits(second, "unique60"), second.sequence) == ([60], 4)
    first.close()
    second.add(entries(range(61, 62)))
    second.commit(5)
    second.close()
    assert (hits(first, "unique61"), hits(first, "unique60"), first.sequence) == ([61], [60], 5)


def test_a_second_writer_builds_on_what_the_first_committed(folder: Path, analyser: Analyser, entries: Entries) -> None:
    late = TantivyIndex.open(folder, analyser=analyser)
    with TantivyIndex.open(folder, analyser=analyser) as early:
        early.add(entries(range(60, 70)))
        early.commit(4)
    with late:
        late.add(entries(range(65, 75)))
        late.commit(5)
    assert late.searcher().count == 59 + 15


def test_closing_drops_what_was_staged(folder: Path, analyser: Analyser, entries: Entries) -> None:
    index = TantivyIndex.open(folder, analyser=analyser)
    index.add(entries(range(60, 70)))
    index.close()
    index.close()
    index.commit(4)
    index.close()
    assert (index.searcher().count, index.searcher().sequence) == (59, 4)


def test_entries_before_a_failing_one_stay_staged(folder: Path, analyser: Analyser, entries: Entries) -> None:
    def failing() -> Iterator[LexicalEntry]:
        yield from entries(range(60, 62))
        raise InputError("no more. Try later")

    with TantivyIndex.open(folder, analyser=analyser) as index:
        with pytest.raises(InputError, match="no more"):
            index.add(failing())
        index.commit(4)
        assert hits(index, "unique61") == [61]


def test_a_searcher_is_shared_until_the_next_commit(folder: Path, analyser: Analyser) -> None:
    with TantivyIndex.open(folder, analyser=analyser) as index:
        before = index.searcher()
        assert index.searcher() is before
        index.commit(4)
        assert index.searcher() is not before


def test_languages_are_counted_exactly(tmp_path: Path, analyser: Analyser) -> None:
    with TantivyIndex.create(tmp_path, analyser=analyser) as index:
        index.add(LexicalEntry(number, "Häuser am Meer", "de") for number in range(3))
        index.add([LexicalEntry(3, "houses by the sea"), LexicalEntry(4, "海边的房子")])
        index.commit(1)
        assert index.searcher().languages == {"de": 3, "en": 1, "zh": 1}
        index.remove([0, 3])
        index.add([LexicalEntry(1, "maisons", "fr")])
        index.commit(2)
        assert index.searcher().languages == {"de": 1, "fr": 1, "zh": 1}
    assert TantivyIndex.open(tmp_path, analyser=analyser).searcher().languages == {"de": 1, "fr": 1, "zh": 1}


def test_many_commits_leave_few_segments_and_one_view(tmp_path: Path, analyser: Analyser, entries: Entries) -> None:
    with TantivyIndex.create(tmp_path, analyser=analyser) as index:
        for step in range(18):
            index.add(entries(range(step * 5, step * 5 + 6)))
            index.commit(step + 1)
        assert index.searcher().count == 91
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["manifest.json", "view-00000019", "writer.lock"]
    assert len(list(tmp_path.glob("view-*/*.idx"))) <= 8, "tantivy merges eight small segments into one"


def test_the_share_of_removed_entries_is_told(folder: Path, analyser: Analyser) -> None:
    with TantivyIndex.open(folder, analyser=analyser) as index:
        before = index.deleted_share
        index.remove(list(range(20, 30)))
        index.commit(4)
        assert before == pytest.approx(11 / 70)
        assert index.deleted_share == pytest.approx(21 / 70)


def test_leftovers_of_a_killed_writer_are_removed(folder: Path, analyser: Analyser, entries: Entries) -> None:
    (folder / "stage").mkdir()
    (folder / "stage" / "meta.json").write_text("half")
    (folder / "view-00000099").mkdir()
    (folder / "manifest.json.tmp").write_text("half")
    with TantivyIndex.open(folder, analyser=analyser) as index:
        assert index.searcher().count == 59
        index.add(entries(range(60, 61)))
        index.commit(4)
    assert sorted(path.name for path in folder.glob("*/")) == ["view-00000005"]


def test_without_hard_links_files_are_copied(
    folder: Path, analyser: Analyser, entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(f"no links from {self} to {target}")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    with TantivyIndex.open(folder, analyser=analyser) as index:
        index.add(entries(range(60, 65)))
        index.commit(4)
    assert TantivyIndex.open(folder, analyser=analyser).searcher().count == 64


def test_an_index_can_be_moved(folder: Path, analyser: Analyser, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    shutil.rmtree(folder)
    assert hits(TantivyIndex.open(tmp_path / "copy", analyser=analyser), "unique30") == [30]


def test_numbers_may_be_large_and_in_any_order(tmp_path: Path, analyser: Analyser) -> None:
    numbers = [2**40, 3, 2**62, 0, 17]
    with TantivyIndex.create(tmp_path, analyser=analyser) as index:
        index.add(LexicalEntry(number, f"same word{place}") for place, number in enumerate(numbers))
        index.commit(1)
        assert hits(index, "same") == sorted(numbers)
        assert index.searcher().search("same", limit=9)[0].tolist() == sorted(numbers)


def test_another_tantivy_format_is_refused_before_it_is_opened(folder: Path, analyser: Analyser) -> None:
    manifest = LexicalManifest.read(folder)
    assert manifest.tantivy == tantivy_view.index_format()
    dataclasses.replace(manifest, tantivy="v1").write(folder)
    with pytest.raises(IncompatibleError, match=r"format v1.*Rebuild"):
        TantivyIndex.open(folder, analyser=analyser)


DISK_FULL = """
import resource, sys
from pathlib import Path
from indexes.lexical.base import LexicalEntry
from indexes.lexical.tantivy_index import TantivyIndex

folder = Path(sys.argv[1])
index = TantivyIndex.open(folder)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
try:
    index.add(LexicalEntry(1000 + n, " ".join(f"w{n * k}" for k in range(300))) for n in range(400))
    index.commit(4)
except OSError as error:
    print("refused", "Check the disk" in str(error) or error.errno is not None)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
assert index.searcher().sequence == 3 and index.searcher().count == 59
index.add([LexicalEntry(60, "afterwards")])
index.commit(5)
assert index.searcher().search("afterwards", limit=5)[0].tolist() == [60]
"""


@pytest.mark.parametrize("limit", [0, 500, 5_000, 50_000])
def test_a_full_disk_leaves_the_last_commit_and_a_working_index(folder: Path, limit: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DISK_FULL, str(folder), str(limit)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "refused True"
    assert TantivyIndex.open(folder).searcher().count == 60


KILLED = """
import os, signal, sys
from pathlib import Path
from indexes.lexical.base import LexicalEntry
from indexes.lexical.tantivy_index import TantivyIndex

index = TantivyIndex.open(Path(sys.argv[1]))
sequence = index.sequence
while True:
    sequence += 1
    index.add([LexicalEntry(sequence * 2 + k, f"unique{sequence} common") for k in range(2)])
    index.commit(sequence)
    print(sequence, flush=True)
"""


def test_kill_nine_leaves_the_last_commit_or_the_one_that_was_under_way(tmp_path: Path, analyser: Analyser) -> None:
    TantivyIndex.create(tmp_path, analyser=analyser).close()
    sequence = 0
    for commits in (1, 2, 4):
        with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for _ in range(commits):
                told = int(child.stdout.readline())
            os.kill(child.pid, signal.SIGKILL)
            told = max([told, *map(int, child.stdout.read().split())])
        searcher = TantivyIndex.open(tmp_path, analyser=analyser).searcher()
        assert told <= searcher.sequence <= told + 1
        assert told > sequence
        sequence = searcher.sequence
        assert searcher.count == 2 * sequence
        assert searcher.search(f"unique{sequence}", limit=5)[0].tolist() == [2 * sequence, 2 * sequence + 1]


def test_the_manifest_lists_every_file_of_the_view(folder: Path) -> None:
    manifest = LexicalManifest.read(folder)
    present = {path.name for path in (folder / manifest.view_name).iterdir() if path.suffix != ".lock"}
    assert set(manifest.files) == present
    assert (manifest.sequence, manifest.count, manifest.max_chunk_no) == (3, 59, 59)
