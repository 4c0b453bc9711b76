"""Answers in a given shape: JSON from a model, validated, with citations for every value."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ragline.errors import InputError
from ragline.types import Answer, Citation, ClaimCheck, Hit, Usage
from retrieval.answers.base import SentenceEmbedder, abstention, require_query
from retrieval.answers.citations import Claim, citation_of
from retrieval.answers.claims import check_claims
from retrieval.answers.completion import Completion, response_format
from retrieval.answers.fence import fence_passages, neutral_label, neutral_text, new_nonce
from retrieval.answers.generative import GenerativeAnswerer
from retrieval.answers.json_reply import Span, leaves, object_in, placed_json
from retrieval.answers.output_checks import check_output, flagged_notes
from retrieval.answers.output_schema import OutputSchema
from retrieval.prompts.template import Message, load_prompt

PROMPT_ID, RETRY_ID = "structured-v1", "structured-retry-v1"

ATTEMPTS = 3
"""Replies that are asked for until one is valid; who fails twice after being told why seldom gets it right."""

MAX_REPLY = 8_000
"""Characters of a useless reply that are shown to the model again."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """A valid reply: ``data`` is ``None`` where the passages do not answer. ``sources``: JSON Pointer -> passage numbers."""

    data: dict[str, Any] | None
    sources: Mapping[str, tuple[int, ...]]


def structured_answer(
    answerer: GenerativeAnswerer, query: str, hits: Sequence[Hit], schema: OutputSchema, *, embedder: SentenceEmbedder
) -> Answer:
    """``Answer.data`` in the shape of ``schema``; ``Answer.text`` is the same as JSON, and every value of it a claim.

    A value is checked against the passages that the model names for it (or for what holds it). A truth value cannot be checked
    by words, and is "unsupported". Where the passages do not answer, where no value has a valid citation, and where no reply of
    :data:`ATTEMPTS` fits the schema, the answer is an abstention. Raises as :meth:`GenerativeAnswerer.answer` does.
    """
    require_query(query)
    if not hits:
        return abstention(query, (), "no passage was found", Usage(answerer.model), prompt_id=PROMPT_ID)
    begin = time.perf_counter()
    answerer = answerer.for_one_answer()
    given = answerer.fitting(hits)
    reply, completions, problems = _asked(answerer, query, given, schema)
    usage = _usage(answerer.model, completions, time.perf_counter() - begin)
    if reply is None:
        reason = f"no reply of {len(completions)} fits the schema: {'; '.join(problems)}"
    elif reply.data is None:
        reason = f"the model found no answer in the {len(given)} passages given"
    else:
        data, notes = _checked_output(reply.data, given)
        answer = _cited(query, data, reply.sources, hits, given, usage, embedder)
        notes += flagged_notes(answer.citations, given)
        problems = [neutral_label(problem) for problem in schema.problems(data)]
        if answer.citations and not problems:
            reason = "; ".join(filter(None, (*notes, answer.reason)))
            return replace(answer, data=schema.build(data), reason=reason, given=len(given))
        told = problems or ["the model's answer cites none of the passages given"]
        reason = "; ".join((*told, *notes))
    return replace(abstention(query, hits, reason, usage, prompt_id=PROMPT_ID), given=len(given))


def _asked(
    answerer: GenerativeAnswerer, query: str, given: Sequence[Hit], schema: OutputSchema
) -> tuple[_Reply | None, list[Completion], list[str]]:
    """The first valid reply, all that were made, and what is wrong with the last."""
    nonce = new_nonce()
    values = {"nonce": nonce, "passages": fence_passages(given, nonce), "question": neutral_text(query).strip()}
    messages: tuple[Message, ...] = load_prompt(PROMPT_ID).render(values | {"schema": schema.text})
    completions: list[Completion] = []
    problems: list[str] = []
    form = response_format(answerer.endpoint(), schema.envelope)
    while len(completions) < ATTEMPTS:
        try:
            completion = answerer.complete(messages, response_format=form)
        except InputError:
            if form is None:
                raise
            form = None  # a server that does not know it refuses the request
            continue
        completions.append(completion)
        reply, problems = _read(completion, schema)
        if reply is not None:
            return reply, completions, []
        told = load_prompt(RETRY_ID).render({"problems": "; ".join(problems)})
        useless = neutral_text(completion.text[:MAX_REPLY].replace(nonce, "*"))  # it can repeat what a passage says
        messages = (*messages, Message("assistant", useless), *told)
    return None, completions, problems


def _read(completion: Completion, schema: OutputSchema) -> tuple[_Reply | None, list[str]]:
    found = object_in(completion.text)
    if found is None:
        return None, ["the reply was cut at max_tokens" if completion.cut else "the reply holds no JSON object"]
    if "data" not in found:
        return None, ["the reply has no member 'data'"]
    if found["data"] is None:
        return _Reply(None, {}), []
    problems = [neutral_label(problem) for problem in schema.problems(found["data"])]
    return (None, problems) if problems else (_Reply(found["data"], dict(_sources(found.get("sources")))), [])


def _sources(value: object) -> Iterator[tuple[str, tuple[int, ...]]]:
    """What the model names as sources, as far as it can be read: a list of objects, or a mapping of fields to numbers."""
    rows: list[tuple[object, object]] = list(value.items()) if isinstance(value, Mapping) else []
    if isinstance(value, list):
        rows = [(row.get("field"), row.get("passages")) for row in value if isinstance(row, Mapping)]
    for field, passages in rows:
        if isinstance(field, str):
            numbers = passages if isinstance(passages, list) else [passages]
            pointer = "" if field.strip("/") in ("", "$") else "/" + field.removeprefix("$").strip("/.")
            pointer = pointer if "/" in field else pointer.replace(".", "/")  # $.name and name.first are meant as paths too
            yield pointer, tuple(n for n in numbers if isinstance(n, int) and not isinstance(n, bool))


def _checked_output(data: dict[str, Any], given: Sequence[Hit]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """``data`` without what no answer may carry (see ``output_checks.py``) in any of its texts, and what is to be noted."""
    notes: dict[str, None] = {}

    def checked(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: checked(each) for name, each in value.items()}
        if isinstance(value, list):
            return [checked(each) for each in value]
        if not isinstance(value, str):
            return value
        output = check_output(value, given, PROMPT_ID)
        notes.update(dict.fromkeys(output.notes))
        return output.text

    return checked(data), tuple(notes)


def _cited(
    query: str,
    data: dict[str, Any],
    sources: Mapping[str, tuple[int, ...]],
    hits: Sequence[Hit],
    given: Sequence[Hit],
    usage: Usage,
    embedder: SentenceEmbedder,
) -> Answer:
    text, spans = placed_json(data)
    citations: list[Citation] = []
    checks: list[ClaimCheck] = []
    for pointer, value in leaves(data):
        numbers = [n for n in dict.fromkeys(_passages_for(pointer, sources)) if 1 <= n <= len(given)]
        said = str(value)
        first = len(citations)
        citations += [citation_of(f"{_words(pointer)}: {said}", number, given[number - 1]) for number in numbers]
        places = tuple(range(first, len(citations)))
        checks.append(_check(pointer, value, spans[pointer], places, citations, given, embedder))
    wanting = sum(check.verdict != "supported" for check in checks)
    reason = f"{wanting} of {len(checks)} values are not supported by what they cite" if wanting else ""
    return Answer(query, text, tuple(citations), False, reason, tuple(hits), usage, PROMPT_ID, tuple(checks))


def _check(
    pointer: str,
    value: str | float | bool,
    span: Span,
    places: tuple[int, ...],
    citations: Sequence[Citation],
    given: Sequence[Hit],
    embedder: SentenceEmbedder,
) -> ClaimCheck:
    (check,) = check_claims([Claim(*span, str(value), places)], citations, given, embedder=embedder)
    if isinstance(value, bool) and places:
        return replace(
            check, verdict="unsupported", support=0.0, reasons=("true or false cannot be checked by words",), field=pointer
        )
    return replace(check, field=pointer)


def _passages_for(pointer: str, sources: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    """The passages named for a value, else those for the nearest that holds it."""
    while pointer not in sources and pointer:
        pointer = pointer.rpartition("/")[0]
    return sources.get(pointer, ())


def _words(pointer: str) -> str:
    """``/warrantyMonths`` as "warranty Months", which finds the sentence."""
    names = [part for part in pointer.split("/") if part and not part.isdigit()]
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", " ".join(names))


def _usage(model: str, completions: Sequence[Completion], seconds: float) -> Usage:
    costs = [completion.cost_usd for completion in completions]
    return Usage(
        completions[-1].model or model,
        sum(completion.prompt_tokens for completion in completions),
        sum(completion.completion_tokens for completion in completions),
        None if None in costs else sum(cost for cost in costs if cost is not None),
        seconds,
        completions[-1].attempts,  # each has those before it
    )
