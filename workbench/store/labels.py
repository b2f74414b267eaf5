"""Labels and samples: small, in SQL, and never changed once written.

Labels are only ever added; the newest of a trace, annotator, dimension and round counts, and for codes the newest of
each code and place, because a trace may have several codes and one code in several places. What an expert settles in
adjudication never replaces what they said blind. "Newest" is by ``labelled_at``, then by the order of arrival. A label
that is taken back is written once more as withdrawn. What is said twice is kept once, so that a key pressed five
times, or a save that is tried again after a crash, leaves one label.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from workbench import tables
from workbench.errors import BadRequest
from workbench.store import sql
from workbench.store.frames import plain_rows

if TYPE_CHECKING:
    from pandas import DataFrame

Key = tuple[str | None, ...]
Row = dict[str, Any]
SAID = ("value", "severity", "note", "gold_answer", "at", "codebook_version", "rubric_version", "annotator_kind")
"""What two labels must share to say the same; when, how long and what was on the screen may differ."""
BLIND = "blind"  # the round of a label that names none
_AT_ONCE = 500  # trace ids in one query
_TICK = timedelta(microseconds=1)


def insert_labels(
    connection: sa.Connection,
    rows: "Iterable[Mapping[str, Any]] | DataFrame",
    *,
    now: datetime,
    batch: str | None,
    skip_same: bool = False,
) -> int:
    """Add labels; how many were added.

    Args:
        connection: within one write transaction.
        rows: labels; one without a time gets ``now``, or a moment after the one it replaces where that has a later time
            (two machines' clocks differ, and what was said last has to count).
        now: the present time.
        batch: the ingest that brings them, if one does.
        skip_same: leave out what says nothing new: a label without a time that equals the one that counts, or takes
            back what is not there; a label with a time that is there already, time included.

    Raises:
        ValueError: a label has an unknown column, a value of the wrong type, or no trace or dimension.
    """
    plain = plain_rows(rows, "labels")
    for row in plain:
        if not row["trace_id"] or not row["dimension"]:
            raise ValueError("a label needs trace_id and dimension")
        row["batch"] = batch
    if skip_same and plain:
        plain = _news(connection, plain, now)
    for row in plain:
        row["labelled_at"] = row["labelled_at"] or now
    if plain:
        connection.execute(sa.insert(sql.labels), plain)
    return len(plain)


def _news(connection: sa.Connection, rows: list[Row], now: datetime) -> list[Row]:
    """Those of the rows that say something new, each with its time."""
    newest: dict[Key, Row] = {}
    known: set[tuple[Any, ...]] = set()
    for row in stored_labels(connection, {row["trace_id"] for row in rows}):
        newest[key_of(row)] = row
        known.add(_whole(row))
    timeless = [newest[key]["labelled_at"] for row in rows if not row["labelled_at"] and (key := key_of(row)) in newest]
    now = max([now, *(moment + _TICK for moment in timeless)])
    kept = []
    for row in rows:
        key, before = key_of(row), newest.get(key_of(row))
        if row["labelled_at"]:
            same = _whole(row) in known
            known.add(_whole(row))
        else:
            same = _said(before) == _said(row) if before else bool(row["withdrawn"])
            row["labelled_at"] = now
        if same:
            continue
        if before is None or before["labelled_at"] <= row["labelled_at"]:
            newest[key] = row
        kept.append(row)
    return kept


def key_of(row: Mapping[str, Any]) -> Key:
    """What only one label can count for: trace, annotator, dimension, round, and of codes the code and its place."""
    of_code = (_clean(row["value"]), row["at"]) if row["dimension"] == "code" else ()
    names = ("trace_id", "annotator", "dimension")
    return (*(_clean(row[name]) for name in names), row["round"] or BLIND, *of_code)


def _whole(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (*key_of(row), *_said(row), *(row[name] for name in ("labelled_at", "seconds", "saw")))


def _said(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (True,) if row["withdrawn"] else tuple(_clean(row[name]) for name in SAID)


def _clean(value: Any) -> Any:
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else value  # as sql.CleanText stores it


def stored_labels(connection: sa.Connection, trace_ids: Iterable[str]) -> Iterator[Row]:
    """Every label ever given to the traces, with its ``label_id``, older before newer."""
    label, wanted = sql.labels.c, list(trace_ids)
    for start in range(0, len(wanted), _AT_ONCE):
        query = sa.select(sql.labels).where(label.trace_id.in_(wanted[start : start + _AT_ONCE]))
        for row in connection.execute(query.order_by(label.labelled_at, label.label_id)).mappings():
            yield dict(row)


def select_labels(
    connection: sa.Connection,
    *,
    newest: bool,
    trace_ids: Sequence[str] | None = None,
    annotator: str | None = None,
    sample_id: str | None = None,
    round_: str | None = None,
) -> pa.Table:
    """Labels in order of time; ``newest`` leaves out what was replaced or taken back."""
    label = sql.labels.c
    columns = [label[name] for name in tables.names("labels")]
    of_code = [sa.case((label.dimension == "code", column)) for column in (label.value, label.at)]
    of_round = sa.func.coalesce(label.round, BLIND)
    rank = sa.func.row_number().over(
        partition_by=(label.trace_id, label.annotator, label.dimension, of_round, *of_code),
        order_by=(label.labelled_at.desc(), label.label_id.desc()),
    )
    query = sa.select(*columns, label.label_id, rank.label("newness"))
    if trace_ids is not None:
        query = query.where(label.trace_id.in_(list(trace_ids)))
    if sample_id is not None:
        query = query.where(label.trace_id.in_(sample_traces(sample_id)))
    if annotator is not None:
        query = query.where(label.annotator == annotator)
    if round_ is not None:
        query = query.where(of_round == round_)
    ranked = query.subquery()
    wanted = sa.select(*(ranked.c[name] for name in tables.names("labels")))
    if newest:
        wanted = wanted.where(ranked.c.newness == 1, sa.func.coalesce(ranked.c.withdrawn, sa.false()).is_(sa.false()))
    return _arrow(connection, wanted.order_by(ranked.c.labelled_at, ranked.c.label_id), "labels")


def sample_traces(sample_id: str) -> sa.Select[Any]:
    """The traces of a sample."""
    return sa.select(sql.samples.c.trace_id).where(sql.samples.c.sample_id == sample_id)


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


def sample_names(connection: sa.Connection, trace_id: str | None) -> dict[str, str]:
    """Samples by id with what they are called, newest first; with ``trace_id`` those that hold it."""
    row, plan = sql.samples.c, sql.sample_plans.c
    drawn = sa.select(row.sample_id, sa.func.max(row.row_id).label("newest")).group_by(row.sample_id)
    if trace_id is not None:
        drawn = drawn.where(row.trace_id == trace_id)
    listed = drawn.subquery()
    query = (
        sa.select(listed.c.sample_id, sa.func.coalesce(plan.name, listed.c.sample_id))
        .outerjoin_from(listed, sql.sample_plans, listed.c.sample_id == plan.sample_id)
        .order_by(listed.c.newest.desc())
    )
    return {sample_id: name for sample_id, name in connection.execute(query)}


def _arrow(connection: sa.Connection, query: sa.Select[Any], table: str) -> pa.Table:
    rows, schema = connection.execute(query).all(), tables.schema(table)
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pa.Table.from_arrays(
        [pa.array(each, field.type) for each, field in zip(columns, schema, strict=True)], schema=schema
    )
