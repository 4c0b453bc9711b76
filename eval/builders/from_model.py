"""Questions that a language model makes from passages, each with the characters that answer it.

What a model writes is checked in code. A question is kept only where its quote stands in the passage that the model was given,
word for word; everything else is refused and counted by reason. The passage is fenced as untrusted text, and what is in
quarantine is not asked about.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from eval.builders.base import Built, Gathering, SourceDocument
from eval.builders.origins import LLM
from eval.golden_types import Relevance
from eval.spans import find_quote
from ragline.errors import BackendUnavailableError, InputError
from ragline.types import Chunk, Hit
from retrieval.answers.completion import ModelEndpoint, complete
from retrieval.answers.fence import fence_passage, neutral_text, new_nonce
from retrieval.answers.json_reply import object_in
from retrieval.prompts.template import load_prompt

PROMPT_ID = "question-v1"
MAX_TOKENS = 700
"""For two questions with answers and quotes of a passage of 256 tokens."""

PER_PASSAGE = 2
MIN_PASSAGE = 120
"""Characters: a shorter passage is a heading or a line of a table, and gives questions that its neighbours answer too."""

MIN_QUOTE, MIN_QUESTION, MAX_QUESTION = 8, 12, 300
"""Characters. A shorter quote stands in many places."""

_MOST_FAILURES = 3
_SPEAKS_OF_IT = re.compile(
    r"\b(?:the|this|that|above|given|following|provided)\s+(?:passage|text|document|section|excerpt|article|paragraph|context)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def from_model(
    sources: Iterable[SourceDocument],
    endpoint: ModelEndpoint,
    *,
    questions: int,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Built:
    """Up to ``questions`` questions, from passages that are drawn evenly over the documents; the same for the same seed.

    Each passage is asked about once, so that no more passages are asked about than questions are wanted. ``progress`` is told
    how many more questions there are. A model that does not answer three times in a row is not asked any more. Raises
    :class:`ragline.errors.BackendUnavailableError` where it never did, and :class:`ragline.errors.InputError` where it refuses
    the request, or fewer than one question is wanted.
    """
    if questions < 1:
        raise InputError(f"{questions} questions cannot be made. Ask for 1 or more.")
    asking = _Asking(replace(endpoint, max_tokens=MAX_TOKENS))
    for chunk in drawn(sources, seed)[:questions]:
        wanted = min(PER_PASSAGE, questions - len(asking.gathering.items))
        if wanted < 1 or not asking.goes_on:
            break
        before = len(asking.gathering.items)
        asking.ask(chunk, wanted)
        if progress is not None:
            progress(len(asking.gathering.items) - before)
    return asking.built()


def drawn(sources: Iterable[SourceDocument], seed: int) -> list[Chunk]:
    """Passages worth asking about, one of each document in turn, in an order that the seed decides."""
    rounds: list[tuple[int, str, Chunk]] = []
    for source in sources:
        usable = [chunk for chunk in source.chunks if len(chunk.text) >= MIN_PASSAGE and chunk.kind != "code"]
        ordered = sorted(usable, key=lambda chunk: _draw(seed, chunk.id))
        rounds += [(place, _draw(seed, chunk.doc_id), chunk) for place, chunk in enumerate(ordered)]
    return [chunk for *_, chunk in sorted(rounds, key=lambda each: each[:2])]


class _Asking:
    """Asks about one passage after the other, and keeps count."""

    def __init__(self, endpoint: ModelEndpoint) -> None:
        self.endpoint = endpoint
        self.gathering = Gathering(LLM)
        self.asked: set[str] = set()
        self.failures = self.passages = self.tokens = 0
        self.cost: float | None = 0.0
        self.last_error: BackendUnavailableError | None = None

    @property
    def goes_on(self) -> bool:
        return self.failures < _MOST_FAILURES

    def ask(self, chunk: Chunk, wanted: int) -> None:
        nonce = new_nonce()
        values = {"nonce": nonce, "count": str(wanted), "passage": fence_passage(Hit(chunk, 1.0, 1), 1, nonce)}
        self.passages += 1
        try:
            reply = complete(self.endpoint, load_prompt(PROMPT_ID).render(values))
        except BackendUnavailableError as error:
            self.failures += 1
            self.last_error = error
            self.gathering.refuse("the model did not answer")
            return
        self.failures = 0
        self.tokens += reply.prompt_tokens + reply.completion_tokens
        self.cost = None if self.cost is None or reply.cost_usd is None else self.cost + reply.cost_usd
        found = object_in(reply.text)
        written = found.get("questions") if found else None
        if not isinstance(written, list):
            self.gathering.refuse("the reply is cut off" if reply.cut else "the reply is not the JSON asked for")
            return
        for place, each in enumerate(written):
            reason = "more than were asked for" if place >= wanted else self._keep(chunk, each, nonce)
            if reason:
                self.gathering.refuse(reason)

    def _keep(self, chunk: Chunk, written: object, nonce: str) -> str:
        """Keep one question, or say why not."""
        texts = [written.get(name) for name in ("question", "answer", "quote")] if isinstance(written, dict) else []
        if len(texts) < 3 or not all(isinstance(text, str) for text in texts):
            return "without question, answer or quote"
        question, answer, quote = (" ".join(neutral_text(str(text)).split()) for text in texts)
        place = find_quote(str(texts[2]), chunk.text)
        if nonce in f"{question}{answer}":
            return "repeats the boundary of the passage"
        if place is None:
            return "the quote does not stand in the passage"
        if len(quote) < MIN_QUOTE:
            return "the quote is too short to tell a place"
        if not MIN_QUESTION <= len(question) <= MAX_QUESTION or not answer:
            return "a question of a wrong length, or without an answer"
        if find_quote(question.rstrip(" ?!."), chunk.text):
            return "copied from the passage instead of asked"
        if _SPEAKS_OF_IT.search(question):
            return "speaks of the passage instead of its matter"
        if set(_NUMBER.findall(answer)) - set(_NUMBER.findall(chunk.text)):
            return "the answer has a number that the passage does not have"
        if question.casefold() in self.asked:
            return "asked already"
        self.asked.add(question.casefold())
        start, end = chunk.start + place[0], chunk.start + place[1]
        self.gathering.keep(question, answer, [Relevance(chunk.doc_id, 1, chunk.text[slice(*place)], start, end)])
        return ""

    def built(self) -> Built:
        if self.last_error is not None and self.failures == self.passages:
            raise self.last_error
        price = "at a price that is not known" if self.cost is None else f"for {self.cost:.4f} USD"
        asked = f"{self.endpoint.model}, prompt {PROMPT_ID}: {self.passages} passages, {self.tokens} tokens {price}"
        self.gathering.notes.append(asked)
        if not self.goes_on:
            self.gathering.notes.append(f"stopped after {_MOST_FAILURES} failures in a row: {self.last_error}")
        return self.gathering.built()


def _draw(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}\t{name}".encode("utf-8", "surrogatepass")).hexdigest()
