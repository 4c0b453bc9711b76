"""What an ingest says of the collection as a whole: documents that anybody may see from now on, and orders to a model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

SHOWN = 5
"""Ids of documents that a warning names."""


@dataclass(slots=True)
class Noted:
    """Ids of documents, as they are met: ``opened`` had an access list and are given none now, ``flagged`` have chunks that
    give orders to a model, ``freed`` had chunks in quarantine and have none now. ``chunks`` counts the flagged chunks.
    """

    opened: list[str] = field(default_factory=list)
    flagged: list[str] = field(default_factory=list)
    freed: list[str] = field(default_factory=list)
    chunks: int = 0

    def warnings(self, injection: str) -> Iterator[str]:
        """What to say of them; ``injection`` is the setting of that name."""
        if self.opened:
            yield (
                f"{len(self.opened)} documents had an access list and are given none now, so everybody may see them: "
                f"{_listed(self.opened)}. If that is not meant, ingest again with what gave it (describe, sidecar file or "
                f"front matter)."
            )
        if self.chunks:
            todo = (
                "They are kept out of searches and answers; look at them: ragline quarantined, and let out what is harmless: "
                "ragline release ID"
                if injection == "quarantine"
                else "They are found like others; to keep such chunks out, ingest with injection=quarantine."
            )
            yield f"{self.chunks} chunks look like orders to a model (prompt injection), in: {_listed(self.flagged)}. {todo}"
        if self.freed:
            yield (
                f"{len(self.freed)} documents had chunks in quarantine and have none now, by the setting injection={injection} "
                f"or another text: {_listed(self.freed)}. If that is not meant, ingest again with injection=quarantine."
            )


def _listed(doc_ids: Sequence[str]) -> str:
    return ", ".join(doc_ids[:SHOWN]) + (" ..." if len(doc_ids) > SHOWN else "")
