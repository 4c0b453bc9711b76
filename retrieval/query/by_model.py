"""Forms of a query by a language model: rewriting, several queries, a hypothetical answer (HyDE), and the parts of a question.

HyDE: Gao et al., "Precise Zero-Shot Dense Retrieval without Relevance Labels", ACL 2023. A model that does not answer changes
nothing but the order: the search goes on without its forms.
"""

import logging
import re
import threading
from collections import OrderedDict

from ragline.errors import BackendUnavailableError, InputError
from ragline.settings import Settings
from retrieval.answers.completion import ModelEndpoint, complete
from retrieval.answers.fence import neutral_text, new_nonce
from retrieval.prompts.template import load_prompt

logger = logging.getLogger(__name__)

PROMPTS = {"rewrite": "rewrite-v1", "queries": "queries-v1", "hyde": "hyde-v1", "decompose": "decompose-v1"}
"""Expansion -> the id of its prompt."""

MOST_FORMS = 4
MAX_CHARS = 1_000
"""Of one form; a hypothetical answer has some 100 words."""

_REMEMBERED = 512
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s*")


class QueryModel:
    """Asks the model that the settings name, once for each query and expansion. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._endpoint = ModelEndpoint(
            settings.expansion_model or settings.model,
            settings.model_api_base or None,
            max_tokens=256,
            timeout_s=settings.model_timeout_s,
            retries=settings.model_retries,
        )
        self._known: OrderedDict[tuple[str, str], list[str]] = OrderedDict()
        self._lock = threading.Lock()

    def texts(self, expansion: str, query: str) -> list[str]:
        """What the model makes of the query; nothing where it does not answer.

        Raises :class:`InputError` where no model is set, or where it refuses the request.
        """
        if not self._endpoint.model:
            raise InputError(f"The expansion {expansion!r} needs a model. Set expansion_model, or model, or leave it out.")
        with self._lock:
            known = self._known.get((expansion, query))
        if known is not None:
            return known
        values = {"nonce": new_nonce(), "query": neutral_text(query).strip()}
        try:
            reply = complete(self._endpoint, load_prompt(PROMPTS[expansion]).render(values)).text
        except BackendUnavailableError as error:
            logger.warning("the search goes on without the expansion %s: %s", expansion, error)
            return []
        texts = _texts(reply, expansion, query)
        with self._lock:
            self._known[expansion, query] = texts
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return texts


def _texts(reply: str, expansion: str, query: str) -> list[str]:
    lines = [" ".join(reply.split())] if expansion == "hyde" else [_BULLET.sub("", line) for line in reply.splitlines()]
    shown = dict.fromkeys(neutral_text(line)[:MAX_CHARS].strip(' "\t') for line in lines)
    shown.pop("", None)
    shown.pop(query, None)
    return list(shown)[: 1 if expansion in {"hyde", "rewrite"} else MOST_FORMS]
