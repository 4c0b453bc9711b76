"""The claims of an answer as a language model is asked about them: its sentences, one prompt each."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from eval.judges.llm.asking import fenced_passages
from retrieval.answers.fence import fence_text, nonce_of
from retrieval.answers.sentences import sentence_spans
from retrieval.prompts.template import Message, load_prompt

PROMPT_ID = "judge-claim-v1"

_MARKER = re.compile(r"\s*\[\d{1,3}\]")  # a citation, as answerers write it


class ClaimReply(BaseModel):
    """What a model may reply: nothing besides, and in these words."""

    model_config = ConfigDict(extra="forbid", strict=True)

    supported: Literal["yes", "no", "none"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Characters ``start`` to ``end`` of an answer; ``text`` is without citations."""

    start: int
    end: int
    text: str


def claims_of(answer: str) -> Iterator[Claim]:
    """The sentences, rows and lines of code of ``answer``, in order."""
    for span in sentence_spans(answer):
        text = " ".join(_MARKER.sub("", answer[span.start : span.end]).split())
        if text:
            yield Claim(span.start, span.end, text)


def claim_messages(claim: str, answer: str, contexts: Sequence[str], question: str) -> tuple[Message, ...]:
    """The prompt for one claim. Every text in it is fenced; the same texts always give the same prompt."""
    nonce = nonce_of(claim, answer, question, *contexts)
    values = {
        "nonce": nonce,
        "passages": fenced_passages(contexts, nonce),
        "question": fence_text("QUESTION", question or "(none)", nonce),
        "answer": fence_text("ANSWER", answer, nonce),
        "claim": fence_text("CLAIM", claim, nonce),
    }
    return load_prompt(PROMPT_ID).render(values)
