"""The slots of a queue within one write transaction: who gets which, who holds it, what became of it.

A slot is ``open``, ``held`` or ``done``. An open slot may still carry the name and the draft of somebody whose time ran
out: it is theirs again as long as nobody else has taken it, and it is handed out after those that nobody has begun.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from secrets import randbelow
from typing import Any

import orjson
import sqlalchemy as sa

from workbench.errors import BadRequest, SlotTaken
from workbench.store import sql

OPEN, HELD, DONE = "open", "held", "done"
Row = dict[str, Any]
_slot = sql.queue_slots.c
_CLEARED = {"answer": None, "draft": None, "answered_at": None, "revealed_at": None}
_IDS = 2**53  # a slot's number is drawn at random, so that it tells nothing of trace, order or gold


def new_slots(connection: sa.Connection, queue_id: str, slots: Sequence[Mapping[str, Any]]) -> None:
    """Add slots: ``place, trace_id`` and, where it is so, ``gold`` and ``assigned``."""
    rows = [
        {"gold": False, "assigned": None, **slot, "slot_id": randbelow(_IDS), "queue_id": queue_id, "state": OPEN}
        for slot in slots
    ]
    if rows:
        connection.execute(sa.insert(sql.queue_slots), rows)


def free_expired(connection: sa.Connection, queue_id: str, now: datetime) -> None:
    """Open the slots whose hold has run out; who has written nothing in one leaves no name."""
    over = (_slot.queue_id == queue_id, _slot.state == HELD, _slot.expires_at <= now)
    begun = sa.or_(_slot.answer.is_not(None), _slot.draft.is_not(None), _slot.answered_at.is_not(None))
    untouched = sa.update(sql.queue_slots).where(*over, sa.not_(begun), _slot.revealed_at.is_(None))
    connection.execute(untouched.values(state=OPEN, annotator=None, held_at=None, expires_at=None))
    connection.execute(sa.update(sql.queue_slots).where(*over).values(state=OPEN, held_at=None, expires_at=None))


def take(connection: sa.Connection, queue: Mapping[str, Any], annotator: str, now: datetime) -> Row | None:
    """Give the annotator what they hold, else the next slot for them; None where there is none."""
    mine = (_slot.queue_id == queue["queue_id"], _slot.annotator == annotator)
    held = sa.select(sql.queue_slots).where(*mine, _slot.state == HELD).order_by(_slot.held_at.desc(), _slot.slot_id)
    found = connection.execute(held.limit(1)).mappings().first()
    if found is None and queue["closed_at"] is None:
        found = connection.execute(_next(connection, queue["queue_id"], annotator).limit(1)).mappings().first()
    return None if found is None else hold(connection, queue, dict(found), annotator, now)


def _next(connection: sa.Connection, queue_id: str, annotator: str) -> sa.Select[Any]:
    """The open slots for an annotator, the next one first.

    First what they have begun themselves, then gold items that are due, then the order of the queue: what nobody has
    begun before what somebody has, and last what they have seen the output of.
    """
    mine = (_slot.queue_id == queue_id, _slot.annotator == annotator)
    own_done = sa.select(sa.func.count()).where(*mine, _slot.state == DONE, _slot.gold.is_(sa.false()))
    due = connection.execute(own_done).scalar_one()
    told = sa.select(_slot.trace_id, _slot.revealed_to).where(
        _slot.queue_id == queue_id, _slot.revealed_to.is_not(None)
    )
    seen = [trace for trace, names in connection.execute(told) if annotator in orjson.loads(names)]
    return (
        sa.select(sql.queue_slots)
        .where(
            _slot.queue_id == queue_id,
            _slot.state == OPEN,
            free_for(queue_id, annotator),
            sa.or_(_slot.gold.is_(sa.false()), _slot.place <= due),
        )
        .order_by(
            sa.case((_slot.annotator == annotator, 0), else_=1),
            sa.case((_slot.gold, 0), else_=1),
            sa.case((_slot.trace_id.in_(seen), 1), else_=0),
            sa.case((_slot.annotator.is_(None), 0), else_=1),
            _slot.place,
            _slot.slot_id,
        )
    )


def free_for(queue_id: str, annotator: str) -> sa.ColumnElement[bool]:
    """Whether an open slot may be given to an annotator: theirs or nobody's, of a trace they have no other slot of."""
    mine = sa.select(_slot.trace_id).where(_slot.queue_id == queue_id, _slot.annotator == annotator)
    return sa.and_(
        sa.or_(_slot.assigned.is_(None), _slot.assigned == annotator),
        sa.or_(_slot.annotator == annotator, _slot.trace_id.not_in(mine.scalar_subquery())),
    )


def claim(connection: sa.Connection, queue: Mapping[str, Any], slot_id: int, annotator: str, now: datetime) -> Row:
    """The slot, held by the annotator from now on; as it is where they have done it.

    Raises:
        SlotTaken: Their time has run out and somebody else has it.
        BadRequest: The queue has no such slot, or was closed before they began.
    """
    this = (_slot.queue_id == queue["queue_id"], _slot.slot_id == slot_id)
    found = connection.execute(sa.select(sql.queue_slots).where(*this)).mappings().first()
    if found is None:
        raise BadRequest("this queue has no such item; ask for the next one.")
    slot = dict(found)
    if slot["annotator"] == annotator and slot["state"] == DONE:
        return slot
    if slot["annotator"] == annotator and slot["state"] == HELD:
        return hold(connection, queue, slot, annotator, now)
    unowned = slot["state"] == OPEN and slot["annotator"] in (None, annotator)
    free = sa.select(_slot.slot_id).where(*this, free_for(queue["queue_id"], annotator))
    if not unowned or connection.execute(free).first() is None:
        raise SlotTaken(
            "your time for this item ran out and it was given to somebody else; nothing of it was saved for you."
            " Take the next one."
        )
    if queue["closed_at"] is not None:
        raise BadRequest("this queue was closed; nothing more is taken in. Ask whoever made it to open it again.")
    return hold(connection, queue, slot, annotator, now)


def hold(connection: sa.Connection, queue: Mapping[str, Any], slot: Row, annotator: str, now: datetime) -> Row:
    """Hold a slot for an annotator from now on; what somebody else had begun in it goes."""
    new: Row = {"state": HELD, "annotator": annotator, "expires_at": now + timedelta(minutes=queue["plan"]["minutes"])}
    if slot["state"] != HELD:
        new["held_at"] = now
    if slot["annotator"] != annotator:
        new |= cleared(slot)
        if not queue["plan"]["gold_first"]:
            new["revealed_at"] = now
    return change(connection, slot, new)


def cleared(slot: Row) -> Row:
    """The values of a slot that is taken away from somebody: nothing of theirs, but that they saw the output."""
    if slot["annotator"] is None or slot["revealed_at"] is None:
        return dict(_CLEARED)
    names = {*orjson.loads(slot["revealed_to"] or "[]"), slot["annotator"]}
    return {**_CLEARED, "revealed_to": orjson.dumps(sorted(names)).decode()}


def change(connection: sa.Connection, slot: Row, new: Row) -> Row:
    """Write new values into a slot; the slot as it then is."""
    connection.execute(sa.update(sql.queue_slots).where(_slot.slot_id == slot["slot_id"]).values(**new))
    return {**slot, **new}


def saw_before(connection: sa.Connection, slot: Row, annotator: str) -> bool:
    """Whether the annotator has seen the output of the slot's trace in this queue before their time ran out."""
    query = sa.select(_slot.revealed_to).where(
        _slot.queue_id == slot["queue_id"], _slot.trace_id == slot["trace_id"], _slot.revealed_to.is_not(None)
    )
    return any(annotator in orjson.loads(names) for names in connection.execute(query).scalars())


def standing(connection: sa.Connection, queue_id: str, annotator: str) -> dict[str, int]:
    """How many items the annotator has done, how many there still can be for them, and how many others hold."""
    of_queue, regular = _slot.queue_id == queue_id, _slot.gold.is_(sa.false())
    mine, is_done = _slot.annotator == annotator, _slot.state == DONE

    def number(*where: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*where), 1), else_=0)), 0)

    counted = sa.select(
        number(mine, is_done),
        number(mine, is_done, regular),
        number(mine, sa.not_(is_done), regular),
        number(_slot.state == HELD, sa.not_(mine)),
    ).where(of_queue)
    done, own_done, own, held = (int(n) for n in connection.execute(counted).one())
    others = sa.or_(_slot.annotator.is_(None), sa.not_(mine))
    open_to_them = sa.select(sa.func.count(sa.distinct(_slot.trace_id))).where(
        of_queue, _slot.state == OPEN, regular, others, free_for(queue_id, annotator)
    )
    fresh = connection.execute(open_to_them).scalar_one()
    gold_to_come = sa.select(sa.func.count()).where(
        of_queue, _slot.gold, _slot.assigned == annotator, sa.not_(is_done), _slot.place <= own_done + own + fresh
    )
    gold = connection.execute(gold_to_come).scalar_one()
    return {"done": done, "left": own + fresh + gold, "held_by_others": held}
