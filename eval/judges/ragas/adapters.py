"""What ragas's metrics are given in the place of a client and of an embedding service. Imports ragas."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel
from ragas.embeddings.base import BaseRagasEmbedding
from ragas.llms.base import InstructorBaseRagasLLM

from indexes.embedders.base import Embedder

Ask = Callable[[str, type[BaseModel]], BaseModel]


class AskingModel(InstructorBaseRagasLLM):  # type: ignore[misc]  # ragas is not followed by the type checker
    """A model of ragas whose replies ``ask`` gives. It blocks: each judgement runs in a thread of its own."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def generate(self, prompt: str, response_model: type[BaseModel]) -> Any:
        return self._ask(prompt, response_model)

    async def agenerate(self, prompt: str, response_model: type[BaseModel]) -> Any:
        return self._ask(prompt, response_model)


class CollectionEmbedding(BaseRagasEmbedding):  # type: ignore[misc]
    """The embedder of the collection. Every text is embedded as a query is: what is compared is on one side."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__()
        self._embedder = embedder

    def embed_text(self, text: str, **_: Any) -> list[float]:
        return [float(value) for value in self._embedder.embed_query(text)]

    async def aembed_text(self, text: str, **_: Any) -> list[float]:
        return self.embed_text(text)

    def embed_texts(self, texts: list[str], **_: Any) -> list[list[float]]:
        return [self.embed_text(text) for text in texts]

    async def aembed_texts(self, texts: list[str], **_: Any) -> list[list[float]]:
        return self.embed_texts(texts)
