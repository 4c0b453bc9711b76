"""A question that goes on with a conversation, as one that can be understood (and searched for) alone.

With a model, the model rewrites it; what it replies is only a question to search with, so a hostile conversation can at worst
ask something else. Without one, rules carry over what a short follow-up leaves out.
"""

import re
import time
from collections.abc import Sequence
from functools import reduce

from indexes.lexical.stopwords import stop_words
from ragline.errors import InputError
from ragline.types import Turn, Usage
from retrieval.answers.fence import fence_turns, neutral_text, new_nonce
from retrieval.answers.generative import GenerativeAnswerer
from retrieval.answers.terms import ASKING_WORDS, language_of, query_terms
from retrieval.answers.token_estimate import estimated_tokens
from retrieval.prompts.template import load_prompt

PROMPT_ID = "standalone-v1"

HISTORY_TOKENS = 1000
"""Estimated tokens of the conversation that a model is shown, the last turns first: what a follow-up means stands near it."""

MAX_QUESTION = 500
"""Characters of a rewritten question; a longer reply is no question, and the rules rewrite instead."""

CARRIED = 6
"""Words that are carried over at most: more would outweigh the question itself."""

_REFERS = re.compile(
    r"\b(?:it|its|it['’]s|they|them|their|theirs|this|that|these|those|there|he|him|his|she|her|hers|one|ones|same|both|"
    r"er|sie|ihn|ihm|ihr|ihre\w*|dessen|deren|dieser?|dieses?|diese[mn]|dort|davon|dafür|damit|il|elle|ils|elles|celui|celle|"
    r"son|sa|ses|leur|ello|ella|ellos|ellas|su|sus|ese|esa|eso)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\s*(?:and|but|so|or|also|then|what about|how about|what of|und|aber|oder|was ist mit|wie ist es mit|et|mais|ou|"
    r"qu['’]en est-il|y|pero|o)\b",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(r"(?<![.!?] )(?<!^)\b[^\W\d_a-z][\w’'-]*")


def standalone_question(query: str, history: Sequence[Turn]) -> str:
    """``query`` with what it leaves out in parentheses behind it, by rules; ``query`` itself where it stands alone.

    A question with a pronoun, one that begins with "and", or one of a word takes over the content words of the question before,
    names and identifiers first. One about another thing ("and the HX-300?") takes over all but the identifiers. Each turn is
    rewritten in its turn, so that a subject stays for as long as it is referred to.

    On 30 follow-ups to questions on the samples, the three best passages hold a relevant document for 29 instead of 15; putting
    the whole question before in front finds 28, and answers that question too.
    """
    before = reduce(lambda earlier, turn: _joined(turn.question, earlier, ""), history[:-1], "")
    if not history:
        return query
    last = history[-1]
    return _joined(query, _joined(last.question, before, ""), last.answer)


def rewritten_question(query: str, history: Sequence[Turn], answerer: GenerativeAnswerer) -> tuple[str, Usage]:
    """``query`` as the model of ``answerer`` rewrites it, and what that cost. Of an unusable reply the rules take the place.

    Raises as :meth:`GenerativeAnswerer.complete` does.
    """
    begin = time.perf_counter()
    nonce = new_nonce()
    turns = fence_turns(_recent(history), nonce)
    values = {"nonce": nonce, "conversation": turns, "question": neutral_text(query).strip()}
    completion = answerer.complete(load_prompt(PROMPT_ID).render(values))
    usage = Usage(
        completion.model or answerer.model,
        completion.prompt_tokens,
        completion.completion_tokens,
        completion.cost_usd,
        time.perf_counter() - begin,
        completion.attempts,
    )
    reply = neutral_text(completion.text).strip().strip("\"“”'`").strip()
    usable = 0 < len(reply) <= MAX_QUESTION and "\n" not in reply and nonce not in reply and not completion.cut
    return (reply if usable else standalone_question(query, history)), usage


def check_history(history: object) -> None:
    """Raise :class:`InputError` unless ``history`` is a sequence of turns."""
    if isinstance(history, str) or not isinstance(history, Sequence) or not all(isinstance(turn, Turn) for turn in history):
        raise InputError("history is no list of turns. Pass [ragline.Turn(question, answer), ...], oldest first.")


def _recent(history: Sequence[Turn]) -> Sequence[Turn]:
    """The last turns within :data:`HISTORY_TOKENS`; at least the last one."""
    used, first = 0, len(history)
    while first > 0:
        turn = history[first - 1]
        used += estimated_tokens(turn.question) + estimated_tokens(turn.answer)
        if used > HISTORY_TOKENS and first < len(history):
            break
        first -= 1
    return history[first:]


def _joined(query: str, before: str, answer: str) -> str:
    if not before or not _depends(query):
        return query
    carried = _carried(query, before, answer)
    return f"{query.rstrip()} ({' '.join(carried)})" if carried else query


def _depends(query: str) -> bool:
    """Whether the question refers to what was said before, or says too little to be one."""
    if _GOES_ON.match(query) or _REFERS.search(query):
        return True
    return len([term for term in _content(query) if term.casefold() not in ASKING_WORDS]) < 2 and not _subjects(query)


def _carried(query: str, before: str, answer: str) -> list[str]:
    subjects = _subjects(before)
    rest = [word for word in _content(before) if word not in subjects and word.casefold() not in ASKING_WORDS]
    if not _REFERS.search(query) and (own := _identifiers(query)):
        replaced = _identifiers(before)
        subjects = [word for word in subjects if word not in replaced and word not in own]
    elif not subjects:
        subjects = _subjects(answer.partition(". ")[0])
    wanted = [*subjects, *rest]
    said = {word.casefold() for word in re.findall(r"[\w’'.-]+", query)}
    return [word for word in dict.fromkeys(wanted) if word.casefold() not in said][:CARRIED]


def _content(text: str) -> list[str]:
    """The words of ``text`` that carry meaning, as they are written."""
    return [term.shown for term in query_terms(text, language_of([text]))] if text.strip() else []


def _identifiers(text: str) -> list[str]:
    return [term.shown for term in query_terms(text, language_of([text])) if term.kind == "identifier"] if text.strip() else []


def _subjects(text: str) -> list[str]:
    """Identifiers, and words with a capital letter inside a sentence: what a question is about more often than asks."""
    language = language_of([text])
    if language in ("de", "lb"):  # German writes every noun with a capital letter
        return list(dict.fromkeys(_identifiers(text)))
    names = [match.group() for match in _CAPITALISED.finditer(text)]
    return list(dict.fromkeys([*_identifiers(text), *(name for name in names if name.casefold() not in stop_words(language))]))
