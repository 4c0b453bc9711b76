"""Whether two sentences that share their words say the opposite: one denies what the other states, or says "maximum" for
"minimum".

Rules on words, no understanding: a negation reaches to the end of its clause, and counts where it reaches a word that both
sentences have.
"""

import re
from collections.abc import Iterator

from retrieval.answers.terms import Term, query_terms

# Comparisons (not more than, no later than) and "not only" deny nothing.
_CUE = re.compile(
    r"\b(?:not(?!\s+only)|\w+n[’']t|no(?!\s+\w+\s+than|\.)|never|none|cannot|without|neither|nor|nobody|nothing"
    r"|nicht|kein\w*|niemals|ohne|ne|pas|jamais|sans|nunca|jamás|sin|ningun\w*)\b(?!\s+(?:more|less|later|earlier)\s+than)",
    re.IGNORECASE,
)
NEGATIONS = frozenset(("not", "no", "never", "none", "cannot", "without", "except", "unless", "neither", "nor"))
"""Words that make two sentences or questions different ones, however alike they are."""

_CLAUSE_END = re.compile(
    r"[.,;:!?()—–]|\s-+\s|\b(?:but|and|which|who|because|since|while|although|when|if|unless|until|after|before|that|where"
    r"|aber|und|dass|mais|et|que|pero|y)\b",
    re.IGNORECASE,
)

_PAIRS = (
    "before/after earlier/later above/below over/under more/less more/fewer most/least maximum/minimum increase/decrease "
    "increases/decreases increased/decreased rise/fall rises/falls rose/fell higher/lower highest/lowest longer/shorter "
    "enable/disable enabled/disabled allow/forbid allowed/forbidden allowed/prohibited permitted/prohibited required/optional "
    "mandatory/optional always/never include/exclude includes/excludes included/excluded open/closed first/last won/lost "
    "true/false safe/unsafe valid/invalid supported/unsupported possible/impossible yes/no accept/reject accepted/rejected "
    "oldest/newest largest/smallest biggest/smallest best/worst north/south east/west northern/southern eastern/western "
    "inside/outside positive/negative internal/external manual/automatic hot/cold left/right"
)
_OPPOSITES: dict[str, set[str]] = {}
for _pair in _PAIRS.split():
    _left, _right = _pair.split("/")
    _OPPOSITES.setdefault(_left, set()).add(_right)
    _OPPOSITES.setdefault(_right, set()).add(_left)

_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?")


def opposition(claim: str, evidence: str, language: str) -> str:
    """Why ``evidence`` says the opposite of ``claim``, in words; the empty string where it does not.

    Both should say nearly the same but for that. Two opposites cancel out: "not enabled" is "disabled".
    """
    opposite = _opposite_words(claim, evidence)
    if opposite and (_is_denied(opposite[0], claim) != _is_denied(opposite[1], evidence)):
        return ""  # "not enabled" is "disabled"
    denied = _denies_what_the_other_states(claim, evidence, language)
    if denied and not opposite:
        return denied
    if opposite and not denied:
        return f"the passage says '{opposite[1]}' and not '{opposite[0]}'"
    return ""


def _denies_what_the_other_states(claim: str, evidence: str, language: str) -> str:
    stated, found = set(_texts(query_terms(claim, language))), set(_texts(query_terms(evidence, language)))
    denied_by_claim = {text for scope in _scopes(claim) for text in _texts(query_terms(scope, language))} & found
    denied_by_passage = {text for scope in _scopes(evidence) for text in _texts(query_terms(scope, language))} & stated
    if denied_by_claim and not denied_by_passage:
        return "the passage does not deny it"
    if denied_by_passage and not denied_by_claim:
        return "the passage denies it"
    return ""


def _is_denied(word: str, sentence: str) -> bool:
    return any(word in map(str.lower, _WORD.findall(scope)) for scope in _scopes(sentence))


def _texts(terms: tuple[Term, ...]) -> Iterator[str]:
    return (term.text for term in terms)


def _scopes(sentence: str) -> Iterator[str]:
    """What stands between each negation and the end of its clause."""
    for cue in _CUE.finditer(sentence):
        end = _CLAUSE_END.search(sentence, cue.end())
        yield sentence[cue.end() : end.start() if end else len(sentence)]


def _opposite_words(claim: str, evidence: str) -> tuple[str, str] | None:
    """A word of ``claim`` that is not in ``evidence``, and its opposite there that is not in ``claim``."""
    said, found = (set(map(str.lower, _WORD.findall(text))) for text in (claim, evidence))
    for word in sorted(said - found):
        other = sorted((_OPPOSITES.get(word, set()) & found) - said)
        if other:
            return word, other[0]
    return None
