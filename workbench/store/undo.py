"""Taking back the last thing an annotator did, by saying once more what held before.

Nothing is deleted: an undo is a label like any other, the earlier one again or a withdrawn one, with the number of the
label it undoes in ``saw``. So two undos in a row go back two steps, and the record tells who took back what, and when.
Only what was done by reading (``saw`` is filled) can be undone; labels that came in a file are left alone, and so are
those of a queue: an annotator changes those in the queue. Where such a label has come after the one that is undone, it
goes on counting. Labels that were saved with a regression case stay as well, for the case would stand without them.
"""

from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from workbench import tables
from workbench.store import sql
from workbench.store.labels import Row, insert_labels, key_of, sample_traces, stored_labels

UNDOES = "undoes"
QUEUE = "queue"
KEPT = (QUEUE, "regress")  # the pages whose labels are not undone by reading


def undo_labels(connection: sa.Connection, annotator: str, sample_id: str | None, *, now: datetime) -> list[Row]:
    """Take back the annotator's last save; the labels that were taken back, empty where there are none left."""
    done = _last_save(connection, annotator, sample_id)
    if not done:
        return []
    history = list(stored_labels(connection, [done[0]["trace_id"]]))
    insert_labels(connection, [_before(row, history) for row in done], now=max(now, _after(history)), batch=None)
    return done


def _last_save(connection: sa.Connection, annotator: str, sample_id: str | None) -> list[Row]:
    """The labels of the last save that is neither an undo nor undone: those of one trace and one moment."""
    label = sql.labels.c
    query = sa.select(sql.labels).where(label.annotator == annotator, label.saw.is_not(None))
    if sample_id is not None:
        query = query.where(label.trace_id.in_(sample_traces(sample_id)))
    undone: set[int] = set()
    found: list[Row] = []
    for mapping in connection.execute(query.order_by(label.labelled_at.desc(), label.label_id.desc())).mappings():
        row = dict(mapping)
        saw = orjson.loads(row["saw"])
        if saw.get(UNDOES) is not None:
            undone.add(saw[UNDOES])
        elif row["label_id"] not in undone and saw.get("page") not in KEPT:
            if found and (row["labelled_at"], row["trace_id"]) != (found[0]["labelled_at"], found[0]["trace_id"]):
                break
            found.append(row)
    return found


def _before(row: Row, history: list[Row]) -> Row:
    """What to write so that holds again what held before the label was given."""
    of_key = [other for other in history if key_of(other) == key_of(row)]
    earlier = [other for other in of_key if _moment(other) < _moment(row)]
    again = earlier[-1] if earlier else {**row, "withdrawn": True}
    kept = {name: again[name] for name in tables.names("labels")}
    saw = _queue_saw(again) if earlier else {}
    counts = of_key[-1]
    in_between = _moment(counts) > _moment(row) and bool(_queue_saw(counts))
    at = row["labelled_at"] + datetime.resolution if in_between else None
    return {**kept, "saw": {**saw, UNDOES: row["label_id"]}, "seconds": None, "labelled_at": at}


def _moment(row: Row) -> tuple[datetime, int]:
    return row["labelled_at"], row["label_id"]


def _queue_saw(row: Row) -> dict[str, Any]:
    """What was on the screen, of a label given in a queue; of any other nothing."""
    saw = orjson.loads(row["saw"]) if row["saw"] else {}
    return saw if saw.get("page") == QUEUE else {}


def _after(history: list[Row]) -> datetime:
    newest: Any = max(row["labelled_at"] for row in history)
    return newest + (datetime.resolution)
