"""Which evaluation rows passed, from a results file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.errors import BadRequest, MissingColumns
from workbench.leakage.files import TextFile, read_rows

_YES, _NO = {"true", "1", "pass", "passed", "yes"}, {"false", "0", "fail", "failed", "no"}


def passed_by_row(path: Path, evaluation: TextFile) -> list[bool | None]:
    """Whether each evaluation row passed; None where the results say nothing of it.

    Rows are matched by ``case_id`` where both files have it, else by their order, and then there must be as many.

    Raises:
        MissingColumns: The results have no ``passed``.
        BadRequest: A value is neither yes nor no, an id comes twice, or the rows cannot be matched.
    """
    rows = read_rows(path)
    if not all(isinstance(row, dict) and "passed" in row for row in rows):
        raise MissingColumns(path.name, ["passed"], ["others"], "Every row needs it; empty where a run failed.")
    said = [_said(row["passed"], path, number) for number, row in enumerate(rows)]
    ids = [row.get("case_id") if isinstance(row, dict) else None for row in evaluation.rows]
    if ids and all(each is not None for each in ids) and all(row.get("case_id") is not None for row in rows):
        by_id: dict[Any, bool | None] = {}
        for row, passed in zip(rows, said, strict=True):
            by_id[str(row["case_id"])] = passed
        if len(by_id) < len(rows):
            raise BadRequest(f"{path.name}: a case_id comes twice. Give one result for each case")
        return [by_id.get(str(each)) for each in ids]
    if len(rows) != len(evaluation.texts):
        raise BadRequest(
            f"{path.name} has {len(rows):,} rows and the evaluation file {len(evaluation.texts):,}, and they have no"
            " case_id in common. Add case_id to both, or give one result for each row"
        )
    return said


def _said(value: Any, path: Path, row: int) -> bool | None:
    plain = str(value).strip().lower() if value is not None else ""
    if plain in _YES or plain in _NO:
        return plain in _YES
    if plain:
        raise BadRequest(f"{path.name}: row {row} has a value under passed that is neither true nor false. Correct it")
    return None
