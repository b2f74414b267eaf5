"""A run's results from a file: JSONL or CSV, every row used or rejected with a reason.

Outputs are people's and models' words: they are read for the scorers, and never stand in a message.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import MissingColumns, UnreadableFile
from workbench.gate.intake import FAIL_WORDS, PASS_WORDS
from workbench.long_form import delimited, text_of

if TYPE_CHECKING:
    from pandas import DataFrame

ENDINGS = (".jsonl", ".ndjson", ".csv", ".tsv")
MOST_REASONS = 3
KNOWN = ("case_id", "output", "passed", "error", "score")


@dataclass(frozen=True, repr=False)
class Results:
    """A file of results.

    Attributes:
        frame: case_id, output (text; JSON where it is not), passed (True, False or None), error, and further columns.
        rows: Rows of the file that hold anything: those of the frame and the rejected ones.
        rejected: Which were not taken: row (from 0) and reason.
        further: Columns beyond the known ones; they are kept, and used where the contract has a metric of the name.
    """

    frame: DataFrame
    rows: int
    rejected: tuple[tuple[int, str], ...] = ()
    further: tuple[str, ...] = field(default=())

    @property
    def told(self) -> str | None:
        """A sentence on the rows that were not taken; None where all were."""
        if not self.rejected:
            return None
        shown = "; ".join(f"row {at}: {reason}" for at, reason in self.rejected[:MOST_REASONS])
        more = "; and more" if len(self.rejected) > MOST_REASONS else ""
        return f"{len(self.rejected):,} of {self.rows:,} rows of the file were not taken: {shown}{more}."

    def __repr__(self) -> str:
        scored = int(self.frame["passed"].notna().sum())
        return f"Results: {len(self.frame):,} of {self.rows:,} rows, {scored:,} scored, {len(self.rejected):,} rejected"


def read_results(path: str | Path) -> Results:
    """Read a file of results.

    Args:
        path: A .jsonl, .ndjson, .csv or .tsv file with case_id and at least one of output, passed and error.

    Raises:
        UnreadableFile: It is missing, empty, of another kind, or no row can be read.
        MissingColumns: It has no case_id, or neither output nor passed nor error.
    """
    import pandas as pd

    path = Path(path)
    if not path.is_file():
        raise UnreadableFile(f"{path}: there is no such file. Give a file of results ({', '.join(ENDINGS)})")
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise UnreadableFile(f"{path}: results are read from {', '.join(ENDINGS)} files. Rename or convert it")
    text = text_of(path)
    found = list(_csv_rows(path, text) if ending in (".csv", ".tsv") else _json_rows(text))
    if not found:
        raise UnreadableFile(f"{path}: the file holds no rows. Check that the run is complete")
    rows: list[dict[str, Any]] = []
    rejected: list[tuple[int, str]] = []
    for at, row in enumerate(found):
        reason = row if isinstance(row, str) else _fault(row)
        if reason is not None:
            rejected.append((at, reason))
        elif isinstance(row, dict):
            rows.append({**row, "case_id": _text(row["case_id"]), **_tidied(row)})
    columns = list(dict.fromkeys(name for row in found if isinstance(row, dict) for name in row))
    _check(path, columns)
    if not rows:
        raise UnreadableFile(
            f"{path}: none of {len(found):,} rows can be used; the first: {rejected[0][1]}. Correct them"
        )
    frame = pd.DataFrame(rows)
    for name in ("output", "passed", "error"):
        if name not in frame.columns:
            frame[name] = None
    further = tuple(name for name in columns if name not in KNOWN)
    return Results(frame, len(found), tuple(rejected), further)


def _check(path: Path, columns: list[str]) -> None:
    safe = [name for name in columns if name.isidentifier() and len(name) <= 40]
    if "case_id" not in columns:
        raise MissingColumns(f"{path.name}: the file", ["case_id"], safe, "Name the case of each row.")
    if not {"output", "passed", "error"} & set(columns):
        raise MissingColumns(
            f"{path.name}: the file", ["output"], safe, "Add it, or passed where it is scored already."
        )


def _fault(row: dict[str, Any]) -> str | None:
    """Why a row cannot be used; None where it can."""
    case = row.get("case_id")
    if case is None or isinstance(case, dict | list | bool) or not str(case).strip():
        return "case_id: empty, or no text; expected the id of a case"
    said = row.get("passed")
    if said is not None and _passed(said) is None and str(said).strip():
        return "passed: expected true or false"
    if all(row.get(name) in (None, "") for name in ("output", "passed", "error")):
        return "output: empty, and neither passed nor error says anything"
    return None


def _tidied(row: dict[str, Any]) -> dict[str, Any]:
    output, error = row.get("output"), row.get("error")
    return {
        "output": None if output is None else _text(output),
        "passed": _passed(row.get("passed")),
        "error": None if error in (None, "", False) else _text(error),
    }


def _passed(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold() if value is not None else ""
    word = word.removesuffix(".0")
    return True if word in PASS_WORDS else False if word in FAIL_WORDS else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _json_rows(text: str) -> Iterator[dict[str, Any] | str]:
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=lambda _name: None)
        except (ValueError, RecursionError):
            yield "not valid JSON"
            continue
        yield {str(key): value for key, value in row.items()} if isinstance(row, dict) else "not a JSON object"


def _csv_rows(path: Path, text: str) -> Iterator[dict[str, Any] | str]:
    found = delimited(path, text)
    try:
        header = next(found, [])
        for fields in found:
            if len(fields) != len(header):
                yield f"{len(fields)} fields where the header has {len(header)}"
            else:
                yield {name: each if each.strip() else None for name, each in zip(header, fields, strict=True)}
    except csv.Error:
        yield "a quoted field is never closed; nothing after it can be read"
