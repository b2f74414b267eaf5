"""What a sample can say and what it cannot, worked out before anybody reads it.

The rule behind the numbers: a failure that occurs in a share f of the traffic is missed by n random reads with
probability (1 - f)^n, so n reads show any failure of at least 1 - .05^(1/n) with 95% certainty (59 for 5%, 299 for 1%).
Unequal weights cost something; Kish's effective size (sum w)^2 / sum w^2 stands for n.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FEW = 10
"""Draws under which a stratum's own rate is not worth stating: its 95% interval is about 60 points wide at 50%."""
LISTED = 6
"""Sentences on single strata, before they become one on all of them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a sample can and cannot say.

    Attributes:
        effective_n: The size of a random sample that would know as much about frequencies; 0 where nothing has weight.
        smallest_share: Smallest share of failing traffic that it shows at least once with 95% certainty, or None.
        can: What may be estimated, in sentences.
        cannot: What may not.
    """

    effective_n: float
    smallest_share: float | None
    can: tuple[str, ...]
    cannot: tuple[str, ...]


def smallest_share(n: float) -> float | None:
    """The smallest share that n random reads show at least once with 95% certainty; None without reads.

    >>> round(smallest_share(59), 3), round(smallest_share(299), 3)
    (0.05, 0.01)
    """
    return None if n <= 0 else float(1 - 0.05 ** (1 / n))


def limits(weights: np.ndarray, strata: Sequence[Mapping[str, Any]], *, n_picked: int = 0) -> Limits:
    """Say what a sample can and cannot estimate.

    Args:
        weights: Of the drawn rows, picks left out.
        strata: Rows with stratum, population and drawn.
        n_picked: Deliberate picks in the sample.
    """
    drawn, frame = len(weights), sum(int(row["population"]) for row in strata)
    effective = float(weights.sum() ** 2 / (weights**2).sum()) if drawn else 0.0
    smallest = smallest_share(effective)
    can, cannot = [], []
    if smallest is None:
        cannot.append("Frequencies: no, every row was picked on purpose. It finds failures; it cannot count them.")
    elif drawn >= frame:
        can.append(f"Frequencies: yes, exactly, for all {frame:,} traces of the frame are read.")
    else:
        can.append(f"Frequencies over all {frame:,} traces of the frame: yes, by weight.")
        can.append(f"A failure in {_percent(smallest)} of the traffic or more shows at least once with 95% certainty.")
    thin: list[Mapping[str, Any]] = []
    for row in strata:
        if not row["population"]:
            continue
        share, name = smallest_share(row["drawn"]), row["stratum"]
        if row["drawn"] >= row["population"]:
            can.append(f"Within “{name}”: yes, all {row['population']:,} are read.")
        elif row["drawn"] < FEW or share is None:
            thin.append(row)
        else:
            can.append(f"Within “{name}”: failures from {_percent(share)} of its {row['population']:,} traces up.")
    if len(thin) > LISTED:
        cannot.append(f"Rates of {len(thin)} single strata: no, fewer than {FEW} traces of each are read.")
    else:
        cannot += [
            f"A rate of “{row['stratum']}”: no, {row['drawn']} of {row['population']:,} traces are read."
            for row in thin
        ]
    if n_picked and drawn:
        cannot.append(f"The {n_picked} deliberate picks have no weight: they enter no frequency.")
    return Limits(effective, smallest, tuple(can), tuple(cannot))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"
