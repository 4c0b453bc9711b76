"""What a migration tells: how far it is, what it did, what it would do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Step = Literal["bring", "index", "compare", "catch up", "switch"]
Way = Literal["text", "file", "chunks", "kept"]
"""Where the structure of a document came from: its stored text parsed again, its source file read again, its stored chunks; or
its chunks were kept as they are.
"""


@dataclass(frozen=True, slots=True)
class MigrationProgress:
    """The step at hand, documents brought of all there are (of this round), chunks embedded so far."""

    step: Step
    done: int
    total: int
    embedded: int


ProgressCallback = Callable[[MigrationProgress], None]


@dataclass(frozen=True, slots=True)
class Quality:
    """A metric on the golden set, by the space before and by the new one; ``None`` where it could not be measured."""

    metric: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What a migration did, or (``dry_run``) would do; ``space`` is the number of the one that is in use now.

    ``ways`` counts the documents by where their structure came from, those of an earlier attempt that was gone on with among
    them. Of the vectors, ``embedded`` were computed now and ``reused`` taken over. ``recall_at_10`` is that of the new vector
    index against exact search, ``None`` where none was built. ``quality`` is empty without a golden set. ``rounds`` is how
    often it caught up with what was written meanwhile. A dry run estimates ``chunks`` and ``seconds``.
    """

    space: int
    before: str
    after: str
    documents: int
    chunks_before: int
    chunks: int
    ways: Mapping[str, int] = field(default_factory=dict)
    embedded: int = 0
    reused: int = 0
    rounds: int = 0
    resumed: bool = False
    recall_at_10: float | None = None
    quality: tuple[Quality, ...] = ()
    seconds: float = 0.0
    dry_run: bool = False
    warnings: tuple[str, ...] = ()
