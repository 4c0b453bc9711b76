"""What becomes of chunks that speak to a model: nothing, a score that shows, or quarantine."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingestion.guard.injection.detector import FLAGGED, RULES, injection_score, load_weights
from ragline.types import Chunk


@dataclass(frozen=True, slots=True)
class InjectionPolicy:
    """``off`` scores nothing; ``tag`` scores chunks; ``quarantine`` also keeps those out of reach that are flagged.

    A chunk is flagged from the score ``threshold`` on.
    """

    mode: str = "off"
    threshold: float = FLAGGED

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same chunk could be stored differently; empty when nothing is scored."""
        if self.mode == "off":
            return ""
        quarantine = f" quarantine {self.threshold:g}" if self.mode == "quarantine" else ""
        return f"injection/{RULES}/{load_weights().fingerprint}{quarantine}"

    def verdict(self, text: str, context: str) -> tuple[float | None, bool]:
        """The score of a chunk with this text below this context, ``None`` when nothing is scored; whether it is kept out."""
        if self.mode == "off":
            return None, False
        score = injection_score(text, context)
        return score, self.mode == "quarantine" and score >= self.threshold

    def flagged(self, chunks: Iterable[Chunk]) -> int:
        """How many of the chunks are flagged."""
        return sum(is_flagged(chunk, self.threshold) for chunk in chunks)


NOT_SCORED = InjectionPolicy()


def is_flagged(chunk: Chunk, threshold: float) -> bool:
    """Whether the score of a chunk reaches the threshold; one without a score does not."""
    return chunk.injection is not None and chunk.injection >= threshold


def freed(chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
    """The chunks of a document that somebody has released: the scores stay."""
    return tuple(replace(chunk, quarantined=False) if chunk.quarantined else chunk for chunk in chunks)


def kept_apart(chunks: tuple[Chunk, ...], before: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """Other chunks of the same text, with everything in quarantine that holds a part of what was there ``before``."""
    spans = [(chunk.start, chunk.end) for chunk in before if chunk.quarantined]
    if not spans:
        return chunks
    return tuple(
        replace(chunk, quarantined=True) if any(chunk.start < end and start < chunk.end for start, end in spans) else chunk
        for chunk in chunks
    )
