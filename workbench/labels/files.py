"""Reading a file of labels: long form as CSV, JSONL, JSON or Parquet, or step-level failures of agent runs as JSON.

A misspelt column would silently lose what it holds, so a column that labels do not have stops the import, by name. Rows
count from 0 over non-empty lines, a CSV's header not counted.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import tables
from workbench.errors import BadRequest, MissingColumns, UnreadableFile
from workbench.labels.step_failures import is_step_failures, step_failure_rows
from workbench.long_form import delimited, text_of

REQUIRED = ("trace_id", "annotator", "dimension", "value")
COLUMNS = tuple(name for name in tables.names("labels") if name != "saw")
"""The columns a file may have; what was on a screen is known to the workbench only."""
ALIASES = {"item": "trace_id"}
IGNORED = ("saw",)  # an export of labels has it
_NAME = re.compile(r"[A-Za-z_][\w.-]{0,39}")
_SHOWN = 12


@dataclass(frozen=True)
class FileRow:
    """One row: its number, and its values by column; or what is wrong with it."""

    number: int
    values: Mapping[str, Any] | None
    problem: str | None = None


def read_rows(
    path: Path, *, annotator: str | None = None, annotator_kind: str | None = None, dimension: str | None = None
) -> list[FileRow]:
    """Read a file of labels.

    Args:
        path: A .csv, .tsv, .jsonl, .json or .parquet file.
        annotator: Who judged, where the file does not say.
        annotator_kind: human, judge, rule or user, where it does not.
        dimension: What the labels are about, where it does not.

    Raises:
        UnreadableFile: It is missing, empty, no text, or no table of labels.
        MissingColumns: It lacks a column that labels need.
        BadRequest: It has a column that labels do not have.
    """
    if not path.is_file():
        raise UnreadableFile(f"{path}: there is no such file. Give a .csv, .jsonl, .json or .parquet file of labels")
    rows = list(_parquet(path) if path.suffix.lower() == ".parquet" else _text(path))
    if not rows:
        raise UnreadableFile(f"{path}: the file holds no rows. Check that the export is complete")
    rows = [FileRow(row.number, _named(row.values), row.problem) for row in rows]
    asked = {"annotator": annotator, "annotator_kind": annotator_kind, "dimension": dimension}
    given = {name: value for name, value in asked.items() if value is not None}
    _check_columns(path, rows, given)
    return [row if row.values is None else FileRow(row.number, {**given, **_filled(row.values, given)}) for row in rows]


def _text(path: Path) -> Iterator[FileRow]:
    text = text_of(path)
    ending = path.suffix.lower()
    if ending in (".csv", ".tsv"):
        return _csv(path, text)
    if ending in (".jsonl", ".ndjson"):
        return _lines(text)
    if ending == ".json":
        return _array(path, text)
    raise UnreadableFile(
        f"{path}: labels are read from .csv, .tsv, .jsonl, .json and .parquet files. Rename or convert it"
    )


def _csv(path: Path, text: str) -> Iterator[FileRow]:
    found, number = delimited(path, text), 0
    try:
        header = next(found, [])
        for fields in found:
            if len(fields) != len(header):
                yield FileRow(number, None, f"{len(fields)} fields where the header has {len(header)}")
            else:
                yield FileRow(number, dict(zip(header, fields, strict=True)))
            number += 1
    except csv.Error:
        yield FileRow(number, None, "a quoted field is never closed, or is followed by text; nothing after it was read")


def _lines(text: str) -> Iterator[FileRow]:
    for number, line in enumerate(line for line in text.split("\n") if line.strip()):  # JSON text may hold U+2028
        try:
            yield _object(number, json.loads(line))
        except (ValueError, RecursionError):
            yield FileRow(number, None, "not valid JSON")


def _array(path: Path, text: str) -> Iterator[FileRow]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableFile(f"{path}: the file is not valid JSON. Export it again, or save it as .jsonl") from None
    if not isinstance(content, list):
        raise UnreadableFile(f"{path}: expected a JSON array of labels, found one value. Wrap the rows in [ ]")
    if is_step_failures(content):
        for number, found in step_failure_rows(content):
            yield FileRow(number, None, found) if isinstance(found, str) else FileRow(number, found)
        return
    for number, each in enumerate(content):
        yield _object(number, each)


def _parquet(path: Path) -> Iterator[FileRow]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        rows = parquet.read_table(path).to_pylist()
    except (pa.ArrowException, OSError):
        raise UnreadableFile(f"{path}: the file is not readable as Parquet. Write it again") from None
    for number, row in enumerate(rows):
        yield FileRow(number, row)


def _object(number: int, value: Any) -> FileRow:
    if not isinstance(value, dict):
        return FileRow(number, None, "expected an object with the columns of a label")
    if any(
        "\ud800" <= each <= "\udfff" for text in (*value, *value.values()) if isinstance(text, str) for each in text
    ):
        return FileRow(number, None, "it holds half a character (a lone surrogate), which no file can keep")
    return FileRow(number, value)


def _named(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A row with its columns as labels call them."""
    if values is None:
        return None
    named = {}
    for name, value in values.items():
        column = name.strip().lower()
        column = ALIASES.get(column, column)
        if column not in IGNORED:
            named[column if column in COLUMNS else name.strip()] = value
    return named


def _filled(values: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in given or value not in (None, "")}


def _check_columns(path: Path, rows: Sequence[FileRow], given: Mapping[str, str]) -> None:
    found = list(dict.fromkeys(name for row in rows if row.values is not None for name in row.values))
    if not found:
        return  # every row has its own reason
    missing = [name for name in REQUIRED if name not in found and name not in given]
    if missing:
        remedy = "Add it" + (", or name who judged with --annotator NAME." if missing == ["annotator"] else ".")
        raise MissingColumns(f"{path}: the file", missing, _shown(found), remedy)
    unknown = [name for name in found if name not in COLUMNS]
    if unknown:
        raise BadRequest(
            f"{path}: labels have no column {', '.join(map(repr, _shown(unknown)))}; "
            f"they may have: {', '.join(COLUMNS)}. Rename that column or take it out."
        )


def _shown(found: Iterable[str]) -> list[str]:
    """Column names fit for a message: a file without a header has text where names should be."""
    found = list(found)
    names = [name for name in found if _NAME.fullmatch(name)][:_SHOWN]
    rest = len(found) - len(names)
    return names + ([f"{rest} more that cannot be shown"] if rest else [])
