"""When to stop reading: how many kinds of failure are still unseen, and what a quiet run of traces really shows.

Computed over traces in the order they were read. A sample that oversampled failures shows new kinds sooner than the
traffic would, so the numbers are of traces drawn like these; those of the random part are given beside them where
there are enough. Freeze the codebook first: one person splitting hairs looks like a rich fauna.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.rank.evidence import Evidence, evidence
from workbench.rank.reviewed import Reviewed, reviewed, severities
from workbench.stats.species import Accumulation, accumulation, chao2, coverage, good_turing, quiet_bound

if TYPE_CHECKING:
    from pandas import DataFrame

    from workbench.codebook import Codebook

# reference values: new kinds in at most one of twenty traces, and a quiet run long enough to bound them there
STOP_RATE = 0.05
STOP_QUIET = 60
STOP_QUIET_GRAVE = 100
GRAVE = 4
NEXT = 20
ENOUGH_AT_RANDOM = 20


@dataclass(frozen=True)
class Saturation:
    """How much has not been seen yet.

    Attributes:
        traces: Traces read.
        codes: Codes seen.
        once: Codes seen in one trace only.
        twice: Codes seen in two.
        chao2: Codes there are at least, seen ones included; None before a code was seen.
        chao2_low: Lower bound of that.
        chao2_high: Upper bound of the estimate, not of the truth.
        good_turing: Expected new codes in the next trace, on average; None before anything was read.
        next_20: The same for the next twenty.
        coverage: Share of the labels to come that are of codes seen already; None before a code was seen.
        quiet: Traces read since the last new code.
        quiet_bound: With 95% certainty new codes turn up in less than this share of traces, by the quiet run alone.
        random_traces: Traces of the random part, if there is one.
        random_good_turing: Good and Turing's number over the random part; None under twenty traces.
        may_stop: Whether the stopping rule is met: a new code in at most one of twenty traces, sixty quiet ones, and a
            hundred without a new code of severity 4 or 5.
        curve: Codes seen after so many traces, averaged over random orders.
        read: (n,) codes seen after each trace, in the order of reading.
        sentences: What that means, in words.
    """

    traces: int
    codes: int
    once: int
    twice: int
    chao2: float | None
    chao2_low: float | None
    chao2_high: float | None
    good_turing: float | None
    next_20: float | None
    coverage: float | None
    quiet: int
    quiet_bound: float
    random_traces: int
    random_good_turing: float | None
    may_stop: bool
    curve: Accumulation = field(repr=False)
    read: np.ndarray = field(repr=False)
    sentences: tuple[str, ...] = field(repr=False, default=())

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; the curves left out."""
        names = [name for name in self.__dataclass_fields__ if name not in ("curve", "read", "sentences")]
        return {name: getattr(self, name) for name in names} | {"sentences": list(self.sentences)}


def saturation(
    labels: DataFrame,
    *,
    codebook: Codebook | None = None,
    sample: DataFrame | None = None,
    dimension: str = "code",
    seed: int = 0,
) -> Saturation:
    """Say how much has not been seen yet.

    Args:
        labels: Labels that count, see ``reviewed``.
        codebook: Names and severities.
        sample: Rows of the sample that was read; tells the random part apart.
        dimension: The dimension whose values are codes.
        seed: Of the random orders behind the curve.
    """
    read = reviewed(labels, codebook=codebook, dimension=dimension)
    return saturation_of(read, evidence(read, sample), severity=severities(read, codebook)[0], seed=seed)


def saturation_of(read: Reviewed, drawn: Evidence, *, severity: Sequence[int | None], seed: int = 0) -> Saturation:
    """The same for traces whose codes are known."""
    n = read.n
    counts = read.has.sum(axis=0)
    richness = chao2(counts, n)
    first = np.where(counts > 0, read.has.argmax(axis=0), n) if n else np.zeros(0, dtype=int)
    rate = good_turing(richness.once, n) if n else None
    quiet = n - 1 - int(first.max()) if len(first) else n
    grave = [int(place) for place, level in zip(first, severity, strict=True) if level and level >= GRAVE]
    quiet_grave = n - 1 - max(grave) if grave else n
    random_rows = np.unique(drawn.rows[drawn.at_random])
    at_random = read.has[random_rows].sum(axis=0)
    random_rate = None
    if len(random_rows) >= ENOUGH_AT_RANDOM:
        random_rate = good_turing(int((at_random == 1).sum()), len(random_rows))
    stop = rate is not None and rate <= STOP_RATE and quiet >= STOP_QUIET and quiet_grave >= STOP_QUIET_GRAVE
    made = Saturation(
        traces=n,
        codes=richness.seen,
        once=richness.once,
        twice=richness.twice,
        chao2=richness.estimate if richness.seen else None,
        chao2_low=richness.low if richness.seen else None,
        chao2_high=richness.high if richness.seen else None,
        good_turing=rate,
        next_20=None if rate is None else NEXT * rate,
        coverage=coverage(counts) if richness.seen else None,
        quiet=quiet,
        quiet_bound=quiet_bound(quiet),
        random_traces=len(random_rows),
        random_good_turing=random_rate,
        may_stop=stop and richness.seen > 0,
        curve=accumulation(read.has, seed=seed),
        read=np.searchsorted(np.sort(first), np.arange(1, n + 1), side="left"),
    )
    return _told(made)


def _told(made: Saturation) -> Saturation:
    from dataclasses import replace

    return replace(made, sentences=tuple(_sentences(made)))


def _sentences(made: Saturation) -> list[str]:
    if not made.traces:
        return ["Nothing was read yet."]
    if not made.codes:
        return [f"{made.traces:,} traces read and no code given yet: nothing can be said about what is unseen."]
    quiet = "1 trace" if made.quiet == 1 else f"{made.quiet:,} traces"
    said = [
        f"{quiet} since the last new code: that alone bounds new ones at {made.quiet_bound:.1%} of traces"
        " like these, with 95% certainty."
    ]
    said.append(
        f"{made.codes} codes seen, {made.once} of them once: the next 20 traces would bring about {made.next_20:.1f}"
        f" new ones, and there are at least {made.chao2:.0f} in all (Chao2, a lower bound)."
    )
    if made.random_good_turing is not None:
        said.append(
            f"Over the {made.random_traces} traces drawn at random alone: about {20 * made.random_good_turing:.1f}"
            " new ones in the next 20."
        )
    said.append(_advice(made))
    return said


def _advice(made: Saturation) -> str:
    if made.may_stop:
        return "Reading on would bring little that is new."
    if made.good_turing is not None and made.good_turing > STOP_RATE:
        return "Read on: codes seen once say that more are out there."
    return f"Read on: it takes {STOP_QUIET} quiet traces, and {STOP_QUIET_GRAVE} without a new grave code."
