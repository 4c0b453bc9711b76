"""Fencing retrieved text off from instructions, on its way into a prompt.

Retrieved text can be written by anybody. It is put between boundary lines that carry a nonce drawn for each call, which no
document can know; everything in it that looks like a boundary, a role header or a model's control token is broken up, and
characters that a reader cannot see are taken out. This fixes the *structure* of the prompt. It cannot promise that a model
obeys its rules, which is why citations are checked afterwards (see ``citations.py``).
"""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Sequence

from ragline.types import Hit, Turn

MAX_LABEL = 200
"""Characters of a title or section path that are shown: enough for any honest one."""

MAX_TURN = 1_000
"""Characters of a question or an answer of a conversation that are shown: what it was about stands at its beginning."""

# Letters and marks that show nothing, beside the categories of _HIDDEN_CATEGORIES: fillers, blanks, variation selectors.
_HIDDEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Control, format (zero-width, bidi, tags), surrogate, private use, unassigned.
_HIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
_LINE_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\u0085\u2028\u2029]")
_ANGLES = "<>＜＞﹤﹥‹›〈〉《》«»⟨⟩⟪⟫≪≫⋘⋙❮❯〈〉"
# Three and more look like a boundary; two are a shift or a redirection, and a copied command must stay right.
_ANGLE_RUN = re.compile(rf"[{_ANGLES}](?:[ \t]*[{_ANGLES}]){{2,}}")
_TAGS = "s|bos|eos|system|user|assistant|human|tool|instructions?|(?:start|end)_of_turn|im_(?:start|end)"
_CONTROL_TOKEN = re.compile(rf"<(?=\||/?(?:{_TAGS})\b)|<(?=<SYS)|\[(?=/?(?:INST|SYS)\])", re.IGNORECASE)
_ROLES = "system|user|assistant|human|developer|tool|function|ai|question|instructions?"
_ROLE_HEADER = re.compile(
    rf"^(?P<before>[ \t#>*_\-|]*)(?P<role>{_ROLES})(?P<after>[ \t*_]*[:：])", re.IGNORECASE | re.MULTILINE
)


def new_nonce() -> str:
    """128 random bits in hexadecimal, for one call."""
    return secrets.token_hex(16)


def fence_passages(hits: Sequence[Hit], nonce: str) -> str:
    """The chunks of ``hits``, numbered from 1, each between boundary lines with ``nonce``.

    ``nonce`` occurs exactly twice for each hit and nowhere else.
    """
    return "\n\n".join(fence_passage(hit, number, nonce) for number, hit in enumerate(hits, start=1))


def fence_passage(hit: Hit, number: int, nonce: str) -> str:
    """One passage: a boundary, its title and section, its text, a boundary."""
    chunk = hit.chunk
    title, section, text = (
        _plain(part).replace(nonce, "*") for part in (chunk.title or chunk.doc_id, " > ".join(chunk.section_path), chunk.text)
    )
    labels = [f"Title: {neutral_label(title)}"] + ([f"Section: {neutral_label(section)}"] if section else [])
    body = "\n".join([*labels, "", neutral_text(text)])
    return f"<<<PASSAGE {number} {nonce}>>>\n{body}\n<<<END {number} {nonce}>>>"


def fence_turns(turns: Sequence[Turn], nonce: str) -> str:
    """The turns of a conversation, numbered from 1, fenced as passages are: users and models wrote them.

    ``nonce`` occurs exactly twice for each turn and nowhere else.
    """
    return "\n\n".join(
        f"<<<TURN {number} {nonce}>>>\n{_said('Question', turn.question, nonce)}\n{_said('Answer', turn.answer, nonce)}\n"
        f"<<<END {number} {nonce}>>>"
        for number, turn in enumerate(turns, start=1)
    )


def _said(label: str, text: str, nonce: str) -> str:
    plain = neutral_text(_plain(text).replace(nonce, "*")).strip()
    return f"({label}) {plain[:MAX_TURN]}".rstrip()


def fence_text(label: str, text: str, nonce: str) -> str:
    """A text between boundary lines that call it ``label``, in capitals: an answer under judgement, say.

    ``nonce`` occurs exactly twice and nowhere else.
    """
    body = neutral_text(_plain(text).replace(nonce, "*")).strip()
    return f"<<<{label} {nonce}>>>\n{body}\n<<<END {label} {nonce}>>>"


def nonce_of(*texts: str) -> str:
    """128 bits in hexadecimal that no text among ``texts`` can hold, being a digest of all of them.

    Equal texts have an equal one, so that a call can be found again where its reply is kept.
    """
    digest = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:32]


def neutral_text(text: str) -> str:
    """``text`` without invisible characters, and with boundary look-alikes, role headers and control tokens broken up.

    Lines stay lines. Idempotent. A line that hides such a thing in full-width or bold letters is put in plain ones
    first (NFKC). What is quoted in a citation comes from the chunk, never from here.
    """
    return "\n".join(_neutral_line(line) for line in _plain(text).split("\n"))


def _neutral_line(line: str) -> str:
    normal = unicodedata.normalize("NFKC", line)
    if normal != line and (broken := _broken_up(normal)) != normal:
        return broken
    return _broken_up(line)


def _broken_up(line: str) -> str:
    line = _ANGLE_RUN.sub(lambda run: " ".join("".join(run.group().split())), line)
    line = _CONTROL_TOKEN.sub(r"\g<0> ", line)
    return _ROLE_HEADER.sub(r"\g<before>(\g<role>)\g<after>", line)


def neutral_label(text: str) -> str:
    """A title, path or section path on one line, at most :data:`MAX_LABEL` characters."""
    return neutral_text(" ".join(_plain(text).split()))[:MAX_LABEL].strip()


def _plain(text: str) -> str:
    """``text`` with one kind of line end and without characters that show nothing."""
    text = _LINE_BREAKS.sub("\n", text)
    shown = (char for char in text if char in "\n\t" or unicodedata.category(char) not in _HIDDEN_CATEGORIES)
    return _HIDDEN.sub("", "".join(shown))
