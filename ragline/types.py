"""The values that every room shares. All are frozen; none does any work.

Offsets are counted in Unicode code points of ``Document.text`` (Python string indices), half open: ``text[start:end]``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ragline.errors import InputError

Scalar = str | int | float | bool
MetadataValue = Scalar | None | list[str] | list[int] | list[float]
Metadata = Mapping[str, MetadataValue]

ElementKind = Literal[
    "heading", "paragraph", "list", "table", "code", "quote", "caption", "qa", "definition", "change", "record"
]
ChunkRole = Literal["body", "row", "summary"]
SearchMode = Literal["hybrid", "vector", "lexical"]

TENANT = "tenant:"
"""What the entries of an acl that name tenants begin with."""


@dataclass(frozen=True, slots=True)
class Document:
    """One source item.

    ``id`` is the source key: ingesting another document with the same id replaces the first. ``acl`` lists the principal
    ids and groups that may see it; ``None`` means no restriction, an empty tuple means nobody. Entries ``tenant:<name>`` close
    it to all other tenants: see :class:`Principal`.
    """

    id: str
    text: str
    title: str = ""
    metadata: Metadata = field(default_factory=dict)
    acl: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """What a caller or a sidecar file says of a file; it goes before what the file says of itself.

    ``acl`` is as in :class:`Document`, but ``None`` says nothing. ``options`` go to the parser. ``warnings`` make the row of
    the file "degraded".
    """

    title: str = ""
    metadata: Metadata = field(default_factory=dict)
    acl: tuple[str, ...] | None = None
    language: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. A document with an acl is visible when the acl names ``id`` or one of ``groups``.

    ``tenant`` is the customer or department that it belongs to. An acl with entries ``tenant:<name>`` is closed to principals
    of other tenants and of none, whatever their names; with nothing but such entries it is open to all of these tenants. An
    empty name is nobody's. Raises :class:`ragline.errors.InputError` for names that are no texts or look like such entries.
    """

    id: str
    groups: frozenset[str] = frozenset()
    tenant: str | None = None

    def __post_init__(self) -> None:
        groups: object = self.groups
        if not isinstance(groups, frozenset | set | list | tuple):
            raise InputError(f"The groups of a principal are {groups!r}. Give a set of names: frozenset({{'staff'}}).")
        object.__setattr__(self, "groups", frozenset(groups))
        names: tuple[object, ...] = (self.id, *self.groups)
        for name in names:
            if not isinstance(name, str) or name.startswith(TENANT):
                raise InputError(f"A principal is not named {name!r}. Give a text, and its tenant as Principal(…, tenant=…).")
            _check_characters(name)
        tenant: object = self.tenant
        if tenant is not None and (not isinstance(tenant, str) or not tenant):
            raise InputError(f"A tenant is not named {tenant!r}. Give its name, or leave it out.")
        _check_characters(tenant or "")

    @property
    def names(self) -> frozenset[str]:
        return (self.groups | {self.id}) - {""}


def _check_characters(name: str) -> None:
    """Halves of surrogate pairs are no characters: such a name could not be written to a log, nor stand in an access list."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InputError(f"A principal is not named {name!r}, which is no valid Unicode. Give a text.") from None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A retrievable span of a document: ``document.text[start:end] == text``.

    ``context`` is what stands in front of ``text`` when it is embedded and indexed (title, section path, table header);
    it is never part of ``text``. ``page`` is 1-based, ``None`` where the format has no pages.

    The chunks of role "body" hold all of a document's text, in reading order, numbered by ``ordinal`` from 0. Behind them
    come, where the chunker makes some, a "row" for each row of a table (its cells named in the context) and a "summary" for
    each table: further ways to find what the bodies hold. ``section_start`` and ``section_end`` are where the section that
    the chunk is in begins and ends, headings included; both 0 where that is not known.

    ``injection`` in [0, 1] says how much the chunk looks like orders to a model; at 0.5 one of a hundred clean chunks does.
    ``None`` where that was not looked at (the setting ``injection``). A ``quarantined`` chunk is never found.
    """

    id: str
    doc_id: str
    text: str
    start: int
    end: int
    kind: ElementKind = "paragraph"
    section_path: tuple[str, ...] = ()
    page: int | None = None
    ordinal: int = 0
    title: str = ""
    context: str = ""
    metadata: Metadata = field(default_factory=dict)
    role: ChunkRole = "body"
    section_start: int = 0
    section_end: int = 0
    injection: float | None = None
    quarantined: bool = False


@dataclass(frozen=True, slots=True)
class LegScore:
    """What one leg said of a chunk: ``rank`` is 1-based; ``score`` is raw, and higher is better.

    The vector leg's score is the cosine in [-1, 1]; the lexical leg's is BM25, >= 0 and unbounded.
    """

    leg: str
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class RerankScore:
    """What a reranker said of a hit: its ``score``, higher is better, and at which ``rank`` (from 1) the fusion had it.

    ``features`` maps what the score is made of to its share, where the reranker tells; they add up to the score.
    """

    reranker: str
    score: float
    rank: int
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a hit came to its place. The ``terms`` of the fusion add up to the hit's score.

    ``terms`` maps a leg to its contribution; ``timings_ms`` a stage of the query to milliseconds. ``collapsed`` counts the
    candidates that the hit stands for because they are near-duplicates or parts of it. ``displaced`` are the ids of chunks that
    were before it among the first k, and are not any more because of ``max_per_document`` or ``mmr_lambda``. ``forms`` maps
    legs that searched for another form of the query to what they searched for. ``found_as`` is the id of the chunk that was
    found, where another is shown that holds it: a row or the summary of a table. Where there is access control, ``filter_plan``
    tells no counts of a leg, and ``generation`` and ``sequence`` are 0: all three would count what is hidden.
    """

    formula: str
    terms: Mapping[str, float]
    filter_plan: str
    matched_terms: tuple[str, ...]
    generation: int
    sequence: int
    timings_ms: Mapping[str, float]
    collapsed: int = 0
    displaced: tuple[str, ...] = ()
    forms: Mapping[str, str] = field(default_factory=dict)
    found_as: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A ranked chunk with its history.

    ``rank`` is 1-based; ``score`` is comparable only within one result list (the fusion's in hybrid mode, the leg's raw score
    otherwise), higher is better, ties are broken by ``chunk.id``. ``legs`` holds every leg that returned the chunk.
    ``rerank`` is what a reranker said, where one put the hit in its place: then the order goes by that, and not by ``score``.
    ``duplicates`` are the ids of other documents whose near-duplicate passages were collapsed into this hit, best first. Where
    a passage stands for rows or a summary of its table that were collapsed into it, score and legs are those of the best.
    """

    chunk: Chunk
    score: float
    rank: int
    legs: Mapping[str, LegScore] = field(default_factory=dict)
    explanation: Explanation | None = None
    duplicates: tuple[str, ...] = ()
    rerank: RerankScore | None = None

    @property
    def doc_id(self) -> str:
        return self.chunk.doc_id

    @property
    def text(self) -> str:
        return self.chunk.text


@dataclass(frozen=True, slots=True)
class Citation:
    """A claim's pointer to exact characters: ``document.text[start:end] == quote``.

    ``marker`` is the number shown as ``[1]`` in the answer. ``support`` in [0, 1] says how well the quote carries the claim.
    """

    marker: int
    claim: str
    doc_id: str
    chunk_id: str
    start: int
    end: int
    quote: str
    support: float
    title: str = ""
    section_path: tuple[str, ...] = ()
    page: int | None = None


ClaimVerdict = Literal["supported", "unsupported", "uncited"]


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """A statement of an answer, checked against what it cites: it stands at ``answer.text[start:end]``.

    ``support`` in [0, 1] says how well the passages cited carry it; 0.0 where it cites none. ``citations`` are places in
    ``Answer.citations``. ``reasons`` say what speaks against it. ``field`` is the JSON Pointer (RFC 6901) of the value where
    the answer is structured, and empty elsewhere.
    """

    start: int
    end: int
    verdict: ClaimVerdict
    support: float
    citations: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    field: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of a conversation and what was answered (``Answer.text``)."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class ModelAttempt:
    """One call of a model; ``error`` says why it failed, or why it was not even made, and is empty where it went well."""

    model: str
    error: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost. ``cost_usd`` is ``None`` where the price of the model is not known.

    ``model`` is the one that answered; ``attempts`` are all calls that were made for the answer, in order, those of other
    models and those that failed among them. ``timings_ms`` maps the stages of its search, and "answer" for all else, to
    milliseconds.
    """

    model: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
    seconds: float = 0.0
    attempts: tuple[ModelAttempt, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its citations, or an honest abstention (``abstained`` with a ``reason``).

    ``claims`` are its statements in order, each checked against the passages that it cites. ``standalone`` is the question
    that was searched for and answered, where a conversation stood behind ``query``; empty where it is ``query`` itself.
    ``data`` is the answer in the shape that was asked for, ``None`` where none was, and in an abstention.

    It was written from the first ``given`` of its ``hits``: those that fitted; ``None`` = from all of them.

    ``cached`` says that it was made before; ``original_query`` is then the question that it was made for. ``log_id`` is its row
    in the query log, for :meth:`ragline.Collection.feedback`; empty where there is no log.
    """

    query: str
    text: str
    citations: tuple[Citation, ...]
    abstained: bool
    reason: str
    hits: tuple[Hit, ...]
    usage: Usage
    prompt_id: str = ""
    claims: tuple[ClaimCheck, ...] = ()
    standalone: str = ""
    data: Any = None
    cached: bool = False
    original_query: str = ""
    log_id: str = ""
    given: int | None = None
