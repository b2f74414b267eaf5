"""One cell into the type its column wants: times, numbers, counts, verdicts, words.

Every function gives None for "this is not one": whether that rejects the row or only sends the value to the metadata
is for the caller to say. A time without a zone is UTC, because that is what every platform that leaves the zone out
means. A bare number is a Unix time in seconds, milliseconds, microseconds or nanoseconds, by its size.
Slashed dates are read month first unless the first number cannot be a month.
"""

import math
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from workbench.formats.jsontext import dumps, inner, storable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SLASHED = re.compile(
    r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?)?"
)
_FRACTION = re.compile(r"(?<=\d)[.,](\d+)")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_WORD_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^0-9A-Za-z]+")

ABSENT = frozenset({"", "null", "none", "nan", "n/a", "na", "undefined", "nat"})


def snake(name: str) -> str:
    """A column name in one spelling: ``conversationId``, ``Conversation ID`` and ``conversation-id`` are the same."""
    return "_".join(part for part in _WORD_BREAK.split(name.strip()) if part).lower()


def is_absent(value: Any) -> bool:
    """Whether a cell says nothing: null, NaN, empty, or a word for it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    if isinstance(value, str):
        return len(value) < 10 and value.strip().lower() in ABSENT
    return isinstance(value, (list, dict)) and not value


def number(value: Any) -> float | None:
    """A finite number, also from text such as ``1,234.5`` or ``$0.03``."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float, Decimal)):
        try:
            found = float(value)
        except OverflowError:
            return None
        return found if math.isfinite(found) else None
    if isinstance(value, str) and len(value) < 64:
        text = value.strip().lstrip("$")
        if _THOUSANDS.fullmatch(text):
            text = text.replace(",", "")
        try:
            found = float(text)
        except ValueError:
            return None
        return found if math.isfinite(found) else None
    return None


def count(value: Any) -> int | None:
    """A whole number from 0 up."""
    found = number(value)
    return int(found) if found is not None and found >= 0 and found == int(found) and found < 2**63 else None


def moment(value: Any) -> datetime | None:
    """A time, UTC."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return _unix(value)
    if not isinstance(value, str) or not 6 <= len(value) <= 64:
        return None
    text = value.strip()
    if text.replace(".", "", 1).isdigit() and len(text.split(".")[0]) >= 9:
        return _unix(int(text) if text.isdigit() else float(text))
    return _written(text)


def _unix(seconds: int | float | Decimal) -> datetime | None:
    """A Unix time whose unit is read from its size; smaller numbers than 1973 in seconds are no times."""
    size = abs(float(seconds))
    if not 1e8 <= size < 1e20:
        return None
    power = 0 if size < 1e11 else 3 if size < 1e14 else 6 if size < 1e17 else 9
    if isinstance(seconds, int):
        return _EPOCH + timedelta(microseconds=seconds * 10**6 // 10**power)
    return _EPOCH + timedelta(seconds=float(seconds) / 10**power)


def _written(text: str) -> datetime | None:
    """A time from one of the written forms."""
    plain = _FRACTION.sub(lambda m: "." + m.group(1)[:6].ljust(6, "0"), text, count=1) if ":" in text else text
    plain = re.sub(r"\s*(UTC|GMT)$", "+00:00", plain)
    plain = re.sub(r"(?<=\d) (?=[+-]\d\d:?\d\d$)", "", plain)
    if len(plain) > 10 and plain[4:5] == "/" and plain[7:8] == "/":
        plain = plain.replace("/", "-", 2)
    for read in (datetime.fromisoformat, _slashed, parsedate_to_datetime, _worded):
        try:
            found = read(plain)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if found is not None:
            try:
                return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
            except (OverflowError, ValueError):
                return None
    return None


def _slashed(text: str) -> datetime | None:
    """``2/24/2015 11:35`` and its kin; day first only where the first number is over 12."""
    match = _SLASHED.fullmatch(text)
    if not match:
        return None
    first, second, year, hour, minute, second_of_minute, half = match.groups()
    month, day = (int(second), int(first)) if int(first) > 12 or "." in text[:3] else (int(first), int(second))
    of_day = int(hour or 0)
    if half:
        of_day = of_day % 12 + (12 if half.lower() == "pm" else 0)
    return datetime(int(year), month, day, of_day, int(minute or 0), int(second_of_minute or 0))


_WORDED = ("%a %b %d %H:%M:%S %z %Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y %H:%M:%S")


def _worded(text: str) -> datetime | None:
    """Dates with the month's English name."""
    for form in _WORDED:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


_UP = frozenset(
    {
        "1",
        "1.0",
        "up",
        "thumbs_up",
        "thumbsup",
        "thumbs up",
        "positive",
        "pos",
        "good",
        "like",
        "liked",
        "true",
        "yes",
        "👍",
    }
)
_DOWN = frozenset(
    {
        "-1",
        "-1.0",
        "down",
        "thumbs_down",
        "thumbsdown",
        "thumbs down",
        "negative",
        "neg",
        "bad",
        "dislike",
        "disliked",
        "false",
        "no",
        "👎",
    }
)


def sign(value: Any) -> int | None:
    """A user's verdict as -1, 0 or 1. A 0 stays 0: whether it meant "down" depends on the scale, which is not known."""
    if isinstance(value, bool):
        return 1 if value else -1
    if isinstance(value, dict):
        inside = [value[key] for key in ("value", "score", "rating", "thumbs", "sentiment") if key in value]
        return sign(inside[0]) if inside else None
    text = str(value).strip().lower()
    if text in _UP:
        return 1
    if text in _DOWN:
        return -1
    return 0 if text in ("0", "0.0", "neutral") else None


_OK = frozenset(
    {
        "ok",
        "success",
        "succeeded",
        "successful",
        "completed",
        "complete",
        "done",
        "passed",
        "finished",
        "unset",
        "default",
        "info",
        "debug",
        "warning",
        "true",
        "1",
        "status_code_ok",
        "status_code_unset",
    }
)
_ERROR = frozenset(
    {
        "error",
        "err",
        "errored",
        "fail",
        "failed",
        "failure",
        "exception",
        "timeout",
        "timed_out",
        "cancelled",
        "canceled",
        "aborted",
        "false",
        "2",
        "status_code_error",
    }
)


def status(value: Any) -> str | None:
    """``ok`` or ``error`` from a platform's word or an HTTP status."""
    if isinstance(value, dict):
        return status(value.get("status_code") or value.get("code") or value.get("status") or "unset")
    code = count(value) if not isinstance(value, bool) else None
    if code is not None and 100 <= code <= 599:
        return "ok" if code < 400 else "error"
    text = str(value).strip().lower().rsplit(".", 1)[-1]
    return "ok" if text in _OK else "error" if text in _ERROR else None


def words(value: Any) -> list[str] | None:
    """A list of tags: a list, JSON text, or words parted by bars, semicolons or commas."""
    value = inner(value)
    if isinstance(value, dict):
        return [f"{key}:{item}" for key, item in value.items()]
    if isinstance(value, (list, tuple, set)):
        return [item if isinstance(item, str) else dumps(item) for item in value if not is_absent(item)]
    if isinstance(value, str):
        parts = re.split(r"[|;]" if re.search(r"[|;]", value) else ",", value)
        return [part.strip() for part in parts if part.strip()]
    return None


def text(value: Any) -> str | None:
    """The value as text, JSON text where it is structured."""
    if value is None or isinstance(value, str):
        return value
    return dumps(value) if isinstance(value, (dict, list)) else str(value)


def plain(value: Any) -> Any:
    """The value in JSON's own types: from Parquet come dates, decimals, bytes and pairs."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        try:
            return storable(value.decode("utf-8"))
        except UnicodeDecodeError:
            return f"[{len(value)} bytes left out]"
    return str(value)
