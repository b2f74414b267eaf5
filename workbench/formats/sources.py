"""A file's bytes as UTF-8, whatever it is packed or encoded in."""

import codecs
import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO

from workbench.errors import UnreadableFile

CHUNK = 1 << 20


def open_source(path: Path, encoding: str = "utf-8") -> BinaryIO:
    """The file's bytes as UTF-8: unzipped, recoded from UTF-16 or UTF-32, without a byte order mark."""
    try:
        raw: BinaryIO = path.open("rb")
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be opened: {error.strerror or 'no such file'}. Check the path") from None
    if raw.read(2) == b"\x1f\x8b":
        raw.seek(0)
        raw = _Unzipped(path, raw)  # type: ignore[assignment]
    else:
        raw.seek(0)
    if encoding.startswith(("utf-16", "utf-32")):
        raw = _Recoded(raw, encoding)  # type: ignore[assignment]
    stream = io.BufferedReader(raw, CHUNK)  # type: ignore[type-var]
    try:
        if stream.peek(3)[:3] == codecs.BOM_UTF8:
            stream.read(3)
    except UnreadableFile:
        stream.close()
        raise
    return stream


class _Unzipped(io.RawIOBase):
    """A gzipped file, its damage told as an error of ours."""

    def __init__(self, path: Path, raw: BinaryIO) -> None:
        self._path = path
        self._raw = raw
        self._zip = gzip.GzipFile(fileobj=raw)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            piece = self._zip.read(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise UnreadableFile(f"{self._path} is gzipped, and cut short or damaged. Get a whole copy") from None
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Recoded(io.RawIOBase):
    """A byte stream in another Unicode encoding, read as UTF-8."""

    def __init__(self, raw: BinaryIO, encoding: str) -> None:
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            chunk = self._raw.read(CHUNK)
            text = self._decoder.decode(chunk, final=not chunk).lstrip("\ufeff" if chunk else "")
            self._ready = text.encode("utf-8", "surrogatepass")
            if not chunk:
                break
        n = min(len(buffer), len(self._ready))
        buffer[:n] = self._ready[:n]
        self._ready = self._ready[n:]
        return n

    def close(self) -> None:
        self._raw.close()
        super().close()
