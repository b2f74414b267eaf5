"""Between rows, Arrow tables and frames: one place that decides which type a column has.

A frame's types come from the table's declaration, never from the rows that happen to be in it: whole numbers are
nullable (``Int64``) with or without gaps, text is pandas' Arrow-backed ``str``, lists stay Arrow lists, and an empty
frame looks like a full one. An error names the column and the expected type, never the value: values are trace text.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa

from workbench import tables

if TYPE_CHECKING:
    from pandas import DataFrame


def json_text(value: Any) -> str | None:
    """A nested value as JSON text; text is taken to be JSON already."""
    if value is None or isinstance(value, str):
        return value
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY).decode()
    except TypeError:  # integers over 64 bit and nesting over 254 levels, which the standard library can write
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def rows_to_arrow(rows: Sequence[Mapping[str, Any]], table: str, **fixed: Any) -> pa.Table:
    """Rows as an Arrow table with the declared columns; a column that a row lacks is null.

    Raises:
        ValueError: a row has a column that is not declared, or a value that does not fit its column.
    """
    columns = tables.TABLES[table]
    unknown = set().union(*(row.keys() for row in rows)) - {column.name for column in columns}
    if unknown:
        raise ValueError(f"{table} has no column {', '.join(sorted(map(repr, unknown)))}")
    schema = tables.schema(table)
    arrays = []
    for column, field in zip(columns, schema, strict=True):
        values = [fixed[column.name] if column.name in fixed else row.get(column.name) for row in rows]
        if column.type == "json":
            values = [json_text(value) for value in values]
        if column.type == "words" and any(isinstance(value, str) for value in values):
            raise ValueError(f"a value in column {column.name!r} of {table} is text where a list of words belongs")
        try:
            arrays.append(pa.array(values, field.type, from_pandas=True))
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            raise ValueError(f"a value in column {column.name!r} of {table} is not {column.type}") from None
    return pa.Table.from_arrays(arrays, schema=schema)


def plain_rows(rows: "Iterable[Mapping[str, Any]] | DataFrame", table: str) -> list[dict[str, Any]]:
    """Rows or a frame as checked rows of plain Python values with every declared column, gaps as None."""
    records = rows if not hasattr(rows, "to_dict") else rows.to_dict("records")
    return rows_to_arrow([{k: _gap(v) for k, v in row.items()} for row in records], table).to_pylist()


def _gap(value: Any) -> Any:
    """None for pandas' several ways of saying that there is nothing; the rest as it is."""
    import pandas as pd

    return None if value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value) else value


def _frame_type(kind: pa.DataType) -> Any:
    import pandas as pd

    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pd.StringDtype(na_value=np.nan)
    if pa.types.is_integer(kind):
        return pd.api.types.pandas_dtype(str(kind).capitalize().replace("Uint", "UInt"))
    if pa.types.is_boolean(kind):
        return pd.BooleanDtype()
    if pa.types.is_list(kind):
        return pd.ArrowDtype(kind)
    return None


def to_frame(table: pa.Table) -> "DataFrame":
    """An Arrow table as a frame: times in UTC, sums of whole numbers as floats, the types as said above."""
    for index, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(index, field.name, table.column(index).cast(pa.float64()))
        elif pa.types.is_timestamp(field.type) and field.type.tz not in (None, "UTC"):
            table = table.set_column(index, field.name, table.column(index).cast(pa.timestamp("us", "UTC")))
    return table.to_pandas(types_mapper=_frame_type)


def from_frame(frame: "DataFrame", table: str) -> pa.Table:
    """A frame as an Arrow table: declared columns first and with their types, further ones as they come.

    Raises:
        ValueError: a declared column is missing or does not fit its type.
    """
    declared = tables.schema(table)
    columns: dict[str, Any] = {}
    for field in declared:
        if field.name not in frame.columns:
            raise ValueError(f"{table} needs a column {field.name!r}")
        try:
            columns[field.name] = pa.Array.from_pandas(frame[field.name], type=field.type)
        except (pa.ArrowException, ValueError, TypeError):
            raise ValueError(f"a value in column {field.name!r} of {table} is not {field.type}") from None
    further = frame[[name for name in frame.columns if name not in columns]]
    arrow = pa.Table.from_pandas(further, preserve_index=False)
    return pa.table({**columns, **dict(zip(arrow.column_names, arrow.columns, strict=True))})
