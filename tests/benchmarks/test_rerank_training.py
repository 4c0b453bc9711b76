"""The command that makes the reranker's weights, on two tiny sets: the same twice, and told where a file holds others."""

import json
from pathlib import Path

import pytest

from benchmarks import rerank_training
from benchmarks.rerank import _compared, _gains
from retrieval.rerankers.weights import parse_weights

PARTS = ("pump", "valve", "hose", "lid", "sensor", "filter")


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both training sets as 36 sheets with numbers, each with a question, in the layout of BEIR."""
    for name in rerank_training.SETS:
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        ids = [f"{one}-{two}" for one in PARTS for two in PARTS]
        corpus = [
            {"_id": doc_id, "title": "", "text": f"The {doc_id.replace('-', ' of the ')} has the number K{place}. Keep it dry."}
            for place, doc_id in enumerate(ids)
        ]
        queries = [{"_id": f"q{place}", "text": f"number K{place}"} for place in range(len(ids))]
        (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)) + "\n", "utf-8")
        (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)) + "\n", "utf-8")
        judged = [f"q{place}\t{doc_id}\t1" for place, doc_id in enumerate(ids)]
        (folder / "qrels.train.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *judged]) + "\n", "utf-8")
    monkeypatch.setenv("RAGLINE_SHARED_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RAGLINE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(rerank_training, "EMBEDDERS", ("light",))


@pytest.mark.usefixtures("sets")
def test_the_weights_are_the_same_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "weights.json"
    assert rerank_training.main(["--out", str(file)]) == 0
    made = json.loads(file.read_text("utf-8"))
    assert made["trained_on"] == {f"{name} train": 36 for name in rerank_training.SETS}
    assert "scifact train, 36 queries" in capsys.readouterr().out
    for values in made["weights"].values():
        parse_weights(values)
    assert rerank_training.main(["--out", str(file), "--check"]) == 0
    made["weights"]["light"]["vector"] += 0.01
    file.write_text(json.dumps(made), "utf-8")
    assert rerank_training.main(["--out", str(file), "--check"]) == 1


def test_gains_are_over_rrf_query_by_query() -> None:
    systems = {"held out": {"a": 0.5, "b": 1.0}, "RRF": {"a": 0.25, "b": 0.75}}
    worse = {"held out": {"a": 0.5}, "RRF": {"a": 0.6}}
    mean, least = _gains("light", {"x nDCG@10": systems, "y nDCG@10": worse})
    assert mean.value == pytest.approx(1 + (0.25 - 0.1) / 2)
    assert least.value == pytest.approx(0.9)
    assert least.is_met is False
    assert _compared(systems["held out"], systems["RRF"]).startswith("+0.2500 over RRF")
