"""Searching for settings: a planted better one is found, chance is not recommended, the budget is kept, and nothing is
changed."""

import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import ragline
from api.cli import app
from api.search_tuning import _ground, _unchanging
from eval.tuning.search.outcome import SearchReport
from ragline.errors import GoldenSetError, InputError, SettingsError
from ragline.settings import Settings
from retrieval.query_vectors import QueryVectors

COUNT = 120
WORDS = ["pump", "filter", "valve", "sensor", "gateway", "battery", "display", "cable", "fan", "relay"]
FUSION = ["fusion=rrf,dbsf", "weights=0,1,5"]


def documents() -> list[ragline.Document]:
    draw = random.Random(1)
    texts = (" ".join(draw.choices(WORDS, k=30)) for _ in range(COUNT))
    return [ragline.Document(f"d{n}", f"Part QX{n * 7919 % 10007}. {text}.") for n, text in enumerate(texts)]


def write_golden(path: Path, right: Any) -> Path:
    """Questions for a part by its number; ``right`` says which document is relevant."""
    rows = [
        {"id": f"q{n}", "query": f"pump filter valve QX{n * 7919 % 10007}", "relevant": [{"doc_id": f"d{right(n)}"}]}
        for n in range(COUNT)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("searched") / "kb"
    with ragline.open(folder, embedder="light", threads=1) as kb:
        kb.ingest(documents())
    return folder


@pytest.fixture
def kb(made: Path) -> Iterator[ragline.Collection]:
    """With settings that are bad for part numbers: the lexical leg has no say."""
    with ragline.open(made, threads=1, reranker="none", lexical_weight=0.0, query_expansion="none") as collection:
        yield collection


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    return write_golden(tmp_path / "golden.jsonl", lambda n: n)


def points(report: SearchReport) -> list[Any]:
    return [(trial.point, trial.quality) for trial in report.trials]


def test_a_planted_better_setting_is_found_and_written(kb: ragline.Collection, golden: Path, tmp_path: Path) -> None:
    report = kb.tune_search(golden, over=FUSION, trials=12, write=tmp_path / "ragline.toml", reports=tmp_path / "report")
    assert report.recommended
    assert report.changes["lexical_weight"] > 0
    found = report.confirmation
    assert found is not None
    assert found.low > 0
    assert found.after > found.before + 0.2
    assert found.queries == report.split["held_out"] == 60
    assert "Worth it" in report.verdict
    settings = Settings.load({"RAGLINE_SETTINGS": report.file})
    assert settings.lexical_weight == report.changes["lexical_weight"]
    text = (tmp_path / "ragline.toml").read_text()
    for each in (report.golden_sha256, report.split["held_out_ids_sha256"], report.split["train_ids_sha256"], "gain_95"):
        assert each in text
    plain = json.loads((tmp_path / "report" / "search.json").read_text())
    assert (plain["recommended"], len(plain["trials"])) == (True, len(report.trials))
    assert report.verdict in (tmp_path / "report" / "search.md").read_text()


@pytest.mark.parametrize("seed", range(4))
def test_where_relevance_is_chance_it_says_keep(kb: ragline.Collection, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    golden = write_golden(tmp_path / "null.jsonl", lambda n: draw.randrange(COUNT))
    report = kb.tune_search(golden, over=["fusion", "weights", "depth"], trials=15, seed=seed, write=tmp_path / "ragline.toml")
    assert not report.recommended
    assert report.verdict.startswith("Keep what you have")
    assert not (tmp_path / "ragline.toml").exists()


@pytest.mark.parametrize("sampler", ["tpe", "grid"])
def test_the_same_seed_does_the_same(kb: ragline.Collection, golden: Path, sampler: str) -> None:
    once, again = (kb.tune_search(golden, over=FUSION, trials=5, sampler=sampler, seed=3) for _ in range(2))
    assert points(once) == points(again)
    assert once.changes == again.changes
    assert once.sampler == sampler


def test_the_budget_of_trials_is_kept(kb: ragline.Collection, golden: Path) -> None:
    report = kb.tune_search(golden, over=["depth"], trials=2)
    assert report.stopped == "trials"
    assert len(report.trials) == 3
    small = kb.tune_search(golden, over=["fusion=rrf"], trials=20)
    assert (small.stopped, len(small.trials)) == ("exhausted", 2)


def test_the_budget_of_time_is_kept(kb: ragline.Collection, golden: Path) -> None:
    report = kb.tune_search(golden, over=FUSION, trials=1000, seconds=1e-6)
    assert report.stopped == "time"
    assert [trial.number for trial in report.trials] == [0]
    assert report.confirmation is None
    assert "nothing that was tried did better" in report.verdict


def test_time_is_kept_for_the_confirmation(kb: ragline.Collection, golden: Path) -> None:
    report = kb.tune_search(golden, over=["fusion", "weights", "rrf_k", "depth"], trials=10_000, seconds=1.5)
    assert report.stopped == "time"
    assert report.confirmation is not None
    assert report.seconds < 3, "on a machine that others use too"


def test_an_interrupt_ends_the_search_and_keeps_what_was_found(kb: ragline.Collection, golden: Path) -> None:
    def stop(now: Any) -> None:
        if now.done == 4:
            raise KeyboardInterrupt

    report = kb.tune_search(golden, over=FUSION, trials=1000, progress=stop)
    assert report.stopped == "interrupted"
    assert len(report.trials) == 5
    assert report.confirmation is not None


def test_a_slow_point_is_not_chosen(kb: ragline.Collection, golden: Path) -> None:
    report = kb.tune_search(golden, over=FUSION, trials=6, p95_ms=1e-6)
    assert not report.changes
    assert not report.recommended


def test_a_point_that_fails_is_told_and_not_chosen(kb: ragline.Collection, golden: Path) -> None:
    report = kb.tune_search(golden, over=["reranker=none,cross-encoder"], trials=3)
    failed = [trial for trial in report.trials if trial.error]
    assert [trial.quality for trial in failed] == [None]
    assert "reranker_model" in failed[0].error


def test_queries_are_embedded_once_for_all_trials(kb: ragline.Collection, golden: Path) -> None:
    asked: list[str] = []

    class Counting:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

        def embed_query(self, text: str) -> Any:
            asked.append(text)
            return self.inner.embed_query(text)

    kb.embedder = Counting(kb.embedder)
    report = kb.tune_search(golden, over=FUSION, trials=6)
    assert len(report.trials) > 4
    assert len(asked) == len(set(asked)) == COUNT


@pytest.mark.parametrize("reranker", ["none", "learned"])
def test_what_is_remembered_changes_no_hit(kb: ragline.Collection, reranker: str) -> None:
    """Cached legs give the hits, scores and order of a search that runs them."""
    queries = ["pump filter QX7919", "sensor, battery and relay", "cable"]
    space = kb._serving.space()
    with ExitStack() as stack:
        snapshot = stack.enter_context(_unchanging(space))
        ground = _ground(space, snapshot, QueryVectors(lambda: space.embedder, 100), None, 0.0)
        for fusion in ("rrf", "min-max"):
            settings = replace(
                Settings(), reranker=reranker, fusion=fusion, query_expansion="variants,parts,feedback,rocchio", depth=20
            )
            found = []
            for remembers in (True, True, False):
                with ground.searcher(settings, remembers=remembers) as searcher:
                    found.append([[(h.chunk.id, h.score) for h in searcher.search(query, k=20)] for query in queries])
            assert found[0] == found[1] == found[2]
        assert ground.memory.hits > len(queries)
        with ragline.open(
            kb.folder,
            threads=1,
            **{name: getattr(settings, name) for name in ("reranker", "fusion", "depth", "query_expansion")},
        ) as plain:
            assert [[(h.chunk.id, h.score) for h in plain.search(query, 20)] for query in queries] == found[0]


def test_chunk_sizes_are_tried_in_copies_that_go_again(
    kb: ragline.Collection, golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    before = kb.stats()
    report = kb.tune_search(golden, over=["chunk_tokens=40", "lexical_weight=1"], trials=6)
    chunks = {trial.point["chunk_tokens"]: trial.chunks for trial in report.trials}
    assert chunks[40] > chunks[0] == before["chunks"]
    assert list(place.iterdir()) == []
    assert kb.stats()["chunks"] == before["chunks"]


def test_writes_meanwhile_change_nothing_of_what_is_measured(kb: ragline.Collection, golden: Path) -> None:
    def write(now: Any) -> None:
        if now.done == 2:
            with ragline.open(kb.folder, threads=1) as other:
                document = documents()[0]
                other.ingest([replace(document, text=document.text + " Again.")])
                other.ingest([document])

    report = kb.tune_search(golden, over=FUSION, trials=5, progress=write)
    assert not [trial.error for trial in report.trials if trial.error]


def test_what_cannot_be_tried_is_told_first(kb: ragline.Collection, golden: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no hnsw_ef_search"):
        kb.tune_search(golden, over=["ef"])
    with pytest.raises(InputError, match="tries nothing"):
        kb.tune_search(golden, trials=0)
    (tmp_path / "few.jsonl").write_text("".join(golden.read_text().splitlines(keepends=True)[:30]))
    with pytest.raises(GoldenSetError, match="at least 20"):
        kb.tune_search(tmp_path / "few.jsonl")


def test_the_command_writes_and_tells(made: Path, golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"RERANKER": "none", "LEXICAL_WEIGHT": "0", "THREADS": "1"}.items():
        monkeypatch.setenv(f"RAGLINE_{name}", value)
    file = tmp_path / "new" / "ragline.toml"
    arguments = ["tune", "--kb", str(made), "--golden", str(golden), "--over", "weights=0,1", "--write", str(file)]
    run = CliRunner().invoke(app, [*arguments, "--json"])
    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout)["file"] == str(file)
    monkeypatch.delenv("RAGLINE_LEXICAL_WEIGHT")
    monkeypatch.setenv("RAGLINE_SETTINGS", str(file))
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 3, again.output
    assert "Keep what you have" in again.stdout
    assert "; there was nothing else to try, after " in again.stdout


def test_the_breadth_of_a_graph_is_tried_on_other_views_of_it(tmp_path: Path, golden: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light", threads=1, depth=10, reranker="none") as kb:
        kb.ingest(documents())
        kb.rebuild(kind="hnsw")
        report = kb.tune_search(golden, over=["ef=8,512"], trials=5)
        assert sorted(trial.point["hnsw_ef_search"] for trial in report.trials) == [8, 128, 512]
        assert not [trial.error for trial in report.trials if trial.error]


def test_passages_can_be_what_is_judged(kb: ragline.Collection, golden: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in golden.read_text().splitlines()]
    for row in rows:
        row["relevant"][0] |= {"quote": "Part QX", "start": 0, "end": 12}
    (tmp_path / "spans.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = kb.tune_search(tmp_path / "spans.jsonl", over=FUSION, trials=8, metric="span_recall@3")
    assert report.metric == "span_recall@3"
    assert report.recommended
    with pytest.raises(InputError, match="applies to none of the questions"):
        kb.tune_search(golden, over=FUSION, trials=8, metric="span_recall@3")


def test_what_a_settings_file_holds_is_kept_and_a_wrong_one_is_told_first(
    kb: ragline.Collection, golden: Path, tmp_path: Path
) -> None:
    file = tmp_path / "ragline.toml"
    file.write_text('[settings]\nmodel = "openai/x"\nlexical_weight = 0.1\n')
    report = kb.tune_search(golden, over=["weights=0,1"], trials=3, write=file)
    assert report.recommended
    settings = Settings.load({"RAGLINE_SETTINGS": str(file)})
    assert (settings.model, settings.lexical_weight) == ("openai/x", 1.0)
    file.write_text("no settings")
    with pytest.raises(SettingsError, match="is no TOML"):
        kb.tune_search(tmp_path / "never read.jsonl", write=file)
    with pytest.raises(InputError, match="is a folder"):
        kb.tune_search(tmp_path / "never read.jsonl", write=tmp_path)
