"""The texts of a file, row by row: a table's column, or the paragraphs of a prompt.

Rows count from 0 over what is not empty: lines of JSON Lines, records of a CSV, elements of a JSON list, paragraphs of
a text file (its lines, where no blank line parts them). A damaged file stops with the number of its row, because texts
that are not read would count as clean. No message quotes a text.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import MissingColumns, UnreadableFile
from workbench.long_form import delimited, text_of

TABLES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
PROSE = (".txt", ".md", ".prompt", ".jinja", ".j2", ".tmpl")
GUESSES = (
    "text", "input", "question", "prompt", "query", "problem", "instruction", "utterance", "message", "sentence",
    "content", "input_payload.query", "messages", "tweet", "body", "full_text",
)  # fmt: skip


@dataclass(frozen=True)
class TextFile:
    """The texts of a file.

    Attributes:
        path: Where it lies.
        texts: One per row; None where the row has none.
        field: The field they were taken from; None for paragraphs, and for plain strings in JSON.
        guessed: Whether the field was guessed.
        rows: What else the rows hold; empty for prose.
    """

    path: Path
    texts: list[str | None]
    field: str | None
    guessed: bool
    rows: list[Any]


def read_texts(path: Path, field: str | None = None) -> TextFile:
    """Read the texts of a file.

    Args:
        path: A table (.jsonl, .json, .csv, .tsv, .parquet) or prose (.txt, .md and prompt templates).
        field: The field that holds the text, ``a.b`` for b inside a; guessed by name if not given.

    Raises:
        UnreadableFile: It is missing, empty, damaged, or of another kind.
        MissingColumns: No row has the field, or none that could be guessed.
    """
    if path.suffix.lower() in PROSE and path.is_file():
        return _prose(path)
    rows = read_rows(path)
    if all(isinstance(row, str) for row in rows):  # there is no field to name
        return TextFile(path, list(rows), None, False, rows)
    wrong = next((number for number, row in enumerate(rows) if not isinstance(row, dict)), None)
    if wrong is not None:
        raise UnreadableFile(f"{path}: row {wrong} is no object. Every row must be an object with the text in a field")
    chosen = field or _guess(rows)
    if chosen is None or not any(_at(row, chosen) is not None for row in rows):
        found = _names(rows)
        remedy = "Name a field that is there with --text." if field else "Name the field that holds it with --text."
        raise MissingColumns(path.name, [field or "text"], found, remedy)
    return TextFile(path, [_text(_at(row, chosen)) for row in rows], chosen, field is None, rows)


def read_rows(path: Path) -> list[Any]:
    """Read the rows of a table file, as they are.

    Raises:
        UnreadableFile: It is missing, empty, damaged, or of another kind.
    """
    kinds = ", ".join((*TABLES, *PROSE))
    if path.is_dir():
        raise UnreadableFile(f"{path}: this is a folder. Name a file in it")
    if not path.is_file():
        raise UnreadableFile(f"{path}: there is no such file. Give a file of one of these kinds: {kinds}")
    ending = path.suffix.lower()
    if ending not in TABLES:
        raise UnreadableFile(f"{path}: files of this kind are not read. Rename or convert it to one of: {kinds}")
    rows = _READ[ending](path)
    if not rows:
        raise UnreadableFile(f"{path}: the file holds no rows. Check that the export is complete")
    return rows


def _prose(path: Path) -> TextFile:
    lines = [line.strip() for line in text_of(path).splitlines()]
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if line:
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    texts = ["\n".join(paragraph) for paragraph in paragraphs if paragraph]
    if len(texts) == 1:
        texts = [line for line in lines if line]
    if not texts:
        raise UnreadableFile(f"{path}: the file is empty. Give a file with texts")
    return TextFile(path, list(texts), None, False, [])


def _json_lines(path: Path) -> list[Any]:
    rows = []
    for line in text_of(path).split("\n"):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except (ValueError, RecursionError):
                raise UnreadableFile(
                    f"{path}: row {len(rows)} is not valid JSON. Correct it, or export the file again"
                ) from None
    return rows


def _json(path: Path) -> list[Any]:
    try:
        found = json.loads(text_of(path))
    except (ValueError, RecursionError):
        raise UnreadableFile(f"{path}: the file is not valid JSON. Export it again, or use .jsonl for lines") from None
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list) and value]
        found = lists[0] if len(lists) == 1 else None
    if not isinstance(found, list):
        raise UnreadableFile(f"{path}: expected a list of objects. Wrap the rows in [ ] or use .jsonl")
    return found


def _csv(path: Path) -> list[Any]:
    rows: list[Any] = []
    reader = delimited(path, text_of(path))
    try:
        header = next(reader, [])
        for fields in reader:
            if len(fields) != len(header):
                raise UnreadableFile(
                    f"{path}: row {len(rows)} has {len(fields)} fields where the header has {len(header)}. Correct it"
                )
            rows.append(dict(zip(header, fields, strict=True)))
    except csv.Error:
        raise UnreadableFile(f"{path}: in row {len(rows)} a quoted field is never closed. Correct it") from None
    return rows


def _parquet(path: Path) -> list[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path).to_pylist()
    except (pa.ArrowException, OSError):
        raise UnreadableFile(f"{path}: the file is not readable as Parquet. Write it again") from None


_READ = {
    ".jsonl": _json_lines, ".ndjson": _json_lines, ".json": _json, ".csv": _csv, ".tsv": _csv, ".parquet": _parquet,
}  # fmt: skip


def _guess(rows: Sequence[dict[str, Any]]) -> str | None:
    """The first well-known name that a row has; else the only field that holds text."""
    names = {name for row in rows for name in row}
    by_plain = {name.strip().lower(): name for name in sorted(names, reverse=True)}
    for guess in GUESSES:
        name = by_plain.get(guess, guess)
        if any(_text(_at(row, name)) for row in rows):
            return name
    worded = sorted(name for name in names if any(isinstance(row.get(name), str) for row in rows))
    return worded[0] if len(worded) == 1 else None


def _at(row: dict[str, Any], field: str) -> Any:
    """What stands under a field; ``a.b`` is b inside a, unless there is a field of that very name."""
    if field in row:
        return row[field]
    value: Any = row
    for step in field.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str | None:
    """The words of a value: text, the contents of a list of messages, or any other list or object as it is written."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, list) and value and all(isinstance(item, dict) and "content" in item for item in value):
        return "\n".join(filter(None, (_text(item["content"]) for item in value))) or None
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        return value["text"] or None
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (list, dict)) else str(value)


def _names(rows: Iterable[dict[str, Any]]) -> list[str]:
    """Field names fit for a message: a file without a header has text where names should be."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    fit = [name for name in names if name.isidentifier() and len(name) <= 40]
    return [*fit[:12], *(["others"] if len(names) > len(fit[:12]) else [])]
