"""Queues of labelling: their plans, and one slot per label that is wanted.

Nobody is asked beyond the plan because there is no slot for it. What is handed out, answered or saved happens in one
write transaction each, so that however many people work at once, no slot goes to two of them and none is lost with the
process that held it. A hold does not raise the revision; a label does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from workbench.errors import UnknownName
from workbench.store import slots, sql
from workbench.store.labels import insert_labels
from workbench.store.slots import Row

_TICK = timedelta(microseconds=1)
_slot = sql.queue_slots.c
_queue = sql.queues.c
Share = Callable[[Mapping[int, str], Mapping[str, int], Mapping[str, set[str]]], dict[int, str]]
"""Who gets which slot: from trace by slot, what each has to do, and the traces each has."""


class QueueStore:
    """The part of ``Store`` that keeps these."""

    path: Path
    _database: sql.Database

    def add_queue(self, queue: Mapping[str, Any], asked: Sequence[Mapping[str, Any]]) -> None:
        """Store a queue with its slots, all or none."""
        with self._database.writing(traces=False) as connection:
            connection.execute(sa.insert(sql.queues), {**queue, "plan": _text(queue["plan"])})
            slots.new_slots(connection, queue["queue_id"], asked)

    def queues(self) -> list[Row]:
        """Every queue, oldest first, with its plan decoded and the number of its slots by state."""
        counted = sa.select(_slot.queue_id, _slot.state, sa.func.count()).where(_slot.gold.is_(sa.false()))
        with self._database.reading() as connection:
            query = sa.select(sql.queues).order_by(_queue.created_at, _queue.queue_id)
            found = [dict(row) for row in connection.execute(query).mappings()]
            by_state: dict[str, dict[str, int]] = {}
            for queue_id, state, n in connection.execute(counted.group_by(_slot.queue_id, _slot.state)):
                by_state.setdefault(queue_id, {})[state] = n
        states = (slots.OPEN, slots.HELD, slots.DONE)
        return [
            {**row, "plan": orjson.loads(row["plan"])}
            | {state: by_state.get(row["queue_id"], {}).get(state, 0) for state in states}
            for row in found
        ]

    def queue(self, queue_id: str) -> Row:
        """One queue, its plan decoded.

        Raises:
            UnknownName: There is no such queue.
        """
        with self._database.reading() as connection:
            return _found(connection, queue_id)

    def queue_slots(self, queue_id: str | None = None) -> list[Row]:
        """The slots of a queue, or of all, in their order; what people wrote in them left out."""
        told = [column for column in sql.queue_slots.columns if column.name not in ("answer", "draft")]
        query = sa.select(*told).order_by(_slot.queue_id, _slot.place, _slot.slot_id)
        if queue_id is not None:
            query = query.where(_slot.queue_id == queue_id)
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def take_slot(
        self, queue_id: str, annotator: str, *, now: datetime, gold: Sequence[tuple[int, str]] = ()
    ) -> tuple[Row | None, dict[str, int]]:
        """Free what has expired, then give the annotator what they hold, else reserve the next slot for them.

        Args:
            queue_id: The queue.
            annotator: Who asks.
            now: The present time.
            gold: The gold items of somebody who was not planned for: (items done before it, trace).

        Returns:
            The slot, None where there is none for them; and how they stand.
        """
        with self._database.writing(visible=False) as connection:
            queue = _found(connection, queue_id)
            slots.free_expired(connection, queue_id, now)
            if gold and queue["closed_at"] is None:
                _mix_in(connection, queue_id, annotator, gold)
            slot = slots.take(connection, queue, annotator, now)
            return slot, slots.standing(connection, queue_id, annotator)

    def standing(self, queue_id: str, annotator: str) -> dict[str, int]:
        """How one annotator stands: done, left, held_by_others."""
        with self._database.reading() as connection:
            return slots.standing(connection, queue_id, annotator)

    def last_slot(self, queue_id: str, annotator: str) -> Row | None:
        """The slot the annotator did last."""
        query = sa.select(sql.queue_slots).where(
            _slot.queue_id == queue_id, _slot.annotator == annotator, _slot.state == slots.DONE
        )
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(_slot.done_at.desc(), _slot.slot_id).limit(1)).mappings().first()
        return dict(found) if found else None

    def claim_slot(self, queue_id: str, slot_id: int, annotator: str, *, now: datetime) -> tuple[Row, bool]:
        """Renew the annotator's hold; the slot, and whether they saw its output before their time once ran out.

        Raises:
            SlotTaken: Somebody else has it.
            BadRequest: There is no such slot, or the queue is closed.
        """
        with self._database.writing(visible=False) as connection:
            slot = self._claimed(connection, queue_id, slot_id, annotator, now)
            return slot, slots.saw_before(connection, slot, annotator)

    def answer_slot(self, queue_id: str, slot_id: int, annotator: str, answer: str | None, *, now: datetime) -> Row:
        """Store the annotator's answer (None: they cannot give one) and open the output to them.

        An answer that is changed after that is known by its time.
        """
        with self._database.writing(visible=False) as connection:
            slot = self._claimed(connection, queue_id, slot_id, annotator, now)
            shown = slot["revealed_at"]
            new = {"answer": answer, "answered_at": now, "revealed_at": shown or now}
            if shown is not None:
                if slot["answered_at"] is not None and slot["answer"] == answer:
                    return slot
                new["answered_at"] = max(now, shown + _TICK)
            return slots.change(connection, slot, new)

    def draft_slot(self, queue_id: str, slot_id: int, annotator: str, new: Row, *, now: datetime) -> Row:
        """Keep what is not said yet: an ``answer`` before the reveal, a ``draft`` after it."""
        with self._database.writing(visible=False) as connection:
            slot = self._claimed(connection, queue_id, slot_id, annotator, now)
            if "answer" in new and slot["answered_at"] is not None:
                return slot
            return slots.change(connection, slot, new)

    def save_slot(
        self,
        queue_id: str,
        slot_id: int,
        annotator: str,
        labels: Sequence[Mapping[str, Any]],
        *,
        now: datetime,
        seconds: float | None,
    ) -> int:
        """Add the labels and set the slot done, both or neither; how many labels said something new."""
        with self._database.writing(traces=False) as connection:
            slot = self._claimed(connection, queue_id, slot_id, annotator, now)
            n = insert_labels(connection, labels, now=now, batch=None, skip_same=True)
            new: Row = {"state": slots.DONE, "expires_at": None, "draft": None}
            if slot["state"] != slots.DONE:
                new |= {"done_at": now, "seconds": seconds}
            slots.change(connection, slot, new)
            return n

    def close_queue(self, queue_id: str, closed_at: datetime | None) -> None:
        """Close a queue, or with None open it again."""
        with self._database.writing(traces=False) as connection:
            _found(connection, queue_id)
            connection.execute(sa.update(sql.queues).where(_queue.queue_id == queue_id).values(closed_at=closed_at))

    def hand_over(
        self, queue_id: str, annotator: str, *, now: datetime, share: Share, plan: Mapping[str, Any] | None = None
    ) -> tuple[int, dict[int, str], int]:
        """Release what the annotator holds and give their open slots to others.

        Args:
            queue_id: The queue.
            annotator: Who leaves off.
            now: The present time.
            share: Says who gets which slot.
            plan: The queue's plan from now on, where it changes.

        Returns:
            How many holds were released, person by slot, and how many slots nobody could take.
        """
        mine = (_slot.queue_id == queue_id, _slot.annotator == annotator)
        with self._database.writing(traces=False) as connection:
            _found(connection, queue_id)
            slots.free_expired(connection, queue_id, now)
            begun = sa.select(sql.queue_slots).where(*mine, _slot.state != slots.DONE)
            left = [dict(row) for row in connection.execute(begun).mappings()]
            for slot in left:
                free = {"state": slots.OPEN, "annotator": None, "held_at": None, "expires_at": None}
                slots.change(connection, slot, {**slots.cleared(slot), **free})
            load, has = _burdens(connection, queue_id)
            planned = sa.select(_slot.slot_id, _slot.trace_id).where(
                _slot.queue_id == queue_id,
                _slot.assigned == annotator,
                _slot.state == slots.OPEN,
                _slot.gold.is_(sa.false()),
            )
            movable = {slot_id: trace for slot_id, trace in connection.execute(planned.order_by(_slot.place))}
            moved = share(movable, load, has) if movable else {}
            for slot_id, person in moved.items():
                where = sa.update(sql.queue_slots).where(_slot.slot_id == slot_id)
                connection.execute(where.values(assigned=person))
            if plan is not None:
                connection.execute(sa.update(sql.queues).where(_queue.queue_id == queue_id).values(plan=_text(plan)))
        return sum(slot["state"] == slots.HELD for slot in left), moved, len(movable) - len(moved)

    def _claimed(self, connection: sa.Connection, queue_id: str, slot_id: int, annotator: str, now: datetime) -> Row:
        queue = _found(connection, queue_id)
        slots.free_expired(connection, queue_id, now)
        return slots.claim(connection, queue, slot_id, annotator, now)


def _found(connection: sa.Connection, queue_id: str) -> Row:
    row = connection.execute(sa.select(sql.queues).where(_queue.queue_id == queue_id)).mappings().first()
    if row is None:
        newest = sa.select(_queue.queue_id).order_by(_queue.created_at.desc()).limit(5)
        raise UnknownName("queue", queue_id, connection.execute(newest).scalars().all())
    return {**row, "plan": orjson.loads(row["plan"])}


def _mix_in(connection: sa.Connection, queue_id: str, annotator: str, gold: Sequence[tuple[int, str]]) -> None:
    """Give somebody their gold items, once."""
    there = sa.select(_slot.slot_id).where(_slot.queue_id == queue_id, _slot.gold, _slot.assigned == annotator)
    if connection.execute(there.limit(1)).first() is None:
        rows = [{"place": place, "trace_id": trace, "gold": True, "assigned": annotator} for place, trace in gold]
        slots.new_slots(connection, queue_id, rows)


def _burdens(connection: sa.Connection, queue_id: str) -> tuple[dict[str, int], dict[str, set[str]]]:
    """What each person still has to do, and the traces each has, had or is to get."""
    load: dict[str, int] = {}
    has: dict[str, set[str]] = {}
    query = sa.select(_slot.trace_id, _slot.state, _slot.assigned, _slot.annotator).where(_slot.queue_id == queue_id)
    for trace_id, state, assigned, annotator in connection.execute(query):
        for person in {assigned, annotator} - {None}:
            has.setdefault(person, set()).add(trace_id)
            load[person] = load.get(person, 0) + (state != slots.DONE)
    return load, has


def _text(plan: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(plan), option=orjson.OPT_SORT_KEYS).decode()
