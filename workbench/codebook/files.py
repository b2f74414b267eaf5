"""Codes as a file: TOML for people who review changes, CSV for people who live in spreadsheets.

Both hold the same fields and read back to the same codes. A file is taken whole or not at all, and no message quotes
what a file says, because a file may hold anything.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.codebook.book import Code, Codebook
from workbench.codebook.names import APART
from workbench.errors import BadRequest, MissingColumns, UnreadableFile

COLUMNS = (
    "name",
    "category",
    "definition",
    "includes",
    "excludes",
    "just_in",
    "just_out",
    "severity",
    "owner",
    "aliases",
)
ALSO = {"code": "name", "description": "definition", "include": "includes", "exclude": "excludes", "alias": "aliases"}
PASSED_OVER = ("code_id", "status", "into", "labels", "traces", "annotators", "stale", "version")
"""Columns of an exported table that say what came of a code; a file that is imported cannot set them."""


def read_codes(path: Path) -> list[dict[str, Any]]:
    """The rows of a .toml or .csv file of codes; see ``parse_codes``.

    Raises:
        UnreadableFile: it is missing or a folder.
    """
    _ending(path.name)
    try:
        return parse_codes(path.read_bytes(), path.name)
    except FileNotFoundError:
        raise UnreadableFile(f"there is no file {path.name}. Check the path.") from None
    except IsADirectoryError:
        raise UnreadableFile(f"{path.name} is a folder. Name a file in it.") from None


def parse_codes(content: bytes, file: str) -> list[dict[str, Any]]:
    """The rows of a file of codes, with the fields of a code, empty ones left out.

    Args:
        content: what it holds.
        file: its name, which says whether it is TOML or CSV.

    Raises:
        UnreadableFile: it is not text, no TOML, or has another ending.
        MissingColumns: it has no column of names.
        BadRequest: it has a column that codes do not have, or no codes.
    """
    ending = _ending(file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(f"{file} is no text in UTF-8. Save it as such and try again.") from None
    rows = _toml_rows(text, file) if ending == ".toml" else _csv_rows(text, file)
    if not rows:
        raise BadRequest(f"{file} holds no codes. A file of codes has a row for each, with at least a name.")
    return rows


def _ending(file: str) -> str:
    ending = Path(file).suffix.lower()
    if ending not in (".toml", ".csv"):
        raise UnreadableFile(f"{file} is neither .toml nor .csv. Give codes as one of these.")
    return ending


def _toml_rows(text: str, file: str) -> list[dict[str, Any]]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = str(error)[str(error).rfind("(") :] if "(" in str(error) else ""
        raise UnreadableFile(f"{file} is no valid TOML {where}. Correct that line and try again.") from None
    except RecursionError:
        raise UnreadableFile(f"{file} is no file of codes: its lists are nested too deeply. Write it again.") from None
    tables = content.get("codes")
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise UnreadableFile(f"{file} has no [[codes]]. Write each code as a [[codes]] table with at least a name.")
    return [_row(each, file, number) for number, each in enumerate(tables)]


def _csv_rows(text: str, file: str) -> list[dict[str, Any]]:
    first = text.split("\n", 1)[0]
    apart = max(",;\t", key=first.count)
    try:
        table = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=apart, strict=True) if any(row)]
    except csv.Error:
        raise UnreadableFile(
            f"{file} is no valid CSV: a quote is left open. Save it again from the spreadsheet."
        ) from None
    if not table:
        return []
    head = [_column(each, file) for each in table[0]]
    if len(set(head)) < len(head):
        raise BadRequest(f"{file} has two columns for one field. Keep one.")
    if "name" not in head:
        raise MissingColumns(file, ["name"], [_shown(each) for each in table[0]], "Add it: a code has at least a name.")
    rows = []
    for number, row in enumerate(table[1:]):
        if len(row) != len(head):
            raise BadRequest(f"{file}: row {number} has {len(row)} cells where the head has {len(head)}. Correct it.")
        rows.append(_row(dict(zip(head, row, strict=True)), file, number))
    return rows


def _column(name: str, file: str) -> str:
    known = name.strip().lower().replace(" ", "_")
    known = ALSO.get(known, known)
    if known not in (*COLUMNS, *PASSED_OVER):
        raise BadRequest(
            f"{file} has a column {_shown(name)!r} that codes do not have. Known are: {', '.join(COLUMNS)}. "
            "Rename it, or take it out."
        )
    return known


def _shown(name: str) -> str:
    """A column's name, if it can be one: a file without a head has texts there, and a message quotes none."""
    return name.strip() if re.fullmatch(r"\s*\w{1,30}\s*", name) else "…"


def _row(told: Mapping[str, Any], file: str, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for given, value in told.items():
        name = _column(given, file)
        if name in PASSED_OVER or value is None or value == "" or value == []:
            continue
        if name == "aliases":
            value = [each.strip() for each in value.split(APART)] if isinstance(value, str) else value
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                raise BadRequest(f"{file}: row {number}: aliases have to be texts. Correct it; nothing was imported.")
            value = [each for each in value if each]
        row[name] = value
    return row


def write_codes(book: Codebook, path: Path) -> int:
    """Write the active codes of a codebook to a .toml or .csv file; how many they are.

    Raises:
        BadRequest: the file has another ending, is a folder, or its folder is missing.
    """
    ending = path.suffix.lower()
    if ending not in (".toml", ".csv"):
        raise BadRequest(f"cannot write codes to {path.name}: its ending must be .toml or .csv.")
    if path.is_dir() or not path.parent.is_dir():
        raise BadRequest(f"cannot write {path.name}: it is a folder, or its own folder is missing. Name a file.")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(codes_text(book, ending))
    return len(book.active)


def codes_text(book: Codebook, ending: str) -> str:
    """The active codes of a codebook as the text of a .toml or .csv file."""
    return _as_toml(book) if ending == ".toml" else _as_csv(book.active)


def _told(code: Code) -> dict[str, Any]:
    """The fields of a code that say something, in the order of the columns."""
    values = {name: getattr(code, name) for name in COLUMNS}
    return {name: value for name, value in values.items() if value not in (None, "", ())}


def _as_toml(book: Codebook) -> str:
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment(f"Codes of version {book.version}; severity 1 (cosmetic) to 5 (must never happen)."))
    tables = tomlkit.aot()
    for code in book.active:
        table = tomlkit.table()
        for name, value in _told(code).items():
            table.add(name, list(value) if isinstance(value, tuple) else value)
        tables.append(table)
    document.add("codes", tables)
    return tomlkit.dumps(document)


def _as_csv(codes: Sequence[Code]) -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for code in codes:
        told = _told(code)
        writer.writerow({**told, "aliases": f" {APART} ".join(code.aliases)})
    return file.getvalue()
