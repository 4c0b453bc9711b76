"""Says in a sentence or two what a table shows, by a language model: for the summary chunks of tables."""

from ragline.errors import BackendUnavailableError, ParseError, RaglineError
from retrieval.answers.completion import ModelEndpoint, complete
from retrieval.answers.fence import neutral_text, new_nonce
from retrieval.prompts.template import load_prompt

PROMPT_ID = "table-v1"
MAX_CHARS = 8_000
"""Characters of a table that the model is given: some 2,500 tokens; the rows behind them rarely say what it is about."""

MAX_TOKENS = 160
_MOST_FAILURES = 3


class TableSummariser:
    """Calls a model once for each different table. To be given to a chunker as ``summarise``.

    A model that cannot be had is the failure of the document, which keeps its former version and is tried again by the next
    ingest; after three tables in a row without an answer it is not asked any more.
    """

    def __init__(self, model: str, *, api_base: str | None = None, timeout_s: float = 60.0, retries: int = 2) -> None:
        self._endpoint = ModelEndpoint(model, api_base, max_tokens=MAX_TOKENS, timeout_s=timeout_s, retries=retries)
        self._known: dict[str, str] = {}
        self._failures = 0

    def __call__(self, table: str) -> str:
        """What the model says of the text of a table, on one line. Raises :class:`ParseError` when it cannot be had."""
        shown = table[:MAX_CHARS]
        if shown not in self._known:
            self._known[shown] = self._ask(shown)
        return self._known[shown]

    def _ask(self, table: str) -> str:
        if self._failures >= _MOST_FAILURES:
            raise ParseError(f"table_model {self._endpoint.model!r} has stopped answering; check it, and ingest again")
        values = {"nonce": new_nonce(), "table": neutral_text(table)}
        try:
            answer = complete(self._endpoint, load_prompt(PROMPT_ID).render(values))
        except RaglineError as error:
            self._failures += isinstance(error, BackendUnavailableError)
            raise ParseError(f"table_model did not sum up a table: {error} Then ingest again, or unset table_model.") from error
        self._failures = 0
        return " ".join(neutral_text(answer.text).split())
