"""What compares two answers: the values that go in and come out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from eval.configuration import Setting

Choice = Literal["first", "second", "tie"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to ``question`` from ``contexts``, without an order: which is shown first is for the comparison to say."""

    id: str
    question: str
    contexts: tuple[str, ...]
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Preference:
    """What a judge says of two answers in the order in which it was shown them; ``None`` with a reason where it failed."""

    choice: Choice | None
    reason: str = ""
    raw: str = ""


class PairJudge(Protocol):
    """Says which of two answers is the better one."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> Mapping[str, Setting]:
        """What its verdicts depend on: model, version of the prompt or of the weights."""
        ...

    def prefer(self, question: str, contexts: Sequence[str], first: str, second: str) -> Preference:
        """The better of the two, or a tie. Fails with a reason, not with an exception."""
        ...
