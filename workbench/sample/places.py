"""The order in which a stratum is drawn: fixed once, so that a larger sample holds every smaller one.

The units are groups of near-duplicates, of which one trace is drawn. A group is drawn with a probability in proportion
to its size, which gives every trace of the stratum the same probability, n / N, and so the same weight: frequencies
are then unbiased without a correction, however unequal the groups. Groups larger than N / n cannot be drawn more often
than always; they are certain, and their one trace stands for all of them.

Such samples that also nest are Tillé's elimination procedure: start with all groups and drop one at a time, each with
the probability that leaves exactly the right chances for the size that remains. The order of dropping, backwards, is
the order of drawing. Y. Tillé, "An elimination procedure for unequal probability sampling without replacement",
Biometrika 83 (1996) 238-241; "Sampling Algorithms", Springer 2006, section 6.3.
"""

import numpy as np


def weights(sizes: np.ndarray, n: int) -> np.ndarray:
    """The weight of each trace of each group in a sample of n: 1 / the probability with which that trace is drawn.

    Args:
        sizes: (G,) traces in each group.
        n: How many are drawn, up to ``sizes.sum()``. Up to G each group gives at most one trace; what goes beyond is
            drawn at random from all the traces that are left.

    Returns:
        (G,) weights; ``sizes / weights`` sums to ``n``.
    """
    total, groups = int(sizes.sum()), len(sizes)
    if n <= groups:
        certain = np.zeros(groups, dtype=bool)
        while True:
            left, weight = n - int(certain.sum()), total - int(sizes[certain].sum())
            more = ~certain & (sizes * left >= weight)
            if not more.any():
                break
            certain |= more
        out = sizes.astype(float)  # of a certain group one trace stands for all
        if not certain.all():
            out[~certain] = weight / left
        return out
    further = (n - groups) / (total - groups)
    return 1 / (1 / sizes + (1 - 1 / sizes) * further)


def places(unit: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The place of each trace in the order of drawing: the first n places are the sample of size n.

    Args:
        unit: (N,) the group of each trace of one stratum, any numbers.
        random: The source of chance.

    Returns:
        (N,) int64, a permutation of 0..N-1; one trace of every group comes before any second one.
    """
    n = len(unit)
    _, group, sizes = np.unique(unit, return_inverse=True, return_counts=True)
    group = group.ravel()
    shuffled = random.permutation(n)
    _, first = np.unique(group[shuffled], return_index=True)
    chosen = shuffled[first]  # one trace of each group, each of its traces with the same chance
    order = chosen[_draw_order(sizes, random)]
    left = np.ones(n, dtype=bool)
    left[chosen] = False
    order = np.concatenate([order, random.permutation(np.flatnonzero(left))])
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    return place


def _draw_order(sizes: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Groups in the order of drawing, by elimination from all of them."""
    by_size = np.argsort(sizes, kind="stable")
    ordered = sizes[by_size].tolist()
    groups = len(ordered)
    chances = random.random(groups).tolist()
    uncertain: list[int] = []  # places in ``ordered``, still in the sample, that are not certain
    next_certain = 0  # ordered[next_certain:] are certain: the largest are so for longest
    weight = 0  # traces in all groups that are not certain, dropped ones included
    dropped: list[int] = []
    for size in range(groups - 1, -1, -1):  # from a sample of size + 1 groups to one of size
        if next_certain == groups:  # nothing is certain any more: from here on each is as likely as the other
            dropped += [uncertain[place] for place in random.permutation(len(uncertain)).tolist()]
            break
        known, before = next_certain, weight
        while next_certain < groups and ordered[next_certain] * (size - (groups - next_certain)) < weight:
            weight += ordered[next_certain]
            next_certain += 1
        rate = (size - (groups - next_certain)) / weight  # chance of a group per trace in it, at this size
        draw = chances[size]
        out = len(uncertain) - rate * before  # the chance that one of the uncertain goes
        if draw < out:
            place = min(int(draw / out * len(uncertain)), len(uncertain) - 1)
            uncertain[place], uncertain[-1] = uncertain[-1], uncertain[place]
            dropped.append(uncertain.pop())
            uncertain += range(known, next_certain)
            continue
        gone = next_certain - 1
        for place in range(known, next_certain):
            out += 1 - rate * ordered[place]
            if draw < out:
                gone = place
                break
        dropped.append(gone)
        uncertain += [place for place in range(known, next_certain) if place != gone]
    return by_size[np.asarray(dropped[::-1], dtype=np.int64)]
