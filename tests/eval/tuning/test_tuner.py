"""Measuring: every kind on the same vectors, one build of each, searched in many ways."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eval.tuning.confirmation import confirm
from eval.tuning.goals import Goals
from eval.tuning.sample import Sample, sample_of
from eval.tuning.tuner import TuneProgress, tune
from indexes.vector.registry import KINDS
from ragline.errors import InputError
from ragline.settings import Settings
from tests.contracts.vector_sets import clustered, installed

COUNT, DIM = 3_000, 32
SETTINGS = Settings(depth=20, hnsw_ef_construction=60)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.tuning.sample.MOST_QUERIES", 60)


@pytest.fixture
def sample(few: None) -> Sample:
    return sample_of(clustered(COUNT, DIM, seed=1), COUNT)


def test_every_kind_is_measured_from_one_build_each(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("hnsw")
    builds: list[str] = []
    for name, kind in KINDS.items():
        build = kind.build

        def counted(*given: Any, name: str = name, build: Any = build, **named: Any) -> Any:
            builds.append(name)
            return build(*given, **named)

        monkeypatch.setitem(KINDS, name, replace(kind, build=counted))  # type: ignore[arg-type]
    told: list[TuneProgress] = []
    report = tune(sample, Goals(0.95), SETTINGS, threads=1, progress=told.append)
    measured = {point.kind for point in report.points}
    assert measured | set(report.skipped) == set(KINDS)
    assert builds == [name for name in KINDS if name in measured]
    assert {step.kind for step in told} == measured
    for kind in measured:
        own = [point for point in report.points if point.kind == kind]
        assert len({tuple(point.search.items()) for point in own}) == len(own)
        assert {point.build_s for point in own} == {own[0].build_s}
        assert all(0 <= point.recall_low <= point.recall <= 1 and 0 < point.p50_ms <= point.p95_ms for point in own)
        assert max(point.recall for point in own) > 0.95, kind
    (flat,) = [point for point in report.points if point.kind == "flat"]
    assert flat.recall == flat.recall_low == 1
    assert report.met
    assert [one.kind for one in report.forecasts] == [name for name in KINDS if name in measured]


def test_more_probes_and_a_broader_search_find_more(sample: Sample) -> None:
    installed("ivf-rabitq")
    report = tune(sample, Goals(0.9), SETTINGS, threads=1, kinds=["ivf-rabitq"])
    fetches = {point.search["over_fetch"] for point in report.points}
    for fetch in fetches:
        line = [point for point in report.points if point.search["over_fetch"] == fetch and point.search["ivf_probes"] > 2]
        recalls = [point.recall for point in line]
        assert recalls == sorted(recalls)
        assert recalls[-1] > recalls[0]
    assert len(fetches) > 1


def test_goals_that_nothing_meets_say_so(sample: Sample) -> None:
    report = tune(sample, Goals(0.98, p95_ms=1e-5), SETTINGS, threads=1, kinds=["flat"])
    assert not report.met
    assert report.chosen is None
    assert [miss.goal for miss in report.misses] == ["p95_ms"]
    assert report.misses[0].found == report.nearest.p95_ms
    assert "nothing is changed" in report.verdict


def test_a_kind_that_cannot_be_measured_is_named(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "hnswlib", replace(KINDS["hnswlib"], library="no_such_library"))  # type: ignore[arg-type]
    report = tune(sample, Goals(), SETTINGS, threads=1, kinds=["flat", "hnswlib"])
    assert report.skipped == {"hnswlib": "no_such_library is not installed"}
    with pytest.raises(InputError, match="no_such_library is not installed"):
        tune(sample, Goals(), SETTINGS, threads=1, kinds=["hnswlib"])
    with pytest.raises(InputError, match="choose among flat"):
        tune(sample, Goals(), SETTINGS, threads=1, kinds=["annoy"])


def test_a_part_is_told_and_bytes_are_those_of_the_whole(few: None) -> None:
    installed("hnsw")
    part = sample_of(clustered(2_500, DIM, seed=2), 100_000)
    report = tune(part, Goals(0.9), SETTINGS, threads=1, kinds=["hnsw"])
    assert (report.vectors, report.total) == (2_500, 100_000)
    assert any("2,500 of 100,000" in note for note in report.notes)
    assert report.points[0].memory_bytes == KINDS["hnsw"].size(100_000, DIM, SETTINGS).resident
    assert report.points[0].resident_bytes == pytest.approx(12, abs=1)


def test_what_was_chosen_on_a_part_is_measured_again_on_the_whole(few: None) -> None:
    installed("ivf-pq")
    whole = clustered(6_000, DIM, seed=3)
    part = sample_of(whole[::3], len(whole))
    report = tune(part, Goals(0.9), SETTINGS, threads=1, kinds=["flat", "ivf-pq"])
    index = KINDS["ivf-pq"].build(whole, metric="cosine", threads=1, settings=SETTINGS)
    asked = sample_of(whole, len(whole))
    confirmed = confirm(report, asked, index, SETTINGS, build_s=1.0)
    own = [point for point in confirmed.points if point.kind == "ivf-pq"]
    assert len(confirmed.points) == len(own) + 1
    assert {point.memory_bytes for point in own} == {index.size.resident}
    best = max(point.recall for point in own)
    assert best > 0.95
    chosen = confirmed.chosen
    assert chosen is not None
    searched = index.searched_with(KINDS["ivf-pq"].searched_as(SETTINGS, chosen.search))
    if chosen.kind == "ivf-pq":
        recalls = []
        for number, query in enumerate(asked.queries):
            others = np.delete(np.arange(len(whole)), asked.truth.own[number])
            least = np.sort(whole[others] @ query)[-10]
            found = searched.search(query, 21).rows
            found = found[found != asked.truth.own[number]][:10]
            recalls.append(float((whole[found] @ query >= least - 1e-3).mean()))
        assert float(np.mean(recalls)) == pytest.approx(chosen.recall, abs=0.02)
    assert chosen.queries == len(part.queries)
