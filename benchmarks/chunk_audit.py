"""The chunks of every chunker, audited on the samples and on a shared set of Markdown documents."""

import ragline
from benchmarks.corpora import ROOT, shared_folder
from benchmarks.figures import Figure
from benchmarks.workspace import Workspace
from ingestion.chunkers.registry import CHUNKERS

TOKENS = 128
EVERY = 8
"""Of the Markdown documents one in so many is looked at: shares are known to a point then."""

FAULTS = ("not self-contained", "boundary", "duplicate", "short", "long")


def measure(workspace: Workspace) -> list[Figure]:
    """Shares of faults by chunker, in percent (less is better), with the light embedder; a quick run takes the samples only."""
    corpora = {"samples": [ROOT / "data" / "samples" / "documents"]}
    if not workspace.quick:
        corpora["docs-markdown"] = sorted(shared_folder("docs-markdown").rglob("*.md"))[::EVERY]
    figures = []
    for corpus, sources in corpora.items():
        for chunker in CHUNKERS:
            place = workspace.folder / f"{corpus}-{chunker}"
            with ragline.open(place, embedder="light", chunker=chunker, chunk_tokens=TOKENS, chunk_overlap=0.0) as kb:
                kb.ingest(sources)
                found = kb.audit_chunks()
            label = f"{corpus}, {chunker}, {TOKENS} tokens"
            note = f"{found.chunks:,} chunks of {found.documents:,} documents, {found.sound_share:.1%} without a fault"
            for name in FAULTS:
                fault = found.fault(name)
                details = ", ".join(f"{detail} {count}" for detail, count in fault.by_detail.items())
                target = "<= 0" if name == "long" else ""
                figures.append(
                    Figure(f"{label}: {name}", 100 * fault.share, "%", f"{note}; {details}" if details else note, target)
                )
    return figures
