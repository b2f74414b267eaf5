"""What a queue asks: of how many people each item, in which order, of whom, and where its gold items come.

Overlap is what agreement is measured on, so it is spread evenly over the order: who stops half-way has seen half of it.
Everything here is seeded by text, so that a plan is the same on every machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from random import Random

MOST_SETS = 2_000
"""Sets of people that are compared for one item; where there are more, the set is put together one by one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One item of a queue: its place in the order, and how many people are asked for it."""

    place: int
    trace_id: str
    people: int


def plan_items(trace_ids: Sequence[str], *, per_item: int, overlap: float, seed: int) -> list[Asked]:
    """Say of how many people each item is asked: ``per_item`` of a share of them, one of the rest.

    Args:
        trace_ids: The items in the order in which they come up.
        per_item: People for each item of the share.
        overlap: The share, 0 to 1; of n items exactly ``round(overlap * n)`` are in it.
        seed: Which ones; each stretch of the order holds its part of them.

    >>> [asked.people for asked in plan_items("abcdef", per_item=2, overlap=0.5, seed=1)]
    [2, 1, 2, 1, 1, 2]
    """
    n = len(trace_ids)
    shared = set(_spread(n, round(overlap * n), Random(f"overlap {seed}")))
    return [Asked(place, each, per_item if place in shared else 1) for place, each in enumerate(trace_ids)]


def assign(asked: Sequence[Asked], annotators: Sequence[str], *, seed: int) -> dict[int, tuple[str, ...]]:
    """Give each item to named people: as many items for each, and each pair of people together as often, as can be.

    Items for several people are given first: numbers differ by one at most among those, and again among all.

    Args:
        asked: The items; none may ask for more people than there are.
        annotators: The people, each once.
        seed: Settles what is equal.

    Returns:
        By place, the people.
    """
    chance = Random(f"assign {seed}")
    load: Counter[str] = Counter(dict.fromkeys(annotators, 0))
    pairs: Counter[frozenset[str]] = Counter()
    given: dict[int, tuple[str, ...]] = {}
    for item in sorted(asked, key=lambda each: (each.people == 1, each.place)):
        chosen = _people(item.people, load, pairs, chance)
        load.update(chosen)
        pairs.update(map(frozenset, combinations(chosen, 2)))
        given[item.place] = tuple(sorted(chosen, key=annotators.index))
    return given


def gold_places(
    gold: Sequence[str], *, share: float, expected: int, annotator: str, seed: int
) -> list[tuple[int, str]]:
    """Say after how many items of their own each gold item comes to one person.

    Everybody gets the same gold items, so that people can be compared, each in an order and at places of their own: one
    somewhere in each stretch of the work, so that nobody can count them out, and tiredness shows.

    Args:
        gold: Traces with a known answer.
        share: About how much of a person's items they are, 0 to 1.
        expected: How many other items the person is likely to get.
        annotator: The person.
        seed: The queue's.

    Returns:
        (items done before it, trace), in order; empty where there is nothing to mix them into.

    >>> gold_places(["g1", "g2"], share=0.2, expected=10, annotator="ana", seed=3)
    [(1, 'g1'), (6, 'g2')]
    """
    if not gold or expected < 1 or share <= 0:
        return []
    n = min(len(gold), max(1, round(share * expected)))
    chosen = Random(f"gold {seed}").sample(list(gold), n)
    chance = Random(f"gold {seed} {annotator}")
    chance.shuffle(chosen)
    return list(zip(_spread(expected, n, chance), chosen, strict=True))


def spread_over(
    slots: Mapping[int, str], people: Sequence[str], load: Mapping[str, int], has: Mapping[str, set[str]]
) -> dict[int, str]:
    """Hand slots on to people who do not have their trace yet, always to the one with the least to do.

    Args:
        slots: Trace by slot.
        people: Who may take some.
        load: What each has to do so far.
        has: The traces each has or had.

    Returns:
        Person by slot; a slot that nobody may take is left out.
    """
    busy = Counter({each: load.get(each, 0) for each in people})
    known = {each: set(has.get(each, ())) for each in people}
    found = {}
    for slot, trace_id in slots.items():
        free = [each for each in people if trace_id not in known[each]]
        if free:
            taker = min(free, key=lambda each: (busy[each], people.index(each)))
            busy[taker] += 1
            known[taker].add(trace_id)
            found[slot] = taker
    return found


def _spread(n: int, wanted: int, chance: Random) -> list[int]:
    """Places 0 to n - 1, one at random in each of ``wanted`` stretches of about the same length."""
    if wanted >= n:
        return [place * n // max(wanted, 1) for place in range(wanted)]
    edges = [place * n // wanted for place in range(wanted + 1)] if wanted else []
    return [chance.randrange(low, high) for low, high in zip(edges, edges[1:], strict=False)]


def _people(n: int, load: Counter[str], pairs: Counter[frozenset[str]], chance: Random) -> list[str]:
    """The n people with the least to do; among those who have as much, the ones who met least often."""
    order = sorted(load, key=lambda each: (load[each], chance.random()))
    limit = load[order[n - 1]]
    sure = [each for each in order if load[each] < limit]
    free = [each for each in order if load[each] == limit]

    def met(people: Sequence[str]) -> int:  # squares, so that one pair does not meet thrice where others never do
        together = map(frozenset, combinations([*sure, *people], 2))
        return sum(2 * pairs[each] + 1 for each in together)

    missing = n - len(sure)
    if comb(len(free), missing) <= MOST_SETS:
        return [*sure, *min(combinations(free, missing), key=met)]
    chosen: list[str] = []
    while len(chosen) < missing:
        chosen.append(min((each for each in free if each not in chosen), key=lambda each: met([*chosen, each])))
    return [*sure, *chosen]
