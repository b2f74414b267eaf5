"""What the verbs of queues give back: what was planned, how somebody stands, what was saved or handed over."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class QueueReport:
    """A queue as it was planned.

    Attributes:
        queue_id: The queue.
        name: What people call it; annotators see it.
        items: Different traces in it, gold items left out.
        shared: Items that ``per_item`` people are asked for; of the others one is.
        per_item: People for a shared item.
        slots: Labels wanted in all, gold items left out.
        gold: Gold items that are mixed in for everybody, as far as their share allows.
        annotators: Who may label; empty where anybody may.
        assign: open or fixed.
        per_person: Items of each person, gold items left out; empty in an open queue.
        rubric_version: The rubric its labels are given by.
        notices: What whoever made it should know.
    """

    queue_id: str
    name: str
    items: int
    shared: int
    per_item: int
    slots: int
    gold: int
    annotators: tuple[str, ...]
    assign: str
    per_person: dict[str, int]
    rubric_version: int
    notices: tuple[str, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        who = f"{len(self.annotators)} people" if self.annotators else "anybody"
        gold = f", {self.gold:,} gold items mixed in" if self.gold else ""
        shared = f"{self.shared:,} of them {self.per_item} times" if self.shared and self.per_item > 1 else "each once"
        return (
            f"queue {self.queue_id} ({self.name}): {self.items:,} items, {shared}, {self.slots:,} labels"
            f" by {who}{gold}; rubric version {self.rubric_version}"
        )


@dataclass(frozen=True)
class Standing:
    """How one annotator stands in a queue; nothing of anybody else but how many items are out.

    Attributes:
        done: Items they have done.
        left: Items that there still can be for them.
        held_by_others: Items that others work on; they come back where time runs out.
        closed: Whether the queue is closed.
    """

    done: int
    left: int
    held_by_others: int
    closed: bool = False


@dataclass(frozen=True)
class SavedItem:
    """What a save did.

    Attributes:
        slot_id: The item.
        outcome: What was said of it.
        labels: Labels that said something new.
        done: Items the annotator has done.
        left: Items that there still can be for them.
    """

    slot_id: int
    outcome: str
    labels: int
    done: int
    left: int


@dataclass(frozen=True)
class HandOver:
    """What a hand-over did.

    Attributes:
        annotator: Who left off.
        released: Holds that were released.
        moved: Items by the person who got them.
        stuck: Items that nobody could take without getting a trace twice; they stay where they were.
    """

    annotator: str
    released: int
    moved: dict[str, int]
    stuck: int

    def __str__(self) -> str:
        to = ", ".join(f"{n:,} to {name}" for name, n in self.moved.items()) or "none moved"
        stuck = f"; {self.stuck:,} stay, nobody else can take them" if self.stuck else ""
        return f"{self.annotator}: {self.released:,} holds released, items handed over: {to}{stuck}"
