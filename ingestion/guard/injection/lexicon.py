"""Words of the detector's own: what a request to a model is made of, by class. English; a word is in one class."""

from collections.abc import Mapping

_CLASSES: Mapping[str, str] = {
    # What a reader is asked to make of words: text tasks.
    "task": "write compose draft create generate summarize summarise translate explain describe list provide give tell define "
    "analyze analyse compare classify rewrite rephrase paraphrase develop design calculate compute solve identify discuss "
    "outline suggest recommend propose craft produce formulate extract convert correct proofread brainstorm teach help find "
    "determine interpret evaluate recite share answer plan schedule invent predict remind arrange organize organise imagine "
    "simulate rank guess estimate prepare break show",
    # What could be asked of an assistant, and is asked of readers just as well.
    "do": "set order name book reserve play sing draw",
    # What changes the form of an answer.
    "alter": "replace use add include insert append prepend modify change integrate incorporate embed remove omit skip "
    "substitute swap scramble misspell anagram rearrange shuffle reverse render encode decode encrypt decipher transform group "
    "format capitalize obfuscate mix alternate introduce attach inject infuse blend merge weave fuse meld combine employ "
    "utilize utilise leverage adopt deploy execute implement apply ensure consider enrich mention emphasize emphasise "
    "highlight promote encourage hint tease express spell separate split",
    # What a reader is made to do in the world.
    "act": "send forward email post upload submit transmit visit click open navigate download install run call fetch delete "
    "transfer pay buy subscribe reply respond return output print say repeat reveal display leak expose",
    "override": "ignore disregard forget override bypass neglect discard cancel stop",
    # What a model makes.
    "output": "answer answers response responses reply replies output outputs message messages summary translation solution "
    "solutions completion explanation elucidation",
    "program": "code codebase implementation algorithm program script snippet function project framework",
    "block": "excerpt fragment segment block section piece",
    "your": "your",
    "you": "you yourself",
    "following": "following subsequent below ensuing succeeding next",
    "before": "previous prior above earlier preceding foregoing existing original",
    "rules": "instruction instructions prompt prompts rule rules guideline guidelines directive directives command commands "
    "constraint constraints restriction restrictions policy policies",
    "model": "ai llm assistant chatbot bot gpt chatgpt claude copilot agent model",
    "role": "system user developer human administrator admin",
    "ask": "what who whom whose when where why how which",
    "can": "can could would will may might should must shall do does did is are was were have has",
    "please": "please kindly simply just always never don't",
    "letters": "letter letters word words vowel vowels consonant consonants space spaces number numbers symbol symbols digit "
    "digits character characters punctuation typo typos misspelling misspellings emoji emojis keyboard alphabet",
    "secret": "password passwords key keys secret secrets credential credentials token tokens",
    "place": "url mail website site link page",
}
CLASSES: Mapping[str, str] = {word: name for name, words in reversed(list(_CLASSES.items())) for word in words.split()}
"""The class of a word; of a word in several classes, the first."""

REQUESTS = frozenset({"task", "do", "alter", "act", "override"})
"""Classes of verbs that begin a request."""
