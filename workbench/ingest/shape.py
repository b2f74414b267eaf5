"""A record's two halves: what is text and goes through the redactor, and what is structure and is kept.

Ids, times, numbers and short names of machines (model, release) are structure; a structural value in which a
structured recogniser fires (an e-mail used as a session id) is replaced by its HMAC. Everything else is content.
"""

import hashlib
import hmac
import math
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
TRACE_IDS = ("trace_id", "session_id", "environment", "release", "model", "provider")
SPAN_CONTENT = ("name", "input", "output")
SPAN_IDS = ("trace_id", "span_id", "parent_id")
DETAIL_CONTENT = (
    "messages_in",
    "messages_out",
    "system",
    "system_prompt",
    "tools",
    "documents",
    "params",
    "tags",
    "metadata",
    "error",
    "name",
    "trace",
)
DETAIL_IDS = ("session_id", "environment", "release", "model", "provider", "service")
LABEL_CONTENT = ("value", "note", "gold_answer")
LABEL_IDS = ("trace_id", "annotator", "dimension")
INT64 = 2**63


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


def pick(record: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """The named, non-empty parts of a record."""
    return {key: record[key] for key in keys if record.get(key) not in (None, "", [], {})}


def span_content(span: Mapping[str, Any]) -> dict[str, Any]:
    """The text of a span, detail included."""
    return {**pick(span, SPAN_CONTENT), "detail": pick(span.get("detail") or {}, DETAIL_CONTENT)}


def with_span_content(span: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    """A span with its text replaced by the redacted one."""
    detail = {key: item for key, item in (span.get("detail") or {}).items() if key not in DETAIL_CONTENT}
    kept = {key: item for key, item in span.items() if key not in SPAN_CONTENT}
    text = {key: item for key, item in content.items() if key != "detail"}
    return {**kept, **text, "detail": {**detail, **content.get("detail", {})}}


def safe_span(span: Mapping[str, Any], ids: Any) -> dict[str, Any]:
    """A span whose ids may be stored; ``ids`` is a ``SafeIds`` that has learnt them."""
    detail = dict(span.get("detail") or {})
    detail |= {key: ids.safe(detail[key]) for key in DETAIL_IDS if detail.get(key) is not None}
    if detail.get("user_id") is not None:
        detail["user_id"] = ids.user(detail["user_id"])
    return {**span, **ids.all_safe(span, SPAN_IDS), "detail": detail}


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
}
