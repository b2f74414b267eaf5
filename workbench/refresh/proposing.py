"""Which traces to look at this round: from new groups, from subjects that grew, from slices that fail uncovered.

The three take turns, and the groups within each take turns, so that one loud subject does not take the whole round. No
trace twice, none that is a case, none that is nearly the same as one of those.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

SOURCES = ("new", "grown", "failing")


@dataclass(frozen=True, slots=True)
class Group:
    """Traces that are there for one reason, the first choice first.

    Attributes:
        source: new, grown or failing.
        about: What they ask about: the name of a cluster.
        why: The reason, in words.
        trace_ids: The traces.
        most: How many to take at most; None for no bound.
        each: What is to be said of single traces besides, by trace_id.
    """

    source: str
    about: str
    why: str
    trace_ids: Sequence[str]
    most: int | None = None
    each: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A trace to look at, and why."""

    trace_id: str
    source: str
    about: str
    why: str


def propose(
    groups: Sequence[Group], *, n: int, units: Mapping[str, int], known: Collection[str]
) -> tuple[Proposal, ...]:
    """Choose traces, sources and groups taking turns.

    Args:
        groups: Where they may come from.
        n: How many to choose.
        units: The group of near-duplicates of each trace.
        known: Traces that are cases already, in whatever state.
    """
    taken = {units.get(each, each) for each in known}
    left = {at: each.most if each.most is not None else n for at, each in enumerate(groups)}
    by_source = [
        _in_turn(
            [[(at, each) for each in group.trace_ids] for at, group in enumerate(groups) if group.source == source]
        )
        for source in SOURCES
    ]
    found: list[Proposal] = []
    waiting = [iter(each) for each in by_source]
    while waiting and len(found) < n:
        for source in list(waiting)[: n - len(found)]:
            chosen = next(
                ((at, each) for at, each in source if left[at] > 0 and units.get(each, each) not in taken), None
            )
            if chosen is None:
                waiting.remove(source)
                continue
            at, trace_id = chosen
            taken.add(units.get(trace_id, trace_id))
            left[at] -= 1
            of = groups[at]
            why = f"{of.why}; {of.each[trace_id]}" if trace_id in of.each else of.why
            found.append(Proposal(trace_id, of.source, of.about, why))
    return tuple(found)


def _in_turn(groups: Sequence[Sequence[tuple[int, str]]]) -> list[tuple[int, str]]:
    return [each for turn in zip_longest(*groups) for each in turn if each is not None]
