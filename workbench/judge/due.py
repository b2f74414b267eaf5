"""When a calibration no longer speaks of what it is used for: another prompt, another model, other traffic.

The rates of a judge hold for the judge and the traffic they were measured on. Traffic counts as changed where at least
a tenth of it has moved (total variation), and that is more than chance gives (chi-square, at .01 over all columns that
are looked at): a tenth of traces on which nothing is known can move a rate of .85 below .80.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

MOVED = 0.1
SURE = 0.01
FEWEST = 50  # traces before and since, from which it can be told


@dataclass(frozen=True)
class Shift:
    """How far the mix of a column has moved.

    Attributes:
        column: The column.
        moved: The share of traffic that would have to move back.
        p: Chi-square test of whether before and since are alike.
        n: Traces since.
    """

    column: str
    moved: float
    p: float
    n: int


def shifts(before: Mapping[str, Mapping[str, int]], since: Mapping[str, Mapping[str, int]]) -> tuple[Shift, ...]:
    """Columns whose mix has changed, the most first.

    Args:
        before: How many traces have each value, by column, up to the calibration.
        since: The same of the traces that came after it.
    """
    from scipy.stats import chi2_contingency

    found = []
    for column, counts in before.items():
        later = since.get(column, {})
        values = [each for each in {**counts, **later} if counts.get(each, 0) + later.get(each, 0) > 0]
        table = np.array([[of.get(value, 0) for value in values] for of in (counts, later)], dtype=np.float64)
        n = table.sum(axis=1)
        if n.min() < FEWEST or len(values) < 2:
            continue
        moved = float(abs(table[0] / n[0] - table[1] / n[1]).sum() / 2)
        p = float(chi2_contingency(table).pvalue)
        if moved >= MOVED and p < SURE / len(before):
            found.append(Shift(column, moved, p, int(n[1])))
    return tuple(sorted(found, key=lambda each: -each.moved))
