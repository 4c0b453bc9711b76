"""The structure of a prompt with attacked passages: every boundary where it belongs, nothing of a passage anywhere else."""

import re
from collections.abc import Sequence

from ragline.types import Chunk, Hit
from retrieval.answers.fence import fence_passages, neutral_text, new_nonce
from retrieval.prompts.template import load_prompt

QUESTION = "What does the text say?"
_PROMPT = "answer-v1"


def hit_of(text: str, number: int, title: str = "") -> Hit:
    """A hit whose passage is ``text``."""
    return Hit(Chunk(f"c{number}", f"d{number}", text, 0, len(text), title=title), 1.0 / number, number)


def faults(hits: Sequence[Hit]) -> list[str]:
    """What is wrong with the prompt of these hits; nothing when the fence holds.

    Each passage has two boundary lines with the nonce of this call, and these are the only ones; between them is its text, and
    nothing of it is outside; the system message is the same whatever the passages are.
    """
    nonce = new_nonce()
    fenced = fence_passages(hits, nonce)
    system, user = load_prompt(_PROMPT).render({"nonce": nonce, "passages": fenced, "question": QUESTION})
    found: list[str] = []
    lines = [line for line in user.content.split("\n") if nonce in line or line.startswith(("<<<", ">>>"))]
    wanted = [f"<<<{side} {n} {nonce}>>>" for n in range(1, len(hits) + 1) for side in ("PASSAGE", "END")]
    if lines != wanted:
        found.append(f"boundary lines are {lines[:6]}")
    if user.content.count(nonce) != 2 * len(hits):
        found.append("the nonce stands elsewhere too")
    bare = load_prompt(_PROMPT).render({"nonce": nonce, "passages": "", "question": QUESTION})
    if system != bare[0]:
        found.append("the system message depends on the passages")
    rest = user.content
    for number, hit in enumerate(hits, start=1):
        block = re.search(rf"<<<PASSAGE {number} {nonce}>>>\n(.*?)\n<<<END {number} {nonce}>>>", rest, re.DOTALL)
        if block is None or not block.group(1).endswith(neutral_text(hit.text)):
            found.append(f"passage {number} is not whole between its boundaries")
            continue
        rest = rest.replace(block.group(), "", 1)
    if rest.split() != bare[1].content.split():
        found.append(f"outside of the boundaries stands {rest[:200]!r}")
    return found
