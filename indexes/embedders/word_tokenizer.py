"""Tokenisation word by word with a cache, exactly equal to the tokenizer it stands on and several times faster.

Both tokenizers used here never make a token across a word's edge, so a text's tokens are its words' tokens in a row:

- WordPiece after BERT's pre-tokenisation: spaces and punctuation part words, whatever stands on either side.
- Llama 2's byte-pair encoding: no vocabulary entry has a blank after another character, so no merge crosses from a word into
  the blank before the next one.

Words of natural text repeat, so nearly every word is found in the cache.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.workers.recipes import CounterRecipe
from ragline.errors import InputError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_CACHED_WORDS = 131_072  # about 30 MB; the 5,183 abstracts of SciFact have 46 thousand distinct words
_LONGEST_CACHED = 100  # characters; longer "words" are data or unspaced scripts, and do not repeat

# Words for BERT: one ASCII punctuation mark, or a run without those and without the four blanks that are parted at in raw text.
# Other blanks and punctuation stay inside a run, where the tokenizer itself parts them.
_BERT_WORD = re.compile(r"[^ \t\n\r!-/:-@\[-`{-~]+|[!-/:-@\[-`{-~]")
_PUNCTUATION = bytes(code for code in range(33, 127) if not chr(code).isalnum())
# Marks become line ends, and line ends blanks, so that marks can be counted and are split at. Bytes are split at vertical tabs
# and form feeds too, which part no words for BERT: it drops them, as other control characters.
_PARTED = bytes.maketrans(_PUNCTUATION + b"\n\v\f", b"\n" * len(_PUNCTUATION) + b" \1\1")
# Words for Llama: blanks (U+2581 stands for a blank in its vocabulary) and the run that they lead, or blanks at the end.
_LLAMA_WORD = re.compile("[ \u2581]*[^ \u2581]+|[ \u2581]+")

TokenIds = tuple[int, ...]


class WordTokenizer:
    """Token ids and counts of texts, special tokens not added. Safe to call from several threads.

    ``word`` finds the words of a text; ``prefix`` is put in front of every text that is not empty. Where a text spells a
    special token of the vocabulary ("[SEP]"), it counts as that one token, as in the tokenizer itself. ``plain`` is all that
    the tokenizer does to a word of ASCII letters and digits before it looks into its vocabulary, where that is known.
    """

    def __init__(
        self, tokenizer: "Tokenizer", *, word: re.Pattern[str], prefix: str = "", plain: Callable[[str], str] | None = None
    ) -> None:
        self._word = word
        self._prefix = prefix
        special = {token.content: (number,) for number, token in tokenizer.get_added_tokens_decoder().items()}
        self._any_special = re.compile("(" + "|".join(map(re.escape, special)) + ")")
        self._special_starts = "".join({content[0] for content in special})
        self._tokens = _WordTokens(tokenizer, special, plain)
        self._counts = _WordCounts(self._tokens)
        self._runs = None if plain is None else _RunCounts(tokenizer, plain, self._counts)

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text. Raises :class:`InputError` for a text that is not valid Unicode."""
        tokens = self._tokens.__getitem__
        return [list(chain.from_iterable(map(tokens, words))) for words in self._split(texts)]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text. Raises :class:`InputError` for a text that is not valid Unicode."""
        _check_sequence(texts)
        return [self._count(text) for text in texts]

    def _split(self, texts: Sequence[str]) -> Iterator[list[str]]:
        _check_sequence(texts)
        return map(self._words, texts)

    def _count(self, text: str) -> int:
        if self._runs is None or self._spells_special(text):
            return sum(map(self._counts.__getitem__, self._words(text)))
        # Every punctuation mark is a token. Taking the rest apart as bytes takes half the time of finding words.
        parted = _encoded(text).translate(_PARTED)
        return parted.count(b"\n") + sum(map(self._runs.__getitem__, parted.split()))

    def _spells_special(self, text: str) -> bool:
        for start in self._special_starts:
            if start in text:
                return self._any_special.search(text) is not None
        return False

    def _words(self, text: str) -> list[str]:
        if not text:
            return []
        if not self._spells_special(text):
            return self._word.findall(self._prefix + text)
        sections = self._any_special.split(text)
        words: list[str] = []
        for position, section in enumerate(sections):
            if position % 2 == 1:  # re.split puts what it splits at in the odd places
                words.append(section)
            elif section:
                words += self._word.findall(self._prefix + section)
        return words


class _WordTokens(dict[str, TokenIds]):
    """Word -> its tokens: filled as words are met, emptied when full.

    One call a word is no slower than one for many: the tokenizer spreads a batch over threads, at a cost for each. To ask the
    vocabulary alone takes a sixth of the time.
    """

    def __init__(self, tokenizer: "Tokenizer", special: Mapping[str, TokenIds], plain: Callable[[str], str] | None) -> None:
        super().__init__(special)
        self._tokenizer = tokenizer
        self._special = special
        self._plain = plain
        self._vocabulary = tokenizer.model

    def __missing__(self, word: str) -> TokenIds:
        if self._plain is not None and word.isascii() and word.isalnum():
            tokens = tuple([token.id for token in self._vocabulary.tokenize(self._plain(word))])
        else:
            _encoded(word)
            tokens = tuple(self._tokenizer.encode(word, add_special_tokens=False).ids)
        if len(word) <= _LONGEST_CACHED:
            if len(self) >= _CACHED_WORDS:
                self.clear()
                self.update(self._special)
            self[word] = tokens
        return tokens


class _WordCounts(dict[str, int]):
    """Word -> the number of its tokens."""

    def __init__(self, tokens: _WordTokens) -> None:
        super().__init__()
        self._tokens = tokens

    def __missing__(self, word: str) -> int:
        count = len(self._tokens[word])
        if len(word) <= _LONGEST_CACHED:
            if len(self) >= _CACHED_WORDS:
                self.clear()
            self[word] = count
        return count


class _RunCounts(dict[bytes, int]):
    """A run of UTF-8 without ASCII blanks and punctuation -> the number of its tokens.

    Of plain words nothing else is kept.
    """

    def __init__(self, tokenizer: "Tokenizer", plain: Callable[[str], str], counts: _WordCounts) -> None:
        super().__init__()
        self._vocabulary = tokenizer.model
        self._plain = plain
        self._counts = counts

    def __missing__(self, run: bytes) -> int:
        word = run.decode()
        is_plain = run.isalnum()  # of bytes that is true for ASCII letters and digits alone
        count = len(self._vocabulary.tokenize(self._plain(word))) if is_plain else self._counts[word]
        if len(word) <= _LONGEST_CACHED:
            if len(self) >= _CACHED_WORDS:
                self.clear()
            self[run] = count
        return count


def wordpiece_recipe(path: Path, *, max_tokens: int) -> CounterRecipe:
    """How a child process counts as :func:`load_wordpiece` does."""
    return CounterRecipe(__name__, load_wordpiece.__name__, str(path), max_tokens)


def llama_recipe(path: Path) -> CounterRecipe:
    """How a child process counts as :func:`load_llama_bpe` does."""
    return CounterRecipe(__name__, load_llama_bpe.__name__, str(path), None)


def load_wordpiece(path: Path | str) -> WordTokenizer:
    """The tokenizer of a BERT model from its ``tokenizer.json``."""
    tokenizer = _load(path)
    is_lower = tokenizer.normalizer.normalize_str("A") == "a"
    return WordTokenizer(tokenizer, word=_BERT_WORD, plain=str.lower if is_lower else str)


def load_llama_bpe(path: Path | str) -> WordTokenizer:
    """The Llama 2 tokenizer from its ``tokenizer.json``.

    Its own normaliser puts a blank in front of every text it is given; here that is done once a text, not once a word.
    """
    from tokenizers.normalizers import Replace

    tokenizer = _load(path)
    tokenizer.normalizer = Replace(" ", "\u2581")
    return WordTokenizer(tokenizer, word=_LLAMA_WORD, prefix=" ")


def _load(path: Path | str) -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _check_sequence(texts: Sequence[str]) -> None:
    if isinstance(texts, str):
        raise InputError("expected a sequence of texts, got one string. Pass [text].")


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"a text holds U+{ord(text[error.start]):04X}, half of a surrogate pair, which is no character. "
            "Decode its source with errors='replace'."
        ) from None
