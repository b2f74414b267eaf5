"""A record's two halves: what is text and goes through the redactor, and what is structure and is kept.

Ids, times, numbers and short names of machines (model, release) are structure; a structural value in which a
structured recogniser fires (an e-mail used as a session id) is replaced by its HMAC. Everything else is content,
a machine's name too where it is written like text.
"""

import hashlib
import hmac
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from workbench import tables

TRACE_CONTENT = (
    "name",
    "input",
    "output",
    "messages",
    "retrieved",
    "error",
    "tags",
    "metadata",
    "params",
    "tools",
    "system_prompt",
)
TRACE_IDS = ("trace_id", "session_id")
TRACE_NAMES = ("source", "environment", "release", "model", "provider")
SPAN_CONTENT = ("name", "input", "output")
SPAN_IDS = ("trace_id", "span_id", "parent_id", "kind", "status")
DETAIL_IDS = ("session_id", "tool_call_id")
DETAIL_NAMES = ("environment", "release", "model", "provider", "service", "version", "tool_name", "trace_name")
LABEL_CONTENT = ("value", "note", "gold_answer", "saw")
LABEL_IDS = ("trace_id", "annotator", "annotator_kind", "dimension", "round")
INT64 = 2**63
_CODE_NAME = re.compile(r"[A-Za-z_][\w.:/-]{0,79}")
_MACHINE_NAME = re.compile(r"\S{1,120}")
_PROGRAM_MARK = re.compile(r"[\d_:/]|[a-z][A-Z]")
_PROVIDER_WORDS = frozenset(
    """ai alibaba amazon anthropic api aws azure baseten bedrock cerebras cloud cloudflare cohere databricks deepinfra
    deepseek face fireworks foundry gateway gemini generative google groq hugging huggingface ibm inference litellm meta
    microsoft mistral nvidia ollama openai openrouter oracle perplexity platform qwen replicate sagemaker sambanova
    service studio together vertex vllm watsonx workers xai""".split()
)  # of model providers, by the values of gen_ai.provider.name in OpenTelemetry's conventions and as they are written
_TITLE = "title"  # what a trace's name is redacted as: under "name" a redactor expects a person


def digest(value: Any) -> str:
    """A 128-bit content hash, hex, of a string or of a nested value in canonical JSON."""
    raw = value.encode("utf-8", "replace") if isinstance(value, str) else canonical(value)
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON with sorted keys; times and anything unknown as text."""
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def pseudonym(value: str, secret: bytes, prefix: str = "id") -> str:
    """The stand-in for an id that gives somebody away: an HMAC under the workspace's secret."""
    return f"{prefix}_{hmac.new(secret, value.encode('utf-8', 'replace'), hashlib.sha256).hexdigest()[:24]}"


def clean(value: Any) -> Any:
    """Make a nested value storable: no lone surrogates, no NUL, no integer beyond 64 bits, no nan."""
    if isinstance(value, str):
        if "\x00" in value:
            value = value.replace("\x00", "\ufffd")
        return value if _encodes(value) else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {clean(str(key)): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and not -INT64 <= value < INT64:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return value


def _encodes(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def code_name(record: Mapping[str, Any]) -> str | None:
    """The record's name where a program gave it (``Agent.run``, ``search-orders``): structure, no text to redact."""
    name = record.get("name")
    return name if _is_code(name) else None


def _is_code(name: Any) -> bool:
    return isinstance(name, str) and _CODE_NAME.fullmatch(name) is not None


def _is_structure(key: str, item: Any) -> bool:
    """Whether a part of a span's detail is kept as it is; whatever is not known to be structure is text."""
    if key.endswith("_name"):
        return _is_code(item)
    if key in DETAIL_NAMES:
        return _is_machine(item)
    return key in DETAIL_IDS or key == "user_id" or isinstance(item, int | float)


def _is_machine(name: Any) -> bool:
    """Whether a model's, release's or service's name is written as such: one word, or words of model providers."""
    if not isinstance(name, str) or not name.strip():
        return False
    return _MACHINE_NAME.fullmatch(name) is not None or _PROVIDER_WORDS.issuperset(name.casefold().split())


def _is_program(name: Any) -> bool:
    """Whether a trace's name can only be a program's: any table has names, and a lone word may be a customer's."""
    return _is_code(name) and (len(name) < 4 or _PROGRAM_MARK.search(name) is not None)


def machine_names(trace: Mapping[str, Any]) -> dict[str, Any]:
    """The names of machines and programs in a trace, which are kept as they are unless they give somebody away."""
    names = {key: trace[key] for key in TRACE_NAMES if _is_machine(trace.get(key))}
    return {**names, "name": trace["name"]} if _is_program(trace.get("name")) else names


def trace_content(trace: Mapping[str, Any]) -> dict[str, Any]:
    """The text of a trace."""
    kept = machine_names(trace)
    content = {key: item for key, item in pick(trace, (*TRACE_CONTENT, *TRACE_NAMES)).items() if key not in kept}
    return {_TITLE if key == "name" else key: item for key, item in content.items()}


def with_trace_content(trace: Mapping[str, Any], content: Mapping[str, Any], ids: Any) -> dict[str, Any]:
    """A trace with its text replaced by the redacted one, and ids that may be stored; the user is left out."""
    kept = {key: item for key, item in trace.items() if key not in (*TRACE_CONTENT, *TRACE_NAMES, "user_id")}
    names = {key: ids.safe(item) for key, item in machine_names(trace).items()}
    text = {"name" if key == _TITLE else key: item for key, item in content.items()}
    return {**kept, **ids.all_safe(kept, TRACE_IDS), **names, **text}


def span_ids(span: Mapping[str, Any]) -> list[Any]:
    """Everything in a span that is stored as an id or as a machine's name."""
    detail = span.get("detail") or {}
    kept = [detail.get(key) for key in (*DETAIL_IDS, *DETAIL_NAMES) if _is_structure(key, detail.get(key))]
    return [*(span.get(key) for key in SPAN_IDS), code_name(span), *kept]


def pick(record: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """The named, non-empty parts of a record."""
    return {key: record[key] for key in keys if record.get(key) not in (None, "", [], {})}


def span_content(span: Mapping[str, Any]) -> dict[str, Any]:
    """The text of a span, detail included."""
    detail = {key: item for key, item in (span.get("detail") or {}).items() if not _is_structure(key, item)}
    text = {key: item for key, item in pick(span, SPAN_CONTENT).items() if key != "name" or not code_name(span)}
    return {**text, "detail": detail}


def with_span_content(span: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    """A span with its text replaced by the redacted one."""
    detail = {key: item for key, item in (span.get("detail") or {}).items() if _is_structure(key, item)}
    kept = {key: item for key, item in span.items() if key not in SPAN_CONTENT}
    name = {"name": span["name"]} if code_name(span) else {}
    text = {key: item for key, item in content.items() if key != "detail"}
    return {**kept, **name, **text, "detail": {**detail, **content.get("detail", {})}}


def safe_span(span: Mapping[str, Any], ids: Any) -> dict[str, Any]:
    """A span whose ids may be stored; ``ids`` is a ``SafeIds`` that has learnt them."""
    detail = dict(span.get("detail") or {})
    name = {"name": ids.safe(span["name"])} if code_name(span) else {}
    known = [key for key in (*DETAIL_IDS, *DETAIL_NAMES) if key in detail and _is_structure(key, detail[key])]
    detail |= {key: ids.safe(detail[key]) for key in known}
    if detail.get("user_id") is not None:
        detail["user_id"] = ids.user(detail["user_id"])
    return {**span, **name, **ids.all_safe(span, SPAN_IDS), "detail": detail}


def conform(row: Mapping[str, Any], table: str) -> dict[str, Any]:
    """A row with exactly the table's columns, each of the type the table declares; what does not fit is None."""
    return {column.name: _FITS[column.type](row.get(column.name)) for column in tables.TABLES[table]}


def as_text(value: Any) -> str | None:
    """A text as it is, a nested value as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping | list | tuple):
        return canonical_in_order(value)
    return str(value)


def canonical_in_order(value: Any) -> str:
    """JSON text that keeps the order of keys."""
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _json(value: Any) -> str | None:
    return None if value in (None, "", [], {}) else canonical_in_order(value)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _count(value: Any) -> int | None:
    number = _number(value)
    return None if number is None or abs(number) >= INT64 else round(number)


def _sign(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else (number > 0) - (number < 0)


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _time(value: Any) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _words(value: Any) -> list[str] | None:
    if value is None:
        return None
    return [str(word) for word in ([value] if isinstance(value, str) else value)]


_FITS = {
    "text": as_text,
    "json": _json,
    "number": _number,
    "count": _count,
    "sign": _sign,
    "time": _time,
    "words": _words,
    "flag": _flag,
}
