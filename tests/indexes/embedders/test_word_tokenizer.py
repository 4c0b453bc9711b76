"""The word-by-word tokenizers give exactly what the tokenizers they stand on give."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from indexes.embedders import word_tokenizer
from indexes.embedders.word_tokenizer import WordTokenizer, load_llama_bpe, load_wordpiece
from ragline.errors import InputError

Pair = tuple[WordTokenizer, Tokenizer]

SPECIAL = ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "<s>", "</s>", "<unk>", "[CLS", "SEP]", "<s", "[[SEP]]"]
AWKWARD = [
    *[
        "don't",
        "it's",
        "e.g.",
        "3.14",
        "E-4012",
        "foo_bar-2.1",
        "$1,000.00",
        "——",
        "“q”",
        "x" * 100,
        "x" * 101,
        "a" * 300 + "é",
    ],
    *[
        "naïve",
        "Ünïcödé",
        "日本語の文",
        "한국어",
        "مرحبا",
        "ﷺ",
        "Σίσυφος",
        "İ",
        "ß",
        "ﬁ",
        "😀",
        "👩\u200d👩\u200d👧",
        "e\u0301",
    ],
    *["\u2581", " \u2581 ", "a\u2581b", "\r\n", "\t", "   ", "\x85", "\xa0", "\u2028", "\u200b", "\ufffd", "\u00ad"],
    *["\x00", "a\x01b", "\x0b", "\x0c", "\x1c", "\x7f", "=\u0338", "\u0301"],
]

ascii_text = st.text(st.characters(max_codepoint=127), max_size=200)
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
pieces = st.lists(
    st.one_of(st.sampled_from(SPECIAL + AWKWARD), ascii_text, any_text, st.sampled_from([" ", "  ", "\n"])), max_size=8
)
texts = st.one_of(ascii_text, any_text, pieces.map("".join))

exactness = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=[pytest.param("wordpiece", marks=pytest.mark.models), "llama"])
def pair(request: pytest.FixtureRequest) -> Pair:
    """A word tokenizer and the plain tokenizer that it has to equal."""
    if request.param == "wordpiece":
        path: Path = request.getfixturevalue("minilm_folder") / "tokenizer.json"
        return load_wordpiece(path), plain(path)
    path = request.getfixturevalue("wordllama_folder") / "tokenizers" / "l2_supercat_tokenizer_config.json"
    return load_llama_bpe(path), plain(path)


def plain(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def expected(tokenizer: Tokenizer, batch: list[str]) -> list[list[int]]:
    return [encoding.ids for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False)]


@exactness
@given(batch=st.lists(texts, max_size=6))
def test_ids_and_counts_equal_the_plain_tokenizer(pair: Pair, batch: list[str]) -> None:
    fast, slow = pair
    ids = expected(slow, batch)
    assert fast.token_ids(batch) == ids
    assert fast.count_tokens(batch) == [len(row) for row in ids]


@pytest.mark.parametrize("text", ["", " ", *SPECIAL, *AWKWARD])
def test_awkward_texts_alone_and_in_company(pair: Pair, text: str) -> None:
    fast, slow = pair
    batch = [text, f"before {text} after", f"a{text}b", f"{text}{text}", f"[SEP]{text}<s>"]
    ids = expected(slow, batch)
    assert fast.token_ids(batch) == ids
    assert fast.count_tokens(batch) == [len(row) for row in ids]


@pytest.mark.shared_data
def test_every_language_of_a_real_corpus(pair: Pair, shared_data: Path) -> None:
    fast, slow = pair
    files = sorted((shared_data / "xquad").rglob("*.json*"))[:6]
    if not files:
        pytest.skip(f"no corpus files under {shared_data / 'xquad'}")
    batch = [file.read_text("utf-8", errors="replace")[:60_000] for file in files]
    assert fast.token_ids(batch) == expected(slow, batch)


def test_blocks_keep_the_order(pair: Pair) -> None:
    fast, slow = pair
    batch = [f"text number {number} with word{number % 700}" for number in range(1500)]
    assert fast.token_ids(batch) == expected(slow, batch)


def test_cache_stays_within_its_bound_and_exact(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    fast, slow = pair
    monkeypatch.setattr(word_tokenizer, "_CACHED_WORDS", 50)
    for round_ in range(4):
        batch = [" ".join(f"w{round_}x{number}" for number in range(120)), "[CLS] again", "common words in every round"]
        assert fast.token_ids(batch) == expected(slow, batch)


def test_threads_that_fill_the_cache_together(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    fast, slow = pair
    monkeypatch.setattr(word_tokenizer, "_CACHED_WORDS", 300)
    batches = [[f"t{thread % 3}n{number} shared{number % 90}" for number in range(400)] for thread in range(6)]
    found: dict[int, list[list[int]]] = {}

    def work(thread: int) -> None:
        found[thread] = fast.token_ids(batches[thread])

    workers = [threading.Thread(target=work, args=(thread,)) for thread in range(len(batches))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [found[thread] for thread in range(len(batches))] == [expected(slow, batch) for batch in batches]


def test_half_a_surrogate_pair_is_refused(pair: Pair) -> None:
    with pytest.raises(InputError, match=r"U\+D800.*errors='replace'"):
        pair[0].count_tokens(["fine", "a\ud800b"])


def test_one_string_is_not_a_sequence_of_texts(pair: Pair) -> None:
    with pytest.raises(InputError, match=r"Pass \[text\]"):
        pair[0].count_tokens("text")


def test_no_vocabulary_entry_crosses_into_a_blank(wordllama_folder: Path) -> None:
    """The property of Llama's vocabulary that tokenising word by word stands on."""
    slow = plain(wordllama_folder / "tokenizers" / "l2_supercat_tokenizer_config.json")
    assert not [entry for entry in slow.get_vocab() if "\u2581" in entry.lstrip("\u2581")]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_tokenises_and_stays_quiet(tmp_path: Path) -> None:
    child = (
        "import os, sys, pathlib\n"
        "from indexes.embedders.light import LightEmbedder\n"
        "embedder = LightEmbedder(cache_dir=pathlib.Path(sys.argv[1]))\n"
        "words = [f'word{n} \\u00e4h{n}' for n in range(900)]\n"
        "before = embedder.count_tokens(words)\n"
        "pid = os.fork()\n"
        "if pid == 0: os._exit(0 if embedder.count_tokens([f'x{w}' for w in words]) else 1)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    )
    environment: dict[str, Any] = {name: value for name, value in os.environ.items() if name != "TOKENIZERS_PARALLELISM"}
    command = [sys.executable, "-W", "ignore", "-c", child, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert (run.returncode, run.stderr) == (0, "")
