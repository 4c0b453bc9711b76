"""The one error tree of Ragline.

Every error a caller can meet derives from :class:`RaglineError`, is named by its cause, and ends its message with what to
do next::

    RaglineError
    ├── InputError                 what was passed in is wrong (also a ValueError)
    │   ├── FilterError            a filter names an unknown field or has a wrong shape
    │   ├── SettingsError          a setting is unknown or out of range
    │   ├── GoldenSetError         an evaluation file is malformed
    │   └── GoldenMismatchError    two evaluations are not of the same golden set
    ├── ParseError                 one document cannot be read; ingestion turns it into a row of its report
    ├── MissingExtra               an optional part is not installed (also an ImportError); names the pip command
    ├── CorruptIndexError          a file of the collection is damaged
    ├── StorageError               the disk is full, or refuses to read or write
    ├── IncompatibleError          configuration and collection do not fit together
    │   ├── EmbedderMismatchError  the collection was embedded by another model
    │   ├── MigrationRefusedError  what a migration has made is worse than what there is
    │   └── RebuildRefusedError    a new index does not hold what is asked of it; carries what was measured
    ├── CollectionLockedError      another process is writing
    ├── CollectionNotFoundError    nothing is there
    ├── BackendUnavailableError    a server or a model provider does not answer
    │   ├── BudgetExceededError    an answer would cost more money or time than a query may, or a judge more than it may
    │   └── RateLimitedError       a model provider keeps asking for fewer requests
    └── AccessDeniedError          the principal may not do that
"""

from typing import Any


class RaglineError(Exception):
    """Root of every error raised by Ragline."""


class InputError(RaglineError, ValueError):
    """An argument, a path or a file given by the caller is not usable."""


class FilterError(InputError):
    """A metadata filter names an unknown field or has a wrong shape."""


class SettingsError(InputError):
    """A setting is unknown, of a wrong type or out of range."""


class GoldenSetError(InputError):
    """An evaluation file is malformed."""


class GoldenMismatchError(InputError):
    """Two evaluations are not of the same golden set, so their figures cannot be compared."""


class ParseError(RaglineError):
    """A document cannot be parsed. ``reason`` is a short phrase for the ingest report."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MissingExtra(RaglineError, ImportError):  # noqa: N818 - the name is part of the public face
    """An optional part is not installed, or does not import; then ``cause`` says why."""

    def __init__(self, package: str, *, extra: str, purpose: str, cause: str = "") -> None:
        broken = f", which is there but does not import ({cause})" if cause else ""
        super().__init__(f"{purpose} needs the package {package!r}{broken}. Install it with: pip install 'ragline[{extra}]'")
        self.package = package
        self.extra = extra


class CorruptIndexError(RaglineError):
    """A file of the collection is missing, truncated or altered."""


class StorageError(RaglineError):
    """The disk is full, or refuses to read or write; what was committed before stays as it was."""


class IncompatibleError(RaglineError):
    """The configuration asked for does not fit what the collection was built with."""


class EmbedderMismatchError(IncompatibleError):
    """The collection holds vectors of another embedding model."""


class MigrationRefusedError(IncompatibleError):
    """A migration was not put in use, because it finds less than the collection as it is. What was made for it is kept."""


class RebuildRefusedError(IncompatibleError):
    """A new index was built and did not pass its checks; the one before it stays in use.

    ``checks`` are all that were made, as :class:`indexes.rebuilding.gate.Check` values.
    """

    def __init__(self, message: str, *, checks: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.checks = checks


class CollectionLockedError(RaglineError):
    """Another process holds the collection's write lock, or is building its index."""


class CollectionNotFoundError(RaglineError):
    """There is no collection at the given place."""


class BackendUnavailableError(RaglineError):
    """A server or model provider did not answer, or refused.

    ``attempts`` are the calls that were made, as :class:`ragline.types.ModelAttempt` values, where several could be.
    """

    def __init__(self, message: str, *, attempts: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.attempts = attempts


class BudgetExceededError(BackendUnavailableError):
    """One more call of a model would overrun the budget of the query, or of the judge, in money, time or calls."""


class RateLimitedError(BackendUnavailableError):
    """A model provider still asks for fewer requests after all retries."""


class AccessDeniedError(RaglineError):
    """The principal may not do that."""
