"""A real language model from end to end: SmolLM2-135M behind the OpenAI protocol, through litellm, to cited answers.

It proves the road, not the quality: see ``small_llm_server.py`` for what is constrained.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline
from retrieval.answers.citations import cite
from tests.small_llm import served

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(r"ignore:Item '\w+' on TypedDict class '\w+' is using the `ReadOnly` qualifier:UserWarning"),
    pytest.mark.filterwarnings(r"ignore:Accessing the 'model_\w+' attribute on the instance is deprecated:DeprecationWarning"),
]

DOCUMENTS = [
    ragline.Document("faq", "The warranty of the fan lasts 36 months. It begins on delivery."),
    ragline.Document("care", "Clean the filter of the fan weekly. It must not be washed."),
]


@pytest.fixture(scope="module")
def api_base() -> Iterator[str]:
    """The model's server, in a process of its own."""
    with served(Path(__file__).with_name("small_llm_server.py")) as url:
        yield url


def test_a_real_model_streams_an_answer_with_citations_of_what_it_was_given(
    api_base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    options = {"model": "openai/SmolLM2-135M-Instruct", "model_api_base": api_base, "model_max_tokens": 32}
    with ragline.open(tmp_path / "kb", embedder="light", model_timeout_s=300.0, model_retries=0, **options) as kb:
        kb.ingest(DOCUMENTS)
        *pieces, last = kb.stream_answer("How long does the warranty of the fan last?", k=2)
        answer = last.done
        assert answer is not None
        assert len(pieces) > 5  # it came as it was written
        assert 0 < answer.usage.completion_tokens <= 32
        assert answer.usage.prompt_tokens > 300
        written = "".join(piece.text for piece in pieces)
        assert not answer.abstained, written
        assert answer.text == cite(written, answer.hits).text  # what was streamed, less markers that point nowhere
        texts = {document.id: document.text for document in DOCUMENTS}
        assert answer.citations
        for citation in answer.citations:
            assert texts[citation.doc_id][citation.start : citation.end] == citation.quote != ""
            assert citation.chunk_id in {hit.chunk.id for hit in answer.hits}
            assert f"[{citation.marker}]" in answer.text
        assert {at for claim in answer.claims for at in claim.citations} == set(range(len(answer.citations)))
        assert kb.verify(answer).holds
