"""What is to be prepared, and what came of it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingestion.chunkers.base import Chunker
from ingestion.guard.injection.policy import NOT_SCORED, InjectionPolicy
from ingestion.guard.privacy import OFF, Privacy, PrivacyError
from ingestion.options import NO_OPTIONS, Options
from ingestion.pipeline import PreparedDocument, prepare, prepare_document
from ingestion.sources import SourceFile, load
from ingestion.workers.recipes import Analyse
from ragline.errors import RaglineError
from ragline.types import Document


@dataclass(frozen=True, slots=True)
class Task:
    """A source to parse and chunk.

    ``size`` is in bytes or characters, to share out work evenly; ``digest`` the content hash of a document in hand.
    """

    source: SourceFile | Document
    doc_id: str
    size: int
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A prepared document, or the reason why there is none. ``seconds`` is the time that preparing took.

    ``findings`` counts the personal data and secrets, by kind, for which it is refused; ``terms`` holds the language and the
    joined terms of each chunk where the process that made them has made these too.
    """

    task: Task
    prepared: PreparedDocument | None
    error: str = ""
    seconds: float = 0.0
    findings: Mapping[str, int] = field(default_factory=dict)
    terms: Sequence[tuple[str, str]] = ()


def run_task(
    task: Task,
    chunker: Chunker,
    privacy: Privacy = OFF,
    options: Options = NO_OPTIONS,
    analyse: Analyse | None = None,
    injection: InjectionPolicy = NOT_SCORED,
) -> Outcome:
    """Do the task in this process."""
    started = time.perf_counter()
    try:
        if isinstance(task.source, Document):
            prepared = prepare_document(
                task.source, chunker, digest=task.digest, privacy=privacy, options=options, injection=injection
            )
        else:
            source, description = load(task.source, options), task.source.description
            prepared = prepare(
                source, chunker, doc_id=task.doc_id, description=description, privacy=privacy, injection=injection
            )
        terms = analyse(prepared.chunks, prepared.language) if analyse is not None else ()
    except Exception as error:  # noqa: BLE001 - whatever a parser raises is this source's row, and the next one goes on
        return Outcome(task, None, failure(error), time.perf_counter() - started, findings_of(error))
    return Outcome(task, prepared, "", time.perf_counter() - started, terms=terms)


def findings_of(error: Exception) -> Mapping[str, int]:
    """What was found in a document that is refused for it; nothing where it failed for another reason."""
    return error.findings if isinstance(error, PrivacyError) else {}


def failure(error: Exception) -> str:
    """What the report says of a source that raised ``error``."""
    if isinstance(error, RaglineError):
        return str(error)
    if isinstance(error, MemoryError):
        return "needs more memory than parse_memory_mb allows; split it or raise the setting"
    if isinstance(error, RecursionError):
        return "is nested too deeply to be read; flatten it"
    return f"the parser failed on it ({type(error).__name__}: {str(error)[:200]}); repair or convert the file"
