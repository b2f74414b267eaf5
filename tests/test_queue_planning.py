"""What a queue asks, as pure numbers: overlap as planned, people balanced, nobody twice on a trace, gold irregular."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.queues import assign, gold_places, plan_items, spread_over

NAMES = [f"person {number}" for number in range(8)]
seeds = st.integers(0, 2**31)


@given(n=st.integers(0, 120), per_item=st.integers(1, 5), overlap=st.floats(0, 1), seed=seeds)
def test_exactly_the_share_is_asked_of_several_and_it_comes_early_too(n, per_item, overlap, seed):
    ids = [f"t{number}" for number in range(n)]
    asked = plan_items(ids, per_item=per_item, overlap=overlap, seed=seed)
    assert [each.trace_id for each in asked] == ids and [each.place for each in asked] == list(range(n))
    shared = [each.place for each in asked if each.people == per_item] if per_item > 1 else []
    assert {each.people for each in asked} <= {1, per_item}
    if per_item > 1:
        assert len(shared) == round(overlap * n)
        for done in range(n + 1):  # however far people get, they have had their part of the overlap, give or take one
            assert abs(sum(place < done for place in shared) - len(shared) * done / max(n, 1)) <= 1 + 1e-9
    assert asked == plan_items(ids, per_item=per_item, overlap=overlap, seed=seed)


@given(n=st.integers(0, 90), people=st.integers(1, 8), per_item=st.integers(1, 4), overlap=st.floats(0, 1), seed=seeds)
def test_planned_items_are_balanced_by_person_and_by_pair(n, people, per_item, overlap, seed):
    names = NAMES[:people]
    per_item = min(per_item, people)
    asked = plan_items([f"t{number}" for number in range(n)], per_item=per_item, overlap=overlap, seed=seed)
    given_to = assign(asked, names, seed=seed)
    load = Counter(dict.fromkeys(names, 0))
    pairs = Counter({frozenset(pair): 0 for pair in combinations(names, 2)})
    for each in asked:
        who = given_to[each.place]
        assert len(set(who)) == len(who) == each.people, "nobody twice on a trace, and as many as asked"
        load.update(who)
        pairs.update(map(frozenset, combinations(who, 2)))
    assert max(load.values()) - min(load.values()) <= 1
    if pairs:
        assert max(pairs.values()) - min(pairs.values()) <= 5, "every pair meets about as often as any other"
    assert given_to == assign(asked, names, seed=seed)


def test_four_people_in_pairs_meet_equally_often():
    asked = plan_items([str(number) for number in range(60)], per_item=2, overlap=1.0, seed=3)
    given_to = assign(asked, ["ana", "ben", "cem", "dee"], seed=3)
    assert Counter(given_to.values()).most_common() == [
        (pair, 10) for pair, _ in Counter(given_to.values()).most_common()
    ]
    assert len(set(given_to.values())) == 6


def test_more_people_than_can_be_compared_by_sets_are_still_balanced():
    names = [f"p{number}" for number in range(40)]
    asked = plan_items([str(number) for number in range(80)], per_item=4, overlap=1.0, seed=0)
    load = Counter(name for who in assign(asked, names, seed=0).values() for name in who)
    assert set(load.values()) == {8}


@given(
    n_gold=st.integers(0, 12), expected=st.integers(0, 80), share=st.floats(0.01, 0.5), seed=seeds,
    annotator=st.sampled_from(NAMES),
)  # fmt: skip
def test_gold_comes_at_irregular_places_about_as_often_as_asked(n_gold, expected, share, seed, annotator):
    gold = [f"g{number}" for number in range(n_gold)]
    places = gold_places(gold, share=share, expected=expected, annotator=annotator, seed=seed)
    if not gold or not expected:
        assert places == []
        return
    wanted = min(n_gold, max(1, round(share * expected)))
    assert len(places) == wanted and len({trace for _, trace in places}) == wanted
    at = [place for place, _ in places]
    assert at == sorted(at) and at[0] >= 0 and at[-1] < expected, "each is due before the last item is done"
    if wanted <= expected:
        for number, place in enumerate(at):  # one in each stretch: it cannot be counted out, and none is without
            assert number * expected // wanted <= place < (number + 1) * expected // wanted
    assert places == gold_places(gold, share=share, expected=expected, annotator=annotator, seed=seed)


def test_everybody_gets_the_same_gold_in_an_order_and_at_places_of_their_own():
    gold = [f"g{number}" for number in range(30)]
    mine, theirs = (gold_places(gold, share=0.1, expected=80, annotator=name, seed=1) for name in ("ana", "ben"))
    assert {trace for _, trace in mine} == {trace for _, trace in theirs} and len(mine) == 8
    assert [place for place, _ in mine] != [place for place, _ in theirs]
    assert [trace for _, trace in mine] != [trace for _, trace in theirs]
    gaps = {later - earlier for (earlier, _), (later, _) in zip(mine, mine[1:], strict=False)}
    assert len(gaps) > 2


def test_handed_on_slots_go_to_who_has_least_and_never_twice_on_a_trace():
    slots = {1: "a", 2: "b", 3: "c", 4: "a"}
    found = spread_over(slots, ["ben", "cem"], {"ben": 5, "cem": 0}, {"ben": {"c"}, "cem": {"b"}})
    assert found == {1: "cem", 2: "ben", 3: "cem", 4: "ben"}
    assert spread_over({1: "a", 2: "a"}, ["ben"], {}, {}) == {1: "ben"}
    assert spread_over({1: "a"}, [], {}, {}) == {}


@pytest.mark.parametrize("overlap", [0.0, 0.25, 1.0])
def test_a_small_plan_by_hand(overlap):
    asked = plan_items(list("abcdefgh"), per_item=3, overlap=overlap, seed=0)
    assert sum(each.people for each in asked) == 8 + 2 * round(8 * overlap)
