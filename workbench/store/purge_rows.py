"""The rows of a purged trace, within one write transaction: which go, and which stay under another name.

What people said of a trace has to stay countable, so its labels keep their values and lose every free text, and its id
becomes a keyed hash, the same in all tables. What nobody can do any more without the trace (an unread row of a sample,
an open item of a queue, a candidate) goes. Last, every other text in every table is looked through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson
import sqlalchemy as sa

from workbench.store import slots, sql
from workbench.store.judges import ASKED

Renamed = Callable[[str], str]
Rewrite = Callable[[Iterable[str]], Mapping[str, str]]
"""From texts to what becomes of those that have to change."""
_AT_ONCE = 500
_REVIEW = ("outcome", "code")
KEPT = {
    "golden_versions": ("author", "reason", "sha256"), "golden_looks": ("release", "reason", "opened_by", "opened_at"),
    "cases": ("content",), "run_results": ("output", "error"),
}  # fmt: skip
"""Columns of what is kept with the golden set, by table."""
_OWN = ("workspace", "files", "purges", "purged_traces")
"""Tables that nobody writes a trace's words into."""
_FREE = frozenset({"value", "note", "gold_answer", "saw", "reason", "change", "codes", "plan", "name", "stratum", "why",
                   "dimensions", "votes", "critique", "problem", "spec", "answer", "draft", "steps", "outcome",
                   "summary", "params", "counts", "fetched"})  # fmt: skip
"""Columns that hold what somebody or something says, in words of its own; the others name things."""
_WORDS_OF = ("outcome", "code", "root_cause")
"""Dimensions whose values are words that were agreed on."""


def purge_rows(
    connection: sa.Connection, ids: Mapping[str, str], *, renamed: Renamed, rewrite: Rewrite, origins: Sequence[str]
) -> dict[str, int]:
    """Take traces out of all tables.

    Args:
        connection: Within one write transaction.
        ids: What each trace is called from now on, by id.
        renamed: What an id that belongs to one of them (of a span) is called from now on.
        rewrite: Takes purged traces out of any other text.
        origins: Under which origins cases were made of them.

    Returns:
        How many rows went or were changed, by place.
    """
    counts = {"sample_rows": _samples(connection, ids)}
    counts |= _labels(connection, ids, renamed)
    counts |= _slots(connection, ids)
    counts["adjudications"] = _change(connection, sql.adjudications, ids, {"reason": ""})
    counts |= _judgements(connection, ids)
    counts["candidates"] = _candidates(connection, origins, rewrite)
    counts["other_rows"] = _others(connection, ids)
    counts["texts"] = _texts(connection, rewrite)
    known = set(connection.execute(sa.select(sql.purged_traces.c.pseudonym)).scalars())
    new = [{"pseudonym": each} for each in ids.values() if each not in known]
    if new:
        connection.execute(sa.insert(sql.purged_traces), new)
    return counts


def _parts(ids: Mapping[str, str]) -> Iterator[list[str]]:
    every = iter(ids)
    while part := list(islice(every, _AT_ONCE)):
        yield part


def _change(connection: sa.Connection, table: sa.Table, ids: Mapping[str, str], values: Mapping[str, Any]) -> int:
    """Give the rows of traces their new name and these values; how many."""
    changed = 0
    for part in _parts(ids):
        there = sa.select(table.c.trace_id).where(table.c.trace_id.in_(part)).distinct()
        for trace_id in list(connection.execute(there).scalars()):
            query = sa.update(table).where(table.c.trace_id == trace_id)
            changed += connection.execute(query.values({"trace_id": ids[trace_id], **values})).rowcount
    return changed


def _delete(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.delete(table).where(*where)).rowcount


def _samples(connection: sa.Connection, ids: Mapping[str, str]) -> int:
    """Rows that people reviewed stay, so that shares are what they were; the others leave the sample."""
    label, row, changed = sql.labels.c, sql.samples.c, 0
    by_people = sa.func.coalesce(label.annotator_kind, "human") == "human"
    for part in _parts(ids):
        counts = sa.func.coalesce(label.round, "blind") != "unblinded"
        mine = (label.trace_id.in_(part), label.dimension.in_(_REVIEW), by_people, counts)
        read = sa.select(label.trace_id).where(*mine)
        changed += _delete(connection, sql.samples, row.trace_id.in_(part), row.trace_id.not_in(read))
    return changed + _change(connection, sql.samples, ids, {})


def _labels(connection: sa.Connection, ids: Mapping[str, str], renamed: Renamed) -> dict[str, int]:
    label, blank = sql.labels.c, 0
    for part in _parts(ids):
        mine = label.trace_id.in_(part)
        notes = sa.update(sql.labels).where(mine, label.dimension == "note")
        blank += connection.execute(notes.values(value="")).rowcount
        placed = sa.select(label.at).where(mine, label.at.like("span:%")).distinct()
        for at in list(connection.execute(placed).scalars()):
            where = sa.update(sql.labels).where(mine, label.at == at)
            connection.execute(where.values(at=f"span:{renamed(at.removeprefix('span:'))}"))
    gone = {"note": None, "gold_answer": None, "saw": None}
    return {"labels": _change(connection, sql.labels, ids, gone), "notes": blank}


def _slots(connection: sa.Connection, ids: Mapping[str, str]) -> dict[str, int]:
    """Items of queues: done ones count on, nobody can do the others."""
    slot, removed = sql.queue_slots.c, 0
    for part in _parts(ids):
        removed += _delete(connection, sql.queue_slots, slot.trace_id.in_(part), slot.state != slots.DONE)
        again = sa.select(slot.queue_id, slot.annotator, slot.trace_id).where(slot.trace_id.in_(part))
        for queue_id, annotator, trace_id in list(connection.execute(again)):  # it was here before, and purged
            same = (slot.queue_id == queue_id, slot.annotator == annotator, slot.trace_id == ids[trace_id])
            _delete(connection, sql.queue_slots, *same)
    done = _change(connection, sql.queue_slots, ids, {"answer": None, "draft": None})
    return {"queue_items": removed + done}


def _judgements(connection: sa.Connection, ids: Mapping[str, str]) -> dict[str, int]:
    row, key = sql.judgements.c, ("judge", "prompt_hash", "replicate")
    removed = 0
    for part in _parts(ids):
        removed += _delete(connection, sql.judgements, row.trace_id.in_(part), row.state == ASKED)
        again = sa.select(*(row[name] for name in (*key, "trace_id"))).where(row.trace_id.in_(part))
        for found in list(connection.execute(again).mappings()):  # it was here before, and purged
            same = (row[name] == found[name] for name in key)
            _delete(connection, sql.judgements, *same, row.trace_id == ids[found["trace_id"]])
    gone = {"text_hash": None, "critique": None, "problem": None}
    return {"judgements": removed + _change(connection, sql.judgements, ids, gone)}


def _others(connection: sa.Connection, ids: Mapping[str, str]) -> int:
    """Rows of any other table that belong to a trace go with it."""
    known = ("samples", "labels", "queue_slots", "adjudications", "judgements")
    others = [table for table in sql.metadata.sorted_tables if "trace_id" in table.c and table.name not in known]
    return sum(_delete(connection, table, table.c.trace_id.in_(part)) for table in others for part in _parts(ids))


def _candidates(connection: sa.Connection, origins: Sequence[str], rewrite: Rewrite) -> int:
    """Cases that were made of the traces, or ask what they say, and are no part of the golden set; how many went.

    Others may name a cluster by words that only the traces said; that is blanked.
    """
    case, made = sql.cases.c, set(origins)
    rows = [
        (row.case_id, row.origin, row.content)
        for row in connection.execute(sa.select(case.case_id, case.origin, case.pool, case.status, case.content))
        if not is_golden(row.pool, row.status, row.content)
    ]
    anew = rewrite(content for _, _, content in rows if content)
    asks = {old: orjson.loads(new)["input_payload"] != orjson.loads(old)["input_payload"] for old, new in anew.items()}
    every = sorted(case_id for case_id, origin, content in rows if origin in made or asks.get(content or ""))
    for case_id, _, content in rows:
        if content in anew:
            connection.execute(sa.update(sql.cases).where(case.case_id == case_id).values(content=anew[content]))
    for start in range(0, len(every), _AT_ONCE):
        part = every[start : start + _AT_ONCE]
        _delete(connection, sql.case_changes, sql.case_changes.c.case_id.in_(part))
        _delete(connection, sql.cases, case.case_id.in_(part))
    return len(every)


def is_golden(pool: str, status: str, content: str | None) -> bool:
    """Whether a case is part of the golden set: accepted into it, sealed, or in a frozen version."""
    if pool != "golden":
        return False
    if status in ("accepted", "sealed") or content is None:
        return True
    return orjson.loads(content).get("version_added") is not None


def text_columns(table: sa.Table) -> list[str]:
    """The columns of a table that hold text, those left out that are kept with the golden set."""
    kept = KEPT.get(table.name, ())
    return [
        column.name for column in table.columns if isinstance(column.type, sql.CleanText) and column.name not in kept
    ]


def written(connection: sa.Connection) -> Iterator[str]:
    """Every text that somebody or something wrote in words of its own, but for those kept with the golden set."""
    for table in sql.metadata.sorted_tables:
        if table.name not in _OWN:
            for name in _FREE.intersection(text_columns(table)):
                yield from (each for each in connection.execute(sa.select(table.c[name]).distinct()).scalars() if each)
    case = sql.cases.c
    for row in connection.execute(sa.select(case.pool, case.status, case.content)):
        if row.content and not is_golden(*row):
            yield row.content


def names_of_things(connection: sa.Connection) -> Iterator[str]:
    """What people, judges, releases, codes and the like are called: a name stays, whoever else says it too."""
    for table in sql.metadata.sorted_tables:
        for name in text_columns(table):
            if table.name not in _OWN and name not in _FREE and name != "trace_id":
                yield from (each for each in connection.execute(sa.select(table.c[name]).distinct()).scalars() if each)
    label = sql.labels.c
    agreed = sa.select(label.value).where(label.value.is_not(None), label.dimension != "note")
    often = agreed.group_by(label.dimension, label.value).having(sa.func.count(label.trace_id.distinct()) > 1)
    for query in (agreed.where(label.dimension.in_(_WORDS_OF)).distinct(), often):
        yield from connection.execute(query).scalars()
    newest = sa.select(sql.codebook_versions.c.codes).order_by(sql.codebook_versions.c.version.desc()).limit(1)
    for codes in connection.execute(newest).scalars():
        yield from (code["name"] for code in orjson.loads(codes))


def _texts(connection: sa.Connection, rewrite: Rewrite) -> int:
    """Look through every text of every other table; how many were changed."""
    changed = 0
    for table in sql.metadata.sorted_tables:
        if table.name in _OWN:
            continue
        keys = [column.name for column in table.primary_key.columns]
        names = [name for name in text_columns(table) if name not in keys]
        if not names:
            continue
        rows = [dict(row) for row in connection.execute(sa.select(*(table.c[n] for n in (*keys, *names)))).mappings()]
        made = rewrite({row[name] for row in rows for name in names if row[name]})
        for row in rows:
            new = {name: made[row[name]] for name in names if row[name] in made}
            if new:
                here = [table.c[name] == row[name] for name in keys]
                connection.execute(sa.update(table).where(*here).values(new))
                changed += len(new)
    return changed
