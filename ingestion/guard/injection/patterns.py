"""Shapes of text that speak to a model, or hide from a reader. Each is a feature; how much it counts is learned.

They are matched against one segment at a time (see :mod:`ingestion.guard.injection.segments`), in lower case.
"""

import base64
import binascii
import re
from dataclasses import dataclass

_RULES = (
    r"(?:instruction|prompt|rule|guideline|directive|direction|order|command|constraint|polic(?:y|ie)|context|passage|text|"
    r"message|question|request|training|programming)s?"
)
_OUTPUT = r"(?:answer|response|reply|output|summary|translation|completion|explanation)s?"
_MODEL = r"(?:ai|llm|assistant|chatbot|language model|chat ?gpt|gpt|claude|copilot|large model|ai model|ai agent)s?"
_ENCODED = re.compile(r"(?<![\w+/])(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?(?![\w+/=])")
_LEAST_LETTERS = 0.85
# Tags, directional overrides and isolates; zero-width characters inside a Latin word, where no script needs them.
_TAG_CHARACTERS = re.compile("[\U000e0020-\U000e007e]")
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ZERO_WIDTH = re.compile("(?<=[A-Za-z])[\u200b-\u200d\u2060\ufeff\u00ad](?=[A-Za-z])")
_HIDING = (_TAG_CHARACTERS, _DIRECTIONS, _ZERO_WIDTH)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A feature ``name``; the expression is only tried where one of the words that it ``needs`` is in the segment.

    ``prior`` is the weight that it has before anything is learned, in log-odds.
    """

    name: str
    needs: frozenset[str]
    expression: re.Pattern[str]
    prior: float


def _pattern(name: str, needs: str, expression: str, prior: float = 1.0) -> Pattern:
    return Pattern(name, frozenset(needs.split()), re.compile(expression), prior)


PATTERNS: tuple[Pattern, ...] = (
    _pattern(
        "override",
        "ignore ignoring disregard disregarding forget override bypass",
        rf"\b(?:ignor|disregard|forget|overrid|bypass)\w*\b(?:\W+\w+){{0,6}}?\W+{_RULES}\b|"
        r"\b(?:ignore|disregard|forget)\s+(?:everything|anything|all|what(?:ever)?)\b",
        5,
    ),
    _pattern(
        "override, other languages",
        "ignoriere ignorieren vergiss missachte ignore ignorez ignora ignorar olvida ignoriamo dimentica ignorar esqueça "
        "игнорируй игнорируйте забудь negeer",
        r"(?:ignorier\w*|ignore[rz]?|ignora\w*|vergiss|missachte|oublie\w*|olvida|dimentica|esqueça|игнорируй\w*|забудь|negeer)(?:\W+\w+){0,5}?\W+"
        r"(?:anweisung\w*|vorgaben|regeln|consignes?|instrucciones|instructions\s+préc\w+|istruzioni|instruções|règles|reglas|regole|инструкци\w*|"
        r"указани\w*|instructies)",
        6,
    ),
    _pattern(
        "persona",
        "you pretend roleplay mode act now longer restriction restrictions filter filters limits",
        r"\byou(?: are|'re| will| must| should| can| will be)? now\b|\bfrom now on\b|\bact as\b|"
        r"\bpretend (?:to be|that|you)|\b(?:developer|god|debug|admin|dan|jailbreak) mode\b|\brole-?play(?:ing)? as\b|"
        r"\bno longer (?:bound|restricted|subject|limited)\b|\bwithout (?:any )?(?:restriction|filter|limit)",
        4,
    ),
    _pattern(
        "reveal",
        "prompt instructions rules guidelines api password passwords credentials secret secrets chat messages confidential",
        r"\b(?:reveal|print|repeat|show|output|leak|display|expose|disclose|share|tell|list|include|say)\b(?:\W+\w+){0,6}?\W+"
        r"(?:system prompt|initial prompt|hidden prompt|(?:your|these|the|all)\W+(?:\w+\W+)?(?:instructions|rules|guidelines)|"
        r"api keys?|passwords?|credentials|secrets?|"
        r"(?:confidential|sensitive|private|internal) (?:data|information|documents)|"
        r"(?:chat|conversation) history|previous messages)\b",
        4,
    ),
    _pattern(
        "new orders",
        "instruction instructions task rules directive directives instead override orders",
        r"\b(?:new|updated|real|actual|revised|important|additional|urgent|special|secret|hidden|system|admin\w*)\s+"
        r"(?:instructions?|task|rules?|directives?|orders?|objective)\b|\byour\s+(?:\w+\s+)?(?:task|objective|job|goal)\s+is\b|"
        r"\bsystem override\b|\binstructions\s+(?:have|are|were)\s+(?:changed|updated|replaced|void|cancelled)\b|"
        r"\binstead\b,?\s+(?:of\s+(?:answer|respond|summari)\w+|answer|respond|reply|say|output|write|print|tell|give)\b",
        3.5,
    ),
    _pattern(
        "role header",
        "system assistant developer human user instruction instructions response ai",
        r"^[\s#>*_|\-]*(?:system|assistant|developer|human|user|ai|instructions?)(?:\s+(?:message|prompt|note|override|update))?"
        r"[\s*_]*[:：]|^#{1,4}\s*(?:system|instructions?|response|assistant|user)\b|\[/?(?:system|assistant|user)\]|"
        r"</?(?:system|assistant|user|instructions?)>",
        4.5,
    ),
    _pattern(
        "control token",
        "im_start im_end inst sys endoftext start_of_turn end_of_turn eot_id start_header_id bos eos s",
        r"<\|?/?(?:im_start|im_end|endoftext|eot_id|start_header_id|end_header_id|start_of_turn|end_of_turn|bos|eos|s)\|?>|"
        r"\[/?inst\]|<</?sys>>",
        6,
    ),
    _pattern(
        "end of the text",
        "end begin passage context document documents input data",
        r"(?:[<\[=\-#*]{2,}|</)\s*(?:end|begin|start)?\s*(?:of|the|\s)*(?:passages?|contexts?|documents?|user input|input|data|"
        r"sources?|text|prompt|instructions?)\s*\d*[^\n]{0,40}(?:[>\]=\-#*]{2,}|>)",
        5,
    ),
    _pattern(
        "to a model",
        "ai llm llms assistant assistants chatbot chatbots gpt chatgpt claude copilot language",
        rf"\b(?:dear|hey|hi|hello|attention|note to|notice to|message (?:to|for)|to (?:the|any|all)|if you are an?|as an?|"
        rf"you are an?|any|all)\W+(?:\w+\W+){{0,2}}?{_MODEL}\b|"
        rf"^\W*{_MODEL}(?:\W+\w+){{0,3}}?\W+(?:must|should|shall|please)\b|^\W*{_MODEL}\s*[,:!]",
        4.5,
    ),
    _pattern(
        "your answer",
        "your",
        rf"\byour (?:\w+ ){{0,2}}?(?:{_OUTPUT}|message|solution|reasoning)\b",
    ),
    _pattern(
        "your code",
        "your",
        r"\byour (?:\w+ ){0,2}?(?:code|codebase|implementation|algorithm|program|script|solution|project)\b",
    ),
    _pattern(
        "this code",
        "code snippet excerpt block script snippets",
        r"\b(?:following|subsequent|ensuing|below)\s+(?:\w+\s+)?(?:code|snippet|excerpt|block|script)",
    ),
    _pattern(
        "how to reply",
        "respond reply answer answers output say print your",
        r"\b(?:respond|reply|answer|output|say|print|return)\s+(?:only|just|exactly|solely|with|in|using|as|nothing)\b|"
        rf"\b(?:begin|start|end|finish|conclude)\s+(?:your|every|each|the|all)\s+{_OUTPUT}\b",
    ),
    _pattern(
        "the user",
        "user users reader readers customer customers mention tell inform alert notify",
        r"\b(?:tell|inform|ask|convince|instruct|warn|notify|advise|urge|direct|encourage|suggest|remind)\w*\s+(?:that\s+)?"
        r"(?:the\s+|all\s+|any\s+)?(?:users?|readers?|customers?|human|person)\b|"
        r"\b(?:do not|don't|never|without)\s+(?:mention|tell|reveal|inform|disclos|let|alert|notify)\w*",
    ),
    _pattern(
        "when answering",
        "answering responding replying summarizing summarising asked answer respond summarize summarise",
        r"\b(?:when|whenever|before|after|while|if)\s+(?:you(?:'re| are)?\s+)?(?:asked|answer|respond|repl|summari[sz]|process|"
        r"read|translat|review)(?:y|ing|e|ed)?\b",
    ),
    _pattern(
        "send it",
        "url",
        r"\b(?:send|forward|email|e-mail|post|upload|submit|transmit|append|exfiltrate|leak|visit|click|open|navigate|go|fetch)"
        r"\b[^\n]{0,100}(?:https?://|www\.|\b[\w.+-]{1,64}@[\w-]{1,63}\.\w|\b\w{1,63}\.(?:com|net|org|xyz|io|example)\b)",
    ),
    _pattern("picture that calls home", "url", r"!\[[^\]]*\]\(\s*https?://[^)\s]*[?&=][^)]*\)", 3),
)

IDEOGRAPHIC_OVERRIDE = re.compile(
    r"(?:忽略|無視|无视|忘记|忘記)[^。\n]{0,20}(?:指令|指示|提示|规则|規則|说明|命令)|무시[^.\n]{0,10}지시"
)


def hides_text(text: str) -> bool:
    """Whether characters are in it that turn, split or carry text without being seen. ``text`` as it was written."""
    return any(expression.search(text) for expression in _HIDING)


def encoded_text(text: str) -> str:
    """What base64 in ``text`` says, where it is words; else empty."""
    found = []
    for match in _ENCODED.finditer(text):
        try:
            said = base64.b64decode(match.group(), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
        letters = sum(character.isalpha() or character.isspace() for character in said)
        if " " in said and said.isprintable() and letters >= _LEAST_LETTERS * len(said):
            found.append(said)
    return " ".join(found)


def without_hidden(text: str) -> str:
    """``text`` as it is read by a model: tag characters as the letters that they stand for, the others left out."""
    text = _TAG_CHARACTERS.sub(lambda tag: chr(ord(tag.group()) - 0xE0000), text)
    return _ZERO_WIDTH.sub("", _DIRECTIONS.sub("", text))
