"""The attributes of spans, by the semantic conventions of OpenTelemetry for generative AI (version 0.1.0, in development).

What quotes a question, an answer, a prompt or a document is in the functions whose names end in ``_text``, and nowhere else.
Names that the conventions do not have begin with ``ragline.``.
"""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from eval.result import EvalResult
from ragline.tracing import ChatCall, ChatReply
from ragline.types import Answer, Hit

Value = str | bool | int | float | Sequence[str]
Attributes = dict[str, Value]

# LiteLLM's providers that the conventions have another name for; the others are called alike.
_PROVIDERS: Mapping[str, str] = {
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "vertex_ai": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
_PORTS = {"http": 80, "https": 443}


def of_search(hits: Sequence[Hit]) -> Attributes:
    """What a search found: how many."""
    return {"ragline.hits": len(hits)}


def of_search_text(query: str, hits: Sequence[Hit]) -> Attributes:
    """What was searched for, and the ids of what was found: they are often paths that tell."""
    documents = [{"id": hit.doc_id, "score": hit.score} for hit in hits]
    return {"gen_ai.retrieval.query.text": query, "gen_ai.retrieval.documents": json.dumps(documents)}


def of_answer(answer: Answer) -> Attributes:
    """What an answer took, and whether there is one."""
    usage = answer.usage
    found: Attributes = {
        "gen_ai.response.model": usage.model,
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
        "ragline.abstained": answer.abstained,
        "ragline.cached": answer.cached,
        "ragline.citations": len(answer.citations),
        "ragline.hits": len(answer.hits),
        "ragline.attempts": len(usage.attempts),
    }
    return found if usage.cost_usd is None else {**found, "ragline.cost_usd": usage.cost_usd}


def of_answer_text(query: str, answer: Answer) -> Attributes:
    """The question and the answer."""
    return {
        "gen_ai.input.messages": json.dumps([_message("user", query)]),
        "gen_ai.output.messages": json.dumps([{**_message("assistant", answer.text), "finish_reason": "stop"}]),
    }


def of_evaluation(result: EvalResult) -> Attributes:
    """What was measured, and how many questions could be."""
    return {
        "ragline.golden.sha256": result.golden_sha256,
        "ragline.configuration": result.fingerprint,
        "ragline.queries": len(result.rows),
        "ragline.errors": result.counts["errors"],
    }


def of_metrics(result: EvalResult) -> list[Attributes]:
    """For each metric that has a value, the attributes of an event ``gen_ai.evaluation.result``."""
    return [
        {
            "gen_ai.evaluation.name": name,
            "gen_ai.evaluation.score.value": value.value,
            "ragline.scored": value.scored,
            "ragline.total": value.total,
        }
        for name, value in {**result.metrics, **result.answers}.items()
        if value.value is not None
    ]


def of_chat(call: ChatCall) -> Attributes:
    """A request to a model."""
    provider, model = provider_and_model(call.model)
    found: Attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
        "gen_ai.request.temperature": call.temperature,
        "gen_ai.request.max_tokens": call.max_tokens,
    }
    if call.is_streamed:
        found["gen_ai.request.stream"] = True
    address = urlsplit(call.api_base or "")
    if address.hostname:
        found["server.address"] = address.hostname
        port = address.port or _PORTS.get(address.scheme)
        found |= {"server.port": port} if port else {}
    return found


def of_chat_text(call: ChatCall) -> Attributes:
    """The prompt, whose passages are documents."""
    system = [{"type": "text", "content": text} for role, text in call.messages if role == "system"]
    others = [_message(role, text) for role, text in call.messages if role != "system"]
    found: Attributes = {"gen_ai.input.messages": json.dumps(others)}
    return {**found, "gen_ai.system_instructions": json.dumps(system)} if system else found


def of_reply(call: ChatCall, reply: ChatReply) -> Attributes:
    """What the model's reply took."""
    found: Attributes = {
        "gen_ai.response.model": provider_and_model(call.model)[1],
        "gen_ai.usage.input_tokens": reply.input_tokens,
        "gen_ai.usage.output_tokens": reply.output_tokens,
    }
    if reply.finish_reason:
        found["gen_ai.response.finish_reasons"] = [reply.finish_reason]
    if reply.first_piece_s is not None:
        found["gen_ai.response.time_to_first_chunk"] = reply.first_piece_s
    return found if reply.cost_usd is None else {**found, "ragline.cost_usd": reply.cost_usd}


def of_reply_text(reply: ChatReply) -> Attributes:
    """What the model wrote."""
    message = {**_message("assistant", reply.text), "finish_reason": reply.finish_reason or "stop"}
    return {"gen_ai.output.messages": json.dumps([message])}


def provider_and_model(name: str) -> tuple[str, str]:
    """The provider as the conventions call it, and the model, of a LiteLLM name; "litellm" where the name has no provider."""
    provider, slash, model = name.partition("/")
    return (_PROVIDERS.get(provider, provider), model) if slash else ("litellm", name)


def _message(role: str, text: str) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}
