"""A true sentence said more loosely, and the same with one thing altered that makes it untrue: by rules, with given dice.

What is altered may be said loosely before, so that neither copying a sentence nor changing its words tells which it is.
"""

import itertools
import random
import re
from collections.abc import Callable, Mapping, Sequence

from retrieval.answers.sentences import sentence_spans

_NUMBER = re.compile(r"(?<![\w.,$€£-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w-]|[.,]\d)")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)*")
_VERB = re.compile(r"\b(?:is|was|are|were|can|could|will|would|has|have|had|should|must)\b(?! not|n't)")
_DENIED = re.compile(r"\b(is|was|are|were|can|could|did|does|do|has|have|will|would|should) not\b")
_DIGIT_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_WORD = re.compile(r"[A-Za-z]{4,}")

UNITS = (
    ("years", "months", "weeks", "days", "hours", "minutes", "seconds"),
    ("kilometres", "kilometers", "km", "miles", "metres", "meters", "feet", "inches", "centimetres", "cm", "mm"),
    ("kilograms", "kg", "grams", "pounds", "tonnes", "tons", "ounces"),
    ("litres", "liters", "gallons", "millilitres", "pints"),
    ("percent", "%", "degrees", "points"),
    ("dollars", "euros", "pounds", "cents", "yen"),
    ("hectares", "acres", "square miles", "square kilometres"),
    ("million", "billion", "thousand", "hundred"),
    ("people", "households", "families", "companies", "cities", "countries", "students", "members"),
)
_UNIT = re.compile(rf"(?<=\d )(?:{'|'.join(sorted((u for row in UNITS for u in row), key=len, reverse=True))})\b|(?<=\d)%")
_CONVERSIONS = {"years": ("months", 12), "weeks": ("days", 7), "hours": ("minutes", 60), "minutes": ("seconds", 60)} | {
    "km": ("metres", 1000),
    "kilometres": ("metres", 1000),
    "kg": ("grams", 1000),
    "metres": ("centimetres", 100),
}

SYNONYMS = (
    "large/big small/little begin/start began/started begins/starts many/numerous show/demonstrate shows/demonstrates "
    "important/significant quickly/rapidly also/additionally use/employ used/employed uses/employs often/frequently near/close "
    "help/assist helped/assisted build/construct built/constructed called/named about/approximately main/primary "
    "famous/well-known region/area country/nation people/persons because/since however/though several/various "
    "found/discovered received/got created/made creates/makes died/passed get/obtain needs/requires need/require "
    "buy/purchase bought/purchased end/finish ended/finished ends/finishes choose/select chosen/selected "
    "usually/normally during/throughout largest/biggest new/novel allows/lets allow/let gave/provided gives/provides"
)
ANTONYMS = (
    "before/after first/last more/fewer most/least more/less increase/decrease increased/decreased rise/fall rose/fell "
    "high/low higher/lower large/small larger/smaller largest/smallest north/south east/west northern/southern eastern/western "
    "early/late earlier/later old/new older/younger win/lose won/lost above/below inside/outside always/never public/private "
    "allowed/forbidden strong/weak success/failure successful/unsuccessful began/ended begin/end started/stopped "
    "majority/minority open/closed long/short support/oppose supported/opposed accepted/rejected gained/lost positive/negative "
    "male/female rich/poor left/right upper/lower internal/external minimum/maximum legal/illegal possible/impossible"
)


def loosened(sentence: str, dice: random.Random) -> dict[str, str]:
    """``sentence`` with the same meaning or a part of it, by the rule; rules that change nothing are left out."""
    made = {name: rule(sentence, dice) for name, rule in _LOOSER.items()}
    kept = {name: text for name, text in made.items() if text and text != sentence and len(text) >= 20}
    several = sentence
    for rule in dice.sample(list(_LOOSER.values()), 4):
        several = rule(several, dice) or several
    if several not in (sentence, *kept.values()) and len(several) >= 20:
        kept["said loosely"] = several
    names = list(kept)
    return {name: kept[name] for name in dice.sample(names, min(2, len(names)))}


def altered(sentence: str, text: str, elsewhere: Sequence[str], dice: random.Random) -> dict[str, str]:
    """``sentence`` of ``text`` made untrue, by what was altered. ``elsewhere`` are texts that do not say the same."""
    made = {name: rule(sentence, text, elsewhere, dice) for name, rule in _ALTERATIONS.items()}
    return {name: told for name, told in made.items() if told and told != sentence}


def _without_lead(sentence: str, _: random.Random) -> str:
    match = re.match(r"(?:In|At|On|During|After|Before|By|However|Although|While|As|For|Since)\b[^,.]{2,60}, (?=\w)", sentence)
    return _begun(sentence[match.end() :]) if match else ""


def _lead_last(sentence: str, _: random.Random) -> str:
    match = re.match(r"((?:In|At|On|During|After|Before|By)\b[^,.]{2,60}), (?=\w)", sentence)
    if not match:
        return ""
    lead = match[1][0].lower() + match[1][1:]
    return f"{_begun(sentence[match.end() :].rstrip('.'))} {lead}."


def _without_tail(sentence: str, _: random.Random) -> str:
    match = re.search(
        r"(?:, (?:which|who|and|but|where|while|although|with|including|such as)|;| because| although)\b.+$", sentence
    )
    return f"{sentence[: match.start()]}." if match and match.start() > 30 else ""


def _without_aside(sentence: str, _: random.Random) -> str:
    return re.sub(r" \([^)]*\)", "", sentence)


def _numbers_said_otherwise(sentence: str, _: random.Random) -> str:
    sentence = re.sub(
        r"(?<![\w.,$€£-])(\d+) (years|weeks|hours|minutes|km|kilometres|kg|metres)\b",
        lambda m: f"{int(m[1]) * _CONVERSIONS[m[2]][1]} {_CONVERSIONS[m[2]][0]}",
        sentence,
    )
    sentence = re.sub(r"(?<![\w.,$€£-])(\d|1[0-2])(?= [a-z])", lambda m: _DIGIT_WORDS[int(m[1])], sentence)
    return re.sub(r"(?<=\d) ?%", " percent", sentence)


def _synonyms(sentence: str, _: random.Random) -> str:
    return _replaced(sentence, _SYNONYMS, most=4)


def _contracted(sentence: str, _: random.Random) -> str:
    return re.sub(r"\b(is|was|are|were|did|does|has|have|would|could|should) not\b", r"\1n't", sentence).replace(
        "cannot", "can't"
    )


def _active(sentence: str, _: random.Random) -> str:
    match = re.match(
        r"(?P<what>[A-Z][^,.]{3,50}?) (?:was|were) (?P<did>\w+ed|built|written|made|led) by (?P<who>[^,.]{3,50})\.", sentence
    )
    return f"{_begun(match['who'])} {match['did']} {match['what'][0].lower()}{match['what'][1:]}." if match else ""


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


_LOOSER: Mapping[str, Callable[[str, random.Random], str]] = {
    "without its beginning": _without_lead,
    "beginning put last": _lead_last,
    "without its end": _without_tail,
    "without its aside": _without_aside,
    "numbers said otherwise": _numbers_said_otherwise,
    "synonyms": _synonyms,
    "contracted": _contracted,
    "active": _active,
}


def _number(sentence: str, text: str, _: Sequence[str], dice: random.Random) -> str:
    found = list(_NUMBER.finditer(sentence))
    if not found:
        return ""
    chosen = dice.choice(found)
    others = [each for each in _NUMBER.findall(text) if each not in sentence and len(each) == len(chosen.group())]
    if others and dice.random() < 0.4:
        wrong = dice.choice(others)
    else:
        value = float(chosen.group().replace(",", ""))
        changed = dice.choice((value + 1, value + 3, value + 10, value * 2, value * 10, max(1.0, value - 2)))
        changed = value + 5 if changed == value else changed
        wrong = f"{changed:,.0f}" if "," in chosen.group() else f"{changed:g}" if "." in chosen.group() else f"{changed:.0f}"
    return sentence[: chosen.start()] + wrong + sentence[chosen.end() :]


def _unit(sentence: str, text: str, _: Sequence[str], dice: random.Random) -> str:
    found = list(_UNIT.finditer(sentence))
    if not found:
        return ""
    chosen = dice.choice(found)
    row = next(row for row in UNITS if chosen.group() in row)
    others = [unit for unit in row if unit not in text and unit[:3] != chosen.group()[:3]]
    return f"{sentence[: chosen.start()]}{dice.choice(others)}{sentence[chosen.end() :]}" if others else ""


def _name(sentence: str, text: str, elsewhere: Sequence[str], dice: random.Random) -> str:
    found = list(_NAME.finditer(sentence))
    if not found:
        return ""
    chosen = dice.choice(found)
    near = [each for each in _NAME.findall(text) if each not in sentence and chosen.group() not in each]
    far = [each for other in elsewhere for each in _NAME.findall(other) if each not in text]
    pool = near if near and (dice.random() < 0.5 or not far) else far
    return sentence[: chosen.start()] + dice.choice(pool) + sentence[chosen.end() :] if pool else ""


def _names_swapped(sentence: str, _: str, __: Sequence[str], dice: random.Random) -> str:
    told = f"x {sentence}"
    found = list(_NAME.finditer(told))
    pairs = [(a, b) for a, b in itertools.pairwise(found) if a.group() != b.group()]
    between = [
        (a, b) for a, b in pairs if re.search(r"\b(?:\w+ed|is|was|by|from|to|of|in)\b", f"x {sentence}"[a.end() : b.start()])
    ]
    if not between:
        return ""
    first, second = dice.choice(between)
    told = f"x {sentence}"
    return (told[: first.start()] + second.group() + told[first.end() : second.start()] + first.group() + told[second.end() :])[
        2:
    ]


def _not_put_in(sentence: str, *_: object) -> str:
    match = _VERB.search(sentence)
    return f"{sentence[: match.end()]} not{sentence[match.end() :]}" if match else ""


def _denied_otherwise(sentence: str, _: str, __: Sequence[str], dice: random.Random) -> str:
    match = _VERB.search(sentence)
    return f"{sentence[: match.end()]} {dice.choice(('never', 'no longer'))}{sentence[match.end() :]}" if match else ""


def _not_taken_out(sentence: str, *_: object) -> str:
    told = re.sub(r"\b(is|was|are|were|did|does|has|have|would|could|should)n't\b", r"\1 not", sentence)
    match = _DENIED.search(told)
    return told[: match.end(1)] + told[match.end() :] if match else ""


def _antonym(sentence: str, *_: object) -> str:
    return _replaced(sentence, _ANTONYMS, most=1)


def _another_word(sentence: str, text: str, _: Sequence[str], dice: random.Random) -> str:
    """A word of the sentence by one that looks alike (the same last letters) from elsewhere in the text."""
    found = [each for each in _WORD.finditer(sentence) if each.group().islower()]
    dice.shuffle(found)
    for each in found:
        alike = [w for w in _WORD.findall(text) if w.islower() and w[-2:] == each.group()[-2:] and w[:3] != each.group()[:3]]
        alike = [word for word in alike if word not in sentence]
        if alike:
            return sentence[: each.start()] + dice.choice(alike) + sentence[each.end() :]
    return ""


def _stitched(sentence: str, text: str, _: Sequence[str], dice: random.Random) -> str:
    """The beginning of the sentence with the end of another of the same text."""
    others = [each for each in _told(text) if each[:30] not in sentence and sentence[:30] not in each]
    if not others:
        return ""
    head, tail = sentence.split(), dice.choice(others).split()
    return " ".join([*head[: max(3, len(head) // 2)], *tail[len(tail) // 2 :]])


def _related(_: str, text: str, elsewhere: Sequence[str], dice: random.Random) -> str:
    others = [each for other in elsewhere[:-1] for each in _told(other) if each not in text]
    return dice.choice(others) if others else ""


def _unrelated(_: str, __: str, elsewhere: Sequence[str], dice: random.Random) -> str:
    others = list(_told(elsewhere[-1]))
    return dice.choice(others) if others else ""


def _told(text: str) -> list[str]:
    return [text[s.start : s.end] for s in sentence_spans(text) if s.kind == "sentence" and s.end - s.start >= 40]


_ALTERATIONS: Mapping[str, Callable[[str, str, Sequence[str], random.Random], str]] = {
    "number": _number,
    "unit": _unit,
    "name": _name,
    "names swapped": _names_swapped,
    "not put in": _not_put_in,
    "never": _denied_otherwise,
    "not taken out": _not_taken_out,
    "antonym": _antonym,
    "another word": _another_word,
    "stitched": _stitched,
    "of another paragraph": _related,
    "unrelated": _unrelated,
}


def _pairs(told: str) -> dict[str, str]:
    both = [pair.split("/") for pair in told.split()]
    found: dict[str, str] = {}
    for left, right in both:
        found.setdefault(left, right)
        found.setdefault(right, left)
    return found


_SYNONYMS, _ANTONYMS = _pairs(SYNONYMS), _pairs(ANTONYMS)


def _replaced(sentence: str, by: Mapping[str, str], *, most: int) -> str:
    count = 0

    def other(match: re.Match[str]) -> str:
        nonlocal count
        word = match.group()
        if count >= most or word not in by:
            return word
        count += 1
        return by[word]

    return re.sub(r"[A-Za-z]+(?:-[a-z]+)*", other, sentence)
