"""The verbs of whoever runs the labelling: make a queue, list queues, hand over, close."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from workbench.errors import BadRequest, UnknownName
from workbench.tables import PURGED
from workbench.workspace.queue_checks import ADJUDICATED, QueueChecks

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.queues import HandOver, QueueReport

ASSIGN = ("open", "fixed")
LONGEST_NAME = 120


class QueuePlans(QueueChecks):
    """Queues as whoever runs them sees them."""

    def make_queue(
        self,
        sample_id: str,
        *,
        annotators: Sequence[str] = (),
        per_item: int = 2,
        overlap: float = 1.0,
        assign: str = "open",
        gold: Sequence[str] | Mapping[str, Mapping[str, str]] | str = (),
        gold_share: float = 0.1,
        gold_first: bool = True,
        minutes: int = 30,
        seed: int = 0,
        name: str | None = None,
        author: str = "",
        now: datetime | None = None,
    ) -> QueueReport:
        """Hand a sample out to be labelled blind, some of it to several people.

        Args:
            sample_id: The sample; its traces come up in its order.
            annotators: Who may label; empty: anybody.
            per_item: How many people are asked for an item of the overlap; one for every other item.
            overlap: The share of items in it, spread evenly over the order.
            assign: open (whoever comes takes the next) or fixed (planned to named people, numbers and pairs balanced).
            gold: Traces with a known answer, mixed in for everybody: ids, or ids with {dimension: value}, or
                "adjudicated" for all that were adjudicated. They are taken out of the items.
            gold_share: About how much of each person's items they are.
            gold_first: Each writes the answer that should have been given before the output is shown.
            minutes: How long a reservation lasts without a sign of life.
            seed: The same seed, the same plan.
            name: What to call it; annotators see it, so it should tell nothing. It is redacted.
            author: Who makes it.
            now: The present time.

        Raises:
            UnknownName: There is no such sample.
            BadRequest: Numbers that cannot be; fewer people than an item needs; gold that is not here.
        """
        from workbench.queues import QueueReport, plan_items
        from workbench.queues import assign as shared_out

        now = now or datetime.now(UTC)
        people = tuple(dict.fromkeys(self.reader(each) for each in annotators))
        _check(per_item, overlap, assign, gold_share, minutes, people)
        traces = list(self.store.samples(sample_id)["trace_id"])
        if not traces:
            raise UnknownName("sample", sample_id, list(self.store.sample_names())[:8])
        golden, answers = self._gold(gold)
        items = [each for each in traces if each not in set(golden)]
        asked = plan_items(items, per_item=per_item, overlap=overlap, seed=seed)
        given = shared_out(asked, people, seed=seed) if assign == "fixed" else {}
        rows: list[dict[str, Any]] = [
            {"place": each.place, "trace_id": each.trace_id, "assigned": person}
            for each in asked
            for person in given.get(each.place, (None,) * each.people)
        ]
        share = Counter(row["assigned"] for row in rows if row["assigned"])
        plan = {
            "annotators": people, "per_item": per_item, "overlap": overlap, "assign": assign, "gold_first": gold_first,
            "gold": golden, "gold_share": gold_share, "answers": answers, "minutes": minutes, "seed": seed,
            "items": len(items), "expected": {each: share.get(each, 0) for each in people} if given else {},
            "each": ceil(len(rows) / len(people)) if people else len(items),
        }  # fmt: skip
        queue: dict[str, Any] = {
            "queue_id": f"q-{now:%Y%m%d}-{token_hex(3)}",
            "created_at": now,
            "created_by": self.reader(author) if author.strip() else "",
            "name": self._safe_note(" ".join(name.split())[:LONGEST_NAME])
            if name and name.strip()
            else f"{len(items):,} items, {now.day} {now:%b %Y}",
            "sample_id": sample_id,
            "rubric_version": self.rubric().version,
            "plan": plan,
        }
        mixed = [
            {"place": place, "trace_id": trace, "gold": True, "assigned": person}
            for person in people
            for place, trace in self._gold_for(queue, person)
        ]
        self.store.add_queue(queue, [*rows, *mixed])
        return QueueReport(
            queue_id=queue["queue_id"],
            name=queue["name"],
            items=len(items),
            shared=sum(each.people > 1 for each in asked),
            per_item=per_item,
            slots=len(rows),
            gold=len(golden),
            annotators=people,
            assign=assign,
            per_person=dict(share),
            rubric_version=queue["rubric_version"],
            notices=tuple(self._notices(plan, len(traces) - len(items))),
        )

    def queues(self) -> DataFrame:
        """Every queue, oldest first.

        Returns:
            Columns queue_id, name, sample_id, created_at, created_by, rubric_version, annotators, assign, per_item,
            overlap, gold_first, minutes, items, gold, open, held, done (labels, gold items left out) and closed_at.
        """
        import pandas as pd

        plain = ("queue_id", "name", "sample_id", "created_at", "created_by", "rubric_version")
        planned = ("annotators", "assign", "per_item", "overlap", "gold_first", "minutes", "items")
        counted = ("open", "held", "done", "closed_at")
        rows = [
            {name: row[name] for name in plain}
            | {name: row["plan"][name] for name in planned}
            | {"gold": len(row["plan"]["gold"])}
            | {name: row[name] for name in counted}
            for row in self.store.queues()
        ]
        return pd.DataFrame(rows, columns=[*plain, *planned, "gold", *counted])

    def hand_over(
        self, queue_id: str, annotator: str, to: str | None = None, *, now: datetime | None = None
    ) -> HandOver:
        """Let somebody leave off: what they hold is released, what is planned to them goes to others.

        Nobody gets a trace twice. What they have done stays theirs; gold items are not moved, everybody has their own.

        Args:
            queue_id: The queue.
            annotator: Who leaves off.
            to: Who takes over; without, the people of the queue, whoever has least to do first. What ``to`` has already
                goes to the others.
            now: The present time.

        Raises:
            BadRequest: Somebody is to take over from themselves.
        """
        from workbench.queues import HandOver, spread_over

        annotator, to = self.reader(annotator), self.reader(to) if to else None
        if annotator == to:
            raise BadRequest("the items are theirs already. Name somebody else, or leave it out to spread them")
        plan = self.store.queue(queue_id)["plan"]
        listed = plan["annotators"]
        joins = to is not None and bool(listed) and to not in listed
        others = [each for each in listed if each != annotator and each != to]

        def share(slots: Mapping[int, str], load: Mapping[str, int], has: Mapping[str, set[str]]) -> dict[int, str]:
            first = spread_over(slots, [to], load, has) if to else {}
            rest = {slot: trace for slot, trace in slots.items() if slot not in first}
            return first | spread_over(rest, others, load, has)

        released, moved, stuck = self.store.hand_over(
            queue_id,
            annotator,
            now=now or datetime.now(UTC),
            share=share,
            plan={**plan, "annotators": [*listed, to]} if joins else None,
        )
        return HandOver(annotator, released, dict(Counter(moved.values())), stuck)

    def close_queue(self, queue_id: str, *, now: datetime | None = None) -> None:
        """Hand nothing more out; what somebody holds may still be saved."""
        self.store.close_queue(queue_id, now or datetime.now(UTC))

    def reopen_queue(self, queue_id: str) -> None:
        """Go on handing out."""
        self.store.close_queue(queue_id, None)

    def _gold_for(self, queue: Mapping[str, Any], annotator: str) -> list[tuple[int, str]]:
        """The gold items of one person, and after how many items of theirs each comes."""
        from workbench.queues import gold_places

        plan = queue["plan"]
        expected = plan["expected"].get(annotator, plan["each"])
        gold = [each for each in plan["gold"] if not each.startswith(PURGED)]
        return gold_places(gold, share=plan["gold_share"], expected=expected, annotator=annotator, seed=plan["seed"])

    def _gold(
        self, gold: Sequence[str] | Mapping[str, Mapping[str, str]] | str
    ) -> tuple[list[str], dict[str, dict[str, str]]]:
        """The ids of gold items, in order, and the answers that were given with them."""
        if isinstance(gold, str):
            if gold != ADJUDICATED:
                raise BadRequest(f"gold is a list of trace ids, or {ADJUDICATED!r} for all that were adjudicated")
            return sorted(set(self.store.labels(round_=ADJUDICATED)["trace_id"])), {}
        ids = list(dict.fromkeys(gold))
        missing = len(ids) - len(self.store.known_ids(ids)) if ids else 0
        if missing:
            raise BadRequest(f"{missing:,} of {len(ids):,} gold ids are not in this workspace. Check them")
        answers = {each: dict(told) for each, told in gold.items()} if isinstance(gold, Mapping) else {}
        return ids, answers

    def _notices(self, plan: Mapping[str, Any], taken: int) -> list[str]:
        """What whoever made a queue should know."""
        notices = []
        if not plan["items"]:
            notices.append("All traces of the sample are gold items; nothing is left to label.")
        elif taken:
            notices.append(f"{taken:,} traces of the sample are gold items and are asked of everybody.")
        settled = set(self.store.labels(trace_ids=plan["gold"], round_=ADJUDICATED)["trace_id"]) if plan["gold"] else ()
        unknown = [each for each in plan["gold"] if each not in settled and not plan["answers"].get(each)]
        if unknown:
            notices.append(
                f"Of {len(unknown):,} gold items no answer is known yet: they are checked once they are adjudicated."
            )
        if not len(self.rubric()):
            notices.append("There is no rubric yet, so only outcome and critique are asked. Make one, then the queue.")
        return notices


def _check(per_item: int, overlap: float, assign: str, gold_share: float, minutes: int, people: Sequence[str]) -> None:
    if not (1 <= per_item <= 50 and 0 <= overlap <= 1 and 0 <= gold_share <= 0.5 and 1 <= minutes <= 24 * 60):
        raise BadRequest(
            "a queue needs per_item of 1 to 50, overlap of 0 to 1, gold_share of 0 to .5 and minutes of 1 to 1440."
        )
    if assign not in ASSIGN:
        raise UnknownName("way to assign", assign, ASSIGN)
    if assign == "fixed" and not people:
        raise BadRequest("a fixed queue is planned to named people and none were named. Name them, or make it open.")
    if people and overlap > 0 and per_item > len(people):
        raise BadRequest(
            f"{per_item} people are asked for an item and only {len(people)} may label. Name more people, or ask fewer."
        )
