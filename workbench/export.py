"""A table as a file: Parquet as it is, JSONL with nested values as JSON, CSV with nested values as JSON text."""

from pathlib import Path
from typing import Any

import orjson
import pandas as pd
from pandas import DataFrame

from workbench import tables
from workbench.errors import BadRequest

ENDINGS = (".csv", ".parquet", ".jsonl")


def export(frame: DataFrame, table: str, path: Path) -> int:
    """Write a frame and return its number of rows.

    Raises:
        BadRequest: The file's ending is none of .csv, .parquet, .jsonl, it is a folder, or its own folder is missing.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise BadRequest(f"cannot write {path.name!r}: its ending must be one of {', '.join(ENDINGS)}")
    if path.is_dir():
        raise BadRequest(f"{str(path)!r} is a folder. Name a file in it")
    if not path.parent.is_dir():
        raise BadRequest(f"there is no folder {str(path.parent)!r}. Make it first")
    if ending == ".parquet":
        frame.to_parquet(path, index=False)
    elif ending == ".csv":
        _as_text(frame, table).to_csv(path, index=False)
    else:
        json_columns = {column.name for column in tables.EXPORTED[table] if column.type == "json"}
        with path.open("wb") as file:
            for row in frame.to_dict("records"):
                file.write(orjson.dumps({key: _value(item, key in json_columns) for key, item in row.items()}) + b"\n")
    return len(frame)


def _as_text(frame: DataFrame, table: str) -> DataFrame:
    lists = [column.name for column in tables.EXPORTED[table] if column.type == "words" and column.name in frame]
    times = [column.name for column in tables.EXPORTED[table] if column.type == "time" and column.name in frame]
    text: dict[str, Any] = {
        name: [None if _missing(value) else orjson.dumps(list(value)).decode() for value in frame[name]]
        for name in lists
    }
    text |= {name: [None if _missing(value) else value.isoformat() for value in frame[name]] for name in times}
    return frame.assign(**text)


def _value(item: Any, is_json: bool) -> Any:
    if _missing(item):
        return None
    if is_json:
        return orjson.Fragment(item)
    if isinstance(item, pd.Timestamp):
        return item.isoformat()
    if hasattr(item, "tolist"):
        return item.tolist()
    return item


def _missing(item: Any) -> bool:
    return item is None or (not hasattr(item, "__len__") and bool(pd.isna(item)))
