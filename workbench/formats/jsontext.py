"""Parsing one JSON value so that the rest of the program can hold it.

orjson first, because it is fast and strict; what it refuses and real exports contain (NaN, lone surrogates, numbers
beyond 64 bits) goes through the standard parser and is then made storable: NaN becomes null, a lone surrogate the
replacement character, a huge number its digits as text. Of a key given twice the last value counts, as in every
parser. Errors name a place, never the text, so no parser's own message is passed on.
"""

import ast
import json
import math
import re
from typing import Any

import orjson

MAX_DEPTH = 200

_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Unparsable(ValueError):
    """The text is no JSON value that can be held; the message says why without quoting it."""


def loads(raw: bytes) -> Any:
    """The JSON value in ``raw`` (UTF-8).

    Raises:
        Unparsable: it is not UTF-8, not JSON, or nested deeper than ``MAX_DEPTH``.
    """
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _depth(raw) > MAX_DEPTH:
        raise Unparsable(f"nested deeper than {MAX_DEPTH} levels")
    try:
        if _LONG_NUMBER.search(raw):
            raise ValueError
        return orjson.loads(raw)
    except ValueError:
        pass
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unparsable(f"not UTF-8 text (byte {error.start} of the row)") from None
    try:
        return storable(json.loads(text, parse_constant=lambda _name: None, parse_int=_whole))
    except ValueError as error:
        place = f" (character {error.pos} of the row)" if isinstance(error, json.JSONDecodeError) else ""
        raise Unparsable(f"not valid JSON{place}") from None
    except RecursionError:
        raise Unparsable(f"nested deeper than {MAX_DEPTH} levels") from None


def _whole(digits: str) -> int | str:
    """A whole number, as text where 64 bits do not hold it."""
    return int(digits) if len(digits) < 19 else _bounded(digits)


def _bounded(digits: str) -> int | str:
    """A number of 19 digits or more."""
    if len(digits) > 20:
        return digits
    number = int(digits)
    return number if -(2**63) <= number < 2**63 else digits


_OUTSIDE = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\[\]{}"]++', re.DOTALL)


def _depth(raw: bytes) -> int:
    """How deep the brackets of a JSON text go."""
    depth = deepest = 0
    for byte in _OUTSIDE.sub(b"", raw):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def storable(value: Any) -> Any:
    """The value without what UTF-8 and JSON cannot hold: lone surrogates, NaN and infinities."""
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value


_PYTHON = re.compile(r"[\[{]+\s*'")


def inner(value: Any) -> Any:
    """The value, or what it holds where it is text that is a JSON object, list or quoted string.

    Platforms store inputs and outputs as JSON in a string, at times twice over; pandas writes Python's spelling.
    """
    for _ in range(3):
        if not isinstance(value, str):
            return value
        text = value.strip()
        if len(text) < 2 or text[0] + text[-1] not in ("{}", "[]", '""'):
            return value
        try:
            value = loads(text.encode("utf-8", "replace"))
        except Unparsable:
            return _literal(text) if _PYTHON.match(text) else value
    return value


def _literal(text: str) -> Any:
    """What pandas wrote into a CSV cell for a list or dict: Python's spelling of it; the text where it is not that."""
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    try:
        return storable(json.loads(json.dumps(found)))
    except (TypeError, ValueError, RecursionError):
        return text


def dumps(value: Any) -> str:
    """The value as JSON text; what JSON has no form for is written as text."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        return json.dumps(storable(value), default=str, ensure_ascii=False)
