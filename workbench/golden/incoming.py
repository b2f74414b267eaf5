"""Cases from a file: row by row checked, each refusal with its row and field, never with what stands in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from workbench.errors import BadRequest, MissingColumns, UnreadableFile
from workbench.golden.cases import PAYLOAD, Case
from workbench.long_form import read_long

FIELDS = tuple(each.name for each in fields(Case))
NESTED = ("input_payload", "checks", "rubric", "slices", "labelled_by")
SLICED = "slice_"
"""Columns of a CSV that begin so are slices: ``slice_intent``."""


@dataclass(frozen=True)
class Incoming:
    """What a file of cases comes to: drafts in its order, and rows that cannot be used."""

    drafts: tuple[dict[str, Any], ...]
    rejected_rows: tuple[dict[str, Any], ...]


def read_cases(path: Path, *, source: str | None = None) -> Incoming:
    """Read a .jsonl, .json, .csv, .tsv or .parquet file of cases.

    Fields are those of a case; ``query`` and the other parts of the payload may stand as columns of their own, slices
    as ``slice_NAME``. In a CSV nested fields are JSON text.

    Args:
        path: The file.
        source: Where the cases come from, where the file does not say.

    Raises:
        UnreadableFile: It is missing, empty or no table.
        MissingColumns: It has neither input_payload nor query.
    """
    frame = read_long(path, needed=(), of="cases")
    names = [str(name) for name in frame.columns]
    if "input_payload" not in names and "query" not in names:
        raise MissingColumns(f"{path.name}: the file", ["query"], names, "Add it, or input_payload.")
    unknown = [name for name in names if name not in (*FIELDS, *PAYLOAD, "item") and not name.startswith(SLICED)]
    if unknown:
        raise BadRequest(
            f"{path.name}: a case has no field {unknown[0][:40]!r}. Its fields are {', '.join(FIELDS)}, query, history,"
            f" retrieved_context, tool_definitions; further columns are named {SLICED}NAME"
        )
    drafts, rejected = [], []
    for number, row in enumerate(frame.to_dict("records")):
        try:
            values = _fields({str(name): value for name, value in row.items()})
            values.setdefault("source", source or "expert")
            values.setdefault("case_id", "new")
            drafts.append({"row": number, **Case.from_dict(values, draft=True).to_dict()})
        except BadRequest as refused:
            rejected.append({"file": path.name, "row": number, "reason": str(refused)})
    if not drafts and not rejected:
        raise UnreadableFile(f"{path}: the file holds no rows. Give a file of cases")
    return Incoming(tuple(drafts), tuple(rejected))


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in row.items() if not _missing(value)}
    values: dict[str, Any] = {name: _nested(name, given[name]) for name in FIELDS if name in given}
    parts = {name: _nested(name, given[name]) for name in PAYLOAD if name in given}
    if parts:
        whole = values.get("input_payload")
        values["input_payload"] = {**(whole if isinstance(whole, Mapping) else {}), **parts}
    sliced = {name.removeprefix(SLICED): value for name, value in given.items() if name.startswith(SLICED)}
    if sliced:
        values["slices"] = {**(values.get("slices") or {}), **sliced}
    for name in ("rubric_version", "version_added"):
        if isinstance(values.get(name), str) and values[name].isdigit():
            values[name] = int(values[name])
    return values


def _nested(name: str, value: Any) -> Any:
    if name not in (*NESTED, "history", "retrieved_context", "tool_definitions"):
        return str(value) if name == "query" else value
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, str) and value.strip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            raise BadRequest(f"{name}: expected JSON") from None
    if isinstance(value, str) and name == "labelled_by":
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _missing(value: Any) -> bool:
    if value is None or (isinstance(value, float) and value != value):
        return True
    return isinstance(value, str) and not value.strip()
