"""Labels and samples: small, in SQL, and never changed once written.

Labels are only ever added; the newest of a trace, annotator and dimension counts, and for codes the newest of each,
because a trace may have several codes. "Newest" is by ``labelled_at``, then by the order of arrival.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from workbench import tables
from workbench.errors import BadRequest
from workbench.store import sql
from workbench.store.frames import plain_rows

if TYPE_CHECKING:
    from pandas import DataFrame


def insert_labels(
    connection: sa.Connection, rows: "Iterable[Mapping[str, Any]] | DataFrame", *, now: datetime, batch: str | None
) -> int:
    """Add labels; one without a time gets ``now``.

    Raises:
        ValueError: a label has an unknown column, a value of the wrong type, or no trace or dimension.
    """
    plain = plain_rows(rows, "labels")
    for row in plain:
        if not row["trace_id"] or not row["dimension"]:
            raise ValueError("a label needs trace_id and dimension")
        row["labelled_at"] = row["labelled_at"] or now
        row["batch"] = batch
    if plain:
        connection.execute(sa.insert(sql.labels), plain)
    return len(plain)


def select_labels(connection: sa.Connection, *, newest: bool, trace_ids: Sequence[str] | None = None) -> pa.Table:
    """Labels in order of time."""
    label = sql.labels.c
    columns = [label[name] for name in tables.names("labels")]
    of_code = sa.case((label.dimension == "code", label.value))
    rank = sa.func.row_number().over(
        partition_by=(label.trace_id, label.annotator, label.dimension, of_code),
        order_by=(label.labelled_at.desc(), label.label_id.desc()),
    )
    query = sa.select(*columns, label.label_id, rank.label("newness"))
    if trace_ids is not None:
        query = query.where(label.trace_id.in_(list(trace_ids)))
    ranked = query.subquery()
    wanted = sa.select(*(ranked.c[name] for name in tables.names("labels")))
    if newest:
        wanted = wanted.where(ranked.c.newness == 1)
    return _arrow(connection, wanted.order_by(ranked.c.labelled_at, ranked.c.label_id), "labels")


def insert_samples(connection: sa.Connection, rows: "Iterable[Mapping[str, Any]] | DataFrame") -> int:
    """Add a sample's rows, all or none.

    Raises:
        ValueError: a row has an unknown column, a value of the wrong type, or no sample or trace.
        BadRequest: the sample has that trace already.
    """
    plain = plain_rows(rows, "samples")
    if any(not row["sample_id"] or not row["trace_id"] for row in plain):
        raise ValueError("a sample's row needs sample_id and trace_id")
    if plain:
        try:
            connection.execute(sa.insert(sql.samples), plain)
        except sa.exc.IntegrityError:
            raise BadRequest("a sample holds each trace once; give the new sample an id of its own.") from None
    return len(plain)


def select_samples(connection: sa.Connection, sample_id: str | None = None) -> pa.Table:
    """Samples in the order they were drawn."""
    query = sa.select(*(sql.samples.c[name] for name in tables.names("samples"))).order_by(sql.samples.c.row_id)
    if sample_id is not None:
        query = query.where(sql.samples.c.sample_id == sample_id)
    return _arrow(connection, query, "samples")


def _arrow(connection: sa.Connection, query: sa.Select[Any], table: str) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in connection.execute(query).mappings()], tables.schema(table))
