"""The real ragas with a real language model, SmolLM2-135M, on five answers from end to end.

So small a model judges nothing; it proves that a run with it finishes, and that what it cannot do is counted with a reason.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline
from tests.small_llm import NEEDED, served

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(r"ignore:Item '\w+' on TypedDict class '\w+' is using the `ReadOnly` qualifier:UserWarning"),
]

ROWS = {
    "How long does the warranty of the fan last?": "The warranty of the fan lasts 36 months.",
    "When does the filter have to be cleaned?": "The filter has to be cleaned weekly.",
    "What does the pump P-200 weigh?": "The pump P-200 weighs 20 kg.",
    "Which colour has the casing of the valve?": "The casing of the valve is grey.",
    "How many bolts hold the cover of the motor?": "Eight bolts hold the cover of the motor.",
}


@pytest.fixture
def api_base(repository: Path) -> Iterator[str]:
    """The model's server, in a process of its own."""
    script = repository / "tests" / "retrieval" / "answers" / "small_llm_server.py"
    with served(script, extra="eval", needed=(*NEEDED, "ragas")) as url:
        yield url


def test_five_answers_are_judged_by_a_real_model_to_the_end(
    api_base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    golden = tmp_path / "golden.jsonl"
    with golden.open("w") as file:
        for number, (query, answer) in enumerate(ROWS.items()):
            item = {
                "id": str(number),
                "query": query,
                "answer": answer,
                "answerable": True,
                "relevant": [{"doc_id": str(number)}],
            }
            file.write(json.dumps(item) + "\n")
    options = {
        "judge_model": "openai/SmolLM2-135M-Instruct",
        "judge_api_base": api_base,
        "judge_metrics": "answer_relevancy, semantic_similarity",
        "judge_concurrency": 1,
        "judge_max_tokens": 16,  # what it writes beyond is no better, and takes its time
        "judge_timeout_s": 600.0,
        "judge_check": "off",  # 160 known answers would take it hours, and it judges nothing
    }
    with ragline.open(tmp_path / "kb", embedder="light", **options) as kb:
        kb.ingest([ragline.Document(str(number), text) for number, text in enumerate(ROWS.values())])
        result = kb.evaluate(golden, judge="ragas", reports=tmp_path / "report")
    assert len(result.rows) == len(ROWS)
    for row in result.rows:
        judged = row.scores["answer_relevancy"]
        assert judged.status in ("scored", "failed"), row
        assert (judged.value is None) == (judged.status == "failed")
        assert judged.reason or judged.value is not None
        assert judged.raw  # its own words
        assert row.scores["semantic_similarity"].status == "scored"
    relevancy = result.answers["answer_relevancy"]
    failed = sum(row.scores["answer_relevancy"].status == "failed" for row in result.rows)
    assert (relevancy.scored, relevancy.total) == (len(ROWS) - failed, len(ROWS))
    spent = json.loads((tmp_path / "report" / "judging.json").read_text())["spent"]
    assert spent["calls"] == spent["replies"] == len(ROWS) + spent["repairs"]
    assert spent["given_up"] == spent["retried"] == 0
    assert 0 < spent["completion_tokens"] <= spent["calls"] * 64
