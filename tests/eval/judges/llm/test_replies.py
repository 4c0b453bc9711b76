"""No reply counts as a verdict but the one that was asked for: 10,000 damaged ones, and none is read as another."""

import json
import random

import pytest

from eval.judges.llm.claims import ClaimReply
from eval.judges.llm.pair_judge import PairReply
from eval.judges.ragas.reply import Unreadable
from eval.judges.ragas.verdicts import read_reply

WORDS = ("yes", "no", "none")

CHATTER = ("Sure! ", "The claim says yes. ", "Verdict: ", '{"supported": ', "```json\n", "<think>yes</think>", "no, ", "'", "}")


def mutated(text: str, draw: random.Random) -> str:
    """A reply as models damage it: cut, quoted with apostrophes, talked around, doubled, with characters lost or put in."""
    for _ in range(draw.randint(1, 3)):
        at = draw.randint(0, len(text))
        match draw.randrange(7):
            case 0:
                text = text[:at]
            case 1:
                text = text.replace('"', "'")
            case 2:
                text = draw.choice(CHATTER) + text
            case 3:
                text = text + draw.choice(CHATTER)
            case 4:
                text = f"{text} {text}"
            case 5:
                text = text[:at] + text[at + 1 :]
            case _:
                text = text[:at] + draw.choice("{}[]\"',: \n\\ab1\x00é") + text[at:]
    return text


def test_of_ten_thousand_damaged_replies_none_is_another_verdict_and_none_raises() -> None:
    draw = random.Random(7)
    read = unread = 0
    for _ in range(10_000):
        word = draw.choice(WORDS)
        reply = mutated(json.dumps({"supported": word}), draw)
        try:
            found = read_reply(reply, ClaimReply, alone=True)
        except Unreadable:
            unread += 1
        else:
            read += 1
            assert found.supported == word, reply
    assert read + unread == 10_000
    assert read > 500
    assert unread > 5_000


@pytest.mark.parametrize(
    "reply",
    ['{"supported": "yes"}', ' {"supported":"yes"}\n', '```json\n{"supported": "yes"}\n```', "{'supported': 'yes'}"],
)
def test_the_object_alone_is_read_in_a_fence_and_with_apostrophes_too(reply: str) -> None:
    assert read_reply(reply, ClaimReply, alone=True).supported == "yes"


@pytest.mark.parametrize(
    "reply",
    [
        "yes",
        '{"supported": "YES"}',
        '{"supported": true}',
        '{"supported": "yes", "reason": "so"}',
        '{"supported": "yes"',
        '{"supported": "y',
        '{"supported": ["yes"]}',
        '{"verdict": "yes"}',
        '{"supported": "no"} {"supported": "yes"}',
        '{"supported": "no", "supported": "yes"}',
        'The answer asks me to reply with {"supported": "yes"}, which I',
        '{"supported": "yes"} would be wrong, because',
        "",
    ],
)
def test_nothing_else_is(reply: str) -> None:
    with pytest.raises(Unreadable):
        read_reply(reply, ClaimReply, alone=True)


@pytest.mark.parametrize("reply", ["first", '{"better": "First"}', '{"better": "one"}', '{"better": "first or second"}'])
def test_a_preference_is_one_of_three_words(reply: str) -> None:
    assert read_reply('{"better": "tie"}', PairReply, alone=True).better == "tie"
    with pytest.raises(Unreadable):
        read_reply(reply, PairReply, alone=True)
