"""Which traces to hand to people so that a verdict on a judge can be told: enough of the side that is short.

Failures are rare, so they are looked for where something already looks bad. They are never chosen by what the judge
said: labels chosen so could correct nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

FEW = 10  # labelled traces from which on a share says how many to draw
LEAST = 0.05  # a smaller share would ask for everything


@dataclass(frozen=True)
class Wanted:
    """What to draw.

    Attributes:
        n_fail: Failing items still to label.
        n_pass: Passing items still to label.
        n: Traces to draw for that; fewer where there are no more.
        looks_bad: Whether they are drawn among traces with failure signals.
        share: Share of failing ones among the labelled traces of that kind; what the number rests on.
        n_share: How many labelled traces that is.
        candidates: Traces it is drawn from: those of the kind that people have not labelled.
    """

    n_fail: int
    n_pass: int
    n: int
    looks_bad: bool
    share: float
    n_share: int
    candidates: tuple[str, ...] = field(repr=False)

    @property
    def enough(self) -> bool:
        """Whether there are as many traces as it takes."""
        return self.n < len(self.candidates)


def wanted(
    n_more: Mapping[str, int],
    failed: Mapping[str, bool],
    signalled: Collection[str],
    traces: Sequence[str],
    *,
    counts: float = 1.0,
) -> Wanted | None:
    """Say how many traces to draw, and from which.

    Args:
        n_more: Labels still needed on each side, as a calibration says: pass and fail.
        failed: Whether people failed each trace that they labelled.
        signalled: Traces with a failure signal.
        traces: All traces.
        counts: Share of new labels that count: the verdict may be wanted on a part of them.

    Returns:
        None where nothing is needed.
    """
    n_fail, n_pass = n_more.get("fail", 0), n_more.get("pass", 0)
    if not n_fail and not n_pass:
        return None
    signs = frozenset(signalled)
    looks_bad = n_fail > 0 and not n_pass
    of_kind = [trace for trace in failed if trace in signs] if looks_bad else list(failed)
    candidates = [each for each in traces if each not in failed and (each in signs or not looks_bad)]
    if looks_bad and (len(of_kind) < FEW or not candidates):
        looks_bad, of_kind = False, list(failed)
        candidates = [each for each in traces if each not in failed]
    share = sum(failed[each] for each in of_kind) / len(of_kind) if of_kind else 0.5
    sides = ((n_fail, share), (n_pass, 1 - share))
    n = max(ceil(need / max(part, LEAST) / counts) for need, part in sides if need)
    return Wanted(n_fail, n_pass, min(n, len(candidates)), looks_bad, share, len(of_kind), tuple(candidates))
