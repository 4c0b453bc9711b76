"""Every setting, listed once. The command line, the environment, the reference page and validation all read this list."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_args, get_type_hints

from ragline.errors import SettingsError
from ragline.settings_file import read_settings_file


def _setting(
    default: Any,
    text: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    pattern: str = "",
) -> Any:
    rules = {"help": text, "low": low, "high": high, "choices": choices, "pattern": pattern}
    return field(default=default, metadata=rules)


@dataclass(frozen=True, slots=True)
class Settings:
    """One frozen value; vary it with :func:`dataclasses.replace`. Raises :class:`SettingsError` for a value out of range."""

    embedder: str = _setting("auto", "Embedder of a new collection.", choices=("auto", "minilm", "light"))
    runtime: str = _setting("auto", "What computes MiniLM's vectors.", choices=("auto", "torch", "openvino"))
    threads: int = _setting(0, "Threads of the native libraries; 0 = as many as the machine has cores.", low=0, high=1024)
    chunker: str = _setting(
        "structure",
        "How a new collection's documents are split; auto = by the type of the document.",
        choices=("structure", "auto", "fixed", "recursive", "sentence", "semantic"),
    )
    chunk_tokens: int = _setting(
        0, "Chunk size in the embedder's tokens, context included; 0 = the embedder's limit.", low=0, high=8192
    )
    chunk_overlap: float = _setting(0.15, "Share of a chunk that repeats in the next one of the same section.", low=0, high=0.5)
    table_chunks: str = _setting(
        "none",
        "Further chunks that find tables: for each row, to sum each up, or both; best with collapse.",
        choices=("none", "rows", "summaries", "both"),
    )
    analysis: str = _setting(
        "language",
        "Terms of a new collection's words: stemmed by language, or exact for part numbers, logs, code and names.",
        choices=("language", "exact"),
    )
    table_model: str = _setting("", "LiteLLM name of a model that says in each summary what the table shows; empty = none.")
    collapse_duplicates: bool = _setting(
        False, "Collapse near-duplicate hits, and parts of a table with the whole, in every search, answer and evaluation."
    )
    access: str = _setting(
        "lists",
        "What a query must say of who asks: nothing, a principal, or a principal of a tenant. A new collection keeps it.",
        choices=("lists", "required", "tenants"),
    )
    query_cache: int = _setting(1000, "Vectors of queries that are kept in memory; 0 = none.", low=0, high=10_000_000)
    async_threads: int = _setting(8, "Threads that the asynchronous calls of a collection run in.", low=1, high=1024)
    audit_log: bool = _setting(
        False, "Record who asked for what and which documents were shown, without their text, in the collection's folder audit."
    )
    audit_queries: str = _setting("hash", "Queries in the audit log: their SHA-256, or their text.", choices=("hash", "text"))
    audit_file_mb: int = _setting(16, "Size in MiB at which the audit log goes on in a new file.", low=1, high=100_000)
    depth: int = _setting(100, "Candidates that each leg brings to the fusion.", low=1, high=10_000)
    vector_depth: int = _setting(0, "Candidates of the vector leg; 0 = as depth says.", low=0, high=10_000)
    lexical_depth: int = _setting(0, "Candidates of the lexical leg; 0 = as depth says.", low=0, high=10_000)
    fusion: str = _setting(
        "score-rrf",
        "How the legs are fused: by reciprocal ranks alone; each weighed by its score relative to the best of its leg; or by "
        "scores brought to one scale, from the least to the best of a leg, or by mean and deviation.",
        choices=("rrf", "score-rrf", "min-max", "dbsf"),
    )
    vector_weight: float = _setting(1.0, "What the vector leg counts in the fusion.", low=0, high=1000)
    lexical_weight: float = _setting(1.0, "What the lexical leg counts in the fusion.", low=0, high=1000)
    rrf_k: int = _setting(60, "The constant k of reciprocal rank fusion, 1/(k + rank).", low=1, high=10_000)
    query_expansion: str = _setting(
        "variants,parts",
        "Further forms of each query that are searched for beside it, with commas: variants (spelling, identifiers), feedback, "
        "rocchio, parts; by a model: rewrite, queries, hyde, decompose.",
        pattern=r"(?:(?:none|variants|feedback|rocchio|parts|rewrite|queries|hyde|decompose)(?:, ?|$))*",
    )
    expansion_model: str = _setting("", "LiteLLM name of the model that expands queries; empty = that of model.")
    reranker: str = _setting(
        "learned",
        "What puts the best candidates of the fusion in order: learned weights of what is known of them, vectors of tokens, a "
        "local cross-encoder, a service, or a model that reads them as a list.",
        choices=("none", "learned", "late-interaction", "cross-encoder", "remote", "listwise"),
    )
    reranker_model: str = _setting(
        "", "Folder of the cross-encoder, or LiteLLM name of the service or model that reranks, e.g. cohere/rerank-v3.5."
    )
    reranker_api_base: str = _setting("", "Base URL of the reranking service or model, for self-hosted ones.")
    reranker_timeout_s: float = _setting(10.0, "Seconds before a call of the reranker is given up.", low=0.1, high=3600)
    rerank_depth: int = _setting(50, "Candidates of the fusion that the reranker is given.", low=1, high=1000)
    rerank_failure: str = _setting(
        "skip",
        "When the reranker does not answer: keep the order of the fusion and say so in explain and the log, or raise.",
        choices=("skip", "raise"),
    )
    max_per_document: int = _setting(0, "Hits of one document in a search at most; 0 = any number.", low=0, high=10_000)
    mmr_lambda: float = _setting(
        1.0, "Below 1, hits unlike those before them are preferred (maximal marginal relevance); 1 = off.", low=0, high=1
    )
    index_kind: str = _setting(
        "auto",
        "Vector index that is built above exact_threshold chunks, and by a rebuild.",
        choices=("auto", "flat", "hnsw", "hnsw-fp16", "hnsw-int8", "hnswlib", "ivf-pq", "ivf-rabitq"),
    )
    exact_threshold: int = _setting(
        20_000, "Chunks up to which vector search is an exact scan; above it an HNSW graph is built.", low=0, high=10_000_000
    )
    hnsw_m: int = _setting(16, "Links per node of the HNSW graph.", low=4, high=128)
    hnsw_ef_construction: int = _setting(200, "Breadth of the search while the HNSW graph is built.", low=8, high=4096)
    hnsw_ef_search: int = _setting(128, "Least breadth of an HNSW search; the depth asked for raises it.", low=8, high=4096)
    ivf_cells: int = _setting(0, "Cells of an inverted file; 0 = about the square root of the chunks.", low=0, high=1_000_000)
    ivf_probes: int = _setting(
        0, "Cells that a search looks into; 0 = four times the square root of their number.", low=0, high=1_000_000
    )
    pq_code_bytes: int = _setting(0, "Bytes of a product code; 0 = one for each 8 dimensions.", low=0, high=4096)
    over_fetch: int = _setting(
        10,
        "Candidates of compressed codes that are scored again, for each one wanted; at least 150, or the root of all vectors.",
        low=1,
        high=1000,
    )
    target_recall: float = _setting(
        0.95, "Recall@10 against exact search that a new index must reach before it comes into use.", low=0, high=1
    )
    p95_ms: float = _setting(
        0.0, "Milliseconds that 95 of 100 searches of a new index may take at most; 0 = any.", low=0, high=60_000
    )
    auto_rebuild: str = _setting(
        "background",
        "When an index is due, build it in a process of low priority beside all else, make the writer wait for it, or never.",
        choices=("background", "wait", "off"),
    )
    rebuild_share: float = _setting(
        0.2,
        "Chunks that came or left since the index was built, as a share of all, at which a new one is due.",
        low=0.001,
        high=100,
    )
    keep_generations: int = _setting(2, "Built indexes that are kept: the one in use, and those before it.", low=1, high=100)
    golden_set: str = _setting("", "Golden set whose queries a new index is checked with too; empty = none.")
    recall_sample: float = _setting(
        0.001,
        "Share of the vector searches that are repeated exactly in the background, to measure recall in service.",
        low=0,
        high=1,
    )
    batch_chunks: int = _setting(
        512, "Chunks that are embedded together during an ingest; then their documents are committed.", low=1, high=100_000
    )
    parse_workers: int = _setting(1, "Child processes that parse and chunk.", low=1, high=256)
    parse_timeout_s: float = _setting(120.0, "Seconds that reading one file may take.", low=0.1, high=86_400)
    parse_memory_mb: int = _setting(4096, "Memory that reading one file may take, in MiB; 0 = no limit.", low=0, high=1_000_000)
    parse_pages: int = _setting(5000, "Pages of a PDF that are read; those behind are reported.", low=1, high=20_000)
    ocr: str = _setting(
        "",
        "Languages of tesseract, e.g. eng or deu+eng, to recognise pages of PDFs without a text layer; empty = none.",
        pattern=r"(?:[A-Za-z]\w*(?:\+[A-Za-z]\w*)*)?",
    )
    json_text: str = _setting("", "Fields of JSON records that are their text, with commas, e.g. body; empty = all, as lines.")
    json_title: str = _setting("", "Field of JSON records that is their title.")
    json_id: str = _setting("", "Field of JSON records that is their id.")
    json_metadata: str = _setting("", "Fields of JSON records that are their metadata, with commas.")
    json_records: str = _setting("", "Field of a JSON document that holds the list of records, e.g. data.items.")
    keep_runs: int = _setting(1, "Last runs whose replaced and removed versions are kept for a rollback.", low=0, high=1000)
    sync_max_removed: float = _setting(
        0.3, "Share of a folder's documents that a sync may remove without being forced.", low=0, high=1
    )
    allow_urls: bool = _setting(False, "Fetch documents from the web when their addresses are ingested.")
    privacy: str = _setting(
        "off",
        "Look for personal data and secrets in documents: tag them, redact what is found, or refuse the document.",
        choices=("off", "tag", "redact", "refuse"),
    )
    privacy_kinds: str = _setting(
        "", "What to look for, with commas: email, phone, iban, card, api_key, private_key; empty = all of them."
    )
    injection: str = _setting(
        "tag",
        "Score chunks that give orders to a model (prompt injection): tag them, or keep them in quarantine until released.",
        choices=("off", "tag", "quarantine"),
    )
    injection_threshold: float = _setting(
        0.5, "Score from which a chunk is flagged; at 0.5 about one in a hundred clean chunks is.", low=0, high=1
    )
    publish_s: float = _setting(5.0, "Seconds between two publications of a long ingest to the readers.", low=0, high=3600)
    context_expansion: str = _setting(
        "none",
        "What an answer's passages are widened to: whole tables where rows are compared, also neighbours, or the section.",
        choices=("none", "tables", "neighbours", "section"),
    )
    context_tokens: int = _setting(
        2048, "Tokens of an answer's passages up to which they are widened, by the embedder's count.", low=64, high=1_000_000
    )
    context_order: str = _setting(
        "rank",
        "Order of the passages in a model's prompt: the best first, or the best at both ends.",
        choices=("rank", "ends"),
    )
    model: str = _setting("", "LiteLLM name of the model that writes answers, e.g. openai/gpt-4o-mini; empty = extractive.")
    model_api_base: str = _setting("", "Base URL of the model's API, for self-hosted models.")
    model_timeout_s: float = _setting(60.0, "Seconds before a model call is given up.", low=0.1, high=3600)
    model_retries: int = _setting(2, "Further tries after a transient failure of the model.", low=0, high=20)
    model_context_tokens: int = _setting(
        3000, "Tokens of passages that a model is given, estimated; the best come first.", low=100, high=1_000_000
    )
    model_max_tokens: int = _setting(512, "Longest answer a model may write, in its tokens.", low=16, high=100_000)
    model_fallbacks: str = _setting(
        "", "Models that are asked, in order, where the first does not answer: names with commas, NAME@URL for another API."
    )
    model_breaker_failures: int = _setting(
        3, "Failed calls in a row after which a model is not asked for a while.", low=1, high=1000
    )
    model_breaker_pause_s: float = _setting(
        30.0, "Seconds that a failing model is left alone; then one call tries it.", low=0.1, high=86_400
    )
    model_budget_usd: float = _setting(
        0.0, "Dollars that the calls of one answer may cost, by LiteLLM's price list; 0 = any.", low=0, high=10_000
    )
    model_budget_s: float = _setting(
        0.0, "Seconds that the calls of one answer may take together; 0 = any.", low=0, high=86_400
    )
    model_fallback_extractive: bool = _setting(
        False, "Where no model answers, or the budget is spent, answer with the best sentences instead of an error."
    )
    answer_cache: str = _setting(
        "off",
        "Keep answers in memory until something is written: for the same question, or for one that is near it too.",
        choices=("off", "exact", "near"),
    )
    answer_cache_cosine: float = _setting(
        0.97, "Cosine of two questions from which they may have one answer, in the cache of near questions.", low=0.5, high=1
    )
    answer_cache_mb: int = _setting(64, "Memory that kept answers may take, in MiB, estimated.", low=1, high=65_536)
    judge_model: str = _setting(
        "", "LiteLLM name of the model that judges answers, e.g. openai/gpt-4o-mini; best another than that of model."
    )
    judge_api_base: str = _setting("", "Base URL of the judge's API, for self-hosted models.")
    judge_check: str = _setting(
        "full",
        "Known answers that a judge is first run on, once for each model and prompt: as they are and changed, so that biases "
        "show (320), as they are (160), or none.",
        choices=("full", "brief", "off"),
    )
    judge_metrics: str = _setting(
        "faithfulness, answer_relevancy, context_precision, context_recall, factual_correctness, noise_sensitivity, "
        "semantic_similarity",
        "What ragas measures, with commas. The number of calls grows with the passages in context_precision and most in "
        "noise_sensitivity.",
    )
    judge_concurrency: int = _setting(4, "Calls of the judge that are under way at a time.", low=1, high=256)
    judge_requests_per_minute: float = _setting(
        0.0, "Calls of the judge a minute at most; 0 = any. A Retry-After of the provider holds in any case.", low=0, high=1e6
    )
    judge_timeout_s: float = _setting(120.0, "Seconds before a call of the judge is given up.", low=0.1, high=3600)
    judge_retries: int = _setting(4, "Further tries after a transient failure of the judge.", low=0, high=20)
    judge_max_tokens: int = _setting(
        4096,
        "Longest reply of the judge, in its tokens; one that is cut off is asked for again with twice as many.",
        low=16,
        high=100_000,
    )
    judge_budget_usd: float = _setting(
        0.0, "Dollars that the judge's calls of one evaluation may cost, by LiteLLM's price list; 0 = any.", low=0, high=1e6
    )
    judge_budget_calls: int = _setting(
        0, "Calls that the judge may make in one evaluation, failed ones included; 0 = any.", low=0, high=100_000_000
    )
    query_log: str = _setting(
        "off", "Write questions, ids of the hits, and answers to a file in the collection's folder.", choices=("off", "on")
    )
    telemetry: str = _setting(
        "off",
        "Trace searches, answers and evaluations with OpenTelemetry (extra telemetry), through the program's tracer provider.",
        choices=("off", "on"),
    )
    telemetry_text: bool = _setting(False, "Put questions, answers, prompts and ids of documents into the traces too.")
    query_log_days: float = _setting(90.0, "Days that the rows of the query log are kept; 0 = for ever.", low=0, high=36_500)
    query_log_rows: int = _setting(100_000, "Rows of the query log that are kept; 0 = all.", low=0, high=100_000_000)

    def __post_init__(self) -> None:
        hints = get_type_hints(Settings)
        for item in fields(self):
            _check(item.name, getattr(self, item.name), hints[item.name], item.metadata)

    @property
    def changed(self) -> frozenset[str]:
        """Names of the settings that differ from the default."""
        return frozenset(item.name for item in fields(self) if getattr(self, item.name) != item.default)

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **overrides: Any) -> "Settings":
        """Settings from the file that ``RAGLINE_SETTINGS`` names, ``RAGLINE_<NAME>`` variables on top (default: the process's),
        then ``overrides``.

        Raises :class:`SettingsError` for an unknown name, a value that does not convert, or a file that cannot be read.
        """
        environment = os.environ if environment is None else environment
        hints = get_type_hints(cls)
        unknown = set(overrides) - set(hints)
        if unknown:
            raise _unknown(min(unknown), hints)
        values = _from_file(environment)
        for name, kind in hints.items():
            if (text := environment.get(variable(name))) is not None:
                values[name] = _convert(name, text, kind)
        return cls(**values | overrides)

    @classmethod
    def parse(cls, assignments: Iterable[str]) -> dict[str, Any]:
        """Overrides for :meth:`load` from texts ``name=value``; raises :class:`SettingsError` as that does."""
        hints = get_type_hints(cls)
        values: dict[str, Any] = {}
        for assignment in assignments:
            name, equals, text = assignment.partition("=")
            if not equals:
                raise SettingsError(f"{assignment!r} sets nothing; write NAME=VALUE, e.g. parse_workers=2.")
            if name not in hints:
                raise _unknown(name, hints)
            values[name] = _convert(name, text, hints[name])
        return values

    @classmethod
    def given(cls, environment: Mapping[str, str] | None = None, **overrides: Any) -> frozenset[str]:
        """Names of the settings that :meth:`load` takes from these arguments, whatever their values; the rest are defaults."""
        environment = os.environ if environment is None else environment
        names = {*overrides, *_from_file(environment)}
        return frozenset(item.name for item in fields(cls) if item.name in names or variable(item.name) in environment)


def choices_of(name: str) -> tuple[str, ...]:
    """The values that a setting takes, where they are listed."""
    return next(tuple(item.metadata["choices"]) for item in fields(Settings) if item.name == name)


def _unknown(name: str, known: Iterable[str]) -> SettingsError:
    return SettingsError(f"Unknown setting {name!r}. Known settings: {', '.join(sorted(known))}.")


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"RAGLINE_{name.upper()}"


FILE_VARIABLE = variable("settings")
"""Names a file of settings, see :mod:`ragline.settings_file`."""


def _from_file(environment: Mapping[str, str]) -> dict[str, Any]:
    """What the file of settings says, if there is one; every value is one that the setting may have."""
    path = environment.get(FILE_VARIABLE)
    if not path:
        return {}
    values = read_settings_file(path)
    try:
        if unknown := values.keys() - get_type_hints(Settings).keys():
            raise _unknown(min(unknown), get_type_hints(Settings))
        Settings(**values)
    except SettingsError as error:
        raise SettingsError(f"The settings file {path}: {error}") from None
    return values


_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _convert(name: str, text: str, kind: type) -> Any:
    try:
        return _SWITCH[text.strip().lower()] if kind is bool else kind(text)
    except (ValueError, KeyError):
        raise SettingsError(f"{variable(name)}={text!r} is not of type {kind.__name__}. Correct or unset it.") from None


def _check(name: str, value: Any, kind: type, rules: Mapping[str, Any]) -> None:
    accepted = (int, float) if kind is float else get_args(kind) or (kind,)
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise SettingsError(f"Setting {name} is {value!r}; give a value of type {kind.__name__}.")
    low, high, choices = rules["low"], rules["high"], rules["choices"]
    if (low is not None and value < low) or (high is not None and value > high):
        raise SettingsError(f"Setting {name} is {value!r}; give a value from {low} to {high}.")
    if not re.fullmatch(rules["pattern"] or r"(?s:.*)", str(value)):
        raise SettingsError(f"Setting {name} is {value!r}; {rules['help'][0].lower()}{rules['help'][1:]}")
    if choices and value not in choices:
        raise SettingsError(f"Setting {name} is {value!r}; choose one of {', '.join(choices)}.")
