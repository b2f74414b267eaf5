"""Clusters read off a map: the neighbours' cluster, the trace itself left out."""

import numpy as np

from workbench.clusters.reading_off import read_off, read_together

RANDOM = np.random.default_rng(1)
CENTRES = np.eye(4)[:3] * 5
ON = np.concatenate([CENTRES[c] + 0.3 * RANDOM.normal(size=(20, 4)) for c in range(3)])
CLUSTER = np.repeat([0, 1, -1], 20)


def test_new_and_old_get_the_cluster_of_their_neighbours() -> None:
    new = CENTRES + 0.1
    assert read_off(new, np.full(3, -1), ON, CLUSTER).tolist() == [0, 1, -1]
    assert (read_off(ON, np.arange(60), ON, CLUSTER) == CLUSTER).all()


def test_a_trace_does_not_count_for_itself() -> None:
    odd = CLUSTER.copy()
    odd[3] = 1  # in the midst of cluster 0
    assert read_off(ON[3:4], np.array([3]), ON, odd).tolist() == [0]


def test_others_with_the_same_words_count_and_a_map_of_one_has_no_neighbours() -> None:
    twice = np.concatenate([ON, ON[:1]])
    assert read_off(ON[:1], np.array([0]), twice, np.append(CLUSTER, 0)).tolist() == [0]
    assert read_off(ON[:1], np.array([-1]), ON[:1], np.array([7])).tolist() == [7]


def test_sets_read_together_are_grouped_together_and_named_by_most() -> None:
    first, second = ON[::2], ON[1::2]
    read = [CLUSTER[::2], CLUSTER[1::2].copy()]
    read[1][:3] = 1  # three of a group of twenty are read off as another cluster
    found = read_together([first, second], read)
    assert [each.tolist() for each in found] == [CLUSTER[::2].tolist(), CLUSTER[1::2].tolist()]
    swapped = read_together([second, first], read[::-1])
    assert [each.tolist() for each in swapped[::-1]] == [each.tolist() for each in found]
    few = read_together([first[:4], second[:4]], [read[0][:4], read[1][:4]])
    assert [each.tolist() for each in few] == [[-1] * 4] * 2


def test_whose_a_trace_is_has_no_part_in_which_group_it_is_in() -> None:
    """Dealt out anew between the sets, the same traces are in the same groups: what a permutation test rests on."""
    cloud = RANDOM.normal(size=(120, 6))
    read = RANDOM.integers(-1, 4, 120)
    once = np.concatenate(read_together([cloud[:60], cloud[60:]], [read[:60], read[60:]]))
    order = RANDOM.permutation(120)
    sides, theirs = ([each[order[:40]], each[order[40:]]] for each in (cloud, read))
    again = np.empty(120, dtype=np.int64)
    again[order] = np.concatenate(read_together(sides, theirs))
    assert again.tolist() == once.tolist()
