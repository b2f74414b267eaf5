"""What a file is, by looking inside, and its rows, one at a time.

The name of a file says nothing here: exports come as ``.txt``, gzipped under ``.json``, or as one object a line under
``.json``. ``look`` reads the beginning (for one large JSON object, its top level); ``rows`` streams.
"""

import codecs
import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.errors import UnreadableFile
from workbench.formats import delimited
from workbench.formats.jsontext import Unparsable, loads
from workbench.formats.records import MEGABYTE, Head, ReadOptions, Rejected
from workbench.formats.sources import open_source
from workbench.formats.streams import CUT, Broken, lines, values, walk
from workbench.formats.values import plain

SAMPLE_ROWS = 20
SAMPLE_BYTES = MEGABYTE
WHOLE_BYTES = 4 * MEGABYTE
BATCH_ROWS = 256

_MAGIC = {
    b"SQLite format 3": "a SQLite database; export its rows as JSON lines or CSV",
    b"PK\x03\x04": "a zip archive (or a spreadsheet); unpack it, or save it as CSV",
    b"\x89PNG": "an image",
    b"%PDF": "a PDF",
    b"\x28\xb5\x2f\xfd": "zstd-compressed; unpack it",
    b"BZh": "bzip2-compressed; unpack it",
    b"\xfd7zXZ": "xz-compressed; unpack it",
}
_WANTED = "JSON lines, a JSON array or object, CSV or Parquet"


def look(path: Path) -> Head:
    """The beginning of a file, parsed as far as a format can be told from it.

    Raises:
        UnreadableFile: the path is missing, a folder, empty, binary, or text of no known layout.
    """
    start = _first_bytes(path)
    if start.startswith(b"PAR1"):
        return _parquet_head(path)
    encoding = _encoding(path, start)
    with open_source(path, encoding) as stream:
        sample = stream.read(SAMPLE_BYTES)
    first = sample.lstrip()[:1]
    if first not in b"{[" and _is_lines_by_far(path, encoding):
        first = b"{"
    if not first:
        raise UnreadableFile(f"{path} is empty: it holds nothing but space. Needed: {_WANTED}")
    if first in b"{[":
        head = _json_head(path, sample, encoding)
        if head.rows or head.top:
            return head
        raise UnreadableFile(f"{path} begins like JSON, but no row of it is valid JSON. Check that the export is whole")
    return _table_head(path, sample, encoding)


def _first_bytes(path: Path) -> bytes:
    """The file's first bytes, unzipped where gzipped."""
    if not path.exists():
        raise UnreadableFile(f"{path} does not exist. Check the path")
    if not path.is_file():
        raise UnreadableFile(f"{path} is not a file. Name a file in it")
    try:
        with path.open("rb") as raw:
            start = raw.read(4)
        if start[:2] == b"\x1f\x8b":
            with open_source(path) as stream:
                start = stream.read(65536)
        else:
            with path.open("rb") as raw:
                start = raw.read(65536)
    except (OSError, EOFError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "its compression is damaged"
        raise UnreadableFile(f"{path} cannot be read: {why}") from None
    if not start:
        raise UnreadableFile(f"{path} is empty (0 bytes). Needed: {_WANTED}")
    return start


def _encoding(path: Path, start: bytes) -> str:
    """utf-8, a UTF-16 or UTF-32 by its mark or its zeros, or cp1252 for a file that is not UTF-8 throughout."""
    for mark, name in ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32")):
        if start.startswith(mark):
            return name
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for magic, what in _MAGIC.items():
        if start.startswith(magic):
            raise UnreadableFile(f"{path} is {what}. Needed: {_WANTED}")
    zeros = start.count(0)
    if zeros > 0.3 * len(start):
        even = start[::2].count(0)
        if even < 0.02 * zeros:
            return "utf-16-le"
        if even > 0.98 * zeros:
            return "utf-16-be"
    control = sum(start.count(byte) for byte in range(32) if byte not in (9, 10, 12, 13, 27))
    if control > 0.01 * len(start):
        raise UnreadableFile(f"{path} is a binary file. Needed: {_WANTED}")
    return _utf8_or_not(path)


def _utf8_or_not(path: Path, enough: int = 500) -> str:
    """Whether the lines that go beyond ASCII are UTF-8; cp1252 where most of them are not."""
    good = bad = 0
    with open_source(path) as stream:
        while good + bad < enough and (line := stream.readline(MEGABYTE)):
            if line.isascii():
                continue
            try:
                codecs.getincrementaldecoder("utf-8")().decode(line)
                good += 1
            except UnicodeDecodeError:
                bad += 1
    return "cp1252" if bad > good else "utf-8"


def _parsed(piece: bytes | Broken) -> Any:
    """The value of a piece, or None where there is none."""
    if isinstance(piece, Broken):
        return None
    try:
        return loads(piece)
    except Unparsable:
        return None


def _json_head(path: Path, sample: bytes, encoding: str) -> Head:
    """Which of the JSON layouts it is, with its first rows."""
    whole = sample.split(b"\n")
    if len(sample) >= SAMPLE_BYTES and len(whole) > 1:
        whole = whole[:-1]
    whole = [line for line in whole if line.strip()][:SAMPLE_ROWS]
    at_margin = [line for line in whole if not line[:1].isspace()]
    parsed = [_parsed(line) for line in at_margin]
    rows = [row for row in parsed if isinstance(row, (dict, list))]
    opening = sample.lstrip()[:1]
    several = len(sample.split(b"\n", 2)) > 1 and bool(sample.split(b"\n", 1)[1].strip())
    if several and rows and len(rows) * 2 >= len(whole) and (opening != b"[" or isinstance(parsed[0], list)):
        return Head("lines", rows=rows[:SAMPLE_ROWS], encoding=encoding)
    if opening == b"[":
        with open_source(path, encoding) as stream:
            found = itertools.islice(walk(stream, [("*",)], WHOLE_BYTES), SAMPLE_ROWS)
            pieces = [piece for _, piece in found if piece is not CUT]
        values_ = [_parsed(piece) for piece in pieces]
        return Head("array", rows=[value for value in values_ if value is not None] or values_, encoding=encoding)
    if several and _is_lines_by_far(path, encoding):
        return Head("lines", rows=rows[:SAMPLE_ROWS] or [{}], encoding=encoding)
    with open_source(path, encoding) as stream:
        objects = [_parsed(piece) for piece in itertools.islice(values(stream, WHOLE_BYTES), 3)]
    if len(objects) > 1 and objects[1] is not None:
        return Head("values", rows=[row for row in objects if isinstance(row, dict)], encoding=encoding)
    if several and len(objects) > 1 and rows and parsed[0] is rows[0]:
        return Head("lines", rows=rows[:SAMPLE_ROWS], encoding=encoding)  # a whole first line, then damage
    if objects and isinstance(objects[0], dict):
        return Head("object", rows=[objects[0]], top=objects[0], encoding=encoding)
    top = _top_level(path, encoding)
    return Head("object", rows=[top] if top else [], top=top, encoding=encoding)


def _is_lines_by_far(path: Path, encoding: str) -> bool:
    """Whether most lines are JSON objects of their own, looked at line by line without holding long ones."""
    with open_source(path, encoding) as stream:
        some = list(itertools.islice(lines(stream, SAMPLE_BYTES), SAMPLE_ROWS))
    good = sum(isinstance(piece, bytes) and not piece[:1].isspace() and _is_row(_parsed(piece)) for piece in some)
    return bool(good) and good * 2 >= len(some)


def _is_row(value: Any) -> bool:
    return isinstance(value, (dict, list))


def _top_level(path: Path, encoding: str) -> dict[str, Any]:
    """The keys of one large object, with the small values whole and of the large lists the first elements."""
    top: dict[str, Any] = {}
    large: list[str] = []
    with open_source(path, encoding) as stream:
        for where, piece in walk(stream, [("*key",)], MEGABYTE // 4):
            if len(where) == 1:
                key = str(where[0])
                if isinstance(piece, Broken):
                    large.append(key)
                else:
                    top[key] = _parsed(piece)
    for key in large:
        with open_source(path, encoding) as stream:
            first_few = itertools.islice(walk(stream, [(key, "*")], WHOLE_BYTES), 5)
            found = [(where, piece) for where, piece in first_few if len(where) > 1]
        if found:
            top[key] = [value for value in (_parsed(piece) for _, piece in found) if value is not None]
    return top


def _table_head(path: Path, sample: bytes, encoding: str) -> Head:
    """A delimited table, or no known layout."""
    text = sample.decode("utf-8" if encoding != "cp1252" else "cp1252", "replace")
    if len(sample) >= SAMPLE_BYTES:
        text = text[: text.rfind("\n") + 1]
    before = csv.field_size_limit(SAMPLE_BYTES + 1)
    try:
        found = delimited.dialect(text)
    finally:
        csv.field_size_limit(before)
    if found is None:
        raise UnreadableFile(
            f"{path} is text, but neither JSON nor a table with a header line. Needed: {_WANTED}; a table needs its "
            "column names in the first line"
        )
    delimiter, records = found
    rows = delimited.rows_of(records[: SAMPLE_ROWS * 10])
    return Head(
        "delimited",
        rows=rows,
        columns=tuple(delimited.rows_of([records[0], records[0]])[0]),
        encoding=encoding,
        delimiter=delimiter,
    )


def _parquet_head(path: Path) -> Head:
    """A Parquet file's columns and first rows."""
    rows = list(itertools.islice(_parquet_rows(path), SAMPLE_ROWS))
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        columns = tuple(file.schema_arrow.names)
    return Head("parquet", rows=[row for row in rows if isinstance(row, dict)], columns=columns)


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file, batch by batch."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                yield from batch.to_pylist(maps_as_pydicts="lossy")
    except (pa.ArrowException, OSError):
        raise UnreadableFile(
            f"{path} begins like Parquet but cannot be read as it. Check that the file is whole"
        ) from None


def rows(path: Path, head: Head, options: ReadOptions, envelope: tuple[str, ...] = ()) -> Iterator[tuple[int, Any]]:
    """Every row of the file with its number; a ``Broken`` stands where a row cannot be given.

    Args:
        envelope: for an object, the keys that lead to its list of rows; without it the object is the only row.
    """
    if head.layout == "parquet":
        for at, row in enumerate(_parquet_rows(path)):
            yield at, {name: _cell(value) for name, value in row.items()}
        return
    limit = options.max_row_bytes
    with open_source(path, head.encoding) as stream:
        if head.layout == "delimited":
            encoding = "cp1252" if head.encoding == "cp1252" else "utf-8"
            found = delimited.records(stream, delimiter=head.delimiter, encoding=encoding, max_bytes=limit)
            yield from enumerate(found)
            return
        if head.layout == "lines":
            pieces: Iterator[bytes | Broken] = lines(stream, limit)
        elif head.layout == "values":
            pieces = values(stream, limit)
        elif head.layout == "object" and not envelope:
            pieces = itertools.islice(values(stream, limit), 2)
        else:
            pieces = (piece for _, piece in walk(stream, [(*envelope, "*")], limit))
        for at, piece in enumerate(pieces):
            yield at, piece if isinstance(piece, Broken) else value_of(piece, head.encoding)


def objects(
    path: Path, head: Head, options: ReadOptions, envelope: tuple[str, ...], *, wanted: str = "an object"
) -> Iterator[tuple[int, dict[str, Any]] | Rejected]:
    """Every row that is an object, with its number; any other as rejected."""
    for at, row in rows(path, head, options, envelope):
        if isinstance(row, Broken):
            yield Rejected(at, row.reason)
        elif isinstance(row, dict):
            yield at, row
        else:
            yield Rejected(at, f"row: expected {wanted}")


def value_of(piece: bytes, encoding: str = "utf-8") -> Any:
    """The value of one piece of JSON, or Broken with the reason it has none."""
    if encoding == "cp1252":
        try:
            piece.decode("utf-8")
        except UnicodeDecodeError:
            piece = piece.decode("cp1252", "replace").encode("utf-8")
    try:
        return loads(piece)
    except Unparsable as error:
        return Broken(f"row: {error}")


def _cell(value: Any) -> Any:
    """A Parquet cell in JSON's types, times excepted."""
    import datetime

    return value if isinstance(value, datetime.date) else plain(value)
