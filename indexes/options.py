"""What the indexes of a collection need to know of its embedder and its settings."""

from dataclasses import dataclass

from ragline.settings import Settings


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """``dim`` is the length of the vectors, ``embedder`` the fingerprint of what makes them, as text.

    ``analysis`` says by which rules the lexical index makes terms (:class:`indexes.lexical.analyser.Analyser`).
    ``given`` names the settings that the caller chose: these go before what a generation was tuned to.
    """

    dim: int
    embedder: str
    threads: int
    settings: Settings
    given: frozenset[str] = frozenset()
    analysis: str = "language"
