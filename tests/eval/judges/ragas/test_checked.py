"""Ragas is run on known answers before it judges others, out of the same purse."""

import json
from pathlib import Path
from typing import Any

import pytest

import ragline


@pytest.mark.slow
def test_ragas_is_checked_first_and_its_budget_holds_for_both(
    stub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stub")
    monkeypatch.setenv("RAGLINE_CACHE_DIR", str(tmp_path / "cache"))
    golden = tmp_path / "golden.jsonl"
    golden.write_text(json.dumps({"id": "a", "query": "Where is the depot?", "relevant": [{"doc_id": "depot"}]}))
    settings = {"judge_model": "openai/stub-judge", "judge_api_base": stub.api_base, "judge_metrics": "faithfulness"}
    options = {"judge_check": "brief", "judge_concurrency": 8, **settings}
    with ragline.open(tmp_path / "kb", embedder="light", **options) as kb:
        kb.ingest([ragline.Document("depot", "The depot is in Hamburg."), ragline.Document("tea", "Tea is served at four.")])
        result = kb.evaluate(golden, judge="ragas")
        checked = stub.counts()["requests"]
        again = kb.evaluate(golden, judge="ragas")
        assert stub.counts()["requests"] == checked + 2
    assert result.judge is not None
    assert result.judge.judge == "ragas"
    assert result.judge.fingerprint["judge.model"] == "openai/stub-judge"
    assert sum(kind.scored for kind in result.judge.kinds.values()) == 160
    assert result.judge.kinds["unrelated"].right == 40
    assert not result.judge.passed
    assert again.judge == result.judge
    assert result.answers["faithfulness"].value == 1.0

    monkeypatch.setenv("RAGLINE_CACHE_DIR", str(tmp_path / "other"))
    with ragline.open(tmp_path / "kb", judge_budget_calls=20, **options) as kb:
        before = stub.counts()["requests"]
        poor = kb.evaluate(golden, judge="ragas")
        assert stub.counts()["requests"] == before + 20
    assert poor.judge is not None
    assert poor.judge.balanced_accuracy is None
    assert poor.answers["faithfulness"].scored == 0
