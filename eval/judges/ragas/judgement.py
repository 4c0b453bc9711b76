"""One metric of ragas on one answer: from its inputs to a score, whatever goes wrong on the way."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from eval.configuration import Setting
from eval.judges.base import AnsweredQuestion, JudgedClaim, Score, Support
from eval.judges.ragas.adapters import AskingModel, CollectionEmbedding
from eval.judges.ragas.asking import Asker, Said
from eval.judges.ragas.metrics import RagasMetric
from eval.judges.ragas.prompts import PromptText, fence_prompts, messages_of
from eval.judges.ragas.reply import Unreadable
from eval.judges.ragas.store import JudgementStore, key_of
from eval.judges.ragas.verdicts import items_of
from indexes.embedders.base import Embedder
from ragline.errors import BackendUnavailableError, InputError, RaglineError

ROUNDING = 1e-6
"""By how much a value may leave [0, 1]: vectors of single precision are not quite of length 1."""

MAX_REASON = 500
"""Characters of a reason."""


class Judgement:
    """Makes metrics of ragas and asks them. Safe to use from several threads: each judgement has a metric of its own."""

    def __init__(self, ragas: ModuleType, asker: Asker, embedder: Embedder) -> None:
        self._ragas = ragas
        self._asker = asker
        self._embedding = CollectionEmbedding(embedder)

    def of(self, metric: RagasMetric, question: AnsweredQuestion) -> tuple[Score, bool]:
        """The score, and whether it is final: one that failed because a call did may come out otherwise another time.

        Raises nothing but what ends a run: :class:`ragline.errors.StorageError`, :class:`ragline.errors.IncompatibleError`.
        """
        said = Said()
        try:
            value = self._value(metric, question, said)
        except Unreadable as error:
            return _failed(f"the judge's reply is no use: {error}", said), True
        except (BackendUnavailableError, InputError) as error:
            return _failed(str(error), said), False
        except RaglineError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever ragas raises on a reply is a counted row, not the end of the run
            return _failed(f"ragas: {type(error).__name__}: {error}", said), True
        if not isinstance(value, int | float) or not math.isfinite(value):
            return _failed(f"ragas gave no number, but {value!r}", said), True
        if not -ROUNDING <= value <= 1 + ROUNDING:
            return _failed(f"ragas gave {value:.4g}, which is not from 0 to 1", said), True
        claims = _claims(question.answer, said.read) if metric.name == "faithfulness" else ()
        return Score(min(1.0, max(0.0, float(value))), "scored", claims=claims, raw="\n".join(said.replies)), True

    def _value(self, metric: RagasMetric, question: AnsweredQuestion, said: Said) -> Any:
        def ask(prompt: str, model: type[BaseModel]) -> BaseModel:
            if not isinstance(prompt, PromptText):
                raise TypeError("a prompt that is not fenced")
            return self._asker.ask(messages_of(prompt), model, said, getattr(prompt.data, "statements", None))

        made = metric.make(self._ragas, AskingModel(ask), self._embedding)
        fence_prompts(made)
        return asyncio.run(made.ascore(**metric.values(question))).value


class KeptJudgements:
    """Judgements by all that they depend on: ``identity``, which is a scorer's fingerprint, and the texts that are judged."""

    def __init__(self, judgement: Judgement, store: JudgementStore, identity: Mapping[str, Setting]) -> None:
        self._judgement = judgement
        self._store = store
        self._identity = identity

    def known(self, metric: RagasMetric, question: AnsweredQuestion) -> Score | None:
        """The score, where nobody has to be asked for it."""
        undecided = metric.undecided(question)
        if undecided is not None:
            return undecided
        record = self._store.get(self._key(metric, question))
        return None if record is None else _score(record["score"])

    def decide(self, metric: RagasMetric, question: AnsweredQuestion) -> Score:
        """The score, known or judged; a final one is kept before it is returned. Raises as :meth:`Judgement.of` does."""
        known = self.known(metric, question)
        if known is not None:
            return known
        score, is_final = self._judgement.of(metric, question)
        if is_final:
            self._store.put(self._key(metric, question), {"score": asdict(score)})
        return score

    def _key(self, metric: RagasMetric, question: AnsweredQuestion) -> str:
        """Another embedder changes only the key of what embeds, another model only that of what asks one."""
        unneeded = {"judge.metrics"} | (set() if metric.embeds else {"judge.embedder"})
        if not metric.asks:
            unneeded |= {name for name in self._identity if name not in ("judge", "judge.embedder")}
        identity = {name: value for name, value in self._identity.items() if name not in unneeded}
        return key_of(kind="judgement", metric=metric.name, inputs=metric.values(question), identity=identity)


def _score(record: Mapping[str, Any]) -> Score:
    claims = []
    for claim in record["claims"]:
        support = claim["support"]
        claims.append(JudgedClaim(**{**claim, "support": None if support is None else Support(**support)}))
    return Score(**{**record, "claims": tuple(claims)})


def _failed(reason: str, said: Said) -> Score:
    return Score(None, "failed", reason[:MAX_REASON], raw="\n".join(said.replies))


def _claims(answer: str, read: Sequence[BaseModel]) -> tuple[JudgedClaim, ...]:
    """The statements that were judged last. One that does not stand in the answer word by word is of the whole of it."""
    claims = []
    for entry in items_of(read[-1]) if read else ():
        start = answer.find(entry.statement)
        place = (0, len(answer)) if start < 0 else (start, start + len(entry.statement))
        supported = bool(entry.verdict)
        claims.append(JudgedClaim(entry.statement, *place, supported, reason="" if supported else entry.reason))
    return tuple(claims)
