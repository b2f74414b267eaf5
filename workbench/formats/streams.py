"""Bytes in, pieces of JSON out, with memory bounded by the longest row that is wanted.

Rows are cut out of arrays and envelopes by a scan for brackets that knows strings and nothing else, and each piece
is parsed on its own. So one broken element costs one row and not the rest of the file, ``NaN`` in a row does not stop
the scan, and the limit on the length of a row holds for arrays as it does for lines.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 1 << 20

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+", re.DOTALL)
_TO_BREAK = re.compile(rb'(?:[^"\[\]{},]++|' + _STRING + rb")*+", re.DOTALL)
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_KEY = re.compile(rb"\s*(" + _STRING + rb")\s*:", re.DOTALL)
_SPACE = re.compile(rb"\s*")


@dataclass(frozen=True, slots=True)
class Broken:
    """A piece that cannot be given: it is too long, or the file ends inside it."""

    reason: str


def lines(stream: BinaryIO, max_bytes: int) -> Iterator[bytes | Broken]:
    """The non-empty lines, a line longer than ``max_bytes`` given as Broken and passed over."""
    while line := stream.readline(max_bytes + 2):
        if len(line) > max_bytes + 1 and not line.endswith(b"\n"):
            while (more := stream.readline(CHUNK)) and not more.endswith(b"\n"):
                pass
            yield too_long(max_bytes)
        elif not line.isspace():
            yield line


def too_long(max_bytes: int) -> Broken:
    """What is said of a row beyond the limit."""
    size = f"{max_bytes // CHUNK} MB" if max_bytes >= CHUNK else f"{max_bytes} bytes"
    return Broken(f"row: longer than {size}")


CUT = Broken("row: the file ends inside it")
MORE = Broken("row: the file goes on after the end of its JSON value")


class Scanner:
    """A forward scan over JSON text that knows where values begin and end, and no more."""

    def __init__(self, stream: BinaryIO, max_bytes: int) -> None:
        self._stream = stream
        self._max = max_bytes
        self._buffer = b""
        self._at = 0
        self._ended = False

    def _more(self, keep: int) -> bool:
        """Read on, keeping the buffer from ``keep``; False at the end of the file."""
        chunk = self._stream.read(max(CHUNK, len(self._buffer) - keep)) if not self._ended else b""
        self._ended = not chunk
        self._buffer = self._buffer[keep:] + chunk
        self._at -= keep
        return not self._ended

    def peek(self) -> bytes:
        """The next byte that is not space; empty at the end."""
        while True:
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._buffer):
                return self._buffer[self._at : self._at + 1]
            if not self._more(self._at):
                return b""

    def step(self) -> None:
        """Pass over the byte that ``peek`` showed."""
        self._at += 1

    def key(self) -> bytes | None:
        """The object key that stands here, passed over with its colon; None where there is none."""
        while True:
            if match := _KEY.match(self._buffer, self._at):
                self._at = match.end()
                return match.group(1)
            if len(self._buffer) - self._at > CHUNK or not self._more(self._at):
                return None

    def value(self) -> bytes | Broken:
        """The value that begins here, up to the comma or bracket after it."""
        start = self._at
        while (end := self._end(start)) < 0:
            if len(self._buffer) - start > self._max:
                return self.skip()
            if not self._more(start):
                return CUT
            start = 0
        self._at = end
        return too_long(self._max) if end - start > self._max else self._buffer[start:end]

    def _end(self, at: int) -> int:
        """Where the value that begins at ``at`` ends; -1 where the buffer ends first."""
        depth = 0
        while True:
            at = (_TO_BRACKET if depth else _TO_BREAK).match(self._buffer, at).end()  # type: ignore[union-attr]
            byte = self._buffer[at : at + 1]
            if not byte or byte == b'"':
                return -1
            if byte in b"{[":
                depth += 1
            elif not depth:
                return at
            elif byte in b"}]":
                depth -= 1
                if not depth:
                    return at + 1
            at += 1

    def skip(self) -> Broken:
        """Pass over the value that begins here without holding it."""
        depth = 0
        while True:
            self._at = (_TO_BRACKET if depth else _TO_BREAK).match(self._buffer, self._at).end()  # type: ignore[union-attr]
            byte = self._buffer[self._at : self._at + 1]
            if not byte:
                if not self._more(self._at):
                    return CUT
                continue
            if byte == b'"':
                if not self._leave_string():
                    return CUT
                continue
            if byte in b"{[":
                depth += 1
            elif not depth:
                return too_long(self._max)
            elif byte in b"}]":
                depth -= 1
            self._at += 1
            if not depth and byte in b"}]":
                return too_long(self._max)

    def _leave_string(self) -> bool:
        """Pass over a string that does not end in the buffer; False where the file ends in it."""
        self._at += 1
        while True:
            self._at = _IN_STRING.match(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._buffer[self._at : self._at + 1] == b'"':
                self._at += 1
                return True
            if not self._more(self._at):
                return False


Found = tuple[tuple[str | int, ...], bytes | Broken]


def walk(stream: BinaryIO, wanted: Iterable[tuple[str, ...]], max_bytes: int) -> Iterator[Found]:
    """The values at the wanted paths of one JSON document, as they stand in it.

    A path is made of keys, with ``*`` for every element of a list and ``*key`` for every key: ``("data", "*")``.
    Yields the path with the elements' numbers in it and the value's bytes; a last Broken where the file ends early or
    goes on after the document.
    """
    scan = Scanner(stream, max_bytes)
    damaged = False
    for where, piece in _descend(scan, (), tuple(wanted)):
        damaged = isinstance(piece, Broken)
        yield where, piece
    if not damaged and scan.peek():
        yield (), MORE


def _descend(scan: Scanner, here: tuple[str | int, ...], paths: tuple[tuple[str, ...], ...]) -> Iterator[Found]:
    """The wanted values inside the one that begins here."""
    opening = scan.peek()
    if opening not in (b"{", b"["):
        if scan.skip() is CUT and here == ():
            yield here, CUT
        return
    scan.step()
    closing, any_here = (b"}", "*key") if opening == b"{" else (b"]", "*")
    n = -1
    while (byte := scan.peek()) != closing:
        if byte == b",":
            scan.step()
            continue
        n += 1
        step = _step(scan, opening, byte, n)
        if isinstance(step, Broken):
            yield here, step if step is CUT else Broken(f"{dotted(here)}: {step.reason}")
            return
        below = (*here, step)
        left = tuple(path[1:] for path in paths if path[0] in (step, any_here))
        cut = False
        for where, piece in _taken(scan, below, left):
            cut = cut or piece is CUT
            yield where, piece
        if cut:
            return
    scan.step()


def _step(scan: Scanner, opening: bytes, byte: bytes, n: int) -> str | int | Broken:
    """The key or number of the value that comes next, the scan standing before that value."""
    if not byte:
        return CUT
    if opening == b"[":
        return Broken("expected a list element or ']'") if byte in b"}:" else n
    key = scan.key()
    scan.peek()
    return Broken("expected a key and a colon") if key is None else key[1:-1].decode("utf-8", "replace")


def _taken(scan: Scanner, here: tuple[str | int, ...], left: tuple[tuple[str, ...], ...]) -> Iterator[Found]:
    """The value that comes next: given where it is wanted, entered where something in it is, else passed over."""
    if not left:
        if scan.skip() is CUT:
            yield here, CUT
    elif () in left:
        piece = scan.value()
        yield here, piece.strip() if isinstance(piece, bytes) else piece
    else:
        yield from _descend(scan, here, left)


def dotted(path: tuple[str | int, ...]) -> str:
    """A path as it is shown: data[3].messages."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text or "the file"


def values(stream: BinaryIO, max_bytes: int) -> Iterator[bytes | Broken]:
    """The JSON objects of a file that holds one after another, over several lines each."""
    scan = Scanner(stream, max_bytes)
    while byte := scan.peek():
        if byte in b"{[":
            piece = scan.value()
            yield piece
            if piece is CUT:
                return
        else:
            yield Broken("row: expected a JSON object")
            return
