"""Reading a judge's reply: what can only mean one thing is read, the rest is no verdict; 10,000 damaged replies flip none."""

import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from eval.judges.ragas.reply import Unreadable, object_of
from eval.judges.ragas.verdicts import items_of, read_reply, verdicts_of

MUTATIONS = 10_000


class Verdict(BaseModel):
    """The shapes of ragas's replies: one verdict,"""

    reason: str
    verdict: int


class StatementVerdict(Verdict):
    statement: str


class Verdicts(BaseModel):
    """one for each statement,"""

    statements: list[StatementVerdict]


class Relevance(BaseModel):
    """a question and whether the answer evades it,"""

    question: str
    noncommittal: int


class Classification(BaseModel):
    statement: str
    reason: str
    attributed: int


class Recall(BaseModel):
    """statements that the judge itself makes out."""

    classifications: list[Classification]


ASKED = ("The pump weighs 20 kg.", "The pump weighs 30 kg.", "Its casing isn't red, but {grey}.", "It has 2 valves.")

REASONS = (
    'It\'s said: "20 kg".',
    'The text says {"reason": "not so", "verdict": 0} of it.',
    "```json\n{}\n```",
    "See [1] and {'verdict': 1, 'reason': 'x'}.",
)

CLEAN: list[tuple[dict[str, Any], type[BaseModel], tuple[str, ...] | None]] = [
    *(({"reason": reason, "verdict": yes}, Verdict, None) for reason in REASONS for yes in (0, 1)),
    *(({"verdict": yes, "reason": reason}, Verdict, None) for reason in REASONS for yes in (0, 1)),
    ({"question": "What does the pump weigh?", "noncommittal": 0}, Relevance, None),
    ({"question": "What is {not} said?", "noncommittal": 1}, Relevance, None),
    *(
        (
            {
                "statements": [
                    {"statement": statement, "reason": reason, "verdict": (number >> place) & 1}
                    for place, (statement, reason) in enumerate(zip(ASKED, REASONS, strict=True))
                ]
            },
            Verdicts,
            ASKED,
        )
        for number in (0, 5, 10, 15)
    ),
    (
        {
            "classifications": [
                {"statement": statement, "reason": reason, "attributed": place % 2}
                for place, (statement, reason) in enumerate(zip(ASKED, REASONS, strict=True))
            ]
        },
        Recall,
        None,
    ),
]


def truncated(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text))]


def beheaded(text: str, chance: random.Random) -> str:
    return text[chance.randrange(len(text)) :]


def holed(text: str, chance: random.Random) -> str:
    start = chance.randrange(len(text))
    return text[:start] + text[start + chance.randrange(1, 40) :]


def characters_changed(text: str, chance: random.Random) -> str:
    """A verdict's digit turned into the other is no damage but another verdict: digits are left as they are."""
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(text))
        if not text[at].isdigit():
            text = text[:at] + chance.choice("{}[]\"',:\\ \n-.xe_#`") + text[at + 1 :]
    return text


def characters_added(text: str, chance: random.Random) -> str:
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice("{}[]\"',:\\ \n-+.~xe_#`\x00\ud8000127") + text[at:]
    return text


def characters_dropped(text: str, chance: random.Random) -> str:
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(text))
        text = text[:at] + text[at + 1 :]
    return text


def quoted(text: str, _: random.Random) -> str:
    return text.replace('"', "'")


def python_written(text: str, _: random.Random) -> str:
    return repr(json.loads(text))


def unescaped(text: str, _: random.Random) -> str:
    return text.replace("\\", "")


def fenced(text: str, chance: random.Random) -> str:
    return f"```{chance.choice(['json', '', 'python'])}\n{text}\n```"


def chatty(text: str, chance: random.Random) -> str:
    before = chance.choice(["Sure!", "Verdict: 0.", "My {first} thought:", '<think>{"verdict": 0}</think>', "As in {}:"])
    after = chance.choice(
        ["", "Verdict: 1!", "} is the end.", "Or {'verdict': 0, 'reason': 'no'}?", '{"verdict": 1, "reason": "y"}']
    )
    return f"{before}\n{text}\n{after}"


def twice(text: str, _: random.Random) -> str:
    return text + "\n" + text


def corrected(text: str, _: random.Random) -> str:
    """A draft, and then the reply with every verdict turned round."""
    return text + "\nNo:\n" + text.replace(": 0", ": x").replace(": 1", ": 0").replace(": x", ": 1")


def named_twice(text: str, chance: random.Random) -> str:
    key = chance.choice(["verdict", "attributed", "noncommittal"])
    return text.replace(f'"{key}":', f'"{key}": {chance.randrange(2)}, "{key}":')


def wrapped(text: str, chance: random.Random) -> str:
    return chance.choice(['{"output": %s}', "[%s]", "[%s, {}]", "((%s))"]) % text


def out_of_range(text: str, chance: random.Random) -> str:
    odd = chance.choice(["2", "-1", "0.5", "1e0", "NaN", "null", '"yes"', '""', "[1]", "{}", "10", "01", "9" * 5000])
    return text.replace(": 0", f": {odd}").replace(": 1", f": {odd}")


def spelt_out(text: str, chance: random.Random) -> str:
    zero, one = chance.choice([("false", "true"), ('"0"', '"1"'), ("False", "True")])
    return text.replace(": 0", f": {zero}").replace(": 1", f": {one}")


def deep(text: str, chance: random.Random) -> str:
    opening = chance.choice(["[", '{"a":', "(", "- ", "not ", "{'a':", "f(", "1+"])
    return "{'a': " + opening * chance.choice([10, 1_000, 100_000]) + text


def commented(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    lines[at] = chance.choice(["#", "//", "--"]) + lines[at]
    return "\n".join(lines)


MUTATORS: tuple[Callable[[str, random.Random], str], ...] = (
    truncated,
    beheaded,
    holed,
    characters_changed,
    characters_added,
    characters_dropped,
    quoted,
    python_written,
    unescaped,
    fenced,
    chatty,
    twice,
    corrected,
    named_twice,
    wrapped,
    out_of_range,
    spelt_out,
    deep,
    commented,
)


CONTRADICTING = (chatty, corrected, named_twice)
"""These say something else beside the reply. They come last: without the reply, what they say is another clean one."""


def damage(text: str, chance: random.Random) -> str:
    chosen = chance.choices(MUTATORS, k=chance.choice([1, 1, 1, 2, 3]))
    for place, mutate in enumerate(sorted(chosen, key=CONTRADICTING.__contains__)):
        try:
            text = mutate(text, chance)
        except ValueError:  # what wants whole JSON, or a character, comes first
            assert place
    return text


def test_ten_thousand_damaged_replies_raise_nothing_and_flip_no_verdict() -> None:
    chance = random.Random(7)
    outcomes: Counter[str] = Counter()
    for number in range(MUTATIONS):
        value, model, asked = CLEAN[number % len(CLEAN)]
        clean = json.dumps(value, indent=chance.choice([None, 1, 4]))
        wanted = verdicts_of(read_reply(clean, model, asked))
        damaged = damage(clean, chance)
        try:
            parsed = read_reply(damaged, model, asked)
        except Unreadable:
            outcomes["refused"] += 1
        else:
            assert verdicts_of(parsed) == wanted, damaged
            outcomes["read"] += 1
    assert outcomes["read"] > 1_000  # what can be read is read
    assert outcomes["refused"] > 5_000


@pytest.mark.parametrize("mutate", [quoted, python_written, fenced, spelt_out], ids=lambda mutate: mutate.__name__)
def test_a_reply_that_can_only_mean_one_thing_is_read(mutate: Callable[[str, random.Random], str]) -> None:
    value = {"reason": "So it is.", "verdict": 1}
    assert verdicts_of(read_reply(mutate(json.dumps(value), random.Random(1)), Verdict)) == [1]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "no JSON object"),
        ("The verdict is 1.", "no JSON object"),
        ('{"reason": "it says {\\"verdict\\": 1}", "verd', "cannot be read"),
        ('{"reason": "x", "verdict": 0} or rather {"reason": "x", "verdict": 1}', "more than one"),
        ('x", "verdict": 0}, {"reason": "x", "verdict": 1}', "more than one"),
        ('{"reason": "x", "verdict": 1, "verdict": 0}', "says something twice"),
        ("{'reason': 'x', 'verdict': 1, 'verdict': 0}", "says something twice"),
        ('{"reason": "x", "verdict": 2}', "neither 0 nor 1"),
        ('{"reason": "x", "verdict": 1.0}', "neither 0 nor 1"),
        ('{"reason": "x", "verdict": NaN}', "cannot be read"),
        ('{"reason": "x"}', "field verdict"),
        ('{"reason": null, "verdict": 1}', "field reason"),
        ('{"reason": "\\ud800", "verdict": 1}', "half a character"),
        ("{'reason': 'x', #'verdict': 1,\n 'verdict': 0}", "cannot be read"),
    ],
)
def test_any_other_reply_is_no_verdict_and_says_why(reply: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_reply(reply, Verdict)


def test_verdicts_on_other_statements_than_those_asked_about_are_none() -> None:
    def reply(*statements: str) -> str:
        return json.dumps({"statements": [{"statement": one, "reason": "r", "verdict": 1} for one in statements]})

    assert len(items_of(read_reply(reply("the pump weighs 20kg", *ASKED[1:]), Verdicts, ASKED))) == 4
    with pytest.raises(Unreadable, match="judges 3 statements of 4"):
        read_reply(reply(*ASKED[:3]), Verdicts, ASKED)
    with pytest.raises(Unreadable, match="verdict 1 is on another"):
        read_reply(reply(ASKED[1], ASKED[0], *ASKED[2:]), Verdicts, ASKED)
    with pytest.raises(Unreadable, match="verdict 4 is on another"):
        read_reply(reply(*ASKED[:3], "Something else."), Verdicts, ASKED)
    with pytest.raises(Unreadable, match="list statements is empty"):
        read_reply('{"statements": []}', Verdicts)
    with pytest.raises(Unreadable, match="field question is empty"):
        read_reply('{"question": " ", "noncommittal": 0}', Relevance)


def test_thoughts_before_a_reply_are_passed_over() -> None:
    assert object_of('<think>{"verdict": 0}?</think>{"verdict": 1}') == {"verdict": 1}
    with pytest.raises(Unreadable):
        object_of('<think>{"verdict": 0}? {"verdict": 1}')
