"""The choice of a runtime: the fastest of those that agree, measured once."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from indexes.embedders.base import Vectors
from indexes.embedders.model_cache import ModelCache
from indexes.embedders.runtime_choice import EncoderRuntime, choose_runtime, machine_conditions

PROBES = [np.arange(24, dtype=np.int32).reshape(3, 8), np.arange(40, dtype=np.int32).reshape(2, 20)]
CONDITIONS = {"cpu": "of the test", "threads": 2}


@dataclass
class Arithmetic:
    """A small real encoder whose cost and error are set: unit vectors from a fixed projection of the ids."""

    name: str
    cost: int = 1  # repetitions of the projection
    error: float = 0.0
    calls: list[tuple[int, ...]] = field(default_factory=list)

    def encode(self, ids: NDArray[np.int32], mask: NDArray[np.int32]) -> Vectors:
        self.calls.append(ids.shape)
        assert mask.min() == 1
        projection = np.cos(np.outer(np.arange(ids.shape[1]), np.arange(1, 9)))
        for _ in range(self.cost):
            vectors = ids @ projection + 1.0
        vectors[:, 0] += self.error * np.linalg.norm(vectors, axis=1)
        unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return unit


SLOW = 4000


def choose(runtimes: dict[str, Arithmetic], cache: ModelCache, **conditions: Any) -> tuple[EncoderRuntime, list[str]]:
    opened: list[str] = []

    def opener(key: str) -> Callable[[], EncoderRuntime]:
        def open_runtime() -> EncoderRuntime:
            opened.append(key)
            return runtimes[key]

        return open_runtime

    openers = {key: opener(key) for key in runtimes}
    merged = {**CONDITIONS, **conditions}
    return choose_runtime(openers, reference="torch", probes=PROBES, cache=cache, conditions=merged), opened


@pytest.fixture
def cache(tmp_path: Path) -> ModelCache:
    return ModelCache(tmp_path)


def test_the_faster_one_is_chosen_recorded_and_reused(cache: ModelCache) -> None:
    runtimes = {"fast": Arithmetic("fast"), "torch": Arithmetic("torch", cost=SLOW)}
    chosen, opened = choose(runtimes, cache)
    assert (chosen.name, sorted(opened)) == ("fast", ["fast", "torch"])
    chosen, opened = choose(runtimes, cache)
    assert (chosen.name, opened) == ("fast", ["fast"])


def test_the_reference_wins_when_it_is_faster(cache: ModelCache) -> None:
    chosen, _ = choose({"other": Arithmetic("other", cost=SLOW), "torch": Arithmetic("torch")}, cache)
    assert chosen.name == "torch"


def test_a_fast_runtime_that_disagrees_is_not_chosen(cache: ModelCache) -> None:
    chosen, _ = choose({"wrong": Arithmetic("wrong", error=0.1), "torch": Arithmetic("torch", cost=SLOW)}, cache)
    assert chosen.name == "torch"


def test_agreement_is_measured_at_point_999(cache: ModelCache) -> None:
    """An error e across the vector gives a cosine near 1 - e*e/2: .03 passes, .06 does not."""
    near, _ = choose({"near": Arithmetic("near", error=0.03), "torch": Arithmetic("torch", cost=SLOW)}, cache)
    far, _ = choose({"far": Arithmetic("far", error=0.06), "torch": Arithmetic("torch", cost=SLOW)}, cache, other=1)
    assert (near.name, far.name) == ("near", "torch")


def test_the_record_tells_what_was_measured(cache: ModelCache) -> None:
    choose({"fast": Arithmetic("fast 1.0"), "torch": Arithmetic("torch", cost=SLOW)}, cache)
    (path,) = cache.folder.glob("runtime-*.json")
    note = cache.read(path.stem)
    assert note is not None
    assert (note["chosen"], note["conditions"]) == ("fast", CONDITIONS)
    assert note["measured"]["fast"]["runtime"] == "fast 1.0"
    assert note["measured"]["fast"]["least_cosine"] == pytest.approx(1.0, abs=1e-6)
    assert len(note["measured"]["torch"]["seconds"]) == len(PROBES)


def test_other_conditions_are_measured_again(cache: ModelCache) -> None:
    runtimes = {"fast": Arithmetic("fast"), "torch": Arithmetic("torch", cost=SLOW)}
    choose(runtimes, cache, threads=2)
    _, opened = choose(runtimes, cache, threads=1)
    assert sorted(opened) == ["fast", "torch"]


def test_a_choice_that_is_no_longer_installed_is_made_again(cache: ModelCache) -> None:
    choose({"fast": Arithmetic("fast"), "torch": Arithmetic("torch", cost=SLOW)}, cache)
    chosen, opened = choose({"new": Arithmetic("new", cost=SLOW), "torch": Arithmetic("torch")}, cache)
    assert (chosen.name, sorted(opened)) == ("torch", ["new", "torch"])


def test_a_damaged_record_is_made_again(cache: ModelCache) -> None:
    runtimes = {"fast": Arithmetic("fast"), "torch": Arithmetic("torch", cost=SLOW)}
    choose(runtimes, cache)
    (path,) = cache.folder.glob("runtime-*.json")
    path.write_text("{half")
    chosen, opened = choose(runtimes, cache)
    assert (chosen.name, sorted(opened)) == ("fast", ["fast", "torch"])
    assert cache.read(path.stem) is not None


def test_a_single_candidate_is_taken_unmeasured(cache: ModelCache) -> None:
    only = Arithmetic("only")
    chosen, _ = choose({"only": only}, cache)
    assert chosen.name == "only"
    assert only.calls == []
    assert list(cache.folder.iterdir()) == []


def test_two_starts_at_once_leave_one_good_record(cache: ModelCache) -> None:
    names: list[str] = []

    def start() -> None:
        runtimes = {"fast": Arithmetic("fast"), "torch": Arithmetic("torch", cost=SLOW)}
        names.append(choose(runtimes, cache)[0].name)

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == ["fast", "fast"]
    assert len(list(cache.folder.iterdir())) == 1


def test_conditions_name_the_machine_and_the_versions() -> None:
    conditions = machine_conditions(threads=3, packages=("numpy", "no-such-package"))
    assert conditions["threads"] == 3
    assert conditions["cores"] >= 1
    assert conditions["cpu"]
    assert conditions["versions"] == {"numpy": np.__version__, "no-such-package": None}
    assert conditions == machine_conditions(threads=3, packages=("numpy", "no-such-package"))
