"""What a judge has said is on the disk line by line; a torn or altered line is not read, and spoils no other."""

import json
import threading
from pathlib import Path

import pytest

from eval.judges.ragas.store import JUDGEMENTS, JudgementStore, key_of
from ingestion.own_files import report_names
from ragline.errors import StorageError


def test_records_are_there_after_reopening_and_the_last_one_counts(tmp_path: Path) -> None:
    store = JudgementStore(tmp_path)
    store.put("a", {"text": "é\u2028"})
    store.put("b", {"text": "one"})
    store.put("b", {"text": "two"})
    again = JudgementStore(tmp_path)
    assert (again.get("a"), again.get("b"), again.get("c")) == ({"text": "é\u2028"}, {"text": "two"}, None)
    assert (len(again), again.damaged) == (2, 0)


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_torn_line_is_lost_and_the_next_one_is_not(tmp_path: Path, cut: int) -> None:
    store = JudgementStore(tmp_path)
    store.put("a", {"text": "one"})
    store.put("b", {"text": "two"})
    path = tmp_path / JUDGEMENTS
    path.write_bytes(path.read_bytes()[:-cut])
    torn = JudgementStore(tmp_path)
    assert torn.get("a") == {"text": "one"}
    assert torn.damaged == (cut > 1)
    torn.put("c", {"text": "three"})
    assert JudgementStore(tmp_path).get("c") == {"text": "three"}


def test_an_altered_line_is_not_read(tmp_path: Path) -> None:
    JudgementStore(tmp_path).put("a", {"score": 0.5})
    path = tmp_path / JUDGEMENTS
    path.write_text(path.read_text().replace("0.5", "1.0") + '[]\n{"key": 1}\n\xff\n' + "[" * 100_000 + "\n")
    altered = JudgementStore(tmp_path)
    assert altered.get("a") is None
    assert altered.damaged == 5


def test_several_stores_add_to_one_file(tmp_path: Path) -> None:
    stores = [JudgementStore(tmp_path) for _ in range(4)]

    def fill(number: int) -> None:
        for place in range(20):
            stores[number].put(f"{number}-{place}", {"text": "x" * 5000})

    threads = [threading.Thread(target=fill, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = JudgementStore(tmp_path)
    assert (len(whole), whole.damaged) == (80, 0)


def test_it_is_for_its_owner_and_no_document(tmp_path: Path) -> None:
    JudgementStore(tmp_path).put("a", {})
    assert (tmp_path / JUDGEMENTS).stat().st_mode & 0o777 == 0o600
    assert JUDGEMENTS in report_names(tmp_path)


def test_a_disk_that_takes_nothing_is_an_error_of_ours(tmp_path: Path) -> None:
    store = JudgementStore(tmp_path)
    (tmp_path / JUDGEMENTS).mkdir()
    with pytest.raises(StorageError, match="run again: it goes on there"):
        store.put("a", {})
    assert store.get("a") is None


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = JudgementStore()
    store.put("a", {"text": "one"})
    assert store.get("a") == {"text": "one"}
    assert not list(tmp_path.iterdir())


def test_a_key_tells_apart_whatever_a_value_depends_on() -> None:
    keys = {key_of(**what) for what in ({"a": 1}, {"a": 2}, {"b": 1}, {"a": "1"}, {"a": [1]}, {"a": None})}
    assert len(keys) == 6
    assert key_of(a=1, b=2) == key_of(**json.loads('{"b": 2, "a": 1}'))
