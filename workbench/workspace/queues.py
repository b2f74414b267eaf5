"""The verbs of labelling in a queue: take an item, answer it, say what it is worth. Each returns only what may be seen.

How a queue is made and looked after is in ``queue_plans``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from workbench.errors import BadRequest, NotReady
from workbench.workspace.queue_plans import QueuePlans

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.queues import QueueItem, SavedItem, Standing, Visible

AWAY = 1800.0
"""Seconds after which nobody was at it: the same guess as on the reading page; the time is then not stored."""
_KEPT = 64  # traces that are kept cut for reading
SAID = ("outcome", "dimensions", "critique")


class QueueVerbs(QueuePlans):
    """Working through a queue, blind."""

    def queue_item(self, queue_id: str, annotator: str, *, now: datetime | None = None) -> QueueItem | None:
        """The item this person is to judge: the one they hold, else the next, reserved for them.

        A reservation lasts as long as the queue says and is renewed by everything they do. What comes back holds the
        conversation up to the answer, and the answer once they may see it; no id of the trace, no model, nobody's view.

        Args:
            queue_id: The queue.
            annotator: Who asks.
            now: The present time.

        Returns:
            The item; None where nothing is left for them (``queue_standing`` says why).

        Raises:
            UnknownName: There is no such queue.
            BadRequest: The queue is for other people, or the name cannot be one.
        """
        annotator = self.reader(annotator)
        queue = self._may_label(queue_id, annotator)
        slot, standing = self.store.take_slot(
            queue_id, annotator, now=now or datetime.now(UTC), gold=self._gold_for(queue, annotator)
        )
        return None if slot is None else self._item(queue, slot, standing)

    def last_item(self, queue_id: str, annotator: str) -> QueueItem | None:
        """The item this person did last, to look at it again and save it anew; None where there is none.

        What was said stays until something else is saved, and stays in the record then.
        """
        annotator = self.reader(annotator)
        queue = self._may_label(queue_id, annotator)
        slot = self.store.last_slot(queue_id, annotator)
        return None if slot is None else self._item(queue, slot, self.store.standing(queue_id, annotator))

    def answer_item(
        self,
        queue_id: str,
        slot_id: int,
        annotator: str,
        answer: str | None = None,
        *,
        declined: bool = False,
        now: datetime | None = None,
    ) -> QueueItem:
        """Take the answer that should have been given, and only then show the one that was.

        An answer that is changed after the reveal is kept too, and known as such.

        Args:
            queue_id: The queue.
            slot_id: The item.
            annotator: Who answers.
            answer: The answer from scratch; it is redacted before it is stored.
            declined: They cannot say what the answer should have been.
            now: The present time.

        Raises:
            SlotTaken: Their time has run out and somebody else has the item.
            BadRequest: There is neither an answer nor a word that there is none; the queue is closed.
        """
        annotator = self.reader(annotator)
        queue = self._may_label(queue_id, annotator)
        written = (answer or "").strip()
        if bool(written) == declined:
            raise BadRequest("an item needs the answer that should have been given, or declined=True. Give one of both")
        safe = None if declined else self._safe_note(written)
        slot = self.store.answer_slot(queue_id, slot_id, annotator, safe, now=now or datetime.now(UTC))
        return self._item(queue, slot, self.store.standing(queue_id, annotator))

    def draft_item(
        self,
        queue_id: str,
        slot_id: int,
        annotator: str,
        *,
        answer: str | None = None,
        said: Mapping[str, Any] | None = None,
        now: datetime | None = None,
    ) -> None:
        """Keep what is typed or chosen but not saved, redacted, so that a page that is loaded again has it.

        Args:
            queue_id: The queue.
            slot_id: The item.
            annotator: Who writes.
            answer: The answer so far, before the reveal.
            said: outcome, dimensions and critique so far, after it.
            now: The present time.

        Raises:
            SlotTaken: Their time has run out and somebody else has the item.
        """
        annotator = self.reader(annotator)
        self._may_label(queue_id, annotator)
        new: dict[str, Any] = {}
        if answer is not None:
            new["answer"] = self._safe_note(answer.strip()) if answer.strip() else None
        if said is not None:
            kept = {name: said[name] for name in SAID if said.get(name)}
            if kept.get("critique"):
                kept["critique"] = self._safe_note(kept["critique"])
            new["draft"] = orjson.dumps(kept).decode() if kept else None
        self.store.draft_slot(queue_id, slot_id, annotator, new, now=now or datetime.now(UTC))

    def save_item(
        self,
        queue_id: str,
        slot_id: int,
        annotator: str,
        *,
        outcome: str,
        dimensions: Mapping[str, str] | None = None,
        critique: str = "",
        seconds: float | None = None,
        now: datetime | None = None,
    ) -> SavedItem:
        """Save what a person says of an item: its labels and that it is done, both or neither.

        Args:
            queue_id: The queue.
            slot_id: The item.
            annotator: Who judges.
            outcome: pass, fail, or defer where they cannot judge it; a deferral needs no answer before.
            dimensions: Value by dimension of the queue's rubric, all of them unless deferred.
            critique: Why, in their own words; a failure needs one. It is redacted before it is stored.
            seconds: How long it took; without it, since the item was given to them, up to half an hour.
            now: The present time.

        Raises:
            SlotTaken: Their time has run out and somebody else has the item; nothing was saved.
            NotReady: Their own answer has to come first.
            BadRequest: Something has to be said that was not, or cannot be said so.
        """
        from workbench.queues import check_said, label_rows

        now = now or datetime.now(UTC)
        annotator = self.reader(annotator)
        queue = self._may_label(queue_id, annotator)
        rubric = self.rubric(queue["rubric_version"])
        values = check_said(outcome, dimensions or {}, critique, rubric.by_name)
        slot, seen_before = self.store.claim_slot(queue_id, slot_id, annotator, now=now)
        if slot["revealed_at"] is None and outcome != "defer":
            raise NotReady("the answer that should have been given comes first. Write it, or say that you cannot.")
        if seconds is None and slot["state"] != "done":
            taken = (now - slot["held_at"]).total_seconds()
            seconds = round(taken, 1) if 0 <= taken <= AWAY else None
        shared = {
            "rubric_version": queue["rubric_version"] or None,
            "saw": self._saw(queue, slot, seen_before),
            "seconds": seconds,
        }
        answer = slot["answer"] if slot["answered_at"] is not None else None
        rows = label_rows(
            slot["trace_id"],
            annotator,
            outcome=outcome,
            dimensions=values,
            critique=self._safe_note(critique.strip()) if critique.strip() else "",
            answer=answer,
            shared=shared,
        )
        n = self.store.save_slot(queue_id, slot_id, annotator, rows, now=now, seconds=seconds)
        from workbench.queues import SavedItem

        stands = self.store.standing(queue_id, annotator)
        return SavedItem(slot_id, outcome, n, stands["done"], stands["left"])

    def queue_standing(self, queue_id: str, annotator: str) -> Standing:
        """How far one person is in a queue, and whether something may still come back to them."""
        from workbench.queues import Standing

        annotator = self.reader(annotator)
        closed = self._may_label(queue_id, annotator)["closed_at"] is not None
        return Standing(**self.store.standing(queue_id, annotator), closed=closed)

    def my_queues(self, annotator: str) -> DataFrame:
        """The queues this person may label in, newest first, with their own progress and nobody else's.

        Returns:
            Columns queue_id, name, created_at, done, left and closed.
        """
        import pandas as pd

        annotator = self.reader(annotator)
        rows = []
        for queue in reversed(self.store.queues()):
            people = queue["plan"]["annotators"]
            if people and annotator not in people:
                continue
            stands = self.store.standing(queue["queue_id"], annotator)
            told = {name: queue[name] for name in ("queue_id", "name", "created_at")}
            closed = queue["closed_at"] is not None
            rows.append({**told, "done": stands["done"], "left": stands["left"], "closed": closed})
        return pd.DataFrame(rows, columns=["queue_id", "name", "created_at", "done", "left", "closed"])

    def _may_label(self, queue_id: str, annotator: str) -> dict[str, Any]:
        """The queue, where it is for this person."""
        queue = self.store.queue(queue_id)
        people = queue["plan"]["annotators"]
        if people and annotator not in people:
            raise BadRequest(
                f"queue {queue_id!r} is not for the name {annotator!r}. Check its spelling, or ask whoever made the"
                " queue to hand items over to you"
            )
        return queue

    def _item(self, queue: dict[str, Any], slot: dict[str, Any], standing: Mapping[str, int]) -> QueueItem:
        from workbench.queues import QueueItem

        seen = self._visible(slot["trace_id"])
        revealed, done = slot["revealed_at"] is not None, slot["state"] == "done"
        answered = slot["answered_at"] is not None
        if done:
            said = self._said(slot)
        else:
            said = orjson.loads(slot["draft"]) if slot["draft"] else {}
        return QueueItem(
            queue_id=queue["queue_id"],
            slot_id=slot["slot_id"],
            messages=seen.messages,
            passages=seen.passages,
            revealed=revealed,
            output=seen.output if revealed else None,
            output_calls=seen.calls if revealed else (),
            answer=slot["answer"],
            declined=answered and slot["answer"] is None,
            rubric_version=queue["rubric_version"],
            gold_first=queue["plan"]["gold_first"],
            place=standing["done"] + (not done),
            done=standing["done"],
            left=standing["left"],
            state=slot["state"],
            said=said,
        )

    def _visible(self, trace_id: str) -> Visible:
        """A trace as it may be read blind; of one that is gone, nothing."""
        from workbench.queues import visible

        kept: dict[str, Visible] = self._for_traces("visible", dict)
        if trace_id not in kept:
            found = self.store.trace(trace_id)
            spans = [] if found is None else self.store.spans(trace_id).to_dict("records")
            if len(kept) >= _KEPT:
                kept.clear()
            kept[trace_id] = visible({} if found is None else {**found, "spans": spans})
        return kept[trace_id]

    def _said(self, slot: dict[str, Any]) -> dict[str, Any]:
        """What the slot's own annotator has said of its trace so far."""
        rows = {row["dimension"]: row for row in self.store.label_rows(slot["trace_id"], slot["annotator"])}
        outcome = rows.pop("outcome", {})
        names = self.rubric(self.store.queue(slot["queue_id"])["rubric_version"]).by_name
        values = {name: row["value"] for name, row in rows.items() if name in names}
        return {"outcome": outcome.get("value"), "dimensions": values, "critique": outcome.get("note") or ""}

    def _saw(self, queue: dict[str, Any], slot: dict[str, Any], seen_before: bool) -> dict[str, Any]:
        """What was on the screen, and whether the gold answer can be the annotator's own."""
        from workbench.queues import is_anchored, similarity

        seen = self._visible(slot["trace_id"])
        revealed, answered = slot["revealed_at"], slot["answered_at"]
        parts = {"messages": seen.messages, "passages": seen.passages, "output": revealed}
        has_answer = answered is not None and slot["answer"] is not None
        when = "declined"
        if has_answer:
            first = queue["plan"]["gold_first"] and not seen_before and answered <= revealed
            when = "before" if first else "after"
        alike = similarity(slot["answer"], seen.output) if has_answer and revealed else None
        saw = {"page": "queue", "queue": queue["queue_id"], "slot": slot["slot_id"]}
        saw |= {"shown": [name for name, part in parts.items() if part], "answer": when}
        return {**saw, "anchored": is_anchored(alike), "similarity": alike}
