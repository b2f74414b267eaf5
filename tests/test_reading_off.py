"""Clusters read off a map: the neighbours' cluster, the trace itself left out."""

import numpy as np

from workbench.clusters.reading_off import read_off

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
