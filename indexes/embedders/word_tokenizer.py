"""Tokenisation word by word with a cache, exactly equal to the tokenizer it stands on and several times faster.

Both tokenizers used here never make a token across a word's edge, so a text's tokens are its words' tokens in a row:

- WordPiece after BERT's pre-tokenisation: spaces and punctuation part words, whatever stands on either side.
- Llama 2's byte-pair encoding: no vocabulary entry has a blank after another character, so no merge crosses from a word into
  the blank before the next one.

Words of natural text repeat, so nearly every word is found in the cache.
"""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from ragline.errors import InputError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BLOCK_TEXTS = (
    256  # texts split at a time: bounds the memory of the word lists, and the tokenizer gets unknown words in one call
)
_CACHED_WORDS = 131_072  # about 30 MB; the 5,183 abstracts of SciFact have 46 thousand distinct words
_LONGEST_CACHED = 100  # characters; longer "words" are data or unspaced scripts, and do not repeat

# Words for BERT: one ASCII punctuation mark, or a run without those and without the four blanks that are parted at in raw text.
# Other blanks and punctuation stay inside a run, where the tokenizer itself parts them.
_BERT_WORD = re.compile(r"[^ \t\n\r!-/:-@\[-`{-~]+|[!-/:-@\[-`{-~]")
# Words for Llama: blanks (U+2581 stands for a blank in its vocabulary) and the run that they lead, or blanks at the end.
_LLAMA_WORD = re.compile("[ \u2581]*[^ \u2581]+|[ \u2581]+")

TokenIds = tuple[int, ...]


class WordTokenizer:
    """Token ids and counts of texts, special tokens not added. Safe to call from several threads.

    ``word`` finds the words of a text; ``prefix`` is put in front of every text that is not empty. Where a text spells a
    special token of the vocabulary ("[SEP]"), it counts as that one token, as in the tokenizer itself.
    """

    def __init__(self, tokenizer: "Tokenizer", *, word: re.Pattern[str], prefix: str = "") -> None:
        self._tokenizer = tokenizer
        self._word = word
        self._prefix = prefix
        self._special = {token.content: (number,) for number, token in tokenizer.get_added_tokens_decoder().items()}
        self._any_special = re.compile("(" + "|".join(map(re.escape, self._special)) + ")")
        self._known: dict[str, TokenIds] = dict(self._special)
        self._learning = threading.Lock()

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text. Raises :class:`InputError` for a text that is not valid Unicode."""
        return [list(chain.from_iterable(tokens)) for tokens in self._tokens(texts)]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text. Raises :class:`InputError` for a text that is not valid Unicode."""
        return [sum(map(len, tokens)) for tokens in self._tokens(texts)]

    def _tokens(self, texts: Sequence[str]) -> Iterator[list[TokenIds]]:
        """The tokens of each text, word by word."""
        if isinstance(texts, str):
            raise InputError("expected a sequence of texts, got one string. Pass [text].")
        for start in range(0, len(texts), _BLOCK_TEXTS):
            split = [self._words(text) for text in texts[start : start + _BLOCK_TEXTS]]
            known: Mapping[str, TokenIds] = self._known
            for words in split:
                try:
                    tokens = [*map(known.__getitem__, words)]
                except KeyError:  # the first unknown word of the block: learn all of them in one call
                    known = self._learn(set().union(*split))
                    tokens = [*map(known.__getitem__, words)]
                yield tokens

    def _words(self, text: str) -> list[str]:
        if self._any_special.search(text) is None:
            return self._word.findall(self._prefix + text) if text else []
        sections = self._any_special.split(text)
        words: list[str] = []
        for position, section in enumerate(sections):
            if position % 2 == 1:  # re.split puts what it splits at in the odd places
                words.append(section)
            elif section:
                words += self._word.findall(self._prefix + section)
        return words

    def _learn(self, words: set[str]) -> Mapping[str, TokenIds]:
        """The tokens of all ``words``; those that were unknown are remembered."""
        known = self._known  # never shrinks: when it is full, another dictionary takes its place
        missing = [word for word in words if word not in known]
        found = dict(zip(missing, self._tokenize(missing), strict=True))
        with self._learning:
            self._remember({word: tokens for word, tokens in found.items() if len(word) <= _LONGEST_CACHED})
        return {word: found[word] if word in found else known[word] for word in words}

    def _remember(self, found: Mapping[str, TokenIds]) -> None:
        if len(self._known) + len(found) > _CACHED_WORDS:
            self._known = dict(self._special)
        self._known.update(islice(found.items(), _CACHED_WORDS - len(self._known)))

    def _tokenize(self, words: list[str]) -> list[TokenIds]:
        for word in words:
            if not word.isascii():
                _check_unicode(word)
        return [tuple(encoding.ids) for encoding in self._tokenizer.encode_batch_fast(words, add_special_tokens=False)]


def load_wordpiece(path: Path) -> WordTokenizer:
    """The tokenizer of a BERT model from its ``tokenizer.json``."""
    return WordTokenizer(_load(path), word=_BERT_WORD)


def load_llama_bpe(path: Path) -> WordTokenizer:
    """The Llama 2 tokenizer from its ``tokenizer.json``.

    Its own normaliser puts a blank in front of every text it is given; here that is done once a text, not once a word.
    """
    from tokenizers.normalizers import Replace

    tokenizer = _load(path)
    tokenizer.normalizer = Replace(" ", "\u2581")
    return WordTokenizer(tokenizer, word=_LLAMA_WORD, prefix=" ")


def _load(path: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _check_unicode(word: str) -> None:
    try:
        word.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"a text holds U+{ord(word[error.start]):04X}, half of a surrogate pair, which is no character. "
            "Decode its source with errors='replace'."
        ) from None
