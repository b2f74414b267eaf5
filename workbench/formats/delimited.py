"""CSV and its relatives, record by record.

The csv module does the parsing; around it stands what it does not say: a quote that is never closed (it would swallow
the rest of the file without a word), a record with more or fewer fields than the header, bytes that are not UTF-8,
a line beyond the limit. Each costs one rejected row. After an unclosed quote reading goes on with the next line.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO

from workbench.errors import UnreadableFile
from workbench.formats.columns import OWN, SYNONYMS
from workbench.formats.streams import CHUNK, Broken, too_long
from workbench.formats.values import snake

_PUSHBACKS = 200
_NAME = re.compile(r"(?=.*[^\W\d_])[\w .\-/()#%:$\[\]&+?'’*!=–—]{1,60}")
_LONGEST_NAME = 200
_TRACE_NAMES = frozenset({*OWN, *SYNONYMS["input"], *SYNONYMS["output"]})
_WORD = re.compile(r"[^\W\d][\w.\-]*")


class _Lines:
    """Physical lines as text, remembered since the last record so that they can be given back."""

    def __init__(self, stream: BinaryIO, encoding: str, max_bytes: int) -> None:
        self._stream = stream
        self._encoding = encoding
        self._max = max_bytes
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.size = 0
        self.over = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        if not line:
            raise StopIteration
        self.taken.append(line)
        self.size += len(line)
        if self.size > self._max:
            self.over = True
            raise _TooLong
        return line

    def _read(self) -> str:
        raw = self._stream.readline(self._max + 2)
        if len(raw) > self._max + 1 and not raw.endswith(b"\n"):
            while (more := self._stream.readline(CHUNK)) and not more.endswith(b"\n"):
                pass
            raise _TooLong
        if self._encoding == "utf-8":
            return raw.decode("utf-8", "surrogateescape")
        try:
            return raw.decode(self._encoding)
        except UnicodeDecodeError:
            return raw.decode("latin-1")

    def start_record(self) -> None:
        self.taken, self.size = [], 0

    def give_back(self) -> None:
        """Read the lines of the last record again, but for its first."""
        self._again.extendleft(reversed(self.taken[1:]))


class _TooLong(Exception):
    """A record is longer than the limit."""


def records(stream: BinaryIO, *, delimiter: str, encoding: str, max_bytes: int) -> Iterator[dict[str, str] | Broken]:
    """The records below the header, as dicts.

    Raises:
        UnreadableFile: the first line is no header.
    """
    before = csv.field_size_limit(max_bytes)
    csv.field_size_limit(before)
    source = _Lines(stream, encoding, max_bytes)
    reader = csv.reader(source, delimiter=delimiter)
    header: list[str] | None = None
    pushbacks = 0
    while True:
        source.start_record()
        csv.field_size_limit(max_bytes)
        try:
            fields = next(reader)
        except StopIteration:
            return
        except (_TooLong, csv.Error):
            if len(source.taken) > 1 and pushbacks < _PUSHBACKS:
                pushbacks += 1
                source.give_back()
                yield Broken("row: a quoted field is never closed")
            else:
                yield too_long(max_bytes)
            continue
        finally:
            csv.field_size_limit(before)
        if not fields or (len(fields) == 1 and not fields[0].strip()):
            continue
        if header is None:
            header = _header(fields)
            continue
        if len(source.taken) > 1 and _unclosed(source.taken) and pushbacks < _PUSHBACKS:
            pushbacks += 1
            source.give_back()
            yield Broken("row: a quoted field is never closed")
            continue
        if len(fields) > len(header) and any(field.strip() for field in fields[len(header) :]):
            yield Broken(f"row: {len(fields)} fields where the header has {len(header)}")
        elif len(fields) < len(header):
            yield Broken(f"row: {len(fields)} fields where the header has {len(header)}")
        elif any(not field.isascii() and _undecoded(field) for field in fields):
            yield Broken("row: not UTF-8 text")
        else:
            yield dict(zip(header, fields, strict=False))


def _unclosed(taken: list[str]) -> bool:
    """Whether a record of several lines has an odd number of quotes, as only one that met the end of the file has."""
    return sum(line.count('"') for line in taken) % 2 == 1


def _undecoded(field: str) -> bool:
    """Whether bytes that are not UTF-8 came through as lone surrogates."""
    try:
        field.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _header(fields: list[str]) -> list[str]:
    """The column names: unnamed ones numbered, repeated ones told apart."""
    names: list[str] = []
    for at, field in enumerate(fields):
        name = field.strip().lstrip("\ufeff") or f"column_{at}"
        names.append(name if name not in names else f"{name}_{at}")
    if any(_undecoded(name) for name in names):
        raise UnreadableFile("the header is not UTF-8 text. Save the file as UTF-8")
    return names


def dialect(sample: str) -> tuple[str, list[list[str]]] | None:
    """The delimiter of a table and its first records, from the beginning of the file; None where it is no table.

    The delimiter is the one that gives the header the most fields, provided the records below agree with it.
    """
    best: tuple[str, list[list[str]]] | None = None
    for delimiter in (",", "\t", ";", "|"):
        try:
            found = [fields for fields in csv.reader(sample.splitlines(keepends=True), delimiter=delimiter) if fields]
        except csv.Error:
            continue
        found = [[cell.lstrip("\ufeff") for cell in fields] for fields in found]
        if not found or not _names(found[0]):
            continue
        agree = sum(len(fields) == len(found[0]) for fields in found[1:])
        if len(found) > 1 and agree < 0.2 * (len(found) - 1):
            continue
        if best is None or len(found[0]) > len(best[1][0]):
            best = (delimiter, found)
    return best


def _names(fields: list[str]) -> bool:
    """Whether a first record can be a header: short, distinct names, no numbers; only the first may be empty.

    Beside a name that a trace's column often has, any other may stand, an e-mail address or a whole question too.
    """
    names = [field.strip() for field in fields]
    given = names[1:] if len(names) > 1 and not names[0] else names
    known = any(snake(name) in _TRACE_NAMES for name in given)
    return (
        all(
            0 < len(name) <= _LONGEST_NAME if known else _NAME.fullmatch(name) and len(name.split()) <= 6
            for name in given
        )
        and len(set(given)) == len(given)
        and (len(names) > 1 or bool(_WORD.fullmatch(names[0])))
    )


def rows_of(records_: list[list[str]]) -> list[dict[str, Any]]:
    """The first records of a table as dicts."""
    header = _header(records_[0])
    return [dict(zip(header, fields, strict=False)) for fields in records_[1:] if len(fields) == len(header)]
