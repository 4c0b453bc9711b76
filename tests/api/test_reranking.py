"""Fitting the reranker through the API and the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ragline
from api.cli import app
from ragline.errors import InputError
from ragline.types import Document
from retrieval.rerankers.weights import FITTED, SHIPPED, NamedWeights, Weights

WORDS = ("pump", "valve", "hose", "lid", "sensor", "filter")


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light") as collection:
        collection.ingest(
            [
                Document(f"{one}-{two}", f"The {one} beside the {two} has the number K{row}{column}. Keep it dry and clean.")
                for row, one in enumerate(WORDS)
                for column, two in enumerate(WORDS)
            ]
        )
        yield collection


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    file = tmp_path / "parts.jsonl"
    lines = [
        {"id": f"{one}-{two}", "query": f"{one} K{row}{column}", "relevant": [{"doc_id": f"{one}-{two}"}]}
        for row, one in enumerate(WORDS)
        for column, two in enumerate(WORDS)
    ]
    file.write_text("\n".join(map(json.dumps, lines)) + "\n", "utf-8")
    return file


def misled(kb: ragline.Collection) -> None:
    """Weights that trust only the leg that cannot know a code."""
    kb._serving.space().reranker_weights = NamedWeights("misled", Weights(5.0, 0.0, 0.0, 0.5))


def used(kb: ragline.Collection) -> str:
    rerank = kb.search("pump K01")[0].rerank
    assert rerank is not None
    return rerank.reranker


def test_a_fit_that_gains_is_used_at_once_and_after_reopening(kb: ragline.Collection, golden: Path) -> None:
    misled(kb)
    report = kb.tune_reranker(golden)
    assert report.accepted
    assert report.applied
    assert used(kb) == "learned, fitted to parts"
    kept = kb._serving.space().store.catalog.settings()[FITTED]
    assert kept["weights"] == report.weights.json()
    assert kept["evidence"]["low"] > 0
    kb.close()
    with ragline.open(kb.folder) as again:
        assert used(again) == "learned, fitted to parts"


def test_what_is_not_applied_changes_nothing(kb: ragline.Collection, golden: Path) -> None:
    misled(kb)
    report = kb.tune_reranker(golden, apply=False)
    assert report.accepted
    assert not report.applied
    assert FITTED not in kb._serving.space().store.catalog.settings()
    assert used(kb) == "misled"


def test_a_fit_that_gains_nothing_is_refused(kb: ragline.Collection, golden: Path) -> None:
    assert not kb.tune_reranker(golden).accepted
    assert used(kb) == SHIPPED


def test_another_reranker_is_not_fitted(kb: ragline.Collection, golden: Path) -> None:
    kb.close()
    with ragline.open(kb.folder, reranker="none") as plain, pytest.raises(InputError, match="learned"):
        plain.tune_reranker(golden)


def test_the_command_tells_the_verdict_and_exits_by_it(kb: ragline.Collection, golden: Path) -> None:
    kb.close()
    result = CliRunner().invoke(app, ["tune", "--kb", str(kb.folder), "--reranker", str(golden), "--json"])
    assert result.exit_code == 3
    assert json.loads(result.stdout)["accepted"] is False
    shown = CliRunner().invoke(app, ["tune", "--kb", str(kb.folder), "--reranker", str(golden)])
    assert shown.exit_code == 3
    assert "nothing is changed" in shown.stdout
