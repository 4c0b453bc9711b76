"""Checking every statement of an answer against the passages that it cites."""

from collections.abc import Iterable, Sequence

from ragline.types import Citation, ClaimCheck, ClaimVerdict, Hit
from retrieval.answers.base import SentenceEmbedder
from retrieval.answers.citations import Claim
from retrieval.answers.grounding import Evidence, Grounding, ground

LEAST_SUPPORT = 0.58
"""Support below which a statement counts as unsupported although nothing speaks against it. Of the sentences of QAGS (CNN/DM)
that people found consistent 1 in 100 is marked, of the others 17 (static vectors) and 14 (MiniLM) in 100: a mark is rarely
wrong, and not every invention gets one. Wrong numbers and names are found by what speaks against them instead: of SQuAD's
sentences 94 and 99 in 100 are marked with another number or name, 85 with a "not" put in, and none as they are
(``python -m benchmarks grounding``)."""

CLEAR_COVERAGE = 0.95
"""Share of a statement's words in the passage from which on its meaning is not asked for: an answer in a word ("Delhi") is
unlike any whole sentence."""


def check_claims(
    claims: Sequence[Claim], citations: Sequence[Citation], hits: Iterable[Hit], *, embedder: SentenceEmbedder | None = None
) -> tuple[ClaimCheck, ...]:
    """A check of each of ``claims``, in order. ``hits`` hold the chunks that ``citations`` name.

    A statement that cites several passages is held against all of them together.
    """
    chunks = {hit.chunk.id: hit.chunk for hit in hits}
    read: dict[tuple[str, ...], Evidence] = {}
    checks = []
    for claim in claims:
        cited = tuple(dict.fromkeys(citations[at].chunk_id for at in claim.citations))
        if not cited:
            checks.append(ClaimCheck(claim.start, claim.end, "uncited", 0.0, reasons=("it cites no passage",)))
            continue
        if cited not in read:
            read[cited] = Evidence([chunks[chunk_id] for chunk_id in cited])
        checks.append(_checked(claim, read[cited], embedder))
    return tuple(checks)


def reasons_against(found: Grounding) -> list[str]:
    """Why a statement counts as unsupported, in words; empty where it does not."""
    reasons = [finding.text for finding in found.findings]
    if not reasons and found.support < LEAST_SUPPORT and found.coverage < CLEAR_COVERAGE:
        reasons.append(f"the passage says little of this: support {found.support:.2f} < {LEAST_SUPPORT:.2f}")
    return reasons


def _checked(claim: Claim, evidence: Evidence, embedder: SentenceEmbedder | None) -> ClaimCheck:
    found = ground(claim.text, evidence, embedder=embedder)
    reasons = tuple(reasons_against(found))
    verdict: ClaimVerdict = "unsupported" if reasons else "supported"
    return ClaimCheck(claim.start, claim.end, verdict, round(found.support, 4), claim.citations, reasons)
